// Two-dimensional convolution, and its gradients as ops of their own.

import type { TensorLike } from '../convert.js';
import { byteWidth, codeOf } from '../dtype.js';
import { DTypeError, ShapeError } from '../errors.js';
import * as k from '../runtime/kernels.js';
import { showShape, type Shape } from '../shape.js';
import { address, empty, withScratch, type Tensor } from '../tensor.js';
import { apply } from './apply.js';
import { defineOp } from './define.js';
import { needFloat } from './elementwise.js';
import { gemmScratchBytes } from './matmul.js';
import {
  overImages,
  spansOf,
  type DataFormat,
  type Padding,
  type Rounding,
  type Span,
  type WindowArgs,
} from './window.js';

/**
 * Two-dimensional convolution of images with a filter; as in all of deep learning it is the cross-correlation, the
 * filter is not flipped.
 *
 * @param x float32 or float64 [batch, height, width, in], or one image [height, width, in].
 * @param filter dtype of `x`, [filterHeight, filterWidth, in, out].
 * @param strides of the filter's places, one number or [height, width].
 * @param pad 'same' (zeros around, so that the output is as large as the input / stride), 'valid' (none), a number of
 * zeros on each side, or explicit ones, [[0, 0], [top, bottom], [left, right], [0, 0]] for NHWC.
 * @param dataFormat order of the axes of `x` and of the result.
 * @param dilations distance of the filter's elements, one number or [height, width].
 * @param dimRoundingMode rounding of an output size that is no whole number; down, when not said.
 * @returns dtype of `x`, [batch, outHeight, outWidth, out], without batch when `x` had none.
 * @throws {ShapeError} when ranks or channels do not go together, or the filter does not fit into the image.
 * @throws {ArgumentError} when a stride, a dilation or the padding is none.
 * @throws {DTypeError} when `x` is no float, or `filter` has another dtype.
 * @see tf.nn.conv2d
 * @example conv2d([[[1], [2]], [[3], [4]]], [[[[1]], [[10]]]], 1, 'valid'); // [[[21]], [[43]]]
 */
export function conv2d(
  x: TensorLike,
  filter: TensorLike,
  strides: number | [number, number],
  pad: Padding,
  dataFormat: DataFormat = 'NHWC',
  dilations: number | [number, number] = [1, 1],
  dimRoundingMode?: Rounding,
): Tensor {
  const args = { strides, pad, dilations, rounding: dimRoundingMode, format: dataFormat };
  return overImages('conv2d', x, dataFormat, filter, (images) => apply(conv2dOp, { x: images, filter }, args));
}

const conv2dOp = /* @__PURE__ */ defineOp({
  name: 'conv2d',
  inputs: ['x', 'filter'],
  saves: ['x', 'filter'],
  forward({ x, filter }, args: WindowArgs) {
    needFloat('conv2d', 'x', x);
    if (filter.dtype !== x.dtype)
      throw new DTypeError(
        'conv2d',
        `x and filter must have one dtype, got ${x.dtype} and ${filter.dtype}`,
        `Convert one of them first: cast(filter, '${x.dtype}').`,
      );
    const g = geometryOf('conv2d', x.shape, filter.shape, args);
    const y = empty(outputShape(g), x.dtype);
    const { window: kh } = g.rows;
    const { window: kw } = g.columns;
    const depth = kh * kw * g.channels;
    const meta = [g.filters, depth, depth, 0, g.filters, 1, 0, ...patchesOf(g)];
    launch(k.conv2d, y, x, filter, meta, y.size / Math.max(1, g.filters));
    return y;
  },
  vjp: {
    x: (dy, { x, filter }, args) => conv2dGradInput(dy, filter, geometryOf('conv2d', x.shape, filter.shape, args)),
    filter: (dy, { x, filter }, args) => conv2dGradFilter(x, dy, geometryOf('conv2d', x.shape, filter.shape, args)),
  },
});

/** Sizes of a convolution over [batch, height, width, channels] images: all that its kernels and gradients need. */
export interface Geometry {
  readonly batch: number;
  readonly rows: Span;
  readonly columns: Span;
  readonly channels: number;
  /** Output channels. */
  readonly filters: number;
  readonly args: WindowArgs;
}

