// Reaches of the matrix product: see kernels/matmul.ts and loops/gemm.ts.

import {
  BLOCK_COLUMNS,
  BLOCK_DEPTH,
  BLOCK_ROWS,
  NARROW_BYTES,
  TILE_BYTES,
  TILE_ROWS,
} from '../../src/runtime/blocking';
import { FAR, over, rows, upTo } from './number';

const HEAD: usize = 8;

/** Word i of a Meta. */
export function word(meta: usize, i: usize): f64 {
  return load<u32>(meta + (i << 2));
}

/** Whether the Meta is whole, and the record's sizes are some that it can run with. */
function runs(meta: usize, words: u32, to: f64): bool {
  if (<usize>words < HEAD || word(meta, 7) * 3 + 8 > <f64>words) return false;
  if (to == 0) return true;
  if (word(meta, 0) == 0) return false;
  const rank = <usize>load<u32>(meta, 28);
  for (let i: usize = 0; i < rank; i++) if (word(meta, HEAD + i) == 0) return false;
  return true;
}

/** Elements of a (0) or b (1). */
export function factor(meta: usize, words: u32, operand: u32, to: f64): f64 {
  if (!runs(meta, words, to)) return FAR;
  const m = word(meta, 0);
  const n = word(meta, 1);
  const k = word(meta, 2);
  if (to == 0 || n == 0 || k == 0) return 0;
  const rank = <usize>load<u32>(meta, 28);
  let reach: f64 = 1;
  // Products with a vector read one of the axes side by side without asking for its stride.
  if (operand == 0) {
    reach += (m - 1) * max(word(meta, 3), 1);
    reach += (k - 1) * max(word(meta, 4), 1);
  } else {
    reach += (k - 1) * max(word(meta, 5), 1);
    reach += (n - 1) * max(word(meta, 6), 1);
  }
  for (let i: usize = 0; i < rank; i++) {
    const size = word(meta, HEAD + i);
    reach += (size - 1) * word(meta, HEAD + rank * (<usize>operand + 1) + i);
  }
  return reach;
}

/** Columns of a product, which stand in word `at` of the Meta. */
export function wide(meta: usize, words: u32, at: u32): f64 {
  return words <= at ? FAR : word(meta, at);
}

/** Elements of c. */
export function product(meta: usize, words: u32, to: f64): f64 {
  if (<usize>words < HEAD) return FAR;
  const m = word(meta, 0);
  const n = word(meta, 1);
  // A range over columns of wide matrices reaches to their last rows.
  return m < n ? rows(m * n, over(to, n)) : rows(n, to);
}

/** Bytes of scratch. */
export function matmulScratch(meta: usize, words: u32, to: f64, size: f64): f64 {
  if (<usize>words < HEAD) return FAR;
  const m = word(meta, 0);
  const n = word(meta, 1);
  const k = word(meta, 2);
  if (to == 0 || m <= 1 || n <= 1 || k == 0) return 0;
  return gemmScratch(m, n, k, size, 0);
}

/** Bytes of gemm's scratch: gemmScratchBytes() of src/ops/matmul.ts. */
export function gemmScratch(m: f64, n: f64, k: f64, size: f64, room: f64): f64 {
  const strips = min<f64>(upTo(n, TILE_BYTES / size), BLOCK_COLUMNS) * size;
  const deep = min<f64>(k, BLOCK_DEPTH);
  let panels: f64 = 0;
  if (n * size > NARROW_BYTES)
    panels = (upTo(min<f64>(m, BLOCK_ROWS), TILE_ROWS) / TILE_ROWS) * (deep * TILE_ROWS * size + 64);
  return TILE_ROWS * TILE_BYTES + 4 * BLOCK_ROWS + deep * strips + panels + room;
}

/** Bytes of a gathered block of a: gemmRoomBytes() of src/ops/matmul.ts. */
export function packed(count: f64, k: f64, size: f64): f64 {
  return (min<f64>(upTo(count, TILE_ROWS), BLOCK_ROWS) + 4) * min<f64>(k, BLOCK_DEPTH) * size;
}
