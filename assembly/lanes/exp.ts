// e^x and e^x - 1.

import { at, line } from './constant';
import { madd, nmadd } from './madd';
import { first, pair, second } from './scalar';

// ln 2 stands in two parts; the high one has 9 bits, so that its products with |n| < 2¹⁵ are exact.
// Adding 1.5 · 2²³ rounds a small float to an integer, which then stands in the low bits of the sum.
/** log2 e, 1.5 · 2²³, ln 2 high, ln 2 low, 1, 87², -87. */
const K: usize = memory.data<f32>([1.44269504, 12582912, 0.693359375, -2.1219444e-4, 1, 7569, -87]);
/** (e^r - 1 - r) / r² for |r| <= ln 2 / 2, relative to e^r: scripts/fit/remez.py exp_f32. */
const P: usize = memory.data<f32>([0.49999994, 0.166665211, 0.041668389, 0.00836870912, 0.00138146128]);

/**
 * e^x.
 *
 * f32:  n = round(x / ln 2),  r = x - n ln 2,  2^n · (1 + r + r² p(r))
 *
 * While all lanes are within ±87, n is added to the exponent; the way of expFar gives the same bits there. f64: exp64.
 */
export function exp<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? exp64(x) : ExpInLoop.lanes(x);
}

/**
 * e^x for four f32, for loops that do little else: there a call for each vector would take a quarter of the time. `quick` and
 * `plusOne` are for lanes that are `usual`.
 */
export class ExpInLoop {
  @inline
  static lanes(x: v128): v128 {
    return i32x4.bitmask(ExpInLoop.usual(x)) == 15 ? ExpInLoop.quick(x) : expFar(x);
  }

  /** Where x is within ±87, so that no power of two leaves the normal numbers; false for NaN. */
  @inline
  static usual(x: v128): v128 {
    return f32x4.le(f32x4.mul(x, x), at<f32>(K, 5));
  }

  /** Whether all of two vectors are usual; says no, too, where both are far from 0. */
  @inline
  static both(a: v128, b: v128): bool {
    return i32x4.bitmask(f32x4.le(f32x4.add(f32x4.mul(a, a), f32x4.mul(b, b)), at<f32>(K, 5))) == 15;
  }

  /** The same of four vectors of numbers that are at most 0; says no, too, where their sum is below -87. */
  @inline
  static near(a: v128, b: v128, c: v128, d: v128): bool {
    const sum = f32x4.add(f32x4.add(a, b), f32x4.add(c, d));
    return i32x4.bitmask(f32x4.ge(sum, at<f32>(K, 6))) == 15;
  }

  @inline
  static quick(x: v128): v128 {
    const t = ExpInLoop.turns(x);
    return ExpInLoop.whole(t, ExpInLoop.rest(x, t));
  }

  /** 2^n e^r, where t is n + 1.5 · 2²³. */
  @inline
  static whole(t: v128, r: v128): v128 {
    return i32x4.add(ExpInLoop.mantissa(r), i32x4.shl(t, 23));
  }

  /** 1 + s e^r = (1 + s (e^r - 1)) + s for s = 2^n, where t is n + 1.5 · 2²³. */
  @inline
  static sum(t: v128, r: v128): v128 {
    const one = at<f32>(K, 4);
    const s = i32x4.add(i32x4.shl(t, 23), one);
    return f32x4.add(madd<f32>(ExpInLoop.less(r), s, one), s);
  }

  /** n + 1.5 · 2²³, for n = round(x / ln 2). */
  @inline
  static turns(x: v128): v128 {
    return madd<f32>(x, at<f32>(K, 0), at<f32>(K, 1));
  }

  /** x - n ln 2, where t is n + 1.5 · 2²³. */
  @inline
  static rest(x: v128, t: v128): v128 {
    const n = f32x4.sub(t, at<f32>(K, 1));
    return nmadd<f32>(n, at<f32>(K, 3), nmadd<f32>(n, at<f32>(K, 2), x));
  }

  /** e^r for |r| <= ln 2 / 2. */
  @inline
  static mantissa(r: v128): v128 {
    return f32x4.add(ExpInLoop.less(r), at<f32>(K, 4));
  }

  /** e^r - 1 for |r| <= ln 2 / 2, to the precision of e^r. */
  @inline
  static less(r: v128): v128 {
    const z = f32x4.mul(r, r);
    const q = madd<f32>(at<f32>(P, 4), z, line<f32>(r, P, 2));
    const p = madd<f32>(q, z, line<f32>(r, P, 0));
    return madd<f32>(p, z, r);
  }
}

/**
 * e^x for f32 lanes of which one is far from 0. The power of two is applied in two halves, so that results down to the
 * smallest denormal are rounded once; below -104 the result is 0, above 88.73 infinite, and NaN stays NaN.
 */
export function expFar(x: v128): v128 {
  // pmin and pmax keep a NaN in their first operand.
  const c = f32x4.pmax(f32x4.pmin(x, f32x4.splat(88.8)), f32x4.splat(-104));
  const t = ExpInLoop.turns(c);
  // n + 254 is the sum of two biased exponents.
  const i = i32x4.add(t, i32x4.splat(254));
  const half = v128.and(i32x4.shl(i, 22), f32x4.splat(Infinity));
  return f32x4.mul(f32x4.mul(ExpInLoop.mantissa(ExpInLoop.rest(c, t)), half), i32x4.sub(i32x4.shl(i, 23), half));
}

