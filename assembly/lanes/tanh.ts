// The hyperbolic functions and their inverses.

import { Unary } from '../loops/map';
import { at, line, step } from './constant';
import { EXPM1 as P } from './exp';
import { first, pair, second } from './scalar';
import { expWide, log1pWide, wide, withSign } from './wide';

/** log2 e, 1.5 · 2²³ + 126, end of what is not 1 (doubled), ln 2 high, ln 2 low, 1/2, 1, 0.4. */
const K: usize = memory.data<f32>([1.44269504, 12583038, 18.2, 0.693359375, -2.1219444e-4, 0.5, 1, 0.4]);

/**
 * tanh x = q = h / (1 + h) for h = (e^(2|x|) - 1) / 2, with the sign put back last, so that -0 stays -0.
 *
 * f32: h = 2^(n-1) e + (2^(n-1) - 1/2) for e = e^r - 1 = r + r² p(r), with n, r and p as in expm1; 2^(n-1) is read off the low
 * bits of the rounded sum. For h < 0.4 the result is h - h q, where the rounding of 1 + h counts for little. |x| is cut
 * at 9.1, beyond which f32 tanh is 1. f64: musl's tanh.
 */
export function tanh<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.tanh(first(x)), NativeMath.tanh(second(x)));
  const a = f32x4.abs(x);
  const c = f32x4.pmin(f32x4.add(a, a), at<f32>(K, 2));
  const i = f32x4.add(f32x4.mul(c, at<f32>(K, 0)), at<f32>(K, 1));
  const n = f32x4.sub(i, at<f32>(K, 1));
  const above = f32x4.sub(c, f32x4.mul(n, at<f32>(K, 3)));
  const below = f32x4.mul(n, at<f32>(K, 4));
  const r = f32x4.sub(above, below);
  const lost = f32x4.sub(f32x4.sub(above, r), below);
  const z = f32x4.mul(r, r);
  const u = f32x4.add(f32x4.mul(line<f32>(r, P, 4), z), line<f32>(r, P, 2));
  const p = f32x4.add(f32x4.mul(u, z), line<f32>(r, P, 0));
  const e = f32x4.add(r, f32x4.add(f32x4.mul(p, z), lost));
  const s = i32x4.shl(i, 23);
  const h = f32x4.add(f32x4.mul(s, e), f32x4.sub(s, at<f32>(K, 5)));
  const q = f32x4.div(h, f32x4.add(h, at<f32>(K, 6)));
  const y = v128.bitselect(f32x4.sub(h, f32x4.mul(h, q)), q, f32x4.lt(h, at<f32>(K, 7)));
  return v128.or(y, v128.xor(x, a));
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
    const near = f64x2.add(a, f64x2.mul(f64x2.mul(p, z), a));
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
