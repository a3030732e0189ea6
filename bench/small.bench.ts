// Small matrix products, column by column: none may cost notably more than the next larger one.

import { matMul, tensor3d, tidy } from 'gradtape';
import { suite, type Suite } from './harness/suite.js';
import type { Case } from './harness/timing.js';
import { uniform } from './workloads/generator.js';

/** Products in a batch, each of its own operands: what an op costs beside its product counts little. */
const BATCH = 16;
const DEPTH = 32;
const ROWS = [1, 2, 4, 5, 8, 13, 64];
const COLUMNS = [2, 3, 4, 5, 7, 8, 9, 12, 15, 16, 17, 24, 31, 32, 33, 48, 63, 64];
/** Rows whose products are timed with transposed operands too. */
const TRANSPOSED = [4, 13];

/** Products of so many rows, by their columns. Each is compared with that of the next more columns. */
function ladder(m: number, tA: boolean, tB: boolean): Case[] {
  const nameOf = (n: number): string => `small ${m}×${DEPTH}${tA ? 'ᵀ' : ''} · ${DEPTH}×${n}${tB ? 'ᵀ' : ''}`;
  const a = tensor3d(uniform(111, 1, BATCH * m * DEPTH), tA ? [BATCH, DEPTH, m] : [BATCH, m, DEPTH]);
  return COLUMNS.map((n, i): Case => {
    const b = tensor3d(uniform(112, 1, BATCH * DEPTH * n), tB ? [BATCH, n, DEPTH] : [BATCH, DEPTH, n]);
    return {
      name: nameOf(n),
      per: BATCH,
      work: { flops: BATCH * 2 * m * DEPTH * n },
      beside: nameOf(COLUMNS[i + 1] ?? n),
      run: () => tidy(() => void matMul(a, b, tA, tB)),
    };
  });
}

const small: Suite = suite(
  {
    title: `Small matrix products, float32, ${DEPTH} deep`,
    unit: 'per product',
    columns: [
      { title: 'GFLOP/s', kind: 'giga', work: 'flops' },
      { title: '× next', kind: 'times' },
    ],
  },
  (wanted) =>
    [
      ...ROWS.map((m) => [m, false, false] as const),
      ...TRANSPOSED.flatMap((m) => [[m, true, false] as const, [m, false, true] as const, [m, true, true] as const]),
    ]
      .flatMap(([m, tA, tB]) => ladder(m, tA, tB))
      .filter(({ name }) => wanted(name)),
);
export default small;
