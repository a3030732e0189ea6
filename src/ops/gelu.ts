// Gaussian error linear units, in both forms.

import type { TensorLike } from '../convert.js';
import { codeOf } from '../dtype.js';
import * as k from '../runtime/kernels.js';
import { isTracked } from '../tape/record.js';
import { address, empty, type Tensor } from '../tensor.js';
import { apply } from './apply.js';
import { add, mul, sub } from './binary.js';
import { defineOp, type Saved } from './define.js';
import { defineUnary, needFloat } from './elementwise.js';
import { erfc } from './special.js';
import { tanh } from './trig.js';
import { exp, square } from './unary.js';

// 1 / √2, 1 / √(2π) and √(2/π), and the share of x³ in the tanh form: Hendrycks and Gimpel, Gaussian Error Linear
// Units, 2016.
const ROOT_HALF = 0.7071067811865476;
const DENSITY_AT_0 = 0.3989422804014327;
const ROOT_2_OVER_PI = 0.7978845608028654;
const CUBE = 0.044715;

/**
 * Gaussian error linear unit: each element times the share of a normal distribution that lies below it.
 *
 * `x Φ(x) = x (1 + erf(x / √2)) / 2`, or by the tanh form `x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2`. -0 at -Infinity,
 * its limit.
 *
 * @param x float, any shape.
 * @param approximate whether to use the tanh form.
 * @returns dtype and shape of `x`, in float32 within 0.51 ulp, or 2.5 ulp of the tanh form's value.
 * @throws {DTypeError} when `x` is not a float.
 * @see tf.nn.gelu
 * @example gelu([-1, 2]); // [-0.15865526, 1.9544997]
 */
export function gelu(x: TensorLike, approximate = false): Tensor {
  return apply(approximate ? geluTanhOp : geluOp, { x }, undefined);
}

const geluOp = /* @__PURE__ */ defineUnary({
  name: 'gelu',
  kernel: k.gelu,
  saves: ['x'],
  dydx: ({ x }) => add(mul(erfc(mul(x, -ROOT_HALF)), 0.5), mul(x, mul(exp(mul(square(x), -0.5)), DENSITY_AT_0))),
  fused: k.gelu_grad,
});

/** dy times the derivative of the tanh form; in one pass when no tape records it. */
function alongTanhForm(dy: Tensor, { x, y }: Saved<'x', 'x' | 'y'>): Tensor {
  if (!isTracked(dy, x, y)) {
    const dx = empty(x.shape, x.dtype);
    k.gelu_tanh_grad(codeOf(x.dtype), address(x), address(y), address(dy), address(dx), 0, x.size);
    return dx;
  }
  const z = mul(square(x), CUBE);
  const t = tanh(mul(mul(x, add(z, 1)), ROOT_2_OVER_PI));
  const slope = mul(add(mul(z, 3), 1), ROOT_2_OVER_PI / 2);
  return mul(dy, add(mul(add(t, 1), 0.5), mul(mul(x, sub(1, square(t))), slope)));
}

const geluTanhOp = /* @__PURE__ */ defineOp({
  name: 'gelu',
  elementwise: true,
  inputs: ['x'],
  saves: ['x', 'y'],
  forward({ x }) {
    needFloat('gelu', 'x', x);
    const y = empty(x.shape, x.dtype);
    k.gelu_tanh(codeOf(x.dtype), address(x), address(y), 0, x.size);
    return y;
  },
  vjp: { x: alongTanhForm },
  jvp: { x: alongTanhForm },
});
