// Kernels with one input and an output of the same shape: arithmetic, rounding and the elementary functions.

import { ExpInLoop, exp, expFar, expm1 } from '../lanes/exp';
import { LogInLoop, log, log1p } from '../lanes/log';
import { sign, signOfInteger } from '../lanes/sign';
import { acosh, asinh, atanh, cosh, sinh, tanh, TanhInLoop } from '../lanes/tanh';
import { SinInLoop, acos, asin, atan, cos, cosBeyond, sin, sinBeyond, tan } from '../lanes/trig';
import { Binary, Reduced, Unary, map, map2, mapBy, mapReduced } from '../loops/map';
import { In, Out } from '../types';
import { Mul } from './binary';

@unmanaged
@final
class Abs<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return v128.abs<T>(x);
  }
}
@unmanaged
@final
class Neg<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return v128.neg<T>(x);
  }
}
@unmanaged
@final
class Square<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return v128.mul<T>(x, x);
  }
}
@unmanaged
@final
class Sign<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return isInteger<T>() ? signOfInteger<T>(x) : sign<T>(x);
  }
}
@unmanaged
@final
class Reciprocal<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return v128.div<T>(v128.splat<T>(<T>1), x);
  }
}
@unmanaged
@final
class Sqrt<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return v128.sqrt<T>(x);
  }
}
@unmanaged
@final
class Rsqrt<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return v128.div<T>(v128.splat<T>(<T>1), v128.sqrt<T>(x));
  }
}
@unmanaged
@final
class Floor<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return v128.floor<T>(x);
  }
}
@unmanaged
@final
class Ceil<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return v128.ceil<T>(x);
  }
}
@unmanaged
@final
class Round<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return v128.nearest<T>(x);
  }
}
@unmanaged
@final
class Exp<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return exp<T>(x);
  }
}
@unmanaged
@final
class ExpF32 extends Reduced {
  usual(a: v128, b: v128): bool {
    return ExpInLoop.both(a, b);
  }
  turns(x: v128): v128 {
    return ExpInLoop.turns(x);
  }
  rest(x: v128, turns: v128): v128 {
    return ExpInLoop.rest(x, turns);
  }
  @inline
  quick(x: v128, turns: v128, rest: v128): v128 {
    return ExpInLoop.whole(turns, rest);
  }
  lanes(x: v128): v128 {
    return expFar(x);
  }
}
@unmanaged
@final
class Expm1<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return expm1<T>(x);
  }
}
@unmanaged
@final
class Log<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return sizeof<T>() == 4 ? LogInLoop.lanes(x) : log<T>(x);
  }
}
@unmanaged
@final
class Log1p<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return log1p<T>(x);
  }
}
@unmanaged
@final
class Sin<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return sin<T>(x);
  }
}
@unmanaged
@final
class SinF32 extends Reduced {
  usual(a: v128, b: v128): bool {
    return SinInLoop.both(a, b);
  }
  turns(x: v128): v128 {
    return SinInLoop.turns(x);
  }
  rest(x: v128, turns: v128): v128 {
    return SinInLoop.rest(x, turns);
  }
  @inline
  quick(x: v128, turns: v128, rest: v128): v128 {
    return SinInLoop.sine(x, turns, rest);
  }
  lanes(x: v128): v128 {
    return sinBeyond(x);
  }
}
@unmanaged
@final
class Cos<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return cos<T>(x);
  }
}
@unmanaged
@final
class CosF32 extends Reduced {
  usual(a: v128, b: v128): bool {
    return SinInLoop.both(a, b);
  }
  turns(x: v128): v128 {
    return SinInLoop.turns(x);
  }
  rest(x: v128, turns: v128): v128 {
    return SinInLoop.rest(x, turns);
  }
  @inline
  quick(x: v128, turns: v128, rest: v128): v128 {
    return SinInLoop.turned(turns, rest, 1);
  }
  lanes(x: v128): v128 {
    return cosBeyond(x);
  }
}
@unmanaged
@final
class SinGrad<T extends number> extends Binary {
  lanes(x: v128, dy: v128): v128 {
    return v128.mul<T>(dy, cos<T>(x));
  }
}
@unmanaged
@final
class Tan<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return tan<T>(x);
  }
}
@unmanaged
@final
class Asin<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return asin<T>(x);
  }
}
@unmanaged
@final
class Acos<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return acos<T>(x);
  }
}
@unmanaged
@final
class Atan<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return atan<T>(x);
  }
}
@unmanaged
@final
class Sinh<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return sinh<T>(x);
  }
}
@unmanaged
@final
class Cosh<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return cosh<T>(x);
  }
}
@unmanaged
@final
class Tanh<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return tanh<T>(x);
  }
}
@unmanaged
@final
class TanhF32 extends Reduced {
  usual(a: v128, b: v128): bool {
    return true;
  }
  turns(x: v128): v128 {
    return TanhInLoop.turns(x);
  }
  rest(x: v128, turns: v128): v128 {
    return TanhInLoop.rest(x, turns);
  }
  @inline
  quick(x: v128, turns: v128, rest: v128): v128 {
    return TanhInLoop.quick(x, turns, rest);
  }
  lanes(x: v128): v128 {
    return tanh<f32>(x);
  }
}
@unmanaged
@final
class Asinh<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return asinh<T>(x);
  }
}
@unmanaged
@final
class Acosh<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return acosh<T>(x);
  }
}
@unmanaged
@final
class Atanh<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return atanh<T>(x);
  }
}

