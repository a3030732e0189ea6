// gather and scatter_add, alone.

import { test } from 'vitest';
import { init } from '../../src/index.js';
import { FLOAT32, FLOAT64, INT32 } from '../../src/runtime/abi.js';
import * as k from '../../src/runtime/kernels.js';
import { uniform } from '../../src/testing/random.js';
import { Block, expectRange } from '../check/block.js';

await init();

/** Sizes of x [outer, n, inner] and indices [outer / share, m]. */
const LAYOUTS = [
  { outer: 1, n: 5, m: 7, inner: 1, share: 1 },
  { outer: 2, n: 5, m: 3, inner: 3, share: 2 },
  { outer: 4, n: 3, m: 5, inner: 4, share: 2 },
  { outer: 3, n: 4, m: 2, inner: 9, share: 1 },
  { outer: 1, n: 9, m: 20, inner: 5, share: 1 },
];

test('gather picks rows, and zeros for an index out of range', () => {
  const next = uniform(7);
  for (const [width, dtype] of [FLOAT32, FLOAT64].entries())
    for (const { outer, n, m, inner, share } of LAYOUTS) {
      const indices = Array.from({ length: (outer / share) * m }, () => Math.floor(next() * (n + 2)) - 1);
      const [x, ids] = [
        Block.of(
          dtype,
          Array.from({ length: outer * n * inner }, (_, i) => i + 1),
        ),
        Block.of(INT32, indices),
      ];
      const y = new Block(dtype, outer * m * inner);
      const expected = Array.from({ length: y.n }, (_, i) => {
        const [row, c] = [Math.floor(i / inner), i % inner];
        const [o, j] = [Math.floor(row / m), row % m];
        const index = indices[Math.floor(o / share) * m + j]!;
        return index >= 0 && index < n ? (o * n + index) * inner + c + 1 : 0;
      });
      const run = (from: number, to: number): void => k.gather(width, x.at, ids.at, y.at, n, m, inner, share, from, to);
      expectRange(y, outer * m, run, expected, JSON.stringify({ outer, n, m, inner, share }));
    }
});

test('scatter_add adds rows in the order of the indices, and leaves out those out of range', () => {
  const next = uniform(8);
  for (const dtype of [FLOAT32, FLOAT64, INT32])
    for (const { outer, n, m, inner, share } of LAYOUTS) {
      const indices = Array.from({ length: (outer / share) * m }, () => Math.floor(next() * (n + 2)) - 1);
      const values = Array.from({ length: outer * m * inner }, () =>
        dtype === INT32 ? Math.floor(next() * 100) : next(),
      );
      const [x, ids] = [Block.of(dtype, values), Block.of(INT32, indices)];
      const y = new Block(dtype, outer * n * inner);
      const expected = y.view().slice().fill(0);
      for (let row = 0; row < outer * m; row++) {
        const [o, j] = [Math.floor(row / m), row % m];
        const index = indices[Math.floor(o / share) * m + j]!;
        if (index < 0 || index >= n) continue;
        // Rounds after each addition, as the kernel does: the order counts.
        for (let c = 0; c < inner; c++) expected[(o * n + index) * inner + c]! += x.view()[row * inner + c]!;
      }
      const run = (from: number, to: number): void =>
        k.scatter_add(dtype, x.at, ids.at, y.at, n, m, inner, share, from, to);
      expectRange(y, outer * n, run, expected, JSON.stringify({ dtype, outer, n, m, inner, share }));
    }
});
