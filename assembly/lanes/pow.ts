// a^b.

import { first, pair, second } from './scalar';
import { expWide, high, join, logWide, low } from './wide';

/**
 * a^b as in C and TensorFlow: a^0 and 1^b are 1 even for NaN, (-1)^±∞ is 1; a negative finite a has a power for
 * integer b only, else NaN.
 *
 * f32: e^(b ln |a|) in f64, and the sign of a for odd b. f64: musl's pow.
 */
export function pow<T>(a: v128, b: v128): v128 {
  if (sizeof<T>() == 8) return pair(powScalar(first(a), first(b)), powScalar(second(a), second(b)));
  const size = f32x4.abs(a);
  let y = join(powWide(low(size), low(b)), powWide(high(size), high(b)));

  const half = f32x4.mul(b, f32x4.splat(0.5));
  const whole = f32x4.eq(f32x4.trunc(b), b);
  const odd = v128.and(whole, f32x4.ne(f32x4.trunc(half), half));
  y = v128.or(y, v128.and(v128.and(a, odd), f32x4.splat(-0.0)));

  const one = f32x4.splat(1);
  const zero = f32x4.splat(0);
  const real = v128.or(whole, v128.or(f32x4.ge(a, zero), f32x4.eq(size, f32x4.splat(Infinity))));
  y = v128.bitselect(y, f32x4.splat(NaN), real);
  const minusOne = v128.and(f32x4.eq(a, f32x4.splat(-1)), f32x4.eq(f32x4.abs(b), f32x4.splat(Infinity)));
  return v128.bitselect(one, y, v128.or(minusOne, v128.or(f32x4.eq(a, one), f32x4.eq(b, zero))));
}

/** a^b for a >= 0. */
function powWide(a: v128, b: v128): v128 {
  return expWide(f64x2.mul(b, logWide(a)));
}

/** NativeMath.pow is JavaScript's, where 1 and -1 have no power of NaN and ±∞. */
function powScalar(a: f64, b: f64): f64 {
  if (a == 1 || (a == -1 && (b == Infinity || b == -Infinity))) return 1;
  return NativeMath.pow(a, b);
}