/**
 * y = |x|.
 * @reach x, y: from..to
 * @split size * 0.06 by 16
 */
export function abs_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Abs<f32>>(x, y, from, to);
}
/** y = |x|. */
export function abs_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Abs<f64>>(x, y, from, to);
}
/** y = |x|. */
export function abs_i32(x: In, y: Out, from: u32, to: u32): void {
  map<i32, Abs<i32>>(x, y, from, to);
}
/**
 * y = -x.
 * @reach x, y: from..to
 * @split size * 0.06 by 16
 */
export function neg_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Neg<f32>>(x, y, from, to);
}
/** y = -x. */
export function neg_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Neg<f64>>(x, y, from, to);
}
/** y = -x. */
export function neg_i32(x: In, y: Out, from: u32, to: u32): void {
  map<i32, Neg<i32>>(x, y, from, to);
}
/**
 * y = x².
 * @reach x, y: from..to
 * @split size * 0.06 by 16
 */
export function square_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Square<f32>>(x, y, from, to);
}
/** y = x². */
export function square_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Square<f64>>(x, y, from, to);
}
/** y = x². */
export function square_i32(x: In, y: Out, from: u32, to: u32): void {
  map<i32, Square<i32>>(x, y, from, to);
}
/**
 * y = -1, 0 or 1; NaN for NaN.
 * @reach x, y: from..to
 * @split size * 0.06 by 16
 */
export function sign_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Sign<f32>>(x, y, from, to);
}
/** y = -1, 0 or 1; NaN for NaN. */
export function sign_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Sign<f64>>(x, y, from, to);
}
/** y = -1, 0 or 1; NaN for NaN. */
export function sign_i32(x: In, y: Out, from: u32, to: u32): void {
  map<i32, Sign<i32>>(x, y, from, to);
}
/**
 * y = 1 / x.
 * @reach x, y: from..to
 * @split size * 0.06 by 16
 */
export function reciprocal_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Reciprocal<f32>>(x, y, from, to);
}
/** y = 1 / x. */
export function reciprocal_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Reciprocal<f64>>(x, y, from, to);
}
/**
 * y = √x; NaN below 0.
 * @reach x, y: from..to
 * @split size * 0.06 by 16
 */
export function sqrt_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Sqrt<f32>>(x, y, from, to);
}
/** y = √x; NaN below 0. */
export function sqrt_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Sqrt<f64>>(x, y, from, to);
}
/**
 * y = 1 / √x; NaN below 0.
 * @reach x, y: from..to
 * @split size * 0.06 by 16
 */
export function rsqrt_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Rsqrt<f32>>(x, y, from, to);
}
/** y = 1 / √x; NaN below 0. */
export function rsqrt_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Rsqrt<f64>>(x, y, from, to);
}
/**
 * y = the largest integer <= x.
 * @reach x, y: from..to
 * @split size * 0.06 by 16
 */
