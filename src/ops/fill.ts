// Tensors of one value, ranges, and tensors that follow from sizes or indices.

import { fromValues, type TensorLike } from '../convert.js';
import { checkDType, codeOf, type DType } from '../dtype.js';
import { ArgumentError, DTypeError } from '../errors.js';
import * as k from '../runtime/kernels.js';
import { checkShape, showShape, sizeOf, type Shape } from '../shape.js';
import { address, empty, setMaker, type Spec, type Tensor } from '../tensor.js';
import { apply } from './apply.js';
import { placeInto, rearranged } from './copy.js';
import { defineOp } from './define.js';

/**
 * A tensor of one value.
 *
 * @param shape sizes of the axes.
 * @param value of every element.
 * @param dtype float32 when not given, or bool for a boolean.
 * @returns `dtype`, shape `shape`.
 * @throws {ShapeError} when a size is no whole number of at least 0.
 * @see tf.fill
 * @example fill([2], 7); // [7, 7]
 */
export function fill(shape: Shape, value: number | boolean, dtype?: DType): Tensor {
  setMaker('fill');
  if (typeof value !== 'number' && typeof value !== 'boolean')
    throw new ArgumentError('fill', `value must be a number or a boolean: got ${typeof value}`);
  return filled('fill', shape, Number(value), dtype ?? (typeof value === 'boolean' ? 'bool' : 'float32'));
}

function filled(op: string, shape: Shape, value: number, dtype: DType): Tensor {
  setMaker(op);
  const y = empty(checkShape(op, shape), checkDType(op, dtype));
  k.fill(codeOf(dtype), address(y), value, 0, y.size);
  return y;
}

/**
 * A tensor of zeros.
 *
 * @param dtype of the result.
 * @param shape sizes of the axes.
 * @returns `dtype`, shape `shape`.
 * @throws {ShapeError} when a size is no whole number of at least 0.
 * @see tf.zeros
 * @example zeros([2]); // [0, 0]
 */
export function zeros(shape: Shape, dtype: DType = 'float32'): Tensor {
  return filled('zeros', shape, 0, dtype);
}

/**
 * A tensor of ones.
 *
 * @param shape sizes of the axes.
 * @param dtype of the result.
 * @returns `dtype`, shape `shape`.
 * @throws {ShapeError} when a size is no whole number of at least 0.
 * @see tf.ones
 * @example ones([2]); // [1, 1]
 */
export function ones(shape: Shape, dtype: DType = 'float32'): Tensor {
  return filled('ones', shape, 1, dtype);
}

/**
 * Zeros of another tensor's shape and dtype.
 *
 * @param x any dtype, any shape; its values are not read.
 * @returns dtype and shape of `x`.
 * @see tf.zeros_like
 * @example zerosLike([1, 2]); // [0, 0]
 */
export function zerosLike(x: TensorLike | Spec): Tensor {
  return like('zerosLike', x, 0);
}

/**
 * Ones of another tensor's shape and dtype.
 *
 * @param x any dtype, any shape; its values are not read.
 * @returns dtype and shape of `x`.
 * @see tf.ones_like
 * @example onesLike([1, 2]); // [1, 1]
 */
export function onesLike(x: TensorLike | Spec): Tensor {
  return like('onesLike', x, 1);
}

function like(op: string, x: TensorLike | Spec, value: number): Tensor {
  if (typeof x === 'object' && 'dtype' in x) return filled(op, x.shape, value, x.dtype);
  const model = fromValues(x, undefined, undefined, op, 'x');
  try {
    return filled(op, model.shape, value, model.dtype);
  } finally {
    model.dispose();
  }
}

/**
 * Ones on the main diagonal and zeros elsewhere.
 *
 * @param numRows of each matrix.
 * @param numColumns of each matrix; as many as rows when not given.
 * @param batchShape sizes of axes before the matrix's.
 * @param dtype of the result.
 * @returns shape `[...batchShape, numRows, numColumns]`.
 * @throws {ShapeError} when a size is no whole number of at least 0.
 * @see tf.eye
 * @example eye(2); // [[1, 0], [0, 1]]
 */
export function eye(
  numRows: number,
  numColumns: number = numRows,
  batchShape: Shape = [],
  dtype: DType = 'float32',
): Tensor {
  const y = filled('eye', [...batchShape, numRows, numColumns], 0, dtype);
  const n = Math.min(numRows, numColumns);
  if (y.size === 0) return y;
  const batches = sizeOf(batchShape);
  const diagonal = filled('eye', [batches, n], 1, dtype);
  placeInto(y, diagonal, [numRows * numColumns, numColumns + 1], 0);
  diagonal.dispose();
  return y;
}

/**
 * Evenly spaced numbers from `start` to `stop`, both included.
 *
 * @param start the first number.
 * @param stop the last number.
 * @param num how many, at least 1.
 * @returns float32 `[num]`; the last one is exactly `stop`.
 * @throws {ArgumentError} when `num` is no whole number of at least 1.
 * @see tf.linspace
 * @example linspace(0, 1, 5); // [0, 0.25, 0.5, 0.75, 1]
 */
