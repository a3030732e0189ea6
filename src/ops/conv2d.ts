// Two-dimensional convolution, and its gradients as ops of their own.

import type { TensorLike } from '../convert.js';
import { byteWidth, codeOf } from '../dtype.js';
import { DTypeError, ShapeError } from '../errors.js';
import { COPIED, GATHERED, TILE_BYTES, TILE_ROWS, TURNED } from '../runtime/blocking.js';
import * as k from '../runtime/kernels.js';
import { showShape, type Shape } from '../shape.js';
import { address, empty, withScratch, type Tensor } from '../tensor.js';
import { apply } from './apply.js';
import { defineOp, type Op } from './define.js';
import { needFloat } from './elementwise.js';
import { gemmRoomBytes, gemmScratchBytes, type LaunchProduct } from './matmul.js';
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

/** conv2d of NHWC images. */
export const conv2dOp: Op<'x' | 'filter', WindowArgs> = /* @__PURE__ */ defineOp({
  name: 'conv2d',
  inputs: ['x', 'filter'],
  linear: ['x', 'filter'],
  saves: ['x', 'filter'],
  forward: ({ x, filter }, args: WindowArgs) => convolve(x, filter, args, k.conv2d),
  vjp: {
    x: (dy, { x, filter }, args) => conv2dGradInput(dy, filter, geometryOf('conv2d', x.shape, filter.shape, args)),
    filter: (dy, { x, filter }, args) => conv2dGradFilter(x, dy, geometryOf('conv2d', x.shape, filter.shape, args)),
  },
});

/** The convolution of NHWC images, by a kernel that may do more to it. */
export function convolve(x: Tensor, filter: Tensor, args: WindowArgs, kernel: LaunchProduct): Tensor {
  needFloat('conv2d', 'x', x);
  if (filter.dtype !== x.dtype)
    throw new DTypeError(
      'conv2d',
      `x and filter must have one dtype, got ${x.dtype} and ${filter.dtype}`,
      `Convert one of them first: cast(filter, '${x.dtype}').`,
    );
  const g = geometryOf('conv2d', x.shape, filter.shape, args);
  const y = empty(outputShape(g), x.dtype);
  const depth = g.rows.window * g.columns.window * g.channels;
  const axes = [overInput(g.rows), overInput(g.columns)] as const;
  const p = patches(axes, { batch: g.batch, channels: g.channels, span: 0 }, byteWidth(x.dtype));
  launch(y, x, filter, [g.filters, depth, depth, 0, g.filters, 1, 0], p, kernel);
  return y;
}

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

/** Places of a filter over the images of a source, along one axis: see assembly/loops/image.ts. */
interface Axis {
  readonly grid: number;
  readonly source: number;
  readonly filter: number;
  readonly factor: number;
  readonly offset: number;
  readonly step: number;
  readonly divisor: number;
}

/** y's places, over x. */
const overInput = ({ output, input, window, stride, before, dilation }: Span): Axis => ({
  ...{ grid: output, source: input, filter: window },
  ...{ factor: stride, offset: -before, step: dilation, divisor: 1 },
});

/** x's places, over dy, with the filter's taps in reverse. */
const overOutput = ({ output, input, window, stride, before, dilation }: Span): Axis => ({
  ...{ grid: input, source: output, filter: window },
  ...{ factor: 1, offset: before - (window - 1) * dilation, step: dilation, divisor: stride },
});

/** Bytes of images that are copied with zeros around, at least a row: they stay in the L2 cache. */
const COPY_BYTES = 1 << 17;
/** With fewer places in an image, blocks of depth for the filter's gradient are too short: it is gathered. */
const FEW_PLACES = 32;

// The filter's gradient is a product of few rows over a long depth. It is made in parts, which threads can share, and these are
// added, by sizes that depend on the shapes alone.
/** Multiplications that a part is worth, as many parts as there may be, and elements of all of them together. */
const PART_WORK = 1 << 18;
const MOST_PARTS = 16;
const PART_ELEMENTS = 1 << 17;

/** Images of a part: all of them, where parts would not pay. */
function spanOf(batch: number, elements: number, places: number): number {
  const parts = Math.min(batch, MOST_PARTS, (elements * places) / PART_WORK, PART_ELEMENTS / elements);
  return parts < 2 ? Math.max(1, batch) : Math.ceil(batch / Math.floor(parts));
}

/**
 * The Meta of the patches, and the room that their kernel needs.
 *
 * @param span for turned patches, the images of a part; else 0.
 */
