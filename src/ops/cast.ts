// Conversion between dtypes.

import type { TensorLike } from '../convert.js';
import { checkDType, codeOf, isFloat, type DType } from '../dtype.js';
import * as k from '../runtime/kernels.js';
import { address, empty, view, type Tensor } from '../tensor.js';
import { apply } from './apply.js';
import { defineOp } from './define.js';

/**
 * The values in another dtype. Floats to int32 drop the fraction, with NaN as 0 and what does not fit at the ends of the
 * range; anything to bool is whether it differs from 0. Gradients pass between float dtypes and stop at the others.
 *
 * @param x any dtype, any shape.
 * @param dtype of the result.
 * @returns shape of `x`.
 * @throws {DTypeError} when `dtype` is no dtype.
 * @see tf.cast
 * @example cast([1.7, -1.7], 'int32'); // [1, -1]
 */
export function cast(x: TensorLike, dtype: DType): Tensor {
  return apply(castOp, { x }, checkDType('cast', dtype));
}

const castOp = /* @__PURE__ */ defineOp({
  name: 'cast',
  inputs: ['x'],
  linear: ['x'],
  aligns: true,
  forward({ x }, dtype: DType) {
    if (x.dtype === dtype) return view(x, x.shape);
    const from = codeOf(x.dtype);
    address(x);
    const y = empty(x.shape, dtype);
    KERNELS[codeOf(dtype)]!(from, address(x), address(y), 0, x.size);
    return y;
  },
  vjp: { x: (dy, { x }) => (isFloat(x.dtype) ? cast(dy, x.dtype) : dy) },
});

/** The kernels by the dtype they cast to. */
const KERNELS = [k.cast_to_f32, k.cast_to_f64, k.cast_to_i32, k.cast_to_bool];
