// Matrix products.

import { convert, type TensorLike } from '../convert.js';
import { byteWidth, codeOf } from '../dtype.js';
import { ShapeError } from '../errors.js';
import { tidy } from '../memory.js';
import { BLOCK_COLUMNS, BLOCK_DEPTH, BLOCK_ROWS, NARROW_BYTES, TILE_BYTES, TILE_ROWS } from '../runtime/blocking.js';
import * as k from '../runtime/kernels.js';
import { showShape, sizeOf, type Shape } from '../shape.js';
import { address, empty, withScratch, Tensor, type Spec } from '../tensor.js';
import { besideDType } from './apply.js';
import { broadcastShapes, sumTo, walkMeta } from './broadcast.js';
import { defineOp } from './define.js';
import { applyBinary, needFloat } from './elementwise.js';
import { reshape } from './reshape.js';

/** Which operands are transposed. */
export interface Flags {
  readonly tA: boolean;
  readonly tB: boolean;
}

/**
 * Product of two matrices, or of each pair in two batches of them.
 *
 * Each element's sum runs over k in blocks of 256: a product's bits do not depend on its place in the result, nor on the
 * host. With one row or one column, four (float64: two) partial sums are added at the end of a block.
 *
 * @param a float32 or float64 [..., m, k]; with `transposeA` [..., k, m].
 * @param b [..., k, n]; with `transposeB` [..., n, k]. The leading axes of `a` and `b` broadcast.
 * @param transposeA takes `a` with its last two axes swapped.
 * @param transposeB takes `b` with its last two axes swapped.
 * @returns [..., m, n], of the wider of both dtypes.
 * @throws {ShapeError} when `a` or `b` has rank below 2, the sizes for k differ, or the leading axes do not broadcast.
 * @throws {DTypeError} when neither is a float.
 * @see tf.linalg.matmul
 * @example matMul([[1, 2], [3, 4]], [[1, 0], [0, 2]]); // [[1, 4], [3, 8]]
 */
export function matMul(a: TensorLike, b: TensorLike, transposeA = false, transposeB = false): Tensor {
  return applyBinary(matMulOp, a, b, undefined, { tA: transposeA, tB: transposeB });
}

const matMulOp = /* @__PURE__ */ defineOp({
  name: 'matMul',
  inputs: ['a', 'b'],
  linear: ['a', 'b'],
  aligns: true,
  saves: ['a', 'b'],
  forward: ({ a, b }, flags: Flags) => multiply(a, b, flags, k.matmul),
  vjp: {
    a: (dy, { a, b }, { tA, tB }) => sumTo(tA ? matMul(b, dy, tB, true) : matMul(dy, b, false, !tB), a.shape),
    b: (dy, { a, b }, { tA, tB }) => {
      // One b for a whole batch: the sum over the batch is part of one product.
      if (!tA && b.rank === 2 && a.rank > 2) {
        const flat = reshape(a, [-1, a.shape.at(-1)!]);
        const dyFlat = reshape(dy, [-1, dy.shape.at(-1)!]);
        return tB ? matMul(dyFlat, flat, true) : matMul(flat, dyFlat, true);
      }
      return sumTo(tB ? matMul(dy, a, true, tA) : matMul(a, dy, !tA), b.shape);
    },
  },
});

/** Fills a product, with the arguments of its kernel. */
export type LaunchProduct = typeof k.matmul;

/** The product of two tensors of one float dtype, by a kernel that may do more to it. */
export function multiply(a: Tensor, b: Tensor, { tA, tB }: Flags, launch: LaunchProduct): Tensor {
  needFloat('matMul', 'a', a);
  needFloat('matMul', 'b', b);
  needMatrix('a', a);
  needMatrix('b', b);
  const m = fromEnd(a, tA ? 1 : 2);
  const depth = fromEnd(a, tA ? 2 : 1);
  const n = fromEnd(b, tB ? 2 : 1);
  const depthB = fromEnd(b, tB ? 1 : 2);
  if (depth !== depthB)
    throw new ShapeError(
      'matMul',
      `inner sizes differ: a ${showShape(a.shape)}${tA ? ' transposed' : ''} gives ${depth}, b ${showShape(b.shape)}${tB ? ' transposed' : ''} gives ${depthB}`,
      adviceFor(m, depth, n, depthB),
    );
  const batchA = leading(a);
  const batchB = leading(b);
  const batch = broadcastShapes('matMul', batchA, batchB, ['the leading axes of a', 'those of b']);
  const y = empty(batch.length === 0 ? [m, n] : [...batch, m, n], a.dtype);
  const count = sizeOf(batch);
  // One matrix for all of a's: they are one tall matrix.
  const tall = !tA && sizeOf(batchB) === 1;
  const rows = tall ? count * m : m;
  // The last is the number of batch axes.
  const meta = [rows, n, depth, tA ? 1 : depth, tA ? m : 1, tB ? 1 : n, tB ? depth : 1, 0];
  if (!tall) batchMeta(meta, batch, batchA, m * depth, batchB, depth * n);
  // The range counts columns where there are more of them than rows.
  const units = rows === 0 ? 0 : (tall ? 1 : count) * Math.max(rows, n);
  const run = (scratch: number): void =>
    launch(codeOf(a.dtype), address(a), address(b), address(y), scratch, meta, 0, units);
  if (rows <= 1 || n <= 1) run(0);
  else withScratch(gemmScratchBytes(byteWidth(a.dtype), rows, n, depth), run);
  return y;
}

