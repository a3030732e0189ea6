// ln x and ln(1 + x).

import { at, line } from './constant';
import { first, pair, second } from './scalar';

/** ln 2 in two parts (the high one has 9 bits, so that its products with exponents are exact), 1, 1/2, least normal, ∞. */
const K: usize = memory.data<f32>([0.693359375, -2.1219444e-4, 1, 0.5, 1.17549435e-38, Infinity]);
/** (ln(1 + f) - f + f²/2) / f³ for |f| <= 1/3, relative to f: scripts/fit/remez.py log_f32. */
const P: usize = memory.data<f32>([
  0.333332241, -0.249996886, 0.200100422, -0.166854665, 0.14010936, -0.121151172, 0.139623687, -0.131916866,
]);
/** Bits of 2/3: mantissas are taken from 2/3 to 4/3, around 1. */
const TWO_THIRDS: usize = memory.data<u32>([0x3f2aaaab]);

/**
 * ln x: NaN below 0, -∞ at ±0.
 *
 * f32:  x = 2^e · (1 + f) with 2/3 <= 1 + f < 4/3;  e ln 2 + f - f²/2 + f³ p(f)
 *
 * Denormals are scaled up first, when a lane has one. f64: musl's log.
 */
export function log<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.log(first(x)), NativeMath.log(second(x)));
  return LogInLoop.lanes(x);
}

/** ln x for four f32, for loops that do little else: see ExpInLoop. */
export class LogInLoop {
  @inline
  static lanes(x: v128): v128 {
    const inside = v128.and(f32x4.ge(x, at<f32>(K, 4)), f32x4.lt(x, at<f32>(K, 5)));
    if (i32x4.bitmask(inside) != 15) return logFar(x);
    const e = i32x4.shr_s(i32x4.sub(x, at<f32>(TWO_THIRDS, 0)), 23);
    const m = i32x4.sub(x, i32x4.shl(e, 23));
    return LogInLoop.sum(f32x4.sub(m, at<f32>(K, 2)), f32x4.convert_i32x4_s(e));
  }

  /** ln(1 + f) + n ln 2, for f from -1/3 to 1/3 and an integer n. */
  @inline
  static sum(f: v128, n: v128): v128 {
    const z = f32x4.mul(f, f);
    const a = f32x4.add(f32x4.mul(line<f32>(f, P, 2), z), line<f32>(f, P, 0));
    const b = f32x4.add(f32x4.mul(line<f32>(f, P, 6), z), line<f32>(f, P, 4));
    const p = f32x4.add(f32x4.mul(b, f32x4.mul(z, z)), a);
    const low = f32x4.add(f32x4.mul(p, f32x4.mul(z, f)), f32x4.mul(n, at<f32>(K, 1)));
    const tail = f32x4.sub(low, f32x4.mul(z, at<f32>(K, 3)));
    return f32x4.add(f32x4.add(f, tail), f32x4.mul(n, at<f32>(K, 0)));
  }
}

/** ln x for f32 lanes of which one is denormal, or not a positive number at all. */
function logFar(x: v128): v128 {
  const normal = f32x4.ge(x, at<f32>(K, 4));
  const scaled = v128.bitselect(x, f32x4.mul(x, f32x4.splat(16777216)), normal);
  const e = i32x4.shr_s(i32x4.sub(scaled, at<f32>(TWO_THIRDS, 0)), 23);
  const m = i32x4.sub(scaled, i32x4.shl(e, 23));
  const n = f32x4.sub(f32x4.convert_i32x4_s(e), v128.andnot(f32x4.splat(24), normal));
  return special(x, x, LogInLoop.sum(f32x4.sub(m, at<f32>(K, 2)), n));
}

/** y, but the logarithm's values where f32 u is outside (0, ∞): NaN below 0, -∞ at 0, x itself at ∞ and for NaN. */
function special(x: v128, u: v128, y: v128): v128 {
  const zero = f32x4.splat(0);
  y = v128.bitselect(y, f32x4.splat(-Infinity), f32x4.ne(u, zero));
  y = v128.bitselect(y, x, f32x4.lt(u, at<f32>(K, 5)));
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
  const one = at<f32>(K, 2);
  const u = f32x4.add(x, one);
  const d = v128.bitselect(f32x4.sub(x, f32x4.sub(u, one)), f32x4.sub(one, f32x4.sub(u, x)), f32x4.lt(x, one));
  const y = v128.or(logOfSum(u, d), v128.and(x, f32x4.splat(-0.0)));
  const inside = v128.and(f32x4.gt(u, f32x4.splat(0)), f32x4.lt(u, at<f32>(K, 5)));
  return i32x4.bitmask(inside) == 15 ? y : special(x, u, y);
}

/** f32 ln(1 + x) for x in [0, 1]; NaN stays NaN. */
export function log1pUnit(x: v128): v128 {
  const one = at<f32>(K, 2);
  const u = f32x4.add(x, one);
  return logOfSum(u, f32x4.sub(x, f32x4.sub(u, one)));
}

/** f32 ln(u + d) for finite u > 0 and a d below its last place. */
function logOfSum(u: v128, d: v128): v128 {
  const one = at<f32>(K, 2);
  const e = i32x4.shr_s(i32x4.sub(u, at<f32>(TWO_THIRDS, 0)), 23);
  const power = i32x4.shl(e, 23);
  // 2^-e, and 0 for e = 128, where d counts for nothing.
  const down = i32x4.max_s(i32x4.sub(one, power), i32x4.splat(0));
  const f = f32x4.add(f32x4.sub(i32x4.sub(u, power), one), f32x4.mul(d, down));
  return LogInLoop.sum(f, f32x4.convert_i32x4_s(e));
}
