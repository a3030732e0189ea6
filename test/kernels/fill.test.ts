// Constants, ranges and one-hot rows, alone.

import { test } from 'vitest';
import { init } from '../../src/index.js';
import { BOOL, FLOAT32, FLOAT64, INT32 } from '../../src/runtime/abi.js';
import * as k from '../../src/runtime/kernels.js';
import { Block, expectRange } from '../check/block.js';

await init();

const SIZES = [1, 2, 3, 4, 5, 8, 17, 40];

test('fill writes exactly its range', () => {
  for (const dtype of [FLOAT32, FLOAT64, INT32, BOOL])
    for (const n of SIZES) {
      const y = new Block(dtype, n);
      const value = dtype === BOOL ? 1 : dtype === INT32 ? -2 : -2.5;
      expectRange(
        y,
        n,
        (from, to) => k.fill(dtype, y.at, dtype === INT32 ? -2.5 : value, from, to),
        Array(n).fill(value),
        `fill ${dtype}`,
      );
      y.clear();
      if (n > 2) {
        k.fill(dtype, y.at, value, 1, n - 1);
        y.expect([77, ...Array<number>(n - 2).fill(value), 77], `fill ${dtype}, inside`);
      }
    }
});

test('range rounds once', () => {
  for (const dtype of [FLOAT32, FLOAT64, INT32])
    for (const n of SIZES) {
      const y = new Block(dtype, n);
      const round = { [FLOAT32]: Math.fround, [FLOAT64]: (x: number) => x, [INT32]: Math.trunc }[dtype]!;
      const expected = Array.from({ length: n }, (_, i) => round(1.5 + i * 0.7));
      expectRange(y, n, (from, to) => k.range(dtype, y.at, 1.5, 0.7, from, to), expected, `range ${dtype}`);
    }
});

test('one_hot ignores indices out of range', () => {
  const indices = [2, -1, 0, 3, 1, 2, 2147483647];
  const x = Block.of(INT32, indices);
  for (const dtype of [FLOAT32, FLOAT64, INT32, BOOL])
    for (const depth of [1, 3, 5, 8]) {
      const y = new Block(dtype, indices.length * depth);
      const expected = indices.flatMap((index) => Array.from({ length: depth }, (_, j) => Number(index === j)));
      expectRange(
        y,
        indices.length,
        (from, to) => k.one_hot(dtype, x.at, y.at, depth, 1, 0, from, to),
        expected,
        `depth ${depth}`,
      );
    }
});