export function floor_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Floor<f32>>(x, y, from, to);
}
/** y = the largest integer <= x. */
export function floor_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Floor<f64>>(x, y, from, to);
}
/**
 * y = the least integer >= x.
 * @reach x, y: from..to
 * @split size * 0.06 by 16
 */
export function ceil_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Ceil<f32>>(x, y, from, to);
}
/** y = the least integer >= x. */
export function ceil_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Ceil<f64>>(x, y, from, to);
}
/**
 * y = the nearest integer, the even one of two.
 * @reach x, y: from..to
 * @split size * 0.06 by 16
 */
export function round_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Round<f32>>(x, y, from, to);
}
/** y = the nearest integer, the even one of two. */
export function round_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Round<f64>>(x, y, from, to);
}
/**
 * y = e^x.
 * @reach x, y: from..to
 * @split size * 0.3 by 16
 */
export function exp_f32(x: In, y: Out, from: u32, to: u32): void {
  mapReduced<ExpF32>(x, y, from, to);
}
/** y = e^x. */
export function exp_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Exp<f64>>(x, y, from, to);
}
/**
 * y = e^x - 1.
 * @reach x, y: from..to
 * @split size * 0.3 by 16
 */
export function expm1_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Expm1<f32>>(x, y, from, to);
}
/** y = e^x - 1. */
export function expm1_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Expm1<f64>>(x, y, from, to);
}
/**
 * y = ln x; NaN below 0.
 * @reach x, y: from..to
 * @split size * 0.3 by 16
 */
export function log_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Log<f32>>(x, y, from, to);
}
/** y = ln x; NaN below 0. */
export function log_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Log<f64>>(x, y, from, to);
}
/**
 * y = ln(1 + x); NaN below -1.
 * @reach x, y: from..to
 * @split size * 0.3 by 16
 */
export function log1p_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Log1p<f32>>(x, y, from, to);
}
/** y = ln(1 + x); NaN below -1. */
export function log1p_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Log1p<f64>>(x, y, from, to);
}
/**
 * y = sin x.
 * @reach x, y: from..to
 * @split size * 0.7 by 16
 */
export function sin_f32(x: In, y: Out, from: u32, to: u32): void {
  mapReduced<SinF32>(x, y, from, to);
}
/** y = sin x. */
export function sin_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Sin<f64>>(x, y, from, to);
}
/**
 * y = cos x.
 * @reach x, y: from..to
 * @split size * 0.7 by 16
 */
export function cos_f32(x: In, y: Out, from: u32, to: u32): void {
  mapReduced<CosF32>(x, y, from, to);
}
/** y = cos x. */
export function cos_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Cos<f64>>(x, y, from, to);
}
/**
 * dx = dy cos x.
 * @reach x, dy, dx: from..to
 * @split size * 0.8 by 16
 */
export function sin_grad_f32(x: In, dy: In, dx: Out, from: u32, to: u32): void {
  if (dx == dy) {
    map2<f32, SinGrad<f32>>(x, dy, dx, from, to);
    return;
  }
  // In two passes, of which the first is as quick as cosines are.
  cos_f32(x, dx, from, to);
  map2<f32, Mul<f32>>(dy, dx, dx, from, to);
}
/** dx = dy cos x. */
export function sin_grad_f64(x: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f64, SinGrad<f64>>(x, dy, dx, from, to);
}
/**
 * y = tan x.
 * @reach x, y: from..to
 * @split size * 0.7 by 16
 */
export function tan_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Tan<f32>>(x, y, from, to);
}
/** y = tan x. */
export function tan_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Tan<f64>>(x, y, from, to);
}
/**
 * y = asin x.
 * @reach x, y: from..to
 * @split size * 0.5 by 16
 */
export function asin_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Asin<f32>>(x, y, from, to);
}
/** y = asin x. */
export function asin_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Asin<f64>>(x, y, from, to);
}
/**
 * y = acos x.
 * @reach x, y: from..to
 * @split size * 0.5 by 16
 */
export function acos_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Acos<f32>>(x, y, from, to);
}
/** y = acos x. */
export function acos_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Acos<f64>>(x, y, from, to);
}
/**
 * y = atan x.
 * @reach x, y: from..to
 * @split size * 0.5 by 16
 */