function patches(
  [y, x]: readonly [Axis, Axis],
  { batch, channels, span }: { batch: number; channels: number; span: number },
  bytes: number,
): { meta: number[]; room: number } {
  const turned = span > 0;
  const reach = (axis: Axis, lines: number): number => (lines - 1) * axis.factor + (axis.filter - 1) * axis.step + 1;
  const fits = (axis: Axis): boolean => axis.offset >= 0 && axis.offset + reach(axis, axis.grid) <= axis.source;
  let mode = turned ? TURNED : 0;
  let pitch = x.source * channels;
  let images = 1;
  let lines = y.grid;
  let room = 0;
  if (x.step !== 1 || x.divisor !== 1 || y.divisor !== 1 || (turned && y.grid * x.grid < FEW_PLACES)) {
    mode |= GATHERED;
    const places = batch * y.grid * x.grid;
    const taps = y.filter * x.filter * channels;
    room = turned ? gemmRoomBytes(bytes, taps, places) : gemmRoomBytes(bytes, places, taps);
  } else if (!fits(y) || !fits(x)) {
    mode |= COPIED;
    pitch = reach(x, x.grid) * channels;
    const row = pitch * bytes;
    const image = reach(y, y.grid) * row;
    if (image > COPY_BYTES) lines = Math.max(1, Math.floor((COPY_BYTES / row - reach(y, 1)) / y.factor) + 1);
    else if (!turned) images = Math.max(1, Math.min(batch, Math.floor(COPY_BYTES / image)));
    lines = Math.min(lines, y.grid);
    room = images * reach(y, lines) * row;
  }
  const meta = [
    ...[y.grid, x.grid, y.source, x.source, channels, y.filter, x.filter, y.factor, x.factor, y.offset, x.offset],
    ...[y.step, x.step, y.divisor, x.divisor, mode, pitch, turned ? span : images, lines],
  ];
  return { meta, room };
}

/** Fills c with patches · b. `product` begins with the columns and the depth of the product. */
function launch(
  c: Tensor,
  a: Tensor,
  b: Tensor,
  product: number[],
  p: ReturnType<typeof patches>,
  kernel: LaunchProduct = k.conv2d,
): void {
  const [columns, depth] = product as [number, number];
  const count = columns === 0 ? 0 : c.size / columns;
  const bytes = gemmScratchBytes(byteWidth(c.dtype), count, columns, depth, p.room);
  withScratch(bytes, (scratch) =>
    kernel(codeOf(c.dtype), address(a), address(b), address(c), scratch, [...product, ...p.meta], 0, count),
  );
}

/** Fills dx, where its product as patches of dy is mostly zeros: see assembly/kernels/conv2d.ts. */
function scatter(dx: Tensor, dy: Tensor, filter: Tensor, { batch, rows, columns, channels, filters }: Geometry): void {
  const bytes = byteWidth(dx.dtype);
  const width = rows.window * columns.window * channels;
  const all = rows.output * columns.output;
  const places = Math.min(all, Math.max(TILE_ROWS, Math.floor(COPY_BYTES / Math.max(1, width * bytes))));
  const meta = [
    ...[places, width, filters, filters, 1, rows.input, columns.input, rows.output, columns.output],
    ...[rows.window, columns.window, rows.stride, columns.stride, rows.dilation, columns.dilation],
    ...[rows.before, columns.before],
  ];
  const room = Math.ceil((places * width * bytes) / 64) * 64;
  withScratch(gemmScratchBytes(bytes, places, width, filters, room), (scratch) =>
    k.conv2d_grad_x(codeOf(dx.dtype), address(dy), address(filter), address(dx), scratch, meta, 0, batch),
  );
}

/** The gradient of a convolution's input: the filter's transpose applied to dy. */
export function conv2dGradInput(dy: Tensor, filter: Tensor, g: Geometry): Tensor {
  return apply(gradInputOp, { dy, filter }, g);
}

const gradInputOp = /* @__PURE__ */ defineOp({
  name: 'conv2dGradInput',
  inputs: ['dy', 'filter'],
  linear: ['dy', 'filter'],
  saves: ['dy', 'filter'],
  forward({ dy, filter }, g: Geometry) {
    const { rows, columns, channels, filters } = g;
    const x = empty(inputShape(g), dy.dtype);
    // Few columns would leave most of a tile unused.
    const narrow = channels * byteWidth(dy.dtype) <= TILE_BYTES / 2;
    if (rows.stride > 1 || columns.stride > 1 || narrow) {
      scatter(x, dy, filter, g);
      return x;
    }
    const taps = rows.window * columns.window;
    const axes = [overOutput(rows), overOutput(columns)] as const;
    const p = patches(axes, { batch: g.batch, channels: filters, span: 0 }, byteWidth(dy.dtype));
    // The filter's taps in reverse, its channels exchanged.
    const last = (taps - 1) * channels * filters;
    launch(x, dy, filter, [channels, taps * filters, filters, -channels * filters, 1, filters, last], p);
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
  linear: ['x', 'dy'],
  saves: ['x', 'dy'],
  forward({ x, dy }, g: Geometry) {
    const { rows, columns, channels, filters } = g;
    const y = empty([rows.window, columns.window, channels, filters], x.dtype);
    const places = g.batch * rows.output * columns.output;
    const span = spanOf(g.batch, y.size, places);
    const axes = [overInput(rows), overInput(columns)] as const;
    const p = patches(axes, { batch: g.batch, channels, span }, byteWidth(x.dtype));
    const product = [filters, places, places, 0, filters, 1, 0];
    const parts = Math.ceil(g.batch / span);
    if (parts < 2) {
      launch(y, x, dy, product, p);
      return y;
    }
    const all = empty([parts, y.size], x.dtype);
    launch(all, x, dy, product, p);
    k.sum(codeOf(x.dtype), address(all), address(y), parts, y.size, 0, y.size);
    all.dispose();
    return y;
  },
  vjp: {
    x: (dw, { dy }, g) => conv2dGradInput(dy, dw, g),
    dy: (dw, { x }, g) => apply(conv2dOp, { x, filter: dw }, g.args),
  },
});
