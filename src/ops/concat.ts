// Joining tensors along an axis, old or new.

import { fromValues, type TensorLike } from '../convert.js';
import { isFloat, promote, type DType } from '../dtype.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { checkShape, normalizeAxis, sameShape, showShape, stridesOf } from '../shape.js';
import { address, empty, setMaker, Tensor, view, withTemporaries } from '../tensor.js';
import { applyVariadic, besideDType } from './apply.js';
import { cast } from './cast.js';
import { needRank, placeInto } from './copy.js';
import { defineVariadic } from './define.js';
import { slice, unstack } from './slice.js';

/**
 * Tensors joined along an axis that they have.
 *
 * @param tensors at least one, of one rank and of one size on every other axis; dtypes are promoted.
 * @param axis along which; negative values count from the end.
 * @returns the promoted dtype; the size on `axis` is the sum.
 * @throws {ArgumentError} when there is no tensor.
 * @throws {ShapeError} when the shapes do not go together.
 * @see tf.concat
 * @example concat([[1, 2], [3]]); // [1, 2, 3]
 */
export function concat(tensors: readonly TensorLike[], axis = 0): Tensor {
  return join('concat', tensors, (xs) => applyVariadic(concatOp, xs, axis));
}

const concatOp = /* @__PURE__ */ defineVariadic({
  name: 'concat',
  linear: true,
  lead: (axis: number) => axis + Number(axis >= 0),
  forward(xs, axis: number) {
    const first = xs[0]!;
    const at = normalizeAxis('concat', axis, first.rank);
    for (const [i, x] of xs.entries()) {
      if (x.rank !== first.rank || x.shape.some((n, j) => j !== at && n !== first.shape[j]))
        throw new ShapeError(
          'concat',
          `shapes differ on another axis than ${at}: tensors[0] ${showShape(first.shape)}, tensors[${i}] ${showShape(x.shape)}`,
          'All sizes but that of the joined axis must be equal.',
        );
      address(x);
    }
    if (xs.length === 1) return view(first, first.shape);
    const shape = first.shape.map((n, j) => (j === at ? xs.reduce((total, x) => total + x.shape[at]!, 0) : n));
    const y = empty(checkShape('concat', shape), first.dtype);
    const strides = stridesOf(shape);
    let begin = 0;
    for (const x of xs) {
      placeInto(y, x, strides, begin * strides[at]!);
      begin += x.shape[at]!;
    }
    return y;
  },
  vjp(dy, xs, needed, axis) {
    const at = normalizeAxis('concat', axis, dy.rank);
    let end = 0;
    return xs.map((x, i) => {
      const begin = x.shape.map((_, j) => (j === at ? end : 0));
      end += x.shape[at]!;
      return needed[i] === true ? slice(dy, begin, x.shape) : null;
    });
  },
});

/**
 * Tensors of rank 1, one after the other.
 *
 * @param tensors at least one, each `[n]`; dtypes are promoted.
 * @returns rank 1, of the widest dtype.
 * @throws {ShapeError} when a tensor has another rank.
 * @see tf.concat1d of TensorFlow.js
 * @example concat1d([[1, 2], [3]]); // [1, 2, 3]
 */
export function concat1d(tensors: readonly TensorLike[]): Tensor {
  return ranked('concat1d', 1, tensors, 0);
}

/**
 * Tensors of rank 2, joined along an axis.
 *
 * @param axis along which; the sizes on the other axes are equal.
 * @param tensors at least one, each of rank 2; dtypes are promoted.
 * @returns rank 2, of the widest dtype.
 * @throws {ShapeError} when a tensor has another rank, or other sizes differ.
 * @see tf.concat2d of TensorFlow.js
 * @example concat2d([[[1, 2]], [[3, 4]]], 1); // [[1, 2, 3, 4]]
 */
export function concat2d(tensors: readonly TensorLike[], axis: number): Tensor {
  return ranked('concat2d', 2, tensors, axis);
}

