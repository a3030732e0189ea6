// Work of matrix products: see kernels/matmul.ts.

import { at } from './work';

/** Whether the range counts columns. */
function isWide(meta: usize): bool {
  return at(meta, 0) < at(meta, 1);
}

/** Of a row or a column. That of one row takes what reading it does. */
export function productWork(meta: usize, size: f64): f64 {
  if (at(meta, 0) == 1) return at(meta, 2) * size * 0.03;
  return min(at(meta, 0), at(meta, 1)) * at(meta, 2) * size * 0.016;
}

/** Each chunk packs the operand that it needs all of. */
export function productSetup(meta: usize, size: f64): f64 {
  return at(meta, 0) == 1 ? 0 : min(at(meta, 0), at(meta, 1)) * at(meta, 2) * size * 0.08;
}

/** Chunks begin at whole cache lines of a row, or at whole tiles. */
export function productGrain(meta: usize): f64 {
  return isWide(meta) ? 16 : 4;
}
