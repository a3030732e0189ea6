// Ops with one input and an output of the same shape: arithmetic, rounding, powers and logarithms.

import type { TensorLike } from '../convert.js';
import { codeOf, NUMBERS } from '../dtype.js';
import { ArgumentError } from '../errors.js';
import { INT32 } from '../runtime/abi.js';
import * as k from '../runtime/kernels.js';
import { address, empty, type Tensor } from '../tensor.js';
import { apply } from './apply.js';
import { add, div, mul } from './binary.js';
import { cast } from './cast.js';
import { greaterEqual, lessEqual, logicalAnd } from './compare.js';
import { defineOp, type Op } from './define.js';
import { defineUnary, needFloat } from './elementwise.js';
import { zerosLike } from './fill.js';

/** An op that is flat almost everywhere: its gradient is null, as in TensorFlow. */
function defineStep(
  name: string,
  kernel: (dtype: number, x: number, y: number, from: number, to: number) => void,
): Op<'x', undefined> {
  return defineOp({
    name,
    inputs: ['x'],
    forward({ x }) {
      needFloat(name, 'x', x);
      const y = empty(x.shape, x.dtype);
      kernel(codeOf(x.dtype), address(x), address(y), 0, x.size);
      return y;
    },
    vjp: null,
  });
}

/**
 * Absolute value of each element.
 *
 * Its derivative at 0 is 0.
 *
 * @param x float or int32, any shape.
 * @returns dtype and shape of `x`, exact; int32 wraps at the least number.
 * @throws {DTypeError} when `x` is bool.
 * @see tf.math.abs
 * @example abs([1, -2]); // [1, 2]
 */
export function abs(x: TensorLike): Tensor {
  return apply(absOp, { x }, undefined);
}

const absOp = /* @__PURE__ */ defineUnary({
  name: 'abs',
  kernel: k.abs,
  dtypes: NUMBERS,
  saves: ['x'],
  dydx: ({ x }) => sign(x),
});

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
  dtypes: NUMBERS,
  dydx: () => -1,
});

/**
 * Square of each element.
 *
 * @param x float or int32, any shape.
 * @returns dtype and shape of `x`, rounded once; int32 wraps.
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
  dtypes: NUMBERS,
  saves: ['x'],
  dydx: ({ x }) => mul(2, x),
});

/**
 * Reciprocal of each element: infinity at 0.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, rounded once.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.reciprocal
 * @example reciprocal([2, -4]); // [0.5, -0.25]
 */
export function reciprocal(x: TensorLike): Tensor {
  return apply(reciprocalOp, { x }, undefined);
}

const reciprocalOp = /* @__PURE__ */ defineUnary({
  name: 'reciprocal',
  kernel: k.reciprocal,
  saves: ['y'],
  dydx: ({ y }) => neg(square(y)),
});

/**
 * Square root of each element: NaN below 0.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, rounded once.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.sqrt
 * @example sqrt([4, 2]); // [2, 1.4142135]
 */
export function sqrt(x: TensorLike): Tensor {
  return apply(sqrtOp, { x }, undefined);
}

const sqrtOp = /* @__PURE__ */ defineUnary({
  name: 'sqrt',
  kernel: k.sqrt,
  saves: ['y'],
  dydx: ({ y }) => div(0.5, y),
});

/**
 * Reciprocal of the square root of each element: infinity at 0, NaN below.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.rsqrt
 * @example rsqrt([4, 2]); // [0.5, 0.70710677]
 */
export function rsqrt(x: TensorLike): Tensor {
  return apply(rsqrtOp, { x }, undefined);
}

const rsqrtOp = /* @__PURE__ */ defineUnary({
  name: 'rsqrt',
  kernel: k.rsqrt,
  saves: ['y'],
  dydx: ({ y }) => mul(mul(-0.5, y), square(y)),
});

/**
 * Sign of each element: -1, 0 or 1, NaN for NaN.
 *
 * Its gradient is 0 everywhere.
 *
 * @param x float or int32, any shape.
 * @returns dtype and shape of `x`, exact.
 * @throws {DTypeError} when `x` is bool.
 * @see tf.math.sign
 * @example sign([-3, 0, 2]); // [-1, 0, 1]
 */
export function sign(x: TensorLike): Tensor {
  return apply(signOp, { x }, undefined);
}

const signOp = /* @__PURE__ */ defineUnary({
  name: 'sign',
  kernel: k.sign,
  dtypes: NUMBERS,
  saves: ['x'],
  dydx: ({ x }) => zerosLike(x),
});

/**
 * Largest integer that is not above each element. It stops the gradient.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, exact.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.floor
 * @example floor([1.5, -1.5]); // [1, -2]
 */
export function floor(x: TensorLike): Tensor {
  return apply(floorOp, { x }, undefined);
}

