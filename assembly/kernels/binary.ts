// Kernels with two inputs that broadcast.
//
// All take the Meta of loops/walk.ts. The range counts elements of the output and may be split anywhere.

import { lowers, upper } from '../lanes/halves';
import { pow } from '../lanes/pow';
import { atan2 } from '../lanes/trig';
import { high, join, low } from '../lanes/wide';
import { Binary } from '../loops/map';
import { walk2 } from '../loops/walk';
import { In, Meta, Out } from '../types';

@unmanaged
@final
class Add<T extends number> extends Binary {
  lanes(a: v128, b: v128): v128 {
    return v128.add<T>(a, b);
  }
}

@unmanaged
@final
class Sub<T extends number> extends Binary {
  lanes(a: v128, b: v128): v128 {
    return v128.sub<T>(a, b);
  }
}

@unmanaged
@final
export class Mul<T extends number> extends Binary {
  lanes(a: v128, b: v128): v128 {
    return v128.mul<T>(a, b);
  }
}

@unmanaged
@final
class Div<T extends number> extends Binary {
  lanes(a: v128, b: v128): v128 {
    return v128.div<T>(a, b);
  }
}

@unmanaged
@final
class DivNoNan<T extends number> extends Binary {
  lanes(a: v128, b: v128): v128 {
    return v128.and(v128.div<T>(a, b), v128.ne<T>(b, v128.splat<T>(<T>0)));
  }
}

@unmanaged
@final
class FloorDiv<T extends number> extends Binary {
  lanes(a: v128, b: v128): v128 {
    return v128.floor<T>(v128.div<T>(a, b));
  }
}

/** ⌊a / b⌋ of two integers, by way of f64: the quotient's rounding error is below its distance to the next integer. */
function quotient(a: v128, b: v128): v128 {
  const q = f64x2.div(f64x2.convert_low_i32x4_s(a), f64x2.convert_low_i32x4_s(b));
  return i32x4.trunc_sat_f64x2_s_zero(f64x2.floor(q));
}

function floorDiv(a: v128, b: v128): v128 {
  const q = lowers(quotient(a, b), quotient(upper(a), upper(b)));
  // -2³¹ / -1 wraps, as the other operations do.
  const wrapped = v128.bitselect(i32x4.neg(a), q, i32x4.eq(b, i32x4.splat(-1)));
  return v128.and(wrapped, i32x4.ne(b, i32x4.splat(0)));
}

@unmanaged
@final
class FloorDivI32 extends Binary {
  lanes(a: v128, b: v128): v128 {
    return floorDiv(a, b);
  }
}

@unmanaged
@final
class ModI32 extends Binary {
  lanes(a: v128, b: v128): v128 {
    const r = i32x4.sub(a, i32x4.mul(floorDiv(a, b), b));
    return v128.and(r, i32x4.ne(b, i32x4.splat(0)));
  }
}

/** The remainder r of a truncated division, moved to the sign of b. A remainder 0 keeps its sign, that of a. */
function floored<T extends number>(r: v128, b: v128): v128 {
  const zero = v128.splat<T>(<T>0);
  const differ = v128.xor(v128.lt<T>(r, zero), v128.lt<T>(b, zero));
  return v128.bitselect(v128.add<T>(r, b), r, v128.and(v128.ne<T>(r, zero), differ));
}

/** a - trunc(a / b) · b in f64. Exact for operands of f32's precision while the quotient is below 2²⁸. */
function remainder(a: v128, b: v128): v128 {
  return f64x2.sub(a, f64x2.mul(f64x2.trunc(f64x2.div(a, b)), b));
}

