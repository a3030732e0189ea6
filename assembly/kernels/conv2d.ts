// Two-dimensional convolution (cross-correlation) over images stored as [batch, height, width, channels].

import { Rows, gemm } from '../loops/gemm';
import { Patches, Taps } from '../loops/patches';
import { In, Meta, Out, Scratch } from '../types';

// All are one matrix product, of patches that are gathered block by block and of a matrix b: the filter, the filter with
// input and output channels exchanged, or dy. Meta, in words:
//
//   0 columns of b   4 depth   8 inner   12 outer   16 row   20 column   24 offset: how b is read, see pack in gemm.ts
//   28 the patches: see patches.ts

function product<T, A extends Rows>(
  a: usize,
  b: usize,
  c: usize,
  scratch: usize,
  meta: usize,
  from: u32,
  to: u32,
): void {
  const n = load<u32>(meta);
  const k = load<u32>(meta, 4);
  const inner = load<u32>(meta, 8);
  const outer = load<i32>(meta, 12);
  const row = load<i32>(meta, 16);
  const column = load<i32>(meta, 20);
  b += load<u32>(meta, 24) * sizeof<T>();
  gemm<T, A>(a, meta + 28, b, inner, outer, row, column, c, scratch, n, k, from, to);
}

/**
 * y = x * w, a row of y for each place of the output. The gradient of x is the same of dy, with w's taps in reverse. The
 * range counts places.
 */
export function conv2d_f32(x: In, w: In, y: Out, scratch: Scratch, meta: Meta, from: u32, to: u32): void {
  product<f32, Patches<f32>>(x, w, y, scratch, meta, from, to);
}
/**
 * y = x * w, a row of y for each place of the output. The gradient of x is the same of dy, with w's taps in reverse. The
 * range counts places.
 */
export function conv2d_f64(x: In, w: In, y: Out, scratch: Scratch, meta: Meta, from: u32, to: u32): void {
  product<f64, Patches<f64>>(x, w, y, scratch, meta, from, to);
}

/** dw = patches of x, turned, · dy. The range counts rows of the filter as a matrix [height · width · channels, out]. */
export function conv2d_grad_filter_f32(x: In, dy: In, dw: Out, scratch: Scratch, meta: Meta, from: u32, to: u32): void {
  product<f32, Taps<f32>>(x, dy, dw, scratch, meta, from, to);
}
/** dw = patches of x, turned, · dy. The range counts rows of the filter as a matrix [height · width · channels, out]. */
export function conv2d_grad_filter_f64(x: In, dy: In, dw: Out, scratch: Scratch, meta: Meta, from: u32, to: u32): void {
  product<f64, Taps<f64>>(x, dy, dw, scratch, meta, from, to);
}
