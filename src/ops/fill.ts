// Tensors of one value, and of what other tensors' shapes ask for.

import { codeOf, type DType } from '../dtype.js';
import * as k from '../runtime/kernels.js';
import { checkShape, type Shape } from '../shape.js';
import { address, empty, setMaker, type Spec, type Tensor } from '../tensor.js';

/**
 * A tensor of one value.
 *
 * @param shape sizes of the axes.
 * @param value of every element.
 * @param dtype float32 when not given.
 * @see tf.fill
 * @example fill([2], 7); // [7, 7]
 */
export function fill(shape: Shape, value: number, dtype: DType = 'float32'): Tensor {
  setMaker('fill');
  const y = empty(checkShape('fill', shape), dtype);
  k.fill(codeOf(dtype), address(y), value, 0, y.size);
  return y;
}

/** @see tf.zeros @example zeros([2]); // [0, 0] */
export function zeros(shape: Shape, dtype: DType = 'float32'): Tensor {
  return fill(shape, 0, dtype);
}

/** @see tf.ones @example ones([2]); // [1, 1] */
export function ones(shape: Shape, dtype: DType = 'float32'): Tensor {
  return fill(shape, 1, dtype);
}

/** Zeros of a tensor's shape and dtype. */
export function zerosLike(x: Spec): Tensor {
  return fill(x.shape, 0, x.dtype);
}

/** Ones of a tensor's shape and dtype. */
export function onesLike(x: Spec): Tensor {
  return fill(x.shape, 1, x.dtype);
}
