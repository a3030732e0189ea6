// ln x and ln(1 + x).

import { first, pair, second } from './scalar';

// ln 2 in two parts; the high one has 9 bits, so that its products with exponents are exact.
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.1219444e-4;
/** Bits of 2/3: mantissas are taken from 2/3 to 4/3, around 1. */
const TWO_THIRDS = 0x3f2aaaab;

/**
 * ln x: NaN below 0, -∞ at ±0.
 *
 * f32:  x = 2^e · (1 + f) with 2/3 <= 1 + f < 4/3;  e ln 2 + f - f²/2 + f³ p(f)
 *
 * Denormals are scaled up first. p: scripts/fit/remez.py log_f32. f64: musl's log.
 */
export function log<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.log(first(x)), NativeMath.log(second(x)));
  const tiny = f32x4.lt(x, f32x4.splat(1.17549435e-38));
  const scaled = v128.bitselect(f32x4.mul(x, f32x4.splat(16777216)), x, tiny);
  const i = i32x4.sub(scaled, i32x4.splat(TWO_THIRDS));
  const e = i32x4.shr_s(i, 23);
  const m = i32x4.sub(scaled, i32x4.shl(e, 23));
  const n = f32x4.sub(f32x4.convert_i32x4_s(e), v128.and(tiny, f32x4.splat(24)));
  return logSpecial(x, x, logSum(f32x4.sub(m, f32x4.splat(1)), n));
}

/** f32 ln(1 + f) + n ln 2, for f from -1/3 to 1/3 and an integer n. */
export function logSum(f: v128, n: v128): v128 {
  const z = f32x4.mul(f, f);
  let p = f32x4.splat(-0.131916866);
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.139623687));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(-0.121151172));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.14010936));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(-0.166854665));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.200100422));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(-0.249996886));
  p = f32x4.add(f32x4.mul(p, f), f32x4.splat(0.333332241));
  const low = f32x4.add(f32x4.mul(f32x4.mul(p, z), f), f32x4.mul(n, f32x4.splat(LN2_LOW)));
  const tail = f32x4.sub(low, f32x4.mul(z, f32x4.splat(0.5)));
  return f32x4.add(f32x4.add(f, tail), f32x4.mul(n, f32x4.splat(LN2_HIGH)));
}

/** y, but for f32 u the logarithm's values outside (0, ∞): NaN below 0 and for NaN, -∞ at 0, x at ∞. */
function logSpecial(x: v128, u: v128, y: v128): v128 {
  const zero = f32x4.splat(0);
  y = v128.bitselect(y, f32x4.splat(-Infinity), f32x4.ne(u, zero));
  y = v128.bitselect(y, x, f32x4.lt(u, f32x4.splat(Infinity))); // ∞ and NaN are their own logarithms
  return v128.or(y, f32x4.lt(u, zero));
}

/**
 * ln(1 + x), right for small x too, ±0 and denormals included.
 *
 * f32:  u = 1 + x rounded, d what was lost;  u = 2^e · m;  log of it with f = (m - 1) + 2^-e d
 *
 * For e = 0 this f is x itself. f64: musl's log1p.
 */
export function log1p<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.log1p(first(x)), NativeMath.log1p(second(x)));
  const one = f32x4.splat(1);
  const u = f32x4.add(x, one);
  const small = f32x4.lt(x, one);
  const d = v128.bitselect(f32x4.sub(x, f32x4.sub(u, one)), f32x4.sub(one, f32x4.sub(u, x)), small);
  const i = i32x4.sub(u, i32x4.splat(TWO_THIRDS));
  const e = i32x4.shr_s(i, 23);
  const power = i32x4.shl(e, 23);
  const m = i32x4.sub(u, power);
  // 2^-e, and 0 for e = 128, where d counts for nothing.
  const down = i32x4.max_s(i32x4.sub(one, power), i32x4.splat(0));
  const f = f32x4.add(f32x4.sub(m, one), f32x4.mul(d, down));
  const y = logSpecial(x, u, logSum(f, f32x4.convert_i32x4_s(e)));
  return v128.or(y, v128.and(x, f32x4.splat(-0.0)));
}