/** Checks shapes and arguments, and works the sizes out. */
export function geometryOf(op: string, x: Shape, filter: Shape, args: WindowArgs): Geometry {
  if (filter.length !== 4)
    throw new ShapeError(
      op,
      `filter must have 4 axes, got shape ${showShape(filter)}`,
      'Give [height, width, in, out].',
    );
  const [batch, height, width, channels] = x as [number, number, number, number];
  const [kh, kw, inner, filters] = filter as [number, number, number, number];
  if (channels !== inner)
    throw new ShapeError(
      op,
      `channels differ: x ${showShape(x)} has ${channels}, filter ${showShape(filter)} takes ${inner}`,
      'The third axis of filter is that of the channels of x.',
    );
  const [rows, columns] = spansOf(op, [height, width], [kh, kw], args);
  return { batch, rows, columns, channels, filters, args };
}

function inputShape(g: Geometry): number[] {
  return [g.batch, g.rows.input, g.columns.input, g.channels];
}
function outputShape(g: Geometry): number[] {
  return [g.batch, g.rows.output, g.columns.output, g.filters];
}

/** How patches of x are gathered for each place of y: see assembly/loops/patches.ts. */
function patchesOf({ rows, columns, channels }: Geometry): number[] {
  const whole = [rows, columns].every(
    (s) => s.window === 1 && s.stride === 1 && s.before === 0 && s.input === s.output,
  );
  return [
    ...[rows.output, columns.output, rows.input, columns.input, channels, columns.window],
    ...[rows.stride, columns.stride, -rows.before, -columns.before],
    ...[rows.dilation, columns.dilation, 1, 1, whole ? 1 : 0],
  ];
}

type Kernel = typeof k.conv2d;

/** Runs one of the kernels over `count` rows of y; meta begins with the columns and the depth of the product. */
function launch(kernel: Kernel, y: Tensor, a: Tensor, b: Tensor, meta: number[], count: number): void {
  const bytes = gemmScratchBytes(byteWidth(y.dtype), count, meta[0]!, meta[1]!);
  withScratch(bytes, (scratch) => kernel(codeOf(y.dtype), address(a), address(b), address(y), scratch, meta, 0, count));
}

/** The gradient of a convolution's input: the filter's transpose applied to dy. */
export function conv2dGradInput(dy: Tensor, filter: Tensor, g: Geometry): Tensor {
  return apply(gradInputOp, { dy, filter }, g);
}

const gradInputOp = /* @__PURE__ */ defineOp({
  name: 'conv2dGradInput',
  inputs: ['dy', 'filter'],
  saves: ['dy', 'filter'],
  forward({ dy, filter }, g: Geometry) {
    const { rows, columns, channels, filters } = g;
    const x = empty(inputShape(g), dy.dtype);
    const taps = rows.window * columns.window;
    const whole = patchesOf(g).at(-1)!;
    // Patches of dy for each place of x; the filter's taps in reverse, its channels exchanged.
    const meta = [
      ...[channels, taps * filters, filters, -channels * filters, 1, filters, (taps - 1) * channels * filters],
      ...[rows.input, columns.input, rows.output, columns.output, filters, columns.window, 1, 1],
      rows.before - (rows.window - 1) * rows.dilation,
      columns.before - (columns.window - 1) * columns.dilation,
      ...[rows.dilation, columns.dilation, rows.stride, columns.stride, whole],
    ];
    launch(k.conv2d, x, dy, filter, meta, g.batch * rows.input * columns.input);
    return x;
  },
  vjp: {
    dy: (dx, { filter }, g) => apply(conv2dOp, { x: dx, filter }, g.args),
    filter: (dx, { dy }, g) => conv2dGradFilter(dx, dy, g),
  },
});

/** The gradient of a convolution's filter. */
export function conv2dGradFilter(x: Tensor, dy: Tensor, g: Geometry): Tensor {
  return apply(gradFilterOp, { x, dy }, g);
}

const gradFilterOp = /* @__PURE__ */ defineOp({
  name: 'conv2dGradFilter',
  inputs: ['x', 'dy'],
  saves: ['x', 'dy'],
  forward({ x, dy }, g: Geometry) {
    const { rows, columns, channels, filters } = g;
    const y = empty([rows.window, columns.window, channels, filters], x.dtype);
    const places = g.batch * rows.output * columns.output;
    const meta = [filters, places, places, 0, filters, 1, 0, ...patchesOf(g)];
    launch(k.conv2d_grad_filter, y, x, dy, meta, rows.window * columns.window * channels);
    return y;
  },
  vjp: {
    x: (dw, { dy }, g) => conv2dGradInput(dy, dw, g),
    dy: (dw, { x }, g) => apply(conv2dOp, { x, filter: dw }, g.args),
  },
});
