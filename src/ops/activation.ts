// Activations: the rectifiers, the logistic function and what is made of it.

import type { TensorLike } from '../convert.js';
import { NUMBERS } from '../dtype.js';
import * as k from '../runtime/kernels.js';
import type { Tensor } from '../tensor.js';
import { apply } from './apply.js';
import { add, mul, sub } from './binary.js';
import { cast } from './cast.js';
import { greater, less, logicalAnd, where } from './compare.js';
import { defineUnary } from './elementwise.js';
import { tanh } from './trig.js';
import { abs, neg, reciprocal, square, step } from './unary.js';

// The fixed point of mean 0 and variance 1: Klambauer et al., Self-Normalizing Neural Networks, 2017.
const SELU_SCALE = 1.0507009873554805;
const SELU_SCALE_ALPHA = 1.7580993408473766;

/**
 * Rectifier: each element, and 0 below 0. NaN stays NaN.
 *
 * Its derivative at 0 is 0.
 *
 * @param x float or int32, any shape.
 * @returns dtype and shape of `x`, exact.
 * @throws {DTypeError} when `x` is bool.
 * @see tf.nn.relu
 * @example relu([-1, 2]); // [0, 2]
 */
export function relu(x: TensorLike): Tensor {
  return apply(reluOp, { x }, undefined);
}

const reluOp = /* @__PURE__ */ defineUnary({
  name: 'relu',
  kernel: k.relu,
  dtypes: NUMBERS,
  saves: ['y'],
  dydx: ({ y }) => cast(greater(y, 0), y.dtype),
  fused: k.relu_grad,
});

/**
 * Rectifier that ends at 6: `min(max(x, 0), 6)`. NaN stays NaN.
 *
 * Its derivative at 0 and at 6 is 0.
 *
 * @param x float or int32, any shape.
 * @returns dtype and shape of `x`, exact.
 * @throws {DTypeError} when `x` is bool.
 * @see tf.nn.relu6
 * @example relu6([-1, 2, 9]); // [0, 2, 6]
 */
export function relu6(x: TensorLike): Tensor {
  return apply(relu6Op, { x }, undefined);
}

const relu6Op = /* @__PURE__ */ defineUnary({
  name: 'relu6',
  kernel: k.relu6,
  dtypes: NUMBERS,
  saves: ['x'],
  dydx: ({ x }) => cast(logicalAnd(greater(x, 0), less(x, 6)), x.dtype),
  fused: k.relu6_grad,
});

/**
 * Rectifier that leaks: each element, times `alpha` below 0.
 *
 * Its derivative at 0 is `alpha`.
 *
 * @param x float, any shape.
 * @param alpha slope below 0.
 * @returns dtype and shape of `x`, rounded once.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.nn.leaky_relu
 * @example leakyRelu([-1, 2]); // [-0.2, 2]
 */
export function leakyRelu(x: TensorLike, alpha = 0.2): Tensor {
  return apply(leakyReluOp, { x }, { alpha });
}

const leakyReluOp = /* @__PURE__ */ defineUnary({
  name: 'leakyRelu',
  kernel: (dtype, x, y, from, to, { alpha }: { alpha: number }) => k.leaky_relu(dtype, x, y, alpha, from, to),
  saves: ['x'],
  dydx: ({ x }, { alpha }) => step(x, alpha),
});

/**
 * Exponential linear unit: each element, and `exp(x) - 1` below 0.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.nn.elu
 * @example elu([-1, 2]); // [-0.63212055, 2]
 */
export function elu(x: TensorLike): Tensor {
  return apply(eluOp, { x }, undefined);
}

const eluOp = /* @__PURE__ */ defineUnary({
  name: 'elu',
  kernel: k.elu,
  saves: ['y'],
  dydx: ({ y }) => where(greater(y, 0), 1, add(y, 1)),
  fused: k.elu_grad,
});

/**
 * Scaled exponential linear unit, the one of self-normalizing networks.
 *
 * `1.0507 x` above 0, `1.7581 (exp(x) - 1)` below: Klambauer et al. 2017.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.nn.selu
 * @example selu([-1, 2]); // [-1.1113307, 2.101402]
 */
export function selu(x: TensorLike): Tensor {
  return apply(seluOp, { x }, undefined);
}

