// The hyperbolic functions and their inverses.

import { Unary } from '../loops/map';
import { at, line, step } from './constant';
import { madd, nmadd } from './madd';
import { first, pair, second } from './scalar';
import { expWide, log1pWide, wide, withSign } from './wide';

/** 2 / ln 2, 1.5 · 2²³ + 126, ln 2 / 2, 1/4, 1/2, 1, 14 ln 2, sign bit. */
const K: usize = memory.data<f32>([2.88539, 12583038, 0.346573591, 0.25, 0.5, 1, 9.704061, -0.0]);
/** (tanh r - r) / r³ as a polynomial in r², for |r| <= ln 2 / 4: scripts/fit/remez.py tanh_f32. */
const P: usize = memory.data<f32>([-0.333333224, 0.133311868, -0.052728001]);

/**
 * tanh x, computed on |x| with the sign put back last, so that -0 stays -0.
 *
 * f32, by the addition theorem:  |x| = n ln 2 / 2 + r,  2s = 2^n,  t = tanh r = r + r³ p(r²),
 *
 *   tanh |x| = (u + v t) / (v + u t) = b + (c - 1 + (c + b) t) / (v + u t),   u = s - 1/2,  v = s + 1/2,  c = v (1 - b)
 *
 * with b = min(n / 4, 1) near the result, so that the quotient is small and its rounding counts for little. s is read
 * off the low bits of the rounded sum. n ln 2 / 2 is one product: for 1 and 2 it is exact, and from n = 3 on its rounding counts for less
 * than half of what it is, as tanh is flat there. For n = 0 the result is t. |x| is cut at 14 ln 2, where the result is 1, as it
 * is in f32 from 9.011 on. f64: musl's tanh.
 */
export function tanh<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.tanh(first(x)), NativeMath.tanh(second(x)));
  return TanhInLoop.lanes(x);
}

/** tanh x for four f32, for loops that do little else: see ExpInLoop. */
export class TanhInLoop {
  @inline
  static lanes(x: v128): v128 {
    const i = TanhInLoop.turns(x);
    return TanhInLoop.quick(x, i, TanhInLoop.rest(x, i));
  }

  /** n + 1.5 · 2²³ + 126. */
  @inline
  static turns(x: v128): v128 {
    return madd<f32>(TanhInLoop.cut(x), at<f32>(K, 0), at<f32>(K, 1));
  }

  /** r, where i is n + 1.5 · 2²³ + 126. */
  @inline
  static rest(x: v128, i: v128): v128 {
    return nmadd<f32>(f32x4.sub(i, at<f32>(K, 1)), at<f32>(K, 2), TanhInLoop.cut(x));
  }

  /** |x|, or 14 ln 2 where that is less. */
  @inline
  static cut(x: v128): v128 {
    return f32x4.pmin(v128.andnot(x, at<f32>(K, 7)), at<f32>(K, 6));
  }

  @inline
  static quick(x: v128, i: v128, r: v128): v128 {
    const z = f32x4.mul(r, r);
    const p = step<f32>(line<f32>(z, P, 1), z, P, 0);
    const t = madd<f32>(p, f32x4.mul(z, r), r);

    const s = i32x4.shl(i, 23);
    const u = f32x4.sub(s, at<f32>(K, 4));
    const v = f32x4.add(s, at<f32>(K, 4));
    const b = f32x4.pmin(f32x4.mul(f32x4.sub(i, at<f32>(K, 1)), at<f32>(K, 3)), at<f32>(K, 5));
    const c = f32x4.mul(v, f32x4.sub(at<f32>(K, 5), b));
    const top = madd<f32>(f32x4.add(c, b), t, f32x4.sub(c, at<f32>(K, 5)));
    const y = f32x4.add(f32x4.div(top, madd<f32>(u, t, v)), b);
    return v128.or(y, v128.and(x, at<f32>(K, 7)));
  }
}

/** (sinh a - a) / a³ as a polynomial in a², for |a| <= 1: scripts/fit/remez.py sinh_f64. */
const SINH: usize = memory.data<f64>([
  0.16666666667069097, 0.008333333276341873, 0.00019841296045284014, 2.755206408521035e-6, 2.5529818873590953e-8,
]);

@unmanaged
@final
class SinhWide extends Unary {
  lanes(x: v128): v128 {
    const a = f64x2.abs(x);
    const z = f64x2.mul(a, a);
    let p = step<f64>(at<f64>(SINH, 4), z, SINH, 3);
    p = step<f64>(p, z, SINH, 2);
    p = step<f64>(p, z, SINH, 1);
    p = step<f64>(p, z, SINH, 0);
    const near = madd<f64>(f64x2.mul(p, z), a, a);
    const e = expWide(a);
    const far = f64x2.mul(f64x2.sub(e, f64x2.div(f64x2.splat(1), e)), f64x2.splat(0.5));
    return withSign(v128.bitselect(near, far, f64x2.lt(a, f64x2.splat(1))), x);
  }
}
@unmanaged
@final
class CoshWide extends Unary {
  lanes(x: v128): v128 {
    const e = expWide(f64x2.abs(x));
    return f64x2.mul(f64x2.add(e, f64x2.div(f64x2.splat(1), e)), f64x2.splat(0.5));
  }
}
@unmanaged
@final
class AsinhWide extends Unary {
  lanes(x: v128): v128 {
    // ln(a + √(a² + 1)) = ln(1 + u), where u does not cancel for small a.
    const one = f64x2.splat(1);
    const a = f64x2.abs(x);
    const z = f64x2.mul(a, a);
    const u = f64x2.add(a, f64x2.div(z, f64x2.add(f64x2.sqrt(f64x2.add(z, one)), one)));
    return withSign(log1pWide(v128.bitselect(u, a, f64x2.lt(a, f64x2.splat(Infinity)))), x);
  }
}
@unmanaged
@final
class AcoshWide extends Unary {
  lanes(x: v128): v128 {
    const one = f64x2.splat(1);
    const t = f64x2.sub(x, one);
    const y = log1pWide(f64x2.add(t, f64x2.sqrt(f64x2.mul(t, f64x2.add(x, one)))));
    return v128.or(y, f64x2.lt(x, one));
  }
}
@unmanaged
@final
class AtanhWide extends Unary {
  lanes(x: v128): v128 {
    const one = f64x2.splat(1);
    const a = f64x2.abs(x);
    const y = log1pWide(f64x2.div(f64x2.add(a, a), f64x2.sub(one, a)));
    return v128.or(withSign(f64x2.mul(y, f64x2.splat(0.5)), x), f64x2.gt(a, one));
  }
}

/** sinh x. f32 by way of f64; f64: musl's. */
export function sinh<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.sinh(first(x)), NativeMath.sinh(second(x)));
  return wide<SinhWide>(x);
}

/** cosh x. */
export function cosh<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.cosh(first(x)), NativeMath.cosh(second(x)));
  return wide<CoshWide>(x);
}

/** asinh x. */
export function asinh<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.asinh(first(x)), NativeMath.asinh(second(x)));
  return wide<AsinhWide>(x);
}

/** acosh x; NaN below 1. */
export function acosh<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.acosh(first(x)), NativeMath.acosh(second(x)));
  return wide<AcoshWide>(x);
}

/** atanh x; ±∞ at ±1, NaN beyond. */
export function atanh<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.atanh(first(x)), NativeMath.atanh(second(x)));
  return wide<AtanhWide>(x);
}