@unmanaged
@final
class ModF32 extends Binary {
  lanes(a: v128, b: v128): v128 {
    // Two 24-bit operands: a/b is an integer or at least 2⁻²⁴ away from one, more than the error of an f64 quotient
    // below 2²⁸; and quotient · b and the difference have at most 53 bits.
    const limit = f32x4.mul(f32x4.abs(b), f32x4.splat(134217728));
    const small = v128.and(f32x4.lt(f32x4.abs(a), limit), f32x4.lt(limit, f32x4.splat(Infinity)));
    let r = join(remainder(low(a), low(b)), remainder(high(a), high(b)));
    if (!i32x4.all_true(small)) {
      // Large quotients, b = 0, infinities and NaN.
      r = f32x4.replace_lane(r, 0, f32x4.extract_lane(a, 0) % f32x4.extract_lane(b, 0));
      r = f32x4.replace_lane(r, 1, f32x4.extract_lane(a, 1) % f32x4.extract_lane(b, 1));
      r = f32x4.replace_lane(r, 2, f32x4.extract_lane(a, 2) % f32x4.extract_lane(b, 2));
      r = f32x4.replace_lane(r, 3, f32x4.extract_lane(a, 3) % f32x4.extract_lane(b, 3));
    }
    // A remainder 0 has the sign of a on both ways.
    r = v128.or(r, v128.and(v128.and(a, f32x4.splat(-0.0)), f32x4.eq(r, f32x4.splat(0))));
    return floored<f32>(r, b);
  }
}

@unmanaged
@final
class ModF64 extends Binary {
  lanes(a: v128, b: v128): v128 {
    let r = f64x2.splat(f64x2.extract_lane(a, 0) % f64x2.extract_lane(b, 0));
    r = f64x2.replace_lane(r, 1, f64x2.extract_lane(a, 1) % f64x2.extract_lane(b, 1));
    return floored<f64>(r, b);
  }
}

@unmanaged
@final
class Maximum<T extends number> extends Binary {
  lanes(a: v128, b: v128): v128 {
    return v128.max<T>(a, b);
  }
}

@unmanaged
@final
class Minimum<T extends number> extends Binary {
  lanes(a: v128, b: v128): v128 {
    return v128.min<T>(a, b);
  }
}

@unmanaged
@final
class SquaredDifference<T extends number> extends Binary {
  lanes(a: v128, b: v128): v128 {
    const d = v128.sub<T>(a, b);
    return v128.mul<T>(d, d);
  }
}

@unmanaged
@final
class Prelu<T extends number> extends Binary {
  lanes(a: v128, b: v128): v128 {
    return v128.bitselect(v128.mul<T>(a, b), a, v128.lt<T>(a, v128.splat<T>(<T>0)));
  }
}

@unmanaged
@final
class Pow<T extends number> extends Binary {
  lanes(a: v128, b: v128): v128 {
    return pow<T>(a, b);
  }
}

@unmanaged
@final
class Atan2<T extends number> extends Binary {
  lanes(a: v128, b: v128): v128 {
    return atan2<T>(a, b);
  }
}

function powOne(a: i32, b: i32): i32 {
  if (b < 0) return a == 1 ? 1 : a == -1 ? 1 - ((b & 1) << 1) : 0;
  let y: i32 = 1;
  for (; b != 0; b >>= 1, a *= a) if (b & 1) y *= a;
  return y;
}

@unmanaged
@final
class PowI32 extends Binary {
  lanes(a: v128, b: v128): v128 {
    let y = i32x4.splat(powOne(i32x4.extract_lane(a, 0), i32x4.extract_lane(b, 0)));
    y = i32x4.replace_lane(y, 1, powOne(i32x4.extract_lane(a, 1), i32x4.extract_lane(b, 1)));
    y = i32x4.replace_lane(y, 2, powOne(i32x4.extract_lane(a, 2), i32x4.extract_lane(b, 2)));
    return i32x4.replace_lane(y, 3, powOne(i32x4.extract_lane(a, 3), i32x4.extract_lane(b, 3)));
  }
}

/**
 * y = a + b; i32 wraps.
 * @reach a: walk2(meta, words, 0, to) each aligned(meta, words, 0)
 * @reach b: walk2(meta, words, 1, to) each aligned(meta, words, 1); y: to each 1
 * @split size * 0.08 by 16
 */
export function add_f32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f32, f32, Add<f32>>(a, b, y, meta, from, to);
}
/** y = a + b; i32 wraps. */
export function add_f64(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f64, f64, Add<f64>>(a, b, y, meta, from, to);
}
/** y = a + b; i32 wraps. */
export function add_i32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<i32, i32, Add<i32>>(a, b, y, meta, from, to);
}
/**
 * y = a - b; i32 wraps.
 * @reach a: walk2(meta, words, 0, to) each aligned(meta, words, 0)
 * @reach b: walk2(meta, words, 1, to) each aligned(meta, words, 1); y: to each 1
 * @split size * 0.08 by 16
 */
