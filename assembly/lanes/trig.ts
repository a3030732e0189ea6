// Sine, cosine, tangent and their inverses. f32 lanes are computed as f64, but for sines and cosines near 0; f64 lanes by musl's functions.

import { Unary } from '../loops/map';
import { at, step } from './constant';
import { madd, nmadd } from './madd';
import { first, pair, second } from './scalar';
import { PI, ROUND, angleWide, high, join, low, wide, withSign } from './wide';

/** Where the reduction by HALF_PI_1 to 3 ends: beyond 2²⁶ their products with k are no longer exact. */
const FAR: f32 = 67108864;
// π/2 in three parts, the first two of 27 bits.
const HALF_PI_1: f64 = 1.570796325802803;
const HALF_PI_2: f64 = 9.920935739593517e-10;
const HALF_PI_3: f64 = 5.721188726109832e-18;

/** round(x / (π/2)) in the low bits of the result; its low 52 bits are the integer's. */
function quadrant(x: v128): v128 {
  return madd<f64>(x, f64x2.splat(0.6366197723675814), f64x2.splat(ROUND));
}

/** x - k π/2 for the k of quadrant. */
function rest(x: v128, q: v128): v128 {
  const k = f64x2.sub(q, f64x2.splat(ROUND));
  const a = nmadd<f64>(k, f64x2.splat(HALF_PI_1), x);
  const b = nmadd<f64>(k, f64x2.splat(HALF_PI_2), a);
  return nmadd<f64>(k, f64x2.splat(HALF_PI_3), b);
}

/** (sin r - r) / r³ as a polynomial in r², for |r| <= π/4: scripts/fit/remez.py sin_f64. */
const SIN: usize = memory.data<f64>([
  -0.16666666666631624, 0.008333333325277293, -0.00019841263825923797, 2.7555358373549754e-6, -2.4761696729857764e-8,
]);

/** sin r for |r| <= π/4. */
function sinRest(r: v128): v128 {
  const z = f64x2.mul(r, r);
  const w = f64x2.mul(z, z);
  let even = at<f64>(SIN, 4);
  let odd = at<f64>(SIN, 3);
  even = step<f64>(even, w, SIN, 2);
  odd = step<f64>(odd, w, SIN, 1);
  even = step<f64>(even, w, SIN, 0);
  const p = madd<f64>(odd, z, even);
  return f64x2.mul(madd<f64>(p, z, f64x2.splat(1)), r); // as a product, so that -0 stays -0
}

/** (cos r - 1 + r²/2) / r⁴ as a polynomial in r², for |r| <= π/4: scripts/fit/remez.py cos_f64. */
const COS: usize = memory.data<f64>([
  0.04166666666660226, -0.001388888887827458, 2.4801580971777277e-5, -2.7555567149663694e-7, 2.064773903853465e-9,
]);

/** cos r for |r| <= π/4. */
function cosRest(r: v128): v128 {
  const z = f64x2.mul(r, r);
  const w = f64x2.mul(z, z);
  let even = at<f64>(COS, 4);
  let odd = at<f64>(COS, 3);
  even = step<f64>(even, w, COS, 2);
  odd = step<f64>(odd, w, COS, 1);
  even = step<f64>(even, w, COS, 0);
  const p = madd<f64>(odd, z, even);
  const tail = nmadd<f64>(z, f64x2.splat(0.5), f64x2.mul(p, w));
  return f64x2.add(tail, f64x2.splat(1));
}

/** sin(r + q π/2). */
function turned(r: v128, q: v128): v128 {
  const odd = i64x2.sub(i64x2.splat(0), v128.and(q, i64x2.splat(1)));
  const y = v128.bitselect(cosRest(r), sinRest(r), odd);
  return v128.xor(y, i64x2.shl(v128.and(q, i64x2.splat(2)), 62));
}

@unmanaged
@final
class SinWide extends Unary {
  lanes(x: v128): v128 {
    const q = quadrant(x);
    return turned(rest(x, q), q);
  }
}
@unmanaged
@final
class CosWide extends Unary {
  lanes(x: v128): v128 {
    const q = quadrant(x);
    return turned(rest(x, q), i64x2.add(q, i64x2.splat(1)));
  }
}
@unmanaged
@final
class TanWide extends Unary {
  lanes(x: v128): v128 {
    const q = quadrant(x);
    const r = rest(x, q);
    const s = sinRest(r);
    const c = cosRest(r);
    const odd = i64x2.sub(i64x2.splat(0), v128.and(q, i64x2.splat(1)));
    // tan(r + π/2) = -cos r / sin r
    return f64x2.div(v128.bitselect(f64x2.neg(c), s, odd), v128.bitselect(s, c, odd));
  }
}