const floorOp = /* @__PURE__ */ defineStep('floor', k.floor);

/**
 * Least integer that is not below each element. It stops the gradient.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, exact.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.ceil
 * @example ceil([1.5, -2.5]); // [2, -2]
 */
export function ceil(x: TensorLike): Tensor {
  return apply(ceilOp, { x }, undefined);
}

const ceilOp = /* @__PURE__ */ defineStep('ceil', k.ceil);

/**
 * Integer nearest to each element; of two equally near ones the even. It stops the gradient.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, exact.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.round
 * @example round([1.5, 2.5, -0.7]); // [2, 2, -1]
 */
export function round(x: TensorLike): Tensor {
  return apply(roundOp, { x }, undefined);
}

const roundOp = /* @__PURE__ */ defineStep('round', k.round);

/**
 * Unit step: 1 above 0, else `alpha`; NaN for NaN.
 *
 * Its gradient is 0 everywhere.
 *
 * @param x float, any shape.
 * @param alpha value at 0 and below.
 * @returns dtype and shape of `x`, exact.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.step of TensorFlow.js
 * @example step([-3, 0, 2]); // [0, 0, 1]
 */
export function step(x: TensorLike, alpha = 0): Tensor {
  return apply(stepOp, { x }, { alpha });
}

const stepOp = /* @__PURE__ */ defineUnary({
  name: 'step',
  kernel: (dtype, x, y, from, to, { alpha }: { alpha: number }) => k.step(dtype, x, y, alpha, from, to),
  saves: ['x'],
  dydx: ({ x }) => zerosLike(x),
});

/**
 * Each element, held between two bounds: `max(min(x, clipValueMax), clipValueMin)`. NaN stays NaN.
 *
 * The gradient is that of the output where `x` is within the bounds, both included, else 0.
 *
 * @param x float or int32, any shape.
 * @param clipValueMin lower bound.
 * @param clipValueMax upper bound, not below the lower one.
 * @returns dtype and shape of `x`, exact.
 * @throws {ArgumentError} when the bounds are out of order or NaN.
 * @throws {DTypeError} when `x` is bool.
 * @see tf.clip_by_value
 * @example clipByValue([-1, 2, 5], 0, 3); // [0, 2, 3]
 */
export function clipByValue(x: TensorLike, clipValueMin: number, clipValueMax: number): Tensor {
  if (!(clipValueMin <= clipValueMax))
    throw new ArgumentError(
      'clipByValue',
      `clipValueMin must not be above clipValueMax: ${clipValueMin} and ${clipValueMax}`,
    );
  return apply(clipByValueOp, { x }, { low: clipValueMin, high: clipValueMax });
}

interface Bounds {
  low: number;
  high: number;
}

const clipByValueOp = /* @__PURE__ */ defineUnary({
  name: 'clipByValue',
  kernel: (dtype, x, y, from, to, { low, high }: Bounds) =>
    dtype === INT32
      ? k.clip_by_value(dtype, x, y, toInt32(Math.ceil(low)), toInt32(Math.floor(high)), from, to)
      : k.clip_by_value(dtype, x, y, low, high, from, to),
  dtypes: NUMBERS,
  saves: ['x'],
  dydx: ({ x }, { low, high }) => cast(logicalAnd(greaterEqual(x, low), lessEqual(x, high)), x.dtype),
});

/** The int32 nearest to an integer or an infinity. */
function toInt32(x: number): number {
  return Math.max(-(2 ** 31), Math.min(2 ** 31 - 1, x));
}

/**
 * e raised to each element.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
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

/**
 * e raised to each element, less 1, right for small elements too.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.expm1
 * @example expm1([0, 1]); // [0, 1.7182819]
 */
export function expm1(x: TensorLike): Tensor {
  return apply(expm1Op, { x }, undefined);
}

const expm1Op = /* @__PURE__ */ defineUnary({
  name: 'expm1',
  kernel: k.expm1,
  saves: ['x'],
  dydx: ({ x }) => exp(x),
});

/**
 * Natural logarithm of each element: -infinity at 0, NaN below.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
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
  dydx: ({ x }) => reciprocal(x),
});

/**
 * Natural logarithm of 1 plus each element, right for small elements too: -infinity at -1, NaN below.
 *
 * @param x float, any shape.
 * @returns dtype and shape of `x`, within 2 ulp in float32.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.log1p
 * @example log1p([0, 1]); // [0, 0.6931472]
 */
export function log1p(x: TensorLike): Tensor {
  return apply(log1pOp, { x }, undefined);
}

const log1pOp = /* @__PURE__ */ defineUnary({
  name: 'log1p',
  kernel: k.log1p,
  saves: ['x'],
  dydx: ({ x }) => reciprocal(add(x, 1)),
});