export function sub_f32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f32, f32, Sub<f32>>(a, b, y, meta, from, to);
}
/** y = a - b; i32 wraps. */
export function sub_f64(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f64, f64, Sub<f64>>(a, b, y, meta, from, to);
}
/** y = a - b; i32 wraps. */
export function sub_i32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<i32, i32, Sub<i32>>(a, b, y, meta, from, to);
}
/**
 * y = a · b; i32 wraps.
 * @reach a: walk2(meta, words, 0, to) each aligned(meta, words, 0)
 * @reach b: walk2(meta, words, 1, to) each aligned(meta, words, 1); y: to each 1
 * @split size * 0.08 by 16
 */
export function mul_f32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f32, f32, Mul<f32>>(a, b, y, meta, from, to);
}
/** y = a · b; i32 wraps. */
export function mul_f64(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f64, f64, Mul<f64>>(a, b, y, meta, from, to);
}
/** y = a · b; i32 wraps. */
export function mul_i32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<i32, i32, Mul<i32>>(a, b, y, meta, from, to);
}
/**
 * y = a / b, as IEEE 754.
 * @reach a: walk2(meta, words, 0, to) each aligned(meta, words, 0)
 * @reach b: walk2(meta, words, 1, to) each aligned(meta, words, 1); y: to each 1
 * @split size * 0.08 by 16
 */
export function div_f32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f32, f32, Div<f32>>(a, b, y, meta, from, to);
}
/** y = a / b, as IEEE 754. */
export function div_f64(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f64, f64, Div<f64>>(a, b, y, meta, from, to);
}
/**
 * y = a / b, and 0 where b is 0, whatever a is.
 * @reach a: walk2(meta, words, 0, to) each aligned(meta, words, 0)
 * @reach b: walk2(meta, words, 1, to) each aligned(meta, words, 1); y: to each 1
 * @split size * 0.08 by 16
 */
export function div_no_nan_f32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f32, f32, DivNoNan<f32>>(a, b, y, meta, from, to);
}
/** y = a / b, and 0 where b is 0, whatever a is. */
export function div_no_nan_f64(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f64, f64, DivNoNan<f64>>(a, b, y, meta, from, to);
}
/**
 * y = ⌊a / b⌋; i32 gives 0 where b is 0.
 * @reach a: walk2(meta, words, 0, to) each aligned(meta, words, 0)
 * @reach b: walk2(meta, words, 1, to) each aligned(meta, words, 1); y: to each 1
 * @split size * 0.3 by 16
 */
export function floor_div_f32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f32, f32, FloorDiv<f32>>(a, b, y, meta, from, to);
}
/** y = ⌊a / b⌋; i32 gives 0 where b is 0. */
export function floor_div_f64(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f64, f64, FloorDiv<f64>>(a, b, y, meta, from, to);
}
/** y = ⌊a / b⌋; i32 gives 0 where b is 0. */
export function floor_div_i32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<i32, i32, FloorDivI32>(a, b, y, meta, from, to);
}
/**
 * y = a - ⌊a / b⌋ · b, exact, with the sign of b; i32 gives 0 where b is 0.
 * @reach a: walk2(meta, words, 0, to) each aligned(meta, words, 0)
 * @reach b: walk2(meta, words, 1, to) each aligned(meta, words, 1); y: to each 1
 * @split size * 0.3 by 16
 */
export function mod_f32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f32, f32, ModF32>(a, b, y, meta, from, to);
}
/** y = a - ⌊a / b⌋ · b, exact, with the sign of b; i32 gives 0 where b is 0. */
export function mod_f64(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f64, f64, ModF64>(a, b, y, meta, from, to);
}
/** y = a - ⌊a / b⌋ · b, exact, with the sign of b; i32 gives 0 where b is 0. */
export function mod_i32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<i32, i32, ModI32>(a, b, y, meta, from, to);
}
/**
 * y = the larger of a and b; NaN where either is; +0 above -0.
 * @reach a: walk2(meta, words, 0, to) each aligned(meta, words, 0)
 * @reach b: walk2(meta, words, 1, to) each aligned(meta, words, 1); y: to each 1
 * @split size * 0.08 by 16
 */
