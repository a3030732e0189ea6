// Trigonometric and hyperbolic ops, and their inverses.

import type { TensorLike } from '../convert.js';
import * as k from '../runtime/kernels.js';
import type { Tensor } from '../tensor.js';
import { apply } from './apply.js';
import { add, mul, sub } from './binary.js';
import { defineUnary } from './elementwise.js';
import { neg, reciprocal, rsqrt, square } from './unary.js';

/**
 * Sine of each element, in radians.
 *
 * Right for large elements too, whose reduction is by all of π that they need; NaN at ±infinity.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.sin
 * @example sin([0, 1]); // [0, 0.84147096]
 */
export function sin(x: TensorLike): Tensor {
  return apply(sinOp, { x }, undefined);
}

const sinOp = /* @__PURE__ */ defineUnary({
  name: 'sin',
  kernel: k.sin,
  saves: ['x'],
  dydx: ({ x }) => cos(x),
  fused: k.sin_grad,
});

/**
 * Cosine of each element, in radians.
 *
 * Right for large elements too; NaN at ±infinity.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.cos
 * @example cos([0, 1]); // [1, 0.5403023]
 */
export function cos(x: TensorLike): Tensor {
  return apply(cosOp, { x }, undefined);
}

const cosOp = /* @__PURE__ */ defineUnary({
  name: 'cos',
  kernel: k.cos,
  saves: ['x'],
  dydx: ({ x }) => neg(sin(x)),
});

/**
 * Tangent of each element, in radians.
 *
 * Right for large elements too; NaN at ±infinity.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.tan
 * @example tan([0, 1]); // [0, 1.5574077]
 */
export function tan(x: TensorLike): Tensor {
  return apply(tanOp, { x }, undefined);
}

const tanOp = /* @__PURE__ */ defineUnary({
  name: 'tan',
  kernel: k.tan,
  saves: ['y'],
  dydx: ({ y }) => add(square(y), 1),
});

/**
 * Arcsine of each element, in [-π/2, π/2]; NaN beyond ±1.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.asin
 * @example asin([0, 1]); // [0, 1.5707964]
 */
export function asin(x: TensorLike): Tensor {
  return apply(asinOp, { x }, undefined);
}

const asinOp = /* @__PURE__ */ defineUnary({
  name: 'asin',
  kernel: k.asin,
  saves: ['x'],
  dydx: ({ x }) => rsqrt(mul(sub(1, x), add(1, x))),
});

/**
 * Arccosine of each element, in [0, π]; NaN beyond ±1.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.acos
 * @example acos([0, 1]); // [1.5707964, 0]
 */
export function acos(x: TensorLike): Tensor {
  return apply(acosOp, { x }, undefined);
}

const acosOp = /* @__PURE__ */ defineUnary({
  name: 'acos',
  kernel: k.acos,
  saves: ['x'],
  dydx: ({ x }) => neg(rsqrt(mul(sub(1, x), add(1, x)))),
});

/**
 * Arctangent of each element, in [-π/2, π/2].
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.atan
 * @example atan([0, 1]); // [0, 0.7853982]
 */
export function atan(x: TensorLike): Tensor {
  return apply(atanOp, { x }, undefined);
}

const atanOp = /* @__PURE__ */ defineUnary({
  name: 'atan',
  kernel: k.atan,
  saves: ['x'],
  dydx: ({ x }) => reciprocal(add(square(x), 1)),
});

/**
 * Hyperbolic sine of each element.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.sinh
 * @example sinh([0, 1]); // [0, 1.1752012]
 */
export function sinh(x: TensorLike): Tensor {
  return apply(sinhOp, { x }, undefined);
}

const sinhOp = /* @__PURE__ */ defineUnary({
  name: 'sinh',
  kernel: k.sinh,
  saves: ['x'],
  dydx: ({ x }) => cosh(x),
});

/**
 * Hyperbolic cosine of each element.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.cosh
 * @example cosh([0, 1]); // [1, 1.5430807]
 */
export function cosh(x: TensorLike): Tensor {
  return apply(coshOp, { x }, undefined);
}

const coshOp = /* @__PURE__ */ defineUnary({
  name: 'cosh',
  kernel: k.cosh,
  saves: ['x'],
  dydx: ({ x }) => sinh(x),
});

/**
 * Hyperbolic tangent of each element.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.tanh
 * @example tanh([0, 1]); // [0, 0.7615942]
 */
export function tanh(x: TensorLike): Tensor {
  return apply(tanhOp, { x }, undefined);
}

const tanhOp = /* @__PURE__ */ defineUnary({
  name: 'tanh',
  kernel: k.tanh,
  saves: ['y'],
  dydx: ({ y }) => sub(1, square(y)),
  fused: k.tanh_grad,
});

/**
 * Inverse hyperbolic sine of each element.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.asinh
 * @example asinh([0, 1]); // [0, 0.8813736]
 */
export function asinh(x: TensorLike): Tensor {
  return apply(asinhOp, { x }, undefined);
}

const asinhOp = /* @__PURE__ */ defineUnary({
  name: 'asinh',
  kernel: k.asinh,
  saves: ['y'],
  dydx: ({ y }) => reciprocal(cosh(y)),
});

/**
 * Inverse hyperbolic cosine of each element, at least 0; NaN below 1.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.acosh
 * @example acosh([1, 2]); // [0, 1.316958]
 */
export function acosh(x: TensorLike): Tensor {
  return apply(acoshOp, { x }, undefined);
}

const acoshOp = /* @__PURE__ */ defineUnary({
  name: 'acosh',
  kernel: k.acosh,
  saves: ['y'],
  dydx: ({ y }) => reciprocal(sinh(y)),
});

/**
 * Inverse hyperbolic tangent of each element: ±infinity at ±1, NaN beyond.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.atanh
 * @example atanh([0, 0.5]); // [0, 0.54930615]
 */
export function atanh(x: TensorLike): Tensor {
  return apply(atanhOp, { x }, undefined);
}

const atanhOp = /* @__PURE__ */ defineUnary({
  name: 'atanh',
  kernel: k.atanh,
  saves: ['x'],
  dydx: ({ x }) => reciprocal(mul(sub(1, x), add(1, x))),
});
