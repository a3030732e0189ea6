// The logistic function, its logarithm, and softplus.

import { ExpInLoop, exp } from './exp';
import { log1p, log1pUnit } from './log';

// All use w = e^-|x|, which never overflows, so that they are stable at both ends.

/** -|x|. */
export function minusAbs<T extends number>(x: v128): v128 {
  return v128.or(x, v128.splat<T>(<T>-0.0));
}

/**
 * 1 / (1 + e^-x). Where e^-x may leave the normal numbers of f32, and for f64: with w = e^-|x| and q = w / (1 + w), 1 - q
 * for x >= 0 and w - w q below, so that the rounding of 1 + w counts for little where w is small.
 */
export function sigmoid<T extends number>(x: v128): v128 {
  if (sizeof<T>() == 4 && i32x4.bitmask(ExpInLoop.usual(x)) == 15) return SigmoidInLoop.quick(x);
  return sigmoidFar<T>(x);
}

export function sigmoidFar<T extends number>(x: v128): v128 {
  const one = v128.splat<T>(<T>1);
  const w = exp<T>(minusAbs<T>(x));
  const q = v128.div<T>(w, v128.add<T>(w, one));
  const top = v128.bitselect(w, one, v128.lt<T>(x, v128.splat<T>(<T>0)));
  const y = v128.sub<T>(top, v128.mul<T>(top, q));
  return sizeof<T>() == 4 ? v128.bitselect(SigmoidInLoop.quick(x), y, ExpInLoop.usual(x)) : y;
}

/** The same for four f32 within ±87, for loops that do little else: see ExpInLoop. */
export class SigmoidInLoop {
  @inline
  static quick(x: v128): v128 {
    const t = ExpInLoop.turns(f32x4.neg(x));
    return SigmoidInLoop.whole(t, ExpInLoop.rest(f32x4.neg(x), t));
  }

  /** 1 / (1 + 2^n e^r), where t is n + 1.5 · 2²³. */
  @inline
  static whole(t: v128, r: v128): v128 {
    return f32x4.div(f32x4.splat(1), ExpInLoop.sum(t, r));
  }
}

/** ln(1 + w) for w = e^-|x|. */
function bend<T extends number>(x: v128): v128 {
  const w = exp<T>(minusAbs<T>(x));
  return sizeof<T>() == 8 ? log1p<T>(w) : log1pUnit(w);
}

/** ln(1 + e^x) = max(x, 0) + ln(1 + w). */
export function softplus<T extends number>(x: v128): v128 {
  return v128.add<T>(v128.pmax<T>(x, v128.splat<T>(<T>0)), bend<T>(x));
}

/** ln sigmoid(x) = min(x, 0) - ln(1 + w). */
export function logSigmoid<T extends number>(x: v128): v128 {
  return v128.sub<T>(v128.pmin<T>(x, v128.splat<T>(<T>0)), bend<T>(x));
}
