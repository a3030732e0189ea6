// Small blocks that wait to be taken again, against the arena's model: to users they are free, and no request is refused for them.

import fc from 'fast-check';
import { afterEach, beforeAll, describe, expect, it } from 'vitest';
import { init, memory, OutOfMemoryError, resetPeak, tensor, zeros, type Tensor } from '../../src/index.js';
import { BLOCK_GENERATION, BLOCK_OWNERS } from '../../src/runtime/abi.js';
import { addressOf, allocBlock, core, releaseBlock, setBudget, words } from '../../src/runtime/core.js';
import { Model, play, step } from './model.js';
import { ALL } from './full.js';

/** Blocks as the library takes them. */
const blocks = {
  get memory() {
    return core.memory;
  },
  alloc(bytes: number): number {
    try {
      return allocBlock(bytes, 'test');
    } catch (error) {
      if (!(error instanceof OutOfMemoryError)) throw error;
      return 0;
    }
  },
  free: releaseBlock,
};

/** A model of what the library holds now: nothing. */
function fresh(): Model {
  expect(memory().numDataBuffers).toBe(0);
  resetPeak();
  return new Model(blocks);
}

/** Has none wait, as a larger request does. */
function empty(): void {
  releaseBlock(allocBlock(8192, 'test'));
}

/** Whether a block that was given back waits: to the arena it is taken. */
const waits = (block: number): boolean => words[block / 4 + BLOCK_OWNERS] === 1;

beforeAll(() => init());
afterEach(() => setBudget(ALL));

describe('small blocks that wait', () => {
  it('are counted, apart from others, and whole, whatever is taken and given back', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), fc.infiniteStream(fc.nat()), (steps, order) => {
        const model = fresh();
        play(model, steps);
        model.releaseAll(() => order.next().value ?? 0);
        play(model, steps);
        model.releaseAll(() => order.next().value ?? 0);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('do not lower what a budget allows', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), (steps) => {
        setBudget(memory().reservedBytes);
        const model = fresh();
        play(model, steps);
        model.releaseAll((n) => n - 1);
      }),
      { numRuns: 40, seed: 2 },
    );
  });

  it('are taken again without the arena, the newest first, and no old handle fits', () => {
    empty();
    const [a, b] = [allocBlock(100, 'test'), allocBlock(128, 'test')];
    const generations = [a, b].map((block) => words[block / 4 + BLOCK_GENERATION]!);
    releaseBlock(a);
    releaseBlock(b);
    expect([a, b].map(waits)).toEqual([true, true]);
    const again = [allocBlock(65, 'test'), allocBlock(128, 'test')];
    expect(again).toEqual([b, a]);
    expect([a, b].map((block) => words[block / 4 + BLOCK_GENERATION]! - 1)).toEqual(generations);
    again.forEach(releaseBlock);
    empty();
    expect([a, b].map(waits)).toEqual([false, false]);
  });

  it('merge before a larger request: it finds the memory that it would have found without them', () => {
    empty();
    const whole = allocBlock(64 * 300, 'test');
    const start = addressOf(whole);
    releaseBlock(whole);
    const small = Array.from({ length: 300 }, () => allocBlock(64, 'test'));
    expect(Math.min(...small.map(addressOf))).toBe(start);
    small.forEach(releaseBlock);
    const again = allocBlock(64 * 300, 'test');
    expect(addressOf(again)).toBe(start);
    releaseBlock(again);
  });

  it('give way to small blocks of another size when memory is full', () => {
    const { reservedBytes } = memory();
    setBudget(reservedBytes);
    const fill = (bytes: number): number[] => {
      const taken: number[] = [];
      for (let block = blocks.alloc(bytes); block !== 0; block = blocks.alloc(bytes)) taken.push(block);
      return taken;
    };
    const held = [2 ** 20, 2 ** 16, 4096, 64].map(fill);
    held.at(-2)!.forEach(releaseBlock);
    const room = held.at(-2)!.length * 4096;
    const narrow = fill(64 * 3);
    expect(narrow.length).toBeGreaterThanOrEqual(Math.floor(room / 4096) * 21);
    for (const block of [...narrow, ...held.at(-1)!, ...held.slice(0, -2).flat()]) releaseBlock(block);
    expect(memory()).toMatchObject({ numDataBuffers: 0, numBytes: 0, reservedBytes });
  });

  it('are no more than a bounded number of bytes', () => {
    empty();
    const many = Array.from({ length: 2000 }, () => allocBlock(4096, 'test'));
    many.forEach(releaseBlock);
    expect(many.filter(waits).length).toBe(2 ** 20 / 4096);
  });

  it('hide no tensor that was disposed', () => {
    const x = tensor([1, 2, 3]);
    x.dispose();
    const y: Tensor = zeros([3]);
    expect(() => x.dataSync()).toThrow(/disposed/);
    expect([...y.dataSync()]).toEqual([0, 0, 0]);
    y.dispose();
  });
});
