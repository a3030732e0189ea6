// What the build makes of loops in core.wasm: the same results, in another order of instructions.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import binaryen from 'assemblyscript/binaryen';
import { expect, it } from 'vitest';
import { unrolled } from '../../scripts/unroll.js';
import { root } from '../package/sources.js';

const sum = (c: string, product: string): string => `(local.set ${c} (f32x4.add ${product} (local.get ${c})))`;
const PAIR = [
  sum('$c', '(f32x4.mul (local.tee $x (v128.load32_splat (local.get $a))) (v128.load (local.get $b)))'),
  sum('$d', '(f32x4.mul (local.get $x) (v128.load offset=16 (local.get $b)))'),
].join(' ');

/** A module with f(a, end, b), which adds up products of four bytes from a with 32 from b, and writes both sums and b itself to 0. */
const moduleOf = (
  step: string,
  again = '(i32.gt_u (local.get $end) (local.tee $a (i32.add (local.get $a) (i32.const 4))))',
) => {
  const module = binaryen.parseText(`(module (memory (export "memory") 1)
    (func (export "f") (param $a i32) (param $end i32) (param $b i32) (local $c v128) (local $d v128) (local $x v128)
      (loop $loop ${step} (local.set $b (i32.add (local.get $b) (i32.const 32))) (br_if $loop ${again}))
      (v128.store (i32.const 0) (local.get $c))
      (v128.store offset=16 (i32.const 0) (local.get $d))
      (i32.store offset=32 (i32.const 0) (local.get $b))))`);
  module.setFeatures(binaryen.Features.All);
  return module.emitBinary();
};
const textOf = (wasm: Uint8Array): string => binaryen.readBinary(wasm).emitText();
const loads = (wasm: Uint8Array): number => textOf(wasm).split('(v128.load32_splat').length - 1;

/** What f leaves in memory after so many steps. */
async function after(wasm: Uint8Array, steps: number): Promise<Uint32Array> {
  const { instance } = await WebAssembly.instantiate(wasm as Uint8Array<ArrayBuffer>);
  const { memory, f } = instance.exports as {
    memory: WebAssembly.Memory;
    f: (a: number, end: number, b: number) => void;
  };
  new Float32Array(memory.buffer, 64, 1000).forEach((_, i, all) => (all[i] = Math.sin(i + 1) * 1e3));
  f(64, 64 + 4 * steps, 1024);
  return new Uint32Array(memory.buffer.slice(0, 36));
}

it('eight steps in a turn, and all that a loop leaves is the same, after any number of steps', async () => {
  const [before, now] = [moduleOf(PAIR), unrolled(moduleOf(PAIR))];
  expect([loads(before), loads(now)]).toEqual([1, 8]);
  for (let steps = 1; steps <= 20; steps++) expect(await after(now, steps)).toEqual(await after(before, steps));
});

it('both products stand before both sums', () => {
  const order = (wasm: Uint8Array): string =>
    (
      binaryen
        .readBinary(wasm)
        .emitStackIR()
        .match(/(?<=f32x4\.)(mul|add)/g) ?? []
    )
      .slice(0, 4)
      .join(' ');
  expect(order(moduleOf(PAIR))).toBe('mul add mul add');
  expect(order(unrolled(moduleOf(PAIR)))).toBe('mul mul add add');
});

it.each([
  ['that uses b for more than vectors', `${PAIR} (local.set $a (i32.add (local.get $a) (local.get $b)))`, undefined],
  ['that writes memory', `${PAIR} (v128.store (local.get $end) (local.get $c))`, undefined],
  ['that counts', PAIR, '(local.tee $end (i32.sub (local.get $end) (i32.const 1)))'],
  ['whose end is where b is', PAIR, '(i32.gt_u (local.get $b) (local.tee $a (i32.add (local.get $a) (i32.const 4))))'],
])('a loop %s has one step in a turn', (_, step, again) => {
  expect(loads(unrolled(moduleOf(step, again)))).toBe(1);
});

it('a sum that the next one reads stays before it', async () => {
  const step = [
    PAIR.slice(0, PAIR.indexOf('(local.set $d')),
    sum('$d', '(f32x4.mul (local.get $c) (local.get $x))'),
  ].join(' ');
  expect(await after(unrolled(moduleOf(step)), 5)).toEqual(await after(moduleOf(step), 5));
});

it('core.wasm has the product of float32 unrolled, and no second run finds more', () => {
  const core = readFileSync(join(root, 'dist/core.wasm'));
  expect(textOf(core).match(/v128\.load offset=240/g)).toHaveLength(1);
  expect(unrolled(core)).toEqual(new Uint8Array(core));
});
