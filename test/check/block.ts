// Blocks of the arena for tests that call kernels directly, with a guard behind what a kernel may write.

import { expect } from 'vitest';
import { allocBlock, addressOf, doubles, floats, ints } from '../../src/runtime/core.js';
import { BOOL, FLOAT64, INT32 } from '../../src/runtime/abi.js';

/** Elements behind the block that no kernel may touch. */
const GUARD = 16;
/** What blocks are filled with before a kernel writes them, and what the guard must still hold afterwards. */
const MARK = 77;

type Numbers = Float32Array | Float64Array | Int32Array;

/** A block of n elements of one dtype code. It is never given back: a test file's process is short. */
export class Block {
  readonly at: number;
  readonly n: number;
  readonly dtype: number;

  constructor(dtype: number, n: number) {
    this.dtype = dtype;
    this.n = n;
    this.at = addressOf(allocBlock((n + GUARD) * (dtype === FLOAT64 ? 8 : 4), 'test'));
    this.clear();
  }

  static of(dtype: number, values: ArrayLike<number>): Block {
    const block = new Block(dtype, values.length);
    block.view(values.length).set(values);
    return block;
  }

  /** Fills it and its guard with the mark. */
  clear(): void {
    this.view(this.n + GUARD).fill(MARK);
  }

  /** The elements, for reading and writing; memory may grow, so it is asked for anew each time. */
  view(n: number = this.n): Numbers {
    if (this.dtype === FLOAT64) return doubles.subarray(this.at / 8, this.at / 8 + n);
    const words = this.dtype === INT32 || this.dtype === BOOL ? ints : floats;
    return words.subarray(this.at / 4, this.at / 4 + n);
  }

  /** Expects these values, to the bit but for the sign of 0 and NaN's bits, and an untouched guard. */
  expect(values: ArrayLike<number>, place: string): void {
    const actual = this.view();
    for (let i = 0; i < this.n; i++) {
      const [a, b] = [actual[i]!, values[i]!];
      if (a !== b && !(Number.isNaN(a) && Number.isNaN(b)))
        expect.fail(`${place}: element ${i} is ${a}, expected ${b}`);
    }
    const guard = this.view(this.n + GUARD).subarray(this.n);
    expect([...guard], `${place}: bytes behind the result`).toEqual(Array(GUARD).fill(MARK));
  }
}

/**
 * Runs a kernel over its whole range, then in four odd pieces and backwards, and expects the same both times.
 *
 * @param n end of the range, in the kernel's own units.
 */
export function expectRange(
  y: Block,
  n: number,
  run: (from: number, to: number) => void,
  expected: ArrayLike<number>,
  place: string,
): void {
  y.clear();
  run(0, n);
  y.expect(expected, place);
  y.clear();
  const cuts = [n, Math.floor(n * 0.83), Math.floor(n * 0.47), Math.floor(n * 0.11), 0];
  for (let i = 1; i < cuts.length; i++) run(cuts[i]!, cuts[i - 1]!);
  y.expect(expected, `${place}, in pieces`);
}

/** Where each element of the index space stands, for given strides. */
export function offsets(sizes: readonly number[], strides: readonly number[]): number[] {
  return Array.from({ length: sizes.reduce((p, d) => p * d, 1) }, (_, flat) => {
    let at = 0;
    for (let axis = sizes.length - 1; axis >= 0; axis--) {
      at += (flat % sizes[axis]!) * strides[axis]!;
      flat = Math.floor(flat / sizes[axis]!);
    }
    return at;
  });
}