const seluOp = /* @__PURE__ */ defineUnary({
  name: 'selu',
  kernel: k.selu,
  saves: ['y'],
  dydx: ({ y }) => where(greater(y, 0), SELU_SCALE, add(y, SELU_SCALE_ALPHA)),
});

/**
 * Logistic function of each element: `1 / (1 + exp(-x))`.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.sigmoid
 * @example sigmoid([0, 1]); // [0.5, 0.7310586]
 */
export function sigmoid(x: TensorLike): Tensor {
  return apply(sigmoidOp, { x }, undefined);
}

const sigmoidOp = /* @__PURE__ */ defineUnary({
  name: 'sigmoid',
  kernel: k.sigmoid,
  saves: ['y'],
  dydx: ({ y }) => mul(y, sub(1, y)),
  fused: k.sigmoid_grad,
});

/**
 * Logarithm of the logistic function of each element, which neither overflows nor cancels.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.log_sigmoid
 * @example logSigmoid([0, 1]); // [-0.6931472, -0.3132617]
 */
export function logSigmoid(x: TensorLike): Tensor {
  return apply(logSigmoidOp, { x }, undefined);
}

const logSigmoidOp = /* @__PURE__ */ defineUnary({
  name: 'logSigmoid',
  kernel: k.log_sigmoid,
  saves: ['x'],
  dydx: ({ x }) => sigmoid(neg(x)),
  fused: k.log_sigmoid_grad,
});

/**
 * `log(1 + exp(x))` of each element, which neither overflows nor cancels.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.softplus
 * @example softplus([0, 1]); // [0.6931472, 1.3132616]
 */
export function softplus(x: TensorLike): Tensor {
  return apply(softplusOp, { x }, undefined);
}

const softplusOp = /* @__PURE__ */ defineUnary({
  name: 'softplus',
  kernel: k.softplus,
  saves: ['x'],
  dydx: ({ x }) => sigmoid(x),
  fused: k.softplus_grad,
});

/**
 * `x / (1 + |x|)` of each element; ±1 at ±infinity.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.nn.softsign
 * @example softsign([-1, 3]); // [-0.5, 0.75]
 */
export function softsign(x: TensorLike): Tensor {
  return apply(softsignOp, { x }, undefined);
}

const softsignOp = /* @__PURE__ */ defineUnary({
  name: 'softsign',
  kernel: k.softsign,
  saves: ['x'],
  dydx: ({ x }) => reciprocal(square(add(abs(x), 1))),
});

/**
 * Sigmoid linear unit: `x sigmoid(x)` of each element; 0 at -infinity.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.nn.silu
 * @example silu([0, 1]); // [0, 0.7310586]
 */
export function silu(x: TensorLike): Tensor {
  return apply(siluOp, { x }, undefined);
}

const siluOp = /* @__PURE__ */ defineUnary({
  name: 'silu',
  kernel: k.silu,
  saves: ['x'],
  dydx: ({ x }) => siluSlope(x),
  fused: k.silu_grad,
});

/** s (1 + x (1 - s)) for s = sigmoid(x). */
function siluSlope(x: Tensor): Tensor {
  const s = sigmoid(x);
  return mul(s, add(mul(x, sub(1, s)), 1));
}

/**
 * The same as `silu`, under its other name.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.nn.swish
 * @example swish([0, 1]); // [0, 0.7310586]
 */
export function swish(x: TensorLike): Tensor {
  return silu(x);
}

/**
 * `x tanh(softplus(x))` of each element; 0 at -infinity.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.mish of TensorFlow.js
 * @example mish([0, 1]); // [0, 0.8650984]
 */
export function mish(x: TensorLike): Tensor {
  return apply(mishOp, { x }, undefined);
}

const mishOp = /* @__PURE__ */ defineUnary({
  name: 'mish',
  kernel: k.mish,
  saves: ['x'],
  dydx: ({ x }) => mishSlope(x),
});

/** t + x s (1 - t²) for t = tanh(softplus(x)) and s = sigmoid(x). */
function mishSlope(x: Tensor): Tensor {
  const t = tanh(softplus(x));
  return add(t, mul(mul(x, sigmoid(x)), sub(1, square(t))));
}
