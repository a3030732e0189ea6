// Activations: the rectifiers, and what is made of exponentials.

import { Unary } from '../loops/map';
import { exp, expm1 } from './exp';
import { minusAbs, sigmoid } from './sigmoid';
import { expWide, wide } from './wide';

/** max(x, 0): 0 for -0 and -∞, NaN for NaN. */
export function relu<T extends number>(x: v128): v128 {
  const zero = v128.splat<T>(<T>0);
  if (isInteger<T>()) return v128.max<T>(x, zero);
  // pmax keeps NaN and -0, the sum makes 0 of -0.
  return v128.add<T>(v128.pmax<T>(x, zero), zero);
}

/** min(max(x, 0), 6); NaN for NaN. */
export function relu6<T extends number>(x: v128): v128 {
  const six = v128.splat<T>(<T>6);
  return isInteger<T>() ? v128.min<T>(relu<T>(x), six) : v128.pmin<T>(relu<T>(x), six);
}

@unmanaged
@final
class SiluWide extends Unary {
  lanes(x: v128): v128 {
    const down = expWide(f64x2.neg(x));
    return f64x2.div(f64x2.pmax(x, f64x2.splat(-200)), f64x2.add(down, f64x2.splat(1)));
  }
}
@unmanaged
@final
class MishWide extends Unary {
  lanes(x: v128): v128 {
    const two = f64x2.splat(2);
    const w = expWide(x);
    const n = f64x2.mul(w, f64x2.add(w, two));
    return f64x2.mul(f64x2.pmax(x, f64x2.splat(-200)), f64x2.div(n, f64x2.add(n, two)));
  }
}

/** x sigmoid(x); -0 at -∞, its limit. f32 by way of f64, as products with a small e^x lose digits. */
export function silu<T extends number>(x: v128): v128 {
  if (sizeof<T>() == 4) return wide<SiluWide>(x);
  return v128.mul<T>(v128.pmax<T>(x, v128.splat<T>(<T>-1e30)), sigmoid<T>(x));
}

/**
 * x tanh(softplus(x)); -0 at -∞, its limit. With w = e^x and n = w (w + 2) it is x n / (n + 2); for x > 0 f64 uses
 * w = e^-x, which does not overflow, and x (1 + 2w) / (1 + 2w + 2w²).
 */
export function mish<T extends number>(x: v128): v128 {
  if (sizeof<T>() == 4) return wide<MishWide>(x);
  const one = v128.splat<T>(<T>1);
  const two = v128.splat<T>(<T>2);
  const w = exp<T>(minusAbs<T>(x));
  const positive = v128.gt<T>(x, v128.splat<T>(<T>0));
  const top = v128.bitselect(v128.add<T>(v128.mul<T>(w, two), one), v128.mul<T>(w, v128.add<T>(w, two)), positive);
  const rest = v128.bitselect(v128.mul<T>(v128.mul<T>(w, w), two), two, positive);
  return v128.mul<T>(v128.pmax<T>(x, v128.splat<T>(<T>-1e30)), v128.div<T>(top, v128.add<T>(top, rest)));
}

/** x / (1 + |x|); ±1 at ±∞, its limit. */
export function softsign<T extends number>(x: v128): v128 {
  const most = sizeof<T>() == 8 ? f64x2.splat(f64.MAX_VALUE) : f32x4.splat(f32.MAX_VALUE);
  const bounded = v128.pmax<T>(v128.pmin<T>(x, most), v128.neg<T>(most));
  return v128.div<T>(bounded, v128.add<T>(v128.abs<T>(bounded), v128.splat<T>(<T>1)));
}

/** x, and e^x - 1 below 0. */
export function elu<T extends number>(x: v128): v128 {
  return v128.bitselect(x, expm1<T>(x), v128.gt<T>(x, v128.splat<T>(<T>0)));
}

// Klambauer et al., Self-Normalizing Neural Networks, 2017: the fixed point of mean 0 and variance 1.
const SELU_SCALE: f64 = 1.0507009873554805;
const SELU_SCALE_ALPHA: f64 = 1.7580993408473766;

/** elu with a scale, so that unit variance is kept from layer to layer. */
export function selu<T extends number>(x: v128): v128 {
  const above = v128.mul<T>(x, v128.splat<T>(<T>SELU_SCALE));
  const below = v128.mul<T>(expm1<T>(x), v128.splat<T>(<T>SELU_SCALE_ALPHA));
  return v128.bitselect(above, below, v128.gt<T>(x, v128.splat<T>(<T>0)));
}