export function linspace(start: number, stop: number, num: number): Tensor {
  setMaker('linspace');
  if (!Number.isInteger(num) || num < 1)
    throw new ArgumentError('linspace', `num must be a whole number of at least 1: got ${num}`);
  const y = empty(checkShape('linspace', [num]), 'float32');
  k.range(codeOf('float32'), address(y), start, num > 1 ? (stop - start) / (num - 1) : 0, 0, num);
  if (num > 1) k.fill(codeOf('float32'), address(y), stop, num - 1, num);
  return y;
}

/**
 * Numbers from `start` on, `step` apart, as long as they are before `stop`. None when `step` leads away from `stop`; but a
 * step of 1 counts down when `stop` is below `start`, as in TensorFlow.js.
 *
 * @param start the first number.
 * @param stop where it ends, not included.
 * @param step from each number to the next.
 * @param dtype a number dtype.
 * @returns `[n]`; number i is `start + i * step`, computed in float64 and rounded once.
 * @throws {ArgumentError} when `step` is 0 or a value is not finite.
 * @throws {DTypeError} when `dtype` is bool.
 * @see tf.range
 * @example range(0, 6, 2); // [0, 2, 4]
 */
export function range(start: number, stop: number, step = 1, dtype: DType = 'float32'): Tensor {
  setMaker('range');
  if (step === 0 || ![start, stop, step].every(Number.isFinite))
    throw new ArgumentError(
      'range',
      `start, stop and step must be finite and step not 0: got ${start}, ${stop}, ${step}`,
    );
  if (checkDType('range', dtype) === 'bool') throw new DTypeError('range', 'dtype must be a number dtype: got bool');
  const by = step === 1 && stop < start ? -1 : step;
  const n = Math.max(0, Math.ceil((stop - start) / by));
  const y = empty(checkShape('range', [n]), dtype);
  k.range(codeOf(dtype), address(y), start, by, 0, n);
  return y;
}

/**
 * Rows that are `onValue` at the place an index names and `offValue` elsewhere. An index outside of [0, depth) has a row of
 * `offValue` only.
 *
 * @param indices int32, any shape.
 * @param depth length of a row.
 * @param onValue at the place that the index names.
 * @param offValue everywhere else.
 * @param dtype of the result.
 * @returns `dtype`, shape `[...indices.shape, depth]`.
 * @throws {DTypeError} when `indices` is not int32.
 * @throws {ArgumentError} when `depth` is no whole number of at least 1.
 * @see tf.one_hot
 * @example oneHot([0, 2], 3); // [[1, 0, 0], [0, 0, 1]]
 */
export function oneHot(indices: TensorLike, depth: number, onValue = 1, offValue = 0, dtype: DType = 'int32'): Tensor {
  if (!Number.isInteger(depth) || depth < 1)
    throw new ArgumentError('oneHot', `depth must be a whole number of at least 1: got ${depth}`);
  return apply(oneHotOp, { indices }, { depth, onValue, offValue, dtype: checkDType('oneHot', dtype) });
}

const oneHotOp = /* @__PURE__ */ defineOp({
  name: 'oneHot',
  inputs: ['indices'],
  dtypes: { indices: 'int32' },
  forward({ indices }, { depth, onValue, offValue, dtype }: OneHotAttrs) {
    if (indices.dtype !== 'int32')
      throw new DTypeError(
        'oneHot',
        `indices must be int32, got ${indices.dtype} ${showShape(indices.shape)}`,
        "Convert them first: cast(indices, 'int32').",
      );
    const y = empty(checkShape('oneHot', [...indices.shape, depth]), dtype);
    k.one_hot(codeOf(dtype), address(indices), address(y), depth, onValue, offValue, 0, indices.size);
    return y;
  },
  vjp: null,
});

interface OneHotAttrs {
  depth: number;
  onValue: number;
  offValue: number;
  dtype: DType;
}

/**
 * A tensor with the values of another on its diagonal and zeros elsewhere.
 *
 * @param x any dtype, shape `[a, b, …]`.
 * @returns dtype of `x`, shape `[a, b, …, a, b, …]`.
 * @see tf.linalg.tensor_diag
 * @example diag([1, 2]); // [[1, 0], [0, 2]]
 */
export function diag(x: TensorLike): Tensor {
  return apply(diagOp, { x }, undefined);
}

const diagOp = /* @__PURE__ */ defineOp({
  name: 'diag',
  inputs: ['x'],
  linear: ['x'],
  forward({ x }) {
    address(x);
    const y = empty(checkShape('diag', [...x.shape, ...x.shape]), x.dtype);
    k.fill(codeOf(x.dtype), address(y), 0, 0, y.size);
    placeInto(y, x, diagonalStrides(x.shape), 0);
    return y;
  },
  vjp: { x: (dy) => apply(diagPartOp, { x: dy }, undefined) },
});

/** The diagonal of a tensor whose shape is another's twice: the transpose of diag. */
const diagPartOp = /* @__PURE__ */ defineOp({
  name: 'diagPart',
  inputs: ['x'],
  linear: ['x'],
  forward({ x }) {
    const shape = x.shape.slice(0, x.rank / 2);
    return rearranged(x, shape, diagonalStrides(shape));
  },
  vjp: { x: (dy) => diag(dy) },
});

/** Steps along the diagonal of [...shape, ...shape]: element i of x stands at i · size + i. */
function diagonalStrides(shape: Shape): number[] {
  const size = sizeOf(shape);
  return shape.map((_, i) => sizeOf(shape.slice(i + 1)) * (size + 1));
}