/**
 * Tensors of rank 3, joined along an axis.
 *
 * @param axis along which; the sizes on the other axes are equal.
 * @param tensors at least one, each of rank 3; dtypes are promoted.
 * @returns rank 3, of the widest dtype.
 * @throws {ShapeError} when a tensor has another rank, or other sizes differ.
 * @see tf.concat3d of TensorFlow.js
 * @example concat3d([[[[1]]], [[[2]]]], 2); // [[[1, 2]]]
 */
export function concat3d(tensors: readonly TensorLike[], axis: number): Tensor {
  return ranked('concat3d', 3, tensors, axis);
}

/**
 * Tensors of rank 4, joined along an axis.
 *
 * @param axis along which; the sizes on the other axes are equal.
 * @param tensors at least one, each of rank 4; dtypes are promoted.
 * @returns rank 4, of the widest dtype.
 * @throws {ShapeError} when a tensor has another rank, or other sizes differ.
 * @see tf.concat4d of TensorFlow.js
 * @example concat4d([[[[[1]]]], [[[[2]]]]], 3); // [[[[1, 2]]]]
 */
export function concat4d(tensors: readonly TensorLike[], axis: number): Tensor {
  return ranked('concat4d', 4, tensors, axis);
}

function ranked(op: string, rank: number, tensors: readonly TensorLike[], axis: number): Tensor {
  needSome(op, tensors);
  for (const [i, x] of tensors.entries()) needRank(op, `tensors[${i}]`, x, rank);
  return concat(tensors, axis);
}

/**
 * Tensors of one shape, joined along a new axis.
 *
 * @param tensors at least one, of one shape; dtypes are promoted.
 * @param axis where the new axis stands in the result; negative values count from its end.
 * @returns the promoted dtype, one rank more.
 * @throws {ArgumentError} when there is no tensor.
 * @throws {ShapeError} when shapes differ, or there is no such axis.
 * @see tf.stack
 * @example stack([[1, 2], [3, 4]]); // [[1, 2], [3, 4]]
 */
export function stack(tensors: readonly TensorLike[], axis = 0): Tensor {
  return join('stack', tensors, (xs) => applyVariadic(stackOp, xs, axis));
}

const stackOp = /* @__PURE__ */ defineVariadic({
  name: 'stack',
  linear: true,
  lead: (axis: number) => axis + Number(axis >= 0),
  forward(xs, axis: number) {
    const first = xs[0]!;
    const at = normalizeAxis('stack', axis, first.rank + 1);
    for (const [i, x] of xs.entries()) {
      if (!sameShape(x.shape, first.shape))
        throw new ShapeError(
          'stack',
          `shapes differ: tensors[0] ${showShape(first.shape)}, tensors[${i}] ${showShape(x.shape)}`,
          'concat joins tensors along an axis that they have.',
        );
      address(x);
    }
    const shape = [...first.shape.slice(0, at), xs.length, ...first.shape.slice(at)];
    const y = empty(checkShape('stack', shape), first.dtype);
    const strides = stridesOf(shape);
    const others = strides.filter((_, i) => i !== at);
    for (const [i, x] of xs.entries()) placeInto(y, x, others, i * strides[at]!);
    return y;
  },
  vjp: (dy, xs, needed, axis) => {
    const pieces = unstack(dy, axis);
    return xs.map((_, i) => (needed[i] === true ? pieces[i]! : null));
  },
});

function needSome(op: string, tensors: unknown): void {
  if (!Array.isArray(tensors) || tensors.length === 0)
    throw new ArgumentError(op, 'tensors must be an array of at least one tensor');
}

/** Calls `use` with all values as tensors of the dtype they are promoted to, then disposes of what it made. */
function join(op: string, values: readonly TensorLike[], use: (xs: readonly Tensor[]) => Tensor): Tensor {
  needSome(op, values);
  setMaker(op);
  const beside = values.find((x) => x instanceof Tensor && isFloat(x.dtype)) as Tensor | undefined;
  return withTemporaries((own) => {
    const xs = values.map((x, i) =>
      x instanceof Tensor ? x : own(fromValues(x, undefined, besideDType(x, beside), op, `tensors[${i}]`)),
    );
    const dtype = xs.reduce<DType>((d, x) => promote(d, x.dtype), 'bool');
    return use(xs.map((x) => (x.dtype === dtype ? x : own(cast(x, dtype)))));
  });
}
