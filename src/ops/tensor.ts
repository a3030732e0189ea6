// Tensors of given values.

import { fromValues, type TensorLike } from '../convert.js';
import type { DType } from '../dtype.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { sizeOf, type Shape } from '../shape.js';
import { setMaker, Tensor } from '../tensor.js';

/**
 * A tensor of the given values.
 *
 * @param values a number, nested arrays, or a typed array.
 * @param shape of the result; that of the nesting when not given. A flat array may be given any shape of its size.
 * @param dtype of the result; float32 for numbers, bool for booleans, a typed array's own.
 * @returns a new tensor, which tapes do not watch.
 * @throws {ShapeError} when rows have different lengths, or the values do not fill the shape.
 * @see tf.constant
 * @example tensor([1, 2, 3, 4], [2, 2]); // [[1, 2], [3, 4]]
 */
export function tensor(values: TensorLike, shape?: Shape, dtype?: DType): Tensor {
  setMaker('tensor');
  if (values instanceof Tensor)
    throw new ArgumentError('tensor', 'values is a tensor already', 'Use clone(x) for another one.');
  return fromValues(values, shape, dtype, 'tensor');
}

/**
 * A tensor without axes.
 *
 * @param value a number or a boolean.
 * @param dtype of the result; float32 for a number, bool for a boolean.
 * @returns shape `[]`.
 * @see tf.constant
 * @example scalar(3); // 3
 */
export function scalar(value: number | boolean, dtype?: DType): Tensor {
  setMaker('scalar');
  if (typeof value !== 'number' && typeof value !== 'boolean')
    throw new ArgumentError('scalar', `value must be a number or a boolean: got ${typeof value}`);
  return fromValues(value, [], dtype, 'scalar');
}

/**
 * A tensor of rank 1 of the given values.
 *
 * @param values nested arrays, or a typed array.
 * @param dtype of the result; float32 for numbers, bool for booleans, a typed array's own.
 * @returns rank 1.
 * @throws {ShapeError} when the values are not of rank 1.
 * @see tf.tensor1d of TensorFlow.js
 * @example tensor1d([1, 2]); // [1, 2]
 */
export function tensor1d(values: TensorLike, dtype?: DType): Tensor {
  return ranked('tensor1d', 1, values, undefined, dtype);
}

/**
 * A tensor of rank 2 of the given values.
 *
 * @param values nested arrays, or a typed array.
 * @param shape of rank 2; that of the nesting when not given.
 * @param dtype of the result; float32 for numbers, bool for booleans, a typed array's own.
 * @returns rank 2.
 * @throws {ShapeError} when the values are not of rank 2 and no shape is given, or do not fill the shape.
 * @see tf.tensor2d of TensorFlow.js
 * @example tensor2d([1, 2], [2, 1]); // [[1], [2]]
 */
export function tensor2d(values: TensorLike, shape?: Shape, dtype?: DType): Tensor {
  return ranked('tensor2d', 2, values, shape, dtype);
}

/**
 * A tensor of rank 3 of the given values.
 *
 * @param values nested arrays, or a typed array.
 * @param shape of rank 3; that of the nesting when not given.
 * @param dtype of the result; float32 for numbers, bool for booleans, a typed array's own.
 * @returns rank 3.
 * @throws {ShapeError} when the values are not of rank 3 and no shape is given, or do not fill the shape.
 * @see tf.tensor3d of TensorFlow.js
 * @example tensor3d([1, 2], [1, 2, 1]); // [[[1], [2]]]
 */
export function tensor3d(values: TensorLike, shape?: Shape, dtype?: DType): Tensor {
  return ranked('tensor3d', 3, values, shape, dtype);
}

/**
 * A tensor of rank 4 of the given values.
 *
 * @param values nested arrays, or a typed array.
 * @param shape of rank 4; that of the nesting when not given.
 * @param dtype of the result; float32 for numbers, bool for booleans, a typed array's own.
 * @returns rank 4.
 * @throws {ShapeError} when the values are not of rank 4 and no shape is given, or do not fill the shape.
 * @see tf.tensor4d of TensorFlow.js
 * @example tensor4d([1], [1, 1, 1, 1]); // [[[[1]]]]
 */
export function tensor4d(values: TensorLike, shape?: Shape, dtype?: DType): Tensor {
  return ranked('tensor4d', 4, values, shape, dtype);
}

/**
 * A tensor of rank 5 of the given values.
 *
 * @param values nested arrays, or a typed array.
 * @param shape of rank 5; that of the nesting when not given.
 * @param dtype of the result; float32 for numbers, bool for booleans, a typed array's own.
 * @returns rank 5.
 * @throws {ShapeError} when the values are not of rank 5 and no shape is given, or do not fill the shape.
 * @see tf.tensor5d of TensorFlow.js
 * @example tensor5d([1], [1, 1, 1, 1, 1]); // [[[[[1]]]]]
 */
export function tensor5d(values: TensorLike, shape?: Shape, dtype?: DType): Tensor {
  return ranked('tensor5d', 5, values, shape, dtype);
}

/**
 * A tensor of rank 6 of the given values.
 *
 * @param values nested arrays, or a typed array.
 * @param shape of rank 6; that of the nesting when not given.
 * @param dtype of the result; float32 for numbers, bool for booleans, a typed array's own.
 * @returns rank 6.
 * @throws {ShapeError} when the values are not of rank 6 and no shape is given, or do not fill the shape.
 * @see tf.tensor6d of TensorFlow.js
 * @example tensor6d([1], [1, 1, 1, 1, 1, 1]); // [[[[[[1]]]]]]
 */
export function tensor6d(values: TensorLike, shape?: Shape, dtype?: DType): Tensor {
  return ranked('tensor6d', 6, values, shape, dtype);
}

function ranked(
  op: string,
  rank: number,
  values: TensorLike,
  shape: Shape | undefined,
  dtype: DType | undefined,
): Tensor {
  setMaker(op);
  if (values instanceof Tensor) throw new ArgumentError(op, 'values is a tensor already');
  if (shape !== undefined && shape.length !== rank)
    throw new ShapeError(op, `shape must have ${rank} sizes: got ${shape.length}`);
  const x = fromValues(values, shape, dtype, op);
  if (x.rank === rank) return x;
  const got = `values have rank ${x.rank}`;
  const fits = sizeOf(x.shape);
  x.dispose();
  throw new ShapeError(
    op,
    `it makes tensors of rank ${rank}: ${got} (${fits} elements)`,
    'Give a shape, or nest the values.',
  );
}
