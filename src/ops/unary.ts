// Ops with one input and an output of the same shape.

import type { TensorLike } from '../convert.js';
import * as k from '../runtime/kernels.js';
import type { Tensor } from '../tensor.js';
import { apply } from './apply.js';
import { div, mul } from './binary.js';
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

/**
 * Natural logarithm of each element: -infinity at 0, NaN below.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.log
 * @example log([1, 0]); // [0, -Infinity]
 */
export function log(x: TensorLike): Tensor {
  return apply(logOp, { x }, undefined);
}

const logOp = /* @__PURE__ */ defineUnary({
  name: 'log',
  kernel: k.log,
  saves: ['x'],
  dydx: ({ x }) => div(1, x),
});

/**
 * e to the power of each element.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.exp
 * @example exp([0, 1]); // [1, 2.7182817]
 */
export function exp(x: TensorLike): Tensor {
  return apply(expOp, { x }, undefined);
}

const expOp = /* @__PURE__ */ defineUnary({
  name: 'exp',
  kernel: k.exp,
  saves: ['y'],
  dydx: ({ y }) => y,
});