function needMatrix(name: string, x: Spec): void {
  if (x.rank < 2)
    throw new ShapeError(
      'matMul',
      `${name} must have at least 2 axes, got shape ${showShape(x.shape)}`,
      'Use dot() for vectors, or reshape() to a matrix.',
    );
}

/** The size of an axis, counted from the end. */
function fromEnd({ shape }: Spec, axis: number): number {
  return shape[shape.length - axis]!;
}

const NO_AXES: Shape = [];

/** The sizes of the axes before the matrices. */
function leading({ shape }: Spec): Shape {
  return shape.length === 2 ? NO_AXES : shape.slice(0, -2);
}

function adviceFor(m: number, depth: number, n: number, depthB: number): string {
  if (depth === n) return 'If b is stored the other way round, flip transposeB.';
  if (m === depthB) return 'If a is stored the other way round, flip transposeA.';
  return 'The last axis of a must be as long as the last but one of b.';
}

/** Puts the batch axes at the end, in place of their number: their sizes, and the strides of a and b in elements. */
function batchMeta(meta: number[], batch: Shape, batchA: Shape, sizeA: number, batchB: Shape, sizeB: number): void {
  const walk = walkMeta(batch, [batchA, batchB]);
  const rank = walk[0]!;
  meta.pop();
  for (let i = 0; i < walk.length; i++) meta.push(walk[i]! * (i <= rank ? 1 : i <= 2 * rank ? sizeA : sizeB));
}

/**
 * Bytes of working memory of assembly/loops/gemm.ts: a tile, the places of a block of rows, a block of b in strips, and one
 * of a in panels.
 *
 * @param room bytes for what a is copied into before: see assembly/loops/image.ts.
 */
export function gemmScratchBytes(elementBytes: number, rows: number, columns: number, depth: number, room = 0): number {
  const width = TILE_BYTES / elementBytes;
  const strips = Math.min(Math.ceil(columns / width) * width, BLOCK_COLUMNS) * elementBytes;
  const deep = Math.min(depth, BLOCK_DEPTH);
  const panels =
    columns * elementBytes > NARROW_BYTES
      ? Math.ceil(Math.min(rows, BLOCK_ROWS) / TILE_ROWS) * (deep * TILE_ROWS * elementBytes + 64)
      : 0;
  return TILE_ROWS * TILE_BYTES + 4 * BLOCK_ROWS + deep * strips + panels + room;
}

/** Bytes for a block of gathered rows, four elements more in each column. */
export function gemmRoomBytes(elementBytes: number, rows: number, depth: number): number {
  const block = Math.min(Math.ceil(rows / TILE_ROWS) * TILE_ROWS, BLOCK_ROWS) + 4;
  return block * Math.min(depth, BLOCK_DEPTH) * elementBytes;
}

/**
 * Product of two vectors, two matrices, or one of each.
 *
 * @param t1 float32 or float64 [k] or [m, k].
 * @param t2 [k] or [k, n].
 * @returns the shapes' outer axes: [], [n], [m] or [m, n].
 * @throws {ShapeError} when a rank is not 1 or 2, or the sizes for k differ.
 * @throws {DTypeError} when neither is a float.
 * @see tf.dot of TensorFlow.js
 * @example dot([1, 2], [[1, 2], [3, 4]]); // [7, 10]
 */
export function dot(t1: TensorLike, t2: TensorLike): Tensor {
  return tidy(() => {
    const a = tensorOf('dot', 't1', t1, t2);
    const b = tensorOf('dot', 't2', t2, a);
    for (const [name, x] of Object.entries({ t1: a, t2: b }))
      if (x.rank !== 1 && x.rank !== 2)
        throw new ShapeError('dot', `${name} must have 1 or 2 axes, got shape ${showShape(x.shape)}`, 'Use matMul().');
    if (a.shape.at(-1) !== b.shape[0])
      throw new ShapeError(
        'dot',
        `inner sizes differ: t1 ${showShape(a.shape)} gives ${a.shape.at(-1)}, t2 ${showShape(b.shape)} gives ${b.shape[0]}`,
        'The last axis of t1 must be as long as the first of t2.',
      );
    const y = matMul(a.rank === 1 ? reshape(a, [1, a.size]) : a, b.rank === 1 ? reshape(b, [b.size, 1]) : b);
    return reshape(y, [...a.shape.slice(0, -1), ...b.shape.slice(1)]);
  });
}

/**
 * Products of all pairs of elements of two vectors.
 *
 * @param v1 float32 or float64 [m].
 * @param v2 [n].
 * @returns [m, n].
 * @throws {ShapeError} when a rank is not 1.
 * @throws {DTypeError} when neither is a float.
 * @see tf.outerProduct of TensorFlow.js
 * @example outerProduct([1, 2], [3, 4]); // [[3, 4], [6, 8]]
 */
export function outerProduct(v1: TensorLike, v2: TensorLike): Tensor {
  return tidy(() => {
    const a = tensorOf('outerProduct', 'v1', v1, v2);
    const b = tensorOf('outerProduct', 'v2', v2, a);
    for (const [name, x] of Object.entries({ v1: a, v2: b }))
      if (x.rank !== 1)
        throw new ShapeError('outerProduct', `${name} must have 1 axis, got shape ${showShape(x.shape)}`);
    return matMul(reshape(a, [a.size, 1]), reshape(b, [1, b.size]));
  });
}

/** A tensor of a value, of the dtype that a plain one takes beside another argument. */
function tensorOf(op: string, name: string, x: TensorLike, beside: TensorLike): Tensor {
  return convert(x, op, name, besideDType(x, beside instanceof Tensor ? beside : undefined)).tensor;
}