export function maximum_f32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f32, f32, Maximum<f32>>(a, b, y, meta, from, to);
}
/** y = the larger of a and b; NaN where either is; +0 above -0. */
export function maximum_f64(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f64, f64, Maximum<f64>>(a, b, y, meta, from, to);
}
/** y = the larger of a and b; NaN where either is; +0 above -0. */
export function maximum_i32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<i32, i32, Maximum<i32>>(a, b, y, meta, from, to);
}
/**
 * y = the smaller of a and b; NaN where either is; -0 below +0.
 * @reach a: walk2(meta, words, 0, to) each aligned(meta, words, 0)
 * @reach b: walk2(meta, words, 1, to) each aligned(meta, words, 1); y: to each 1
 * @split size * 0.08 by 16
 */
export function minimum_f32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f32, f32, Minimum<f32>>(a, b, y, meta, from, to);
}
/** y = the smaller of a and b; NaN where either is; -0 below +0. */
export function minimum_f64(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f64, f64, Minimum<f64>>(a, b, y, meta, from, to);
}
/** y = the smaller of a and b; NaN where either is; -0 below +0. */
export function minimum_i32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<i32, i32, Minimum<i32>>(a, b, y, meta, from, to);
}
/**
 * y = (a - b)²; i32 wraps.
 * @reach a: walk2(meta, words, 0, to) each aligned(meta, words, 0)
 * @reach b: walk2(meta, words, 1, to) each aligned(meta, words, 1); y: to each 1
 * @split size * 0.08 by 16
 */
export function squared_difference_f32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f32, f32, SquaredDifference<f32>>(a, b, y, meta, from, to);
}
/** y = (a - b)²; i32 wraps. */
export function squared_difference_f64(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f64, f64, SquaredDifference<f64>>(a, b, y, meta, from, to);
}
/** y = (a - b)²; i32 wraps. */
export function squared_difference_i32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<i32, i32, SquaredDifference<i32>>(a, b, y, meta, from, to);
}
/**
 * y = a where a >= 0 or NaN, otherwise a · b: b is the slope.
 * @reach a: walk2(meta, words, 0, to) each aligned(meta, words, 0)
 * @reach b: walk2(meta, words, 1, to) each aligned(meta, words, 1); y: to each 1
 * @split size * 0.08 by 16
 */
export function prelu_f32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f32, f32, Prelu<f32>>(a, b, y, meta, from, to);
}
/** y = a where a >= 0 or NaN, otherwise a · b: b is the slope. */
export function prelu_f64(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f64, f64, Prelu<f64>>(a, b, y, meta, from, to);
}
/**
 * y = aᵇ: see lanes/pow.ts.
 * @reach a: walk2(meta, words, 0, to) each aligned(meta, words, 0)
 * @reach b: walk2(meta, words, 1, to) each aligned(meta, words, 1); y: to each 1
 * @split size * 1.5 by 16
 */
export function pow_f32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f32, f32, Pow<f32>>(a, b, y, meta, from, to);
}
/** y = aᵇ: see lanes/pow.ts. */
export function pow_f64(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f64, f64, Pow<f64>>(a, b, y, meta, from, to);
}
/** y = aᵇ by repeated squaring; wraps. b < 0 gives the exact quotient cut to an integer: 0 unless a is 1 or -1. */
export function pow_i32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<i32, i32, PowI32>(a, b, y, meta, from, to);
}
/**
 * The angle of the point (b, a) from the positive b axis, in [-π, π]: see lanes/trig.ts.
 * @reach a: walk2(meta, words, 0, to) each aligned(meta, words, 0)
 * @reach b: walk2(meta, words, 1, to) each aligned(meta, words, 1); y: to each 1
 * @split size * 1.5 by 16
 */
export function atan2_f32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f32, f32, Atan2<f32>>(a, b, y, meta, from, to);
}
/** As atan2_f32. */
export function atan2_f64(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f64, f64, Atan2<f64>>(a, b, y, meta, from, to);
}
