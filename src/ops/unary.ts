// Ops with one input and an output of the same shape.

import type { TensorLike } from '../convert.js';
import * as k from '../runtime/kernels.js';
import type { Tensor } from '../tensor.js';
import { apply } from './apply.js';
import { mul } from './binary.js';
import { defineUnary } from './elementwise.js';

/**
 * Negative of each element.
 *
 * @param x float or int32, any shape.
 * @returns dtype and shape of `x`, exact.
 * @throws {DTypeError} when `x` is bool.
 * @see tf.math.negative
 * @example neg([1, -2]); // [-1, 2]
 */
export function neg(x: TensorLike): Tensor {
  return apply(negOp, { x }, undefined);
}

const negOp = /* @__PURE__ */ defineUnary({
  name: 'neg',
  kernel: k.neg,
  dtypes: ['float32', 'float64', 'int32'],
  dydx: () => -1,
});

/**
 * Square of each element.
 *
 * @param x float or int32, any shape.
 * @returns dtype and shape of `x`.
 * @throws {DTypeError} when `x` is bool.
 * @see tf.math.square
 * @example square([1, -2]); // [1, 4]
 */
export function square(x: TensorLike): Tensor {
  return apply(squareOp, { x }, undefined);
}

const squareOp = /* @__PURE__ */ defineUnary({
  name: 'square',
  kernel: k.square,
  dtypes: ['float32', 'float64', 'int32'],
  saves: ['x'],
  dydx: ({ x }) => mul(2, x),
});