/** 2 / π, 1.5 · 2²³, π/2 in three parts (their products with |k| <= 128 are exact, but for the last), 200, 1, 1/2, sign bit. */
const K: usize = memory.data<f32>([
  0.636619772, 12582912, 1.57080078125, -4.45445766672492e-6, 2.5633440682570896e-12, 200, 1, 0.5, -0.0,
]);
/** (sin r - r) / r³ in r², for |r| <= π/4: scripts/fit/remez.py sin_f32. */
const SIN_F32: usize = memory.data<f32>([-0.166666552, 0.008332178, -0.000195172994]);
/** (cos r - 1 + r²/2) / r⁴ in r², for |r| <= π/4: scripts/fit/remez.py cos_f32. */
const COS_F32: usize = memory.data<f32>([0.0416666456, -0.00138873677, 2.44384519e-5]);

/** Sine and cosine of four f32 within ±200, for loops that do little else: see ExpInLoop. */
export class SinInLoop {
  @inline
  static usual(x: v128): v128 {
    return f32x4.le(SinInLoop.abs(x), at<f32>(K, 5));
  }

  @inline
  static both(a: v128, b: v128): bool {
    return i32x4.bitmask(v128.and(SinInLoop.usual(a), SinInLoop.usual(b))) == 15;
  }

  @inline
  static abs(x: v128): v128 {
    return v128.andnot(x, at<f32>(K, 8));
  }

  /** k + 1.5 · 2²³, for k = round(|x| / (π/2)). */
  @inline
  static turns(x: v128): v128 {
    return madd<f32>(SinInLoop.abs(x), at<f32>(K, 0), at<f32>(K, 1));
  }

  /** |x| - k π/2, where t is k + 1.5 · 2²³. */
  @inline
  static rest(x: v128, t: v128): v128 {
    const k = f32x4.sub(t, at<f32>(K, 1));
    const a = nmadd<f32>(k, at<f32>(K, 2), SinInLoop.abs(x));
    const b = nmadd<f32>(k, at<f32>(K, 3), a);
    return nmadd<f32>(k, at<f32>(K, 4), b);
  }

  /** sin x: that of |x| with the sign put back, so that -0 stays -0. */
  @inline
  static sine(x: v128, t: v128, r: v128): v128 {
    return v128.xor(SinInLoop.turned(t, r, 0), v128.and(x, at<f32>(K, 8)));
  }

  /** sin(r + (k + q) π/2), for q 0 or 1, where t is k + 1.5 · 2²³. */
  @inline
  static turned(t: v128, r: v128, q: u32): v128 {
    const z = f32x4.mul(r, r);
    const s = step<f32>(step<f32>(at<f32>(SIN_F32, 2), z, SIN_F32, 1), z, SIN_F32, 0);
    const c = step<f32>(step<f32>(at<f32>(COS_F32, 2), z, COS_F32, 1), z, COS_F32, 0);
    const sine = madd<f32>(s, f32x4.mul(z, r), r);
    const near = nmadd<f32>(z, at<f32>(K, 7), at<f32>(K, 6));
    const cosine = madd<f32>(c, f32x4.mul(z, z), near);
    const turn = q ? i32x4.add(t, i32x4.splat(q)) : t;
    const odd = i32x4.shr_s(i32x4.shl(turn, 31), 31);
    const sign = i32x4.shl(i32x4.shr_u(turn, 1), 31);
    return v128.xor(v128.bitselect(cosine, sine, odd), sign);
  }
}

/** Four f32 lanes of which one is beyond FAR, and so needs more bits of π than fit in three doubles. */
function anyFar(x: v128): bool {
  return v128.any_true(f32x4.gt(f32x4.abs(x), f32x4.splat(FAR)));
}

function sinFar(x: f32, y: f32): f32 {
  return abs(x) > FAR ? <f32>NativeMath.sin(x) : y;
}
function cosFar(x: f32, y: f32): f32 {
  return abs(x) > FAR ? <f32>NativeMath.cos(x) : y;
}
function tanFar(x: f32, y: f32): f32 {
  return abs(x) > FAR ? <f32>NativeMath.tan(x) : y;
}

/** Four f32 lanes. */
function four(a: f32, b: f32, c: f32, d: f32): v128 {
  return f32x4.replace_lane(f32x4.replace_lane(f32x4.replace_lane(f32x4.splat(a), 1, b), 2, c), 3, d);
}

/** sin x, for any finite x; NaN at ±∞. */
export function sin<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.sin(first(x)), NativeMath.sin(second(x)));
  return sinBeyond(x);
}

