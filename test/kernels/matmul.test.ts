// The matmul kernels: sizes around tiles and blocks, every layout, ranges, and what lies beside the result.

import { beforeAll, expect, test } from 'vitest';
import { codeOf, type DType } from '../../src/dtype.js';
import { init, tidy } from '../../src/index.js';
import * as k from '../../src/runtime/kernels.js';
import { address, empty, withScratch, type Tensor } from '../../src/tensor.js';
import { fromValues, write } from '../../src/convert.js';
import { gemmScratchBytes } from '../../src/ops/matmul.js';
import { uniform } from '../../src/testing/random.js';

beforeAll(() => init());

const SMALL = [1, 2, 3, 5, 7, 8, 9, 13, 17];
const SIZES = [
  ...SMALL.flatMap((m) => SMALL.flatMap((n) => SMALL.map((depth) => [m, n, depth] as const))),
  // The edges of tiles and blocks: 4 rows, 8 columns, 128 rows, 256 columns and depth.
  ...([[64, 64, 64], [100, 100, 100], [131, 17, 30], [9, 259, 11], [5, 9, 513], [1, 70, 300], [70, 1, 300], [33, 24, 257], [6, 33, 40], [18, 31, 300], [130, 64, 258]] as const), // prettier-ignore
];

/** Elements behind operands and results. */
const GUARD = 5;

interface Problem {
  dtype: DType;
  m: number;
  n: number;
  depth: number;
  tA: boolean;
  tB: boolean;
  a: Tensor;
  b: Tensor;
}

/** What a range counts: rows, or columns where they are more. */
const unitsOf = ({ m, n }: Problem): number => Math.max(m, n);

/** Runs a range of them into c, which has `guard` elements more than the product. */
function run({ dtype, m, n, depth, tA, tB, a, b }: Problem, c: Tensor, from: number, to: number): void {
  const meta = [m, n, depth, tA ? 1 : depth, tA ? m : 1, tB ? 1 : n, tB ? depth : 1, 0];
  const bytes = dtype === 'float64' ? 8 : 4;
  withScratch(gemmScratchBytes(bytes, m, n, depth), (scratch) =>
    k.matmul(codeOf(dtype), address(a), address(b), address(c), scratch, meta, from, to),
  );
}

function eachProblem(dtype: DType, body: (p: Problem, next: () => number) => void): void {
  const next = uniform(7);
  for (const [m, n, depth] of SIZES)
    for (const tA of [false, true])
      for (const tB of [false, true])
        tidy(() => {
          const values = (count: number): Tensor =>
            fromValues(
              // NaN beside an operand would spread to what reads too far.
              Float64Array.from({ length: count + GUARD }, (_, i) => (i < count ? 2 * next() - 1 : NaN)),
              [count + GUARD],
              dtype,
              'test',
            );
          body({ dtype, m, n, depth, tA, tB, a: values(m * depth), b: values(depth * n) }, next);
        });
}

const guarded = (p: Problem): Tensor => {
  const c = empty([p.m * p.n + GUARD], p.dtype);
  write(c, new Float64Array(c.size).fill(77));
  return c;
};

for (const [dtype, epsilon] of [
  ['float32', 2 ** -24],
  ['float64', 2 ** -53],
] as const) {
  test(`${dtype} products of all sizes and layouts are within rounding of the float64 sum`, () => {
    eachProblem(dtype, (p) => {
      const c = guarded(p);
      run(p, c, 0, unitsOf(p));
      const [a, b, y] = [p.a.dataSync(), p.b.dataSync(), c.dataSync()];
      for (let i = 0; i < p.m; i++)
        for (let j = 0; j < p.n; j++) {
          let sum = 0;
          let size = 0;
          for (let q = 0; q < p.depth; q++) {
            const x = a[p.tA ? q * p.m + i : i * p.depth + q]! * b[p.tB ? j * p.depth + q : q * p.n + j]!;
            sum += x;
            size += Math.abs(x);
          }
          // Sums of random signs err by a few roundings; a wrong element errs by far more.
          const error = Math.abs(y[i * p.n + j]! - sum) / (size * epsilon);
          if (!(error < 12)) throw new Error(`${p.m}×${p.n}×${p.depth} ${p.tA} ${p.tB}: [${i}, ${j}] errs by ${error}`);
        }
      for (let i = 0; i < GUARD; i++) expect(y[p.m * p.n + i], 'beyond the result').toBe(77);
    });
  });

  test(`${dtype} products have the same bits in any split into ranges of rows or columns`, () => {
    eachProblem(dtype, (p, next) => {
      const whole = guarded(p);
      run(p, whole, 0, unitsOf(p));
      const parts = guarded(p);
      const cut = Math.floor(next() * (unitsOf(p) + 1));
      run(p, parts, cut, unitsOf(p));
      run(p, parts, 0, cut);
      expect(parts.dataSync()).toEqual(whole.dataSync());
    });
  });
}
