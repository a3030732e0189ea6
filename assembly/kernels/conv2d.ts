// Two-dimensional convolution (cross-correlation) over images stored as [batch, height, width, channels].

import { gemm } from '../loops/gemm';
import { Patches } from '../loops/image';
import { In, Meta, Out, Scratch } from '../types';

// All is one matrix product, of the patches of a and of a matrix b: the filter, the filter with input and output channels
// exchanged, or dy. Meta, in words:
//
//   0 columns of b   4 depth   8 inner   12 outer   16 row   20 column   24 offset: how b is read, see pack in gemm.ts
//   28 the patches: see loops/image.ts

function product<T>(a: usize, b: usize, c: usize, scratch: usize, meta: usize, from: u32, to: u32): void {
  const n = load<u32>(meta);
  const k = load<u32>(meta, 4);
  const inner = load<u32>(meta, 8);
  const outer = load<i32>(meta, 12);
  const row = load<i32>(meta, 16);
  const column = load<i32>(meta, 20);
  b += load<u32>(meta, 24) * sizeof<T>();
  gemm<T, Patches<T>>(a, meta + 28, b, inner, outer, row, column, c, scratch, n, k, from, to);
}

/**
 * c = patches of a · b: y of x and the filter, dx of dy and the filter, or, with the patches turned, dw of x and dy. The
 * range counts rows of c: places of y or x, or taps and channels of the filter.
 */
export function conv2d_f32(a: In, b: In, c: Out, scratch: Scratch, meta: Meta, from: u32, to: u32): void {
  product<f32>(a, b, c, scratch, meta, from, to);
}
/**
 * c = patches of a · b: y of x and the filter, dx of dy and the filter, or, with the patches turned, dw of x and dy. The
 * range counts rows of c: places of y or x, or taps and channels of the filter.
 */
export function conv2d_f64(a: In, b: In, c: Out, scratch: Scratch, meta: Meta, from: u32, to: u32): void {
  product<f64>(a, b, c, scratch, meta, from, to);
}