/** sin x for any f32 lanes: beyond ±200 by way of f64. */
export function sinBeyond(x: v128): v128 {
  const t = SinInLoop.turns(x);
  const near = SinInLoop.sine(x, t, SinInLoop.rest(x, t));
  if (SinInLoop.both(x, x)) return near;
  const y = v128.bitselect(near, wide<SinWide>(x), SinInLoop.usual(x));
  if (!anyFar(x)) return y;
  return four(
    sinFar(f32x4.extract_lane(x, 0), f32x4.extract_lane(y, 0)),
    sinFar(f32x4.extract_lane(x, 1), f32x4.extract_lane(y, 1)),
    sinFar(f32x4.extract_lane(x, 2), f32x4.extract_lane(y, 2)),
    sinFar(f32x4.extract_lane(x, 3), f32x4.extract_lane(y, 3)),
  );
}

/** cos x, for any finite x; NaN at ±∞. */
export function cos<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.cos(first(x)), NativeMath.cos(second(x)));
  return cosBeyond(x);
}

/** cos x for any f32 lanes: beyond ±200 by way of f64. */
export function cosBeyond(x: v128): v128 {
  const t = SinInLoop.turns(x);
  const near = SinInLoop.turned(t, SinInLoop.rest(x, t), 1);
  if (SinInLoop.both(x, x)) return near;
  const y = v128.bitselect(near, wide<CosWide>(x), SinInLoop.usual(x));
  if (!anyFar(x)) return y;
  return four(
    cosFar(f32x4.extract_lane(x, 0), f32x4.extract_lane(y, 0)),
    cosFar(f32x4.extract_lane(x, 1), f32x4.extract_lane(y, 1)),
    cosFar(f32x4.extract_lane(x, 2), f32x4.extract_lane(y, 2)),
    cosFar(f32x4.extract_lane(x, 3), f32x4.extract_lane(y, 3)),
  );
}

/** tan x, for any finite x; NaN at ±∞. */
export function tan<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.tan(first(x)), NativeMath.tan(second(x)));
  const y = wide<TanWide>(x);
  if (!anyFar(x)) return y;
  return four(
    tanFar(f32x4.extract_lane(x, 0), f32x4.extract_lane(y, 0)),
    tanFar(f32x4.extract_lane(x, 1), f32x4.extract_lane(y, 1)),
    tanFar(f32x4.extract_lane(x, 2), f32x4.extract_lane(y, 2)),
    tanFar(f32x4.extract_lane(x, 3), f32x4.extract_lane(y, 3)),
  );
}

/** √(1 - x²); NaN beyond ±1. */
function otherSide(x: v128): v128 {
  const one = f64x2.splat(1);
  return f64x2.sqrt(f64x2.mul(f64x2.sub(one, x), f64x2.add(one, x)));
}

@unmanaged
@final
class AsinWide extends Unary {
  lanes(x: v128): v128 {
    return withSign(angleWide(f64x2.abs(x), otherSide(x)), x);
  }
}
@unmanaged
@final
class AcosWide extends Unary {
  lanes(x: v128): v128 {
    return mirrored(angleWide(otherSide(x), f64x2.abs(x)), x);
  }
}
@unmanaged
@final
class AtanWide extends Unary {
  lanes(x: v128): v128 {
    return withSign(angleWide(f64x2.abs(x), f64x2.splat(1)), x);
  }
}

/** π - a where the sign of x says so. */
function mirrored(a: v128, x: v128): v128 {
  return v128.bitselect(f64x2.sub(f64x2.splat(PI), a), a, i64x2.lt_s(x, i64x2.splat(0)));
}

/** asin x; NaN beyond ±1. */
export function asin<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.asin(first(x)), NativeMath.asin(second(x)));
  return wide<AsinWide>(x);
}

/** acos x; NaN beyond ±1. */
export function acos<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.acos(first(x)), NativeMath.acos(second(x)));
  return wide<AcosWide>(x);
}

/** atan x, ±π/2 at ±∞. */
export function atan<T>(x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.atan(first(x)), NativeMath.atan(second(x)));
  return wide<AtanWide>(x);
}

/** The angle of the point (x, y), in [-π, π], with IEEE's values at zeros and infinities. */
export function atan2<T>(y: v128, x: v128): v128 {
  if (sizeof<T>() == 8) return pair(NativeMath.atan2(first(y), first(x)), NativeMath.atan2(second(y), second(x)));
  return join(atan2Wide(low(y), low(x)), atan2Wide(high(y), high(x)));
}

function atan2Wide(y: v128, x: v128): v128 {
  return withSign(mirrored(angleWide(f64x2.abs(y), f64x2.abs(x)), x), y);
}
