// Matrix products.

import { finish } from '../loops/finish';
import { gemm } from '../loops/gemm';
import { columns, dots } from '../loops/gemv';
import { Matrix } from '../loops/matrix';
import { In, Meta, Out, Scratch } from '../types';

// Meta, in words. Strides count elements; a batch axis over which an operand repeats has stride 0.
//
//   0  m    4  n    8  k    12  a's row   16  a's column   20  b's row   24  b's column   28  batch rank
//   32 sizes of the batch axes…   strides of a…   strides of b…
//
// Of a's row and column stride one is 1, and of b's too: operands are whole or transposed, never sliced.
//
// Ranges count rows of c over all matrices or, where these have more columns than rows, columns: each piece packs all of the
// smaller operand, and its own part of the other.

/** The batch odometer, and the way that suits each matrix. The way depends on the shape alone, never on the range. */
function matmul<T extends number>(
  a: usize,
  b: usize,
  c: usize,
  scratch: usize,
  bias: usize,
  activation: u32,
  meta: usize,
  from: u32,
  to: u32,
): void {
  const m = load<u32>(meta);
  const n = load<u32>(meta, 4);
  const k = load<u32>(meta, 8);
  const aRow = load<u32>(meta, 12);
  const aColumn = load<u32>(meta, 16);
  const bRow = load<u32>(meta, 20);
  const bColumn = load<u32>(meta, 24);
  const rank = load<u32>(meta, 28);
  const size = <u32>sizeof<T>();
  const sizes = meta + 32;
  const strides = rank << 2;
  const cStep = n * size;
  const wide = m < n;
  const units = wide ? n : m;
  if (n == 0) return;

  while (from < to) {
    let rest = from / units;
    const first = from - rest * units;
    const last = min(units, first + (to - from));
    const left = wide ? first : 0;
    const width = wide ? last - first : n;
    const top = wide ? 0 : first;
    const bottom = wide ? m : last;
    const y = c + rest * m * cStep + left * size;
    const beneath: usize = bias == 0 ? 0 : bias + left * size;
    let x = a;
    let w = b + left * bColumn * size;
    for (let axis = sizes + strides; axis > sizes;) {
      axis -= 4;
      const next = rest / load<u32>(axis);
      const index = rest - next * load<u32>(axis);
      x += index * load<u32>(axis + strides) * size;
      w += index * load<u32>(axis + 2 * strides) * size;
      rest = next;
    }
    if (k == 0 || (m > 1 && n > 1)) {
      gemm<T, Matrix<T>>(
        x,
        meta,
        w,
        k,
        0,
        bRow,
        bColumn,
        y,
        cStep,
        scratch,
        width,
        k,
        top,
        bottom,
        beneath,
        activation,
      );
    } else {
      if (n == 1) vector<T>(x, aRow, aColumn, w, y, k, top, bottom);
      else vector<T>(w, bColumn, bRow, x, y, k, 0, width);
      finish<T>(y + top * cStep, cStep, bottom - top, width, beneath, activation);
    }
    from += last - first;
  }
}

/** y = a · x. Steps of a count elements. */
function vector<T>(a: usize, row: u32, column: u32, x: usize, y: usize, k: u32, from: u32, to: u32): void {
  if (column == 1) dots<T>(a, row * <u32>sizeof<T>(), x, y, k, from, to);
  else columns<T>(a, column * <u32>sizeof<T>(), x, y, k, from, to);
}

/**
 * c = a · b for each matrix of a batch. The range counts rows or columns of c, over all matrices. c overlaps neither a nor b.
 * @reach a: factor(meta, words, 0, to); b: factor(meta, words, 1, to); c: product(meta, words, to)
 * @reach scratch as bytes: matmulScratch(meta, words, to, size)
 * @split productWork(meta, size) after productSetup(meta, size) by productGrain(meta)
 */
export function matmul_f32(a: In, b: In, c: Out, scratch: Scratch, meta: Meta, from: u32, to: u32): void {
  matmul<f32>(a, b, c, scratch, 0, 0, meta, from, to);
}
/** c = a · b for each matrix of a batch. The range counts rows or columns of c, over all matrices. c overlaps neither a nor b. */
export function matmul_f64(a: In, b: In, c: Out, scratch: Scratch, meta: Meta, from: u32, to: u32): void {
  matmul<f64>(a, b, c, scratch, 0, 0, meta, from, to);
}
/**
 * c = activation(a · b + bias), as matmul; the bias has an element for each column, or is 0 for none, and activations
 * stand in src/runtime/blocking.ts.
 * @reach a: factor(meta, words, 0, to); b: factor(meta, words, 1, to); c: product(meta, words, to)
 * @reach scratch as bytes: matmulScratch(meta, words, to, size); bias: given(bias, wide(meta, words, 1))
 * @split productWork(meta, size) after productSetup(meta, size) by productGrain(meta)
 */
export function fused_matmul_f32(
  a: In,
  b: In,
  c: Out,
  scratch: Scratch,
  bias: In,
  activation: u32,
  meta: Meta,
  from: u32,
  to: u32,
): void {
  matmul<f32>(a, b, c, scratch, bias, activation, meta, from, to);
}
/**
 * c = activation(a · b + bias), as matmul; the bias has an element for each column, or is 0 for none, and activations
 * stand in src/runtime/blocking.ts.
 */
export function fused_matmul_f64(
  a: In,
  b: In,
  c: Out,
  scratch: Scratch,
  bias: In,
  activation: u32,
  meta: Meta,
  from: u32,
  to: u32,
): void {
  matmul<f64>(a, b, c, scratch, bias, activation, meta, from, to);
}
