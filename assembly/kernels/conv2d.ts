// Two-dimensional convolution (cross-correlation) over images stored as [batch, height, width, channels].

import { TURNED } from '../../src/runtime/blocking';
import { gemm } from '../loops/gemm';
import { Patches, addClipped } from '../loops/image';
import { Matrix } from '../loops/matrix';
import { In, Meta, Out, Scratch } from '../types';

// All is one matrix product, of the patches of a and of a matrix b: the filter, the filter with input and output channels
// exchanged, or dy. Meta, in words:
//
//   0 columns of b   4 depth   8 inner   12 outer   16 row   20 column   24 offset: how b is read, see pack in gemm.ts
//   28 the patches: see loops/image.ts
//
// Turned patches are few rows over a long depth, the places of all images: the depth is cut into parts of so many images, and c
// has all rows once for each part.

function product<T extends number>(
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
  const n = load<u32>(meta);
  const k = load<u32>(meta, 4);
  const inner = load<u32>(meta, 8);
  const outer = load<i32>(meta, 12);
  const row = load<i32>(meta, 16);
  const column = load<i32>(meta, 20);
  b += load<u32>(meta, 24) * sizeof<T>();
  meta += 28;
  const patches = changetype<Patches<T>>(0);
  const step = n * <u32>sizeof<T>();
  let rows = u32.MAX_VALUE;
  let span = k;
  if (patches.is(meta, TURNED)) {
    rows = load<u32>(meta, 20) * patches.taps(meta);
    span = load<u32>(meta, 68) * load<u32>(meta) * load<u32>(meta, 4);
  }
  while (from < to) {
    const part = from / rows;
    const first = from - part * rows;
    const last = min(rows, first + (to - from));
    const y = c + part * rows * step;
    const start = part * span;
    const end = min(k, start + span);
    gemm<T, Patches<T>>(
      a,
      meta,
      b,
      inner,
      outer,
      row,
      column,
      y,
      step,
      scratch,
      n,
      end,
      first,
      last,
      bias,
      activation,
      start,
    );
    from += last - first;
  }
}

/**
 * c = patches of a · b: y of x and the filter, dx of dy and the filter, or, with the patches turned, dw of x and dy by parts
 * of the images. The range counts rows of c: places of y or x, or taps and channels of the filter for each part.
 * @reach a: convImages(meta, words, to); b: convFactor(meta, words, to); c: convRows(meta, words, to)
 * @reach scratch as bytes: convScratch(meta, words, to, size)
 * @split convWork(meta, size) after convSetup(meta, size) by convGrain(meta)
 */
export function conv2d_f32(a: In, b: In, c: Out, scratch: Scratch, meta: Meta, from: u32, to: u32): void {
  product<f32>(a, b, c, scratch, 0, 0, meta, from, to);
}
/**
 * c = patches of a · b: y of x and the filter, dx of dy and the filter, or, with the patches turned, dw of x and dy by parts
 * of the images. The range counts rows of c: places of y or x, or taps and channels of the filter for each part.
 */
export function conv2d_f64(a: In, b: In, c: Out, scratch: Scratch, meta: Meta, from: u32, to: u32): void {
  product<f64>(a, b, c, scratch, 0, 0, meta, from, to);
}
/**
 * c = activation(patches of a · b + bias), as conv2d; the bias has an element for each column, or is 0 for none, and
 * activations stand in src/runtime/blocking.ts.
 * @reach a: convImages(meta, words, to); b: convFactor(meta, words, to); c: convRows(meta, words, to)
 * @reach scratch as bytes: convScratch(meta, words, to, size); bias: given(bias, wide(meta, words, 0))
 * @split convWork(meta, size) after convSetup(meta, size) by convGrain(meta)
 */
export function fused_conv2d_f32(
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
  product<f32>(a, b, c, scratch, bias, activation, meta, from, to);
}
/**
 * c = activation(patches of a · b + bias), as conv2d; the bias has an element for each column, or is 0 for none, and
 * activations stand in src/runtime/blocking.ts.
 */
export function fused_conv2d_f64(
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
  product<f64>(a, b, c, scratch, bias, activation, meta, from, to);
}

// Through a stride, most of the patches of dy would be zeros. There, dx is the sum of the products dy · filter, turned,
// which are put back tap by tap. Meta, in words, two numbers for height and width:
//
//   0 places at a time   4 taps · channels of x   8 channels of dy   12 the same   16 one: see loops/matrix.ts
//   20 x   28 y   36 filter   44 stride   52 dilation   60 rows and columns before x

function scatter<T extends number>(
  dy: usize,
  w: usize,
  dx: usize,
  scratch: usize,
  meta: usize,
  from: u32,
  to: u32,
): void {
  const n = load<u32>(meta, 4);
  const k = load<u32>(meta, 8);
  const height = load<u32>(meta, 20);
  const width = load<u32>(meta, 24);
  const outW = load<u32>(meta, 32);
  const filterH = load<u32>(meta, 36);
  const filterW = load<u32>(meta, 40);
  const size = <u32>sizeof<T>();
  const channels = (n / (filterH * filterW)) * size;
  const dilationX = load<u32>(meta, 56);
  const taps = filterW * channels;
  const rowBytes = width * channels;
  const places = load<u32>(meta, 28) * outW;
  const products = scratch;
  scratch += (load<u32>(meta) * n * size + 63) & ~63;

  dx += from * height * rowBytes;
  dy += from * places * k * size;
  memory.fill(dx, 0, (to - from) * height * rowBytes);
  for (let image = from; image < to; image++, dx += height * rowBytes) {
    for (let p: u32 = 0; p < places;) {
      const rows = min(load<u32>(meta), places - p);
      gemm<T, Matrix<T>>(dy, meta, w, k, 0, 1, k, products, n * size, scratch, n, k, 0, rows);
      dy += rows * k * size;
      let product = products;
      for (const end = p + rows; p < end; p++) {
        const line = p / outW;
        let sy = line * load<u32>(meta, 44) - load<u32>(meta, 60);
        const left = (p - line * outW) * load<u32>(meta, 48) - load<u32>(meta, 64);
        for (let ky: u32 = 0; ky < filterH; ky++, sy += load<u32>(meta, 52), product += taps) {
          if (sy >= height) continue;
          const row = dx + sy * rowBytes;
          if (dilationX == 1) addClipped<T>(row, rowBytes, left * channels, product, taps);
          else {
            for (let kx: u32 = 0; kx < filterW; kx++) {
              addClipped<T>(row, rowBytes, (left + kx * dilationX) * channels, product + kx * channels, channels);
            }
          }
        }
      }
    }
  }
}

/**
 * dx of a convolution with strides. The range counts images.
 * @reach dy: gradOutput(meta, words, to); w: gradFilter(meta, words, to); dx: gradInput(meta, words, to)
 * @reach scratch as bytes: gradScratch(meta, words, to, size)
 * @split at(meta, 7) * at(meta, 8) * at(meta, 1) * (at(meta, 2) * 0.016 + 0.06) * size
 */
export function conv2d_grad_x_f32(dy: In, w: In, dx: Out, scratch: Scratch, meta: Meta, from: u32, to: u32): void {
  scatter<f32>(dy, w, dx, scratch, meta, from, to);
}
/** dx of a convolution with strides. The range counts images. */
export function conv2d_grad_x_f64(dy: In, w: In, dx: Out, scratch: Scratch, meta: Meta, from: u32, to: u32): void {
  scatter<f64>(dy, w, dx, scratch, meta, from, to);
}