/** log2 e, 1.5 · 2⁵², ln 2 high (40 bits), ln 2 low, 1, ends of where 2^n is applied at once, and of what is neither ∞ nor 0. */
const K64: usize = memory.data<f64>([
  1.4426950408889634, 6755399441055744, 0.6931471805592082, 7.371002565167799e-13, 1, 700, 710, -746,
]);
/** (e^r - 1 - r) / r² for |r| <= ln 2 / 2, relative to e^r: scripts/fit/remez.py exp_full. */
const P64: usize = memory.data<f64>([
  0.5, 0.16666666666666682, 0.041666666666666095, 0.008333333333317048, 0.001388888888911536, 0.0001984126989634848,
  2.480158692700756e-5, 2.755723489778601e-6, 2.75575816279613e-7, 2.5112024149717015e-8, 2.082666980266187e-9,
]);

/**
 * e^x for two f64, as for f32, with the rounding of r made good. Where a lane is far from 0 the power of two is applied in
 * two halves, so that denormal results are rounded once.
 */
function exp64(x: v128): v128 {
  const near = i64x2.bitmask(f64x2.le(f64x2.abs(x), at<f64>(K64, 5))) == 3;
  if (!near) x = f64x2.pmax(f64x2.pmin(x, at<f64>(K64, 6)), at<f64>(K64, 7));
  const t = madd<f64>(x, at<f64>(K64, 0), at<f64>(K64, 1));
  const n = f64x2.sub(t, at<f64>(K64, 1));
  const above = nmadd<f64>(n, at<f64>(K64, 2), x);
  const below = f64x2.mul(n, at<f64>(K64, 3));
  const r = f64x2.sub(above, below);
  const lost = f64x2.sub(f64x2.sub(above, r), below);
  const z = f64x2.mul(r, r);
  const w = f64x2.mul(z, z);
  const high = madd<f64>(at<f64>(P64, 10), z, line<f64>(r, P64, 8));
  const middle = madd<f64>(line<f64>(r, P64, 6), z, line<f64>(r, P64, 4));
  const low = madd<f64>(line<f64>(r, P64, 2), z, line<f64>(r, P64, 0));
  const p = madd<f64>(madd<f64>(high, w, middle), w, low);
  const y = f64x2.add(f64x2.add(madd<f64>(p, z, lost), r), at<f64>(K64, 4));
  if (near) return i64x2.add(y, i64x2.shl(t, 52));
  const i = i64x2.sub(t, at<f64>(K64, 1));
  const half = i64x2.shr_s(i, 1);
  return f64x2.mul(f64x2.mul(y, power64(half)), power64(i64x2.sub(i, half)));
}

/** 2^n as f64, for integers n from -1022 to 1023. */
function power64(n: v128): v128 {
  return i64x2.shl(i64x2.add(n, i64x2.splat(1023)), 52);
}

/** log2 e, 1.5 · 2²³, ln 2 high, ln 2 low, ends of what is not ∞ or -1, 1. */
const K1: usize = memory.data<f32>([1.44269504, 12582912, 0.693359375, -2.1219444e-4, 88.8, -18, 1]);
/** (e^r - 1 - r) / r² for |r| <= ln 2 / 2, relative to e^r - 1: scripts/fit/remez.py expm1_f32. */
const EXPM1: usize = memory.data<f32>([0.5, 0.166666672, 0.041666355, 0.00833327323, 0.00139409979, 0.000199141534]);

/**
 * e^x - 1, right for small x too, ±0 and denormals included.
 *
 * f32:  2^n · q + (2^n - 1),  q = e^r - 1 = r + r² p(r),  n and r as in exp, with the rounding of r made good
 *
 * n stops at 127, with the missing factor of 2 applied last. f64: musl's expm1.
 */
export function expm1<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.expm1(first(x)), NativeMath.expm1(second(x)));
  const c = f32x4.pmax(f32x4.pmin(x, at<f32>(K1, 4)), at<f32>(K1, 5));
  const t = madd<f32>(c, at<f32>(K1, 0), at<f32>(K1, 1));
  const k = f32x4.sub(t, at<f32>(K1, 1));
  const above = nmadd<f32>(k, at<f32>(K1, 2), c);
  const below = f32x4.mul(k, at<f32>(K1, 3));
  const r = f32x4.sub(above, below);
  const lost = f32x4.sub(f32x4.sub(above, r), below);
  const w = f32x4.mul(r, r);
  const u = madd<f32>(line<f32>(r, EXPM1, 4), w, line<f32>(r, EXPM1, 2));
  const p = madd<f32>(u, w, line<f32>(r, EXPM1, 0));
  const q = f32x4.add(r, madd<f32>(p, w, lost));
  const i = i32x4.sub(t, at<f32>(K1, 1));
  const n = i32x4.min_s(i, i32x4.splat(127));
  const s = power(n);
  const y = madd<f32>(s, q, f32x4.sub(s, at<f32>(K1, 6)));
  const z = f32x4.mul(y, power(i32x4.sub(i, n)));
  return v128.or(z, v128.and(x, f32x4.splat(-0.0)));
}

/** 2^n as f32, for integers n from -126 to 127. */
function power(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}