export function atan_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Atan<f32>>(x, y, from, to);
}
/** y = atan x. */
export function atan_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Atan<f64>>(x, y, from, to);
}
/**
 * y = sinh x.
 * @reach x, y: from..to
 * @split size * 0.3 by 16
 */
export function sinh_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Sinh<f32>>(x, y, from, to);
}
/** y = sinh x. */
export function sinh_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Sinh<f64>>(x, y, from, to);
}
/**
 * y = cosh x.
 * @reach x, y: from..to
 * @split size * 0.3 by 16
 */
export function cosh_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Cosh<f32>>(x, y, from, to);
}
/** y = cosh x. */
export function cosh_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Cosh<f64>>(x, y, from, to);
}
/**
 * y = tanh x.
 * @reach x, y: from..to
 * @split size * 0.3 by 16
 */
export function tanh_f32(x: In, y: Out, from: u32, to: u32): void {
  mapReduced<TanhF32>(x, y, from, to);
}
/** y = tanh x. */
export function tanh_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Tanh<f64>>(x, y, from, to);
}
/**
 * y = asinh x.
 * @reach x, y: from..to
 * @split size * 0.5 by 16
 */
export function asinh_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Asinh<f32>>(x, y, from, to);
}
/** y = asinh x. */
export function asinh_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Asinh<f64>>(x, y, from, to);
}
/**
 * y = acosh x.
 * @reach x, y: from..to
 * @split size * 0.5 by 16
 */
export function acosh_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Acosh<f32>>(x, y, from, to);
}
/** y = acosh x. */
export function acosh_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Acosh<f64>>(x, y, from, to);
}
/**
 * y = atanh x.
 * @reach x, y: from..to
 * @split size * 0.5 by 16
 */
export function atanh_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Atanh<f32>>(x, y, from, to);
}
/** y = atanh x. */
export function atanh_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Atanh<f64>>(x, y, from, to);
}

@unmanaged
@final
class Step<T extends number> extends Binary {
  lanes(x: v128, alpha: v128): v128 {
    const y = v128.bitselect(v128.splat<T>(<T>1), alpha, v128.gt<T>(x, v128.splat<T>(<T>0)));
    return v128.bitselect(y, x, v128.eq<T>(x, x));
  }
}

/**
 * y = 1 where x > 0, else alpha; NaN for NaN.
 * @reach x, y: from..to
 * @split size * 0.06 by 16
 */
export function step_f32(x: In, y: Out, alpha: f64, from: u32, to: u32): void {
  mapBy<f32, Step<f32>>(x, f32x4.splat(<f32>alpha), y, from, to);
}
/** y = 1 where x > 0, else alpha; NaN for NaN. */
export function step_f64(x: In, y: Out, alpha: f64, from: u32, to: u32): void {
  mapBy<f64, Step<f64>>(x, f64x2.splat(alpha), y, from, to);
}

/** y[i] = x[i] held between two vectors of equal lanes; NaN stays NaN. */
function clip<T extends number>(x: usize, y: usize, low: v128, high: v128, from: u32, to: u32): void {
  const end = y + to * sizeof<T>();
  x += from * sizeof<T>();
  for (y += from * sizeof<T>(); y < end; x += 16, y += 16) {
    const v = v128.load(x);
    if (isInteger<T>()) v128.store(y, v128.max<T>(v128.min<T>(v, high), low));
    else v128.store(y, v128.pmax<T>(v128.pmin<T>(v, high), low));
  }
}

/**
 * y = x held between low and high; NaN for NaN.
 * @reach x, y: from..to
 * @split size * 0.06 by 16
 */
export function clip_by_value_f32(x: In, y: Out, low: f64, high: f64, from: u32, to: u32): void {
  clip<f32>(x, y, f32x4.splat(<f32>low), f32x4.splat(<f32>high), from, to);
}
/** y = x held between low and high; NaN for NaN. */
export function clip_by_value_f64(x: In, y: Out, low: f64, high: f64, from: u32, to: u32): void {
  clip<f64>(x, y, f64x2.splat(low), f64x2.splat(high), from, to);
}
/** y = x held between low and high, which are integers within 32 bits. */
export function clip_by_value_i32(x: In, y: Out, low: f64, high: f64, from: u32, to: u32): void {
  clip<i32>(x, y, i32x4.splat(<i32>low), i32x4.splat(<i32>high), from, to);
}
