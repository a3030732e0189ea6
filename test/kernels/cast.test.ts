// Conversions, alone: every pair of dtypes, every tail.

import { test } from 'vitest';
import { init } from '../../src/index.js';
import { BOOL, FLOAT32, FLOAT64, INT32 } from '../../src/runtime/abi.js';
import * as k from '../../src/runtime/kernels.js';
import { Block } from '../check/block.js';

await init();

const NUMBERS = [
  0,
  -0,
  0.5,
  -0.5,
  1.9,
  -1.9,
  NaN,
  Infinity,
  -Infinity,
  1e10,
  -1e10,
  2147483647,
  -2147483648,
  1e-300,
  7,
];
const clip = (x: number): number => (Number.isNaN(x) ? 0 : Math.max(-2147483648, Math.min(2147483647, Math.trunc(x))));
const SOURCES: Record<number, number[]> = {
  [FLOAT32]: NUMBERS.map(Math.fround),
  [FLOAT64]: NUMBERS,
  [INT32]: NUMBERS.map(clip),
  [BOOL]: NUMBERS.map((x) => Number(x > 0)),
};
const TARGETS = [
  [FLOAT32, k.cast_to_f32, Math.fround],
  [FLOAT64, k.cast_to_f64, (x: number) => x],
  [INT32, k.cast_to_i32, clip],
  [BOOL, k.cast_to_bool, (x: number) => Number(x !== 0)],
] as const;

for (const [to, kernel, convert] of TARGETS)
  test(`to dtype ${to}: each other dtype, each number of elements`, () => {
    for (const from of [FLOAT32, FLOAT64, INT32, BOOL]) {
      if (from === to) continue;
      for (let n = 1; n <= NUMBERS.length; n++) {
        const values = SOURCES[from]!.slice(0, n);
        // Conversions write their last vector whole, into the padding of a block.
        const [x, y] = [Block.of(from, values), new Block(to, Math.ceil(n / 16) * 16)];
        kernel(from, x.at, y.at, 0, n);
        y.expect([...values.map(convert), ...y.view().slice(n)], `from ${from}, n = ${n}`);
        y.clear();
        const cut = Math.floor(n / 8) * 4;
        kernel(from, x.at, y.at, cut, n);
        kernel(from, x.at, y.at, 0, cut);
        y.expect([...values.map(convert), ...y.view().slice(n)], `from ${from}, n = ${n}, in pieces`);
      }
    }
  });
