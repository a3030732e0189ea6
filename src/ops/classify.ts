// Questions about each element, answered by a bool.

import type { TensorLike } from '../convert.js';
import { codeOf } from '../dtype.js';
import { DTypeError } from '../errors.js';
import { BOOL } from '../runtime/abi.js';
import * as k from '../runtime/kernels.js';
import { showShape } from '../shape.js';
import { address, empty, type Tensor } from '../tensor.js';
import { apply } from './apply.js';
import { defineOp, type Op } from './define.js';
import { needFloat } from './elementwise.js';

type Kernel = (dtype: number, x: number, y: number, from: number, to: number) => void;

/** An op from floats to bool. */
function defineQuestion(name: string, kernel: Kernel): Op<'x', undefined> {
  return defineOp({
    name,
    inputs: ['x'],
    forward({ x }) {
      needFloat(name, 'x', x);
      const y = empty(x.shape, 'bool');
      kernel(codeOf(x.dtype), address(x), address(y), 0, x.size);
      return y;
    },
    vjp: null,
  });
}

/**
 * Whether each element is not a number. It has no gradient.
 *
 * @param x float, any shape.
 * @returns bool, shape of `x`.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.is_nan
 * @example isNaN([1, NaN, Infinity]); // [false, true, false]
 */
export function isNaN(x: TensorLike): Tensor {
  return apply(isNaNOp, { x }, undefined);
}

const isNaNOp = /* @__PURE__ */ defineQuestion('isNaN', k.is_nan);

/**
 * Whether each element is infinity or -infinity. It has no gradient.
 *
 * @param x float, any shape.
 * @returns bool, shape of `x`.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.is_inf
 * @example isInf([1, NaN, Infinity]); // [false, false, true]
 */
export function isInf(x: TensorLike): Tensor {
  return apply(isInfOp, { x }, undefined);
}

const isInfOp = /* @__PURE__ */ defineQuestion('isInf', k.is_inf);

/**
 * Whether each element is neither infinite nor NaN. It has no gradient.
 *
 * @param x float, any shape.
 * @returns bool, shape of `x`.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.math.is_finite
 * @example isFinite([1, NaN, Infinity]); // [true, false, false]
 */
export function isFinite(x: TensorLike): Tensor {
  return apply(isFiniteOp, { x }, undefined);
}

const isFiniteOp = /* @__PURE__ */ defineQuestion('isFinite', k.is_finite);

/**
 * Whether each element is false. It has no gradient.
 *
 * @param x bool, any shape.
 * @returns bool, shape of `x`.
 * @throws {DTypeError} when `x` is not bool.
 * @see tf.math.logical_not
 * @example logicalNot([true, false]); // [false, true]
 */
export function logicalNot(x: TensorLike): Tensor {
  return apply(logicalNotOp, { x }, undefined);
}

const logicalNotOp = /* @__PURE__ */ defineOp({
  name: 'logicalNot',
  inputs: ['x'],
  dtypes: { x: 'bool' },
  forward({ x }) {
    if (x.dtype !== 'bool')
      throw new DTypeError(
        'logicalNot',
        `x must be bool, got ${x.dtype} ${showShape(x.shape)}`,
        "Convert it first: cast(x, 'bool').",
      );
    const y = empty(x.shape, 'bool');
    k.logical_not(BOOL, address(x), address(y), 0, x.size);
    return y;
  },
  vjp: null,
});
