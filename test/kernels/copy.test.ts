// The strided copy, alone: every inner loop, offsets and pieces.

import { test } from 'vitest';
import { init } from '../../src/index.js';
import { copyMeta } from '../../src/ops/copy.js';
import { FLOAT32, FLOAT64 } from '../../src/runtime/abi.js';
import * as k from '../../src/runtime/kernels.js';
import { Block, expectRange, offsets } from '../check/block.js';

await init();

/** Sizes, strides of x, strides of y, first element of x and of y. */
type Copy = readonly [sizes: number[], sx: number[], sy: number[], xAt: number, yAt: number];

const TRANSPOSES: Copy[] = [
  [5, 7],
  [16, 16],
  [17, 33],
  [4, 4],
  [1, 9],
  [3, 2],
  [40, 21],
].map(([p, q]) => [[p!, q!], [1, p!], [q!, 1], 0, 0]);

const RUNS: Copy[] = [1, 2, 3, 4, 5, 9, 130, 300].flatMap((n): Copy[] => [
  [[n], [1], [1], 2, 1],
  [[n], [-1], [1], n + 3, 2],
  [[n], [0], [1], 3, 2],
  [[n], [2], [1], 1, 3],
  [[n], [1], [3], 0, 0],
  [[3, n], [n, 1], [n + 2, 1], 1, 1],
]);

const BOXES: Copy[] = [
  [[2, 3, 4], [12, 4, 1], [20, 6, 1], 0, 7],
  [[2, 3, 4, 5], [1, 2, 6, 24], [60, 20, 5, 1], 0, 0],
  [[3, 2, 3, 5], [30, 15, 1, 3], [30, 15, 5, 1], 0, 0],
  [[2, 2, 2, 2, 3], [-24, 12, -6, 3, -1], [24, 12, 6, 3, 1], 32, 0],
  [[3, 1, 4], [4, 4, 1], [1, 1, 3], 0, 0],
];

const N = 1000;

for (const [name, cases] of Object.entries({ TRANSPOSES, RUNS, BOXES }))
  test(`${name.toLowerCase()} move every element once and touch nothing else`, () => {
    for (const [width, dtype] of [FLOAT32, FLOAT64].entries()) {
      const x = Block.of(
        dtype,
        Array.from({ length: N }, (_, i) => i),
      );
      for (const [sizes, sx, sy, xAt, yAt] of cases) {
        const expected = Array<number>(N).fill(77);
        const [ox, oy] = [offsets(sizes, sx), offsets(sizes, sy)];
        ox.forEach((at, i) => (expected[yAt + oy[i]!] = xAt + at));
        const y = new Block(dtype, N);
        const place = JSON.stringify([width, sizes, sx, sy]);
        for (const meta of [[sizes.length, ...sizes, ...sx, ...sy], copyMeta(sizes, sx, sy)]) {
          const n = meta[1]!;
          expectRange(y, n, (from, to) => k.place(width, x.at, y.at, meta, xAt, yAt, from, to), expected, place);
          if (yAt === 0)
            expectRange(y, n, (from, to) => k.copy(width, x.at, y.at, meta, xAt, from, to), expected, `copy ${place}`);
        }
      }
    }
  });
