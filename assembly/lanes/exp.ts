// e^x and e^x - 1.

import { first, pair, second } from './scalar';

// Adding 1.5 · 2²³ rounds a small float to an integer, which then stands in the low bits of the sum.
const ROUND: f32 = 12582912;
const LOG2_E: f32 = 1.44269504;
// ln 2 in two parts; the high one has 9 bits, so that its products with |n| < 2¹⁵ are exact.
const LN2_HIGH: f32 = 0.693359375;
const LN2_LOW: f32 = -2.1219444e-4;

/**
 * e^x.
 *
 * f32:  n = round(x / ln 2),  r = x - n ln 2,  2^n · (1 + r + r² p(r)),  |r| <= ln 2 / 2
 *
 * The power of two is applied in two halves, so that results down to the smallest denormal are rounded once. Below
 * -104 the result is 0, above 88.73 infinite. p: scripts/fit/remez.py exp_f32. f64: musl's exp.
 */
export function exp<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.exp(first(x)), NativeMath.exp(second(x)));
  // pmin and pmax keep a NaN in their first operand.
  x = f32x4.pmax(f32x4.pmin(x, f32x4.splat(88.8)), f32x4.splat(-104));
  const t = f32x4.add(f32x4.mul(x, f32x4.splat(LOG2_E)), f32x4.splat(ROUND));
  const n = f32x4.sub(t, f32x4.splat(ROUND));
  const r = f32x4.sub(f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HIGH))), f32x4.mul(n, f32x4.splat(LN2_LOW)));

  let p = f32x4.splat(0.00138146128);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.00836870912));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.041668389));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.166665211));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.49999994));
  p = f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), r);
  const y = f32x4.add(p, f32x4.splat(1));

  const i = i32x4.sub(t, f32x4.splat(ROUND));
  const half = i32x4.shr_s(i, 1);
  return f32x4.mul(f32x4.mul(y, power(half)), power(i32x4.sub(i, half)));
}

/** 2^n as f32, for integers n from -126 to 127. */
export function power(n: v128): v128 {
  return i32x4.shl(i32x4.add(n, i32x4.splat(127)), 23);
}

/**
 * e^x - 1, right for small x too, ±0 and denormals included.
 *
 * f32:  2^n · q + (2^n - 1),  q = e^r - 1 = r + r² p(r),  n and r as in exp
 *
 * n stops at 127, with the missing factor of 2 applied last. p: scripts/fit/remez.py expm1_f32. f64: musl's expm1.
 */
export function expm1<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.expm1(first(x)), NativeMath.expm1(second(x)));
  const c = f32x4.pmax(f32x4.pmin(x, f32x4.splat(88.8)), f32x4.splat(-18));
  const t = f32x4.add(f32x4.mul(c, f32x4.splat(LOG2_E)), f32x4.splat(ROUND));
  const q = expm1Rest(c, f32x4.sub(t, f32x4.splat(ROUND)));
  const i = i32x4.sub(t, f32x4.splat(ROUND));
  const n = i32x4.min_s(i, i32x4.splat(127));
  const s = power(n);
  const y = f32x4.add(f32x4.mul(s, q), f32x4.sub(s, f32x4.splat(1)));
  const z = f32x4.mul(y, power(i32x4.sub(i, n)));
  return v128.or(z, v128.and(x, f32x4.splat(-0.0)));
}

/** e^r - 1 for f32 r = x - n ln 2 of at most about ln 2 / 2, with the rounding error of r taken into account. */
export function expm1Rest(x: v128, n: v128): v128 {
  const high = f32x4.sub(x, f32x4.mul(n, f32x4.splat(LN2_HIGH)));
  const low = f32x4.mul(n, f32x4.splat(LN2_LOW));
  const r = f32x4.sub(high, low);
  const lost = f32x4.sub(f32x4.sub(high, r), low);
  let p = f32x4.splat(0.000199141534);
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.00139409979));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.00833327323));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.041666355));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.166666672));
  p = f32x4.add(f32x4.mul(p, r), f32x4.splat(0.5));
  return f32x4.add(r, f32x4.add(f32x4.mul(p, f32x4.mul(r, r)), lost));
}
