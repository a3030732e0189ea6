// The error function and its complement, and gelu, which is made of it.

import { Binary, Unary } from '../loops/map';
import { at, polynomial } from './constant';
import { exp, ExpInLoop } from './exp';
import { madd } from './madd';
import { expWide, high, join, low, wide, withSign } from './wide';

// All work on two f64 lanes. T says how exact they are: for f32 results an error of 2⁻³⁹ is hidden by their rounding.

/** e^(a²) erfc a as a polynomial in (a - 3) / (a + 3), over a + 3: scripts/fit/remez.py erfcx_f32. */
const ERFCX_F32: usize = memory.data<f64>([
  1.0740069070886245, -0.8833944531989772, 0.5902283570662493, -0.310467260002665, 0.11952776263533611,
  -0.026827269785443152, -0.0012124433598904127, 0.0030343405792399945, -0.0005480413557189469, -0.00027783115269581213,
  0.00010624730399316445, 3.215316685189205e-5, -1.4439596422368341e-5, -5.329828280726959e-6,
]);
/** The same to the precision of f64: scripts/fit/remez.py erfcx_f64. */
const ERFCX_F64: usize = memory.data<f64>([
  1.0740069070883398, -0.8833944531698836, 0.5902283571041013, -0.31046726190057194, 0.11952776128733088,
  -0.026827234624346146, -0.001212416628307861, 0.003034061999370755, -0.0005483096772493745, -0.0002767778318258628,
  0.00010756138004559856, 3.0398087974283216e-5, -1.747009916913471e-5, -4.748949736615818e-6, 2.764134108923068e-6,
  9.981668065323398e-7, -4.059052948105253e-7, -2.3216365134322394e-7, 4.4136714335185735e-8, 4.889094355663222e-8,
  -2.087248018744015e-10, -7.064588108069555e-9, -8.4137173637159e-10, 3.3003151015133135e-10,
]);
/** (erf a) / a as a polynomial in a², for |a| <= 1/2: scripts/fit/remez.py erf_f64. */
const ERF: usize = memory.data<f64>([
  1.1283791670955126, -0.3761263890318375, 0.11283791670954871, -0.026866170645000423, 0.0052239776220314475,
  -0.0008548326512402768, 0.00012055286315968898, -1.492300787874739e-5, 1.6371330691806107e-6, -1.462176942158762e-7,
]);

/** e^(a²) erfc a for a from 0 to 28. */
function erfcx<T>(a: v128): v128 {
  const three = f64x2.splat(3);
  const sum = f64x2.add(a, three);
  const u = f64x2.div(f64x2.sub(a, three), sum);
  const p = sizeof<T>() == 4 ? polynomial<f64>(u, ERFCX_F32, 14) : polynomial<f64>(u, ERFCX_F64, 24);
  return f64x2.div(p, sum);
}

/**
 * e^(-s a²) for a from 0 to 40 and s = 1 or 1/2. For f64, a is taken as a number of 26 bits, whose square is exact, and
 * the little rest.
 */
function bell<T>(a: v128, s: f64): v128 {
  const scale = f64x2.splat(-s);
  if (sizeof<T>() == 4) return expWide(f64x2.mul(f64x2.mul(a, a), scale));
  const h = v128.and(a, i64x2.splat(-1 << 27));
  const rest = f64x2.mul(f64x2.mul(f64x2.sub(a, h), f64x2.add(a, h)), scale);
  const e = exp<f64>(f64x2.mul(f64x2.mul(h, h), scale));
  // e^rest is 1 + rest + rest² / 2, as rest is small.
  return f64x2.add(e, f64x2.mul(e, f64x2.add(rest, f64x2.mul(f64x2.mul(rest, rest), f64x2.splat(0.5)))));
}

/** erfc a for a >= 0; as at 28 beyond, where it is 0. */
function erfcTail<T>(a: v128): v128 {
  a = f64x2.pmin(a, f64x2.splat(28));
  return f64x2.mul(bell<T>(a, 1), erfcx<T>(a));
}

@unmanaged
@final
class ErfPair<T> extends Unary {
  lanes(x: v128): v128 {
    const a = f64x2.abs(x);
    const near = f64x2.mul(polynomial<f64>(f64x2.mul(a, a), ERF, 10), a);
    const far = f64x2.sub(f64x2.splat(1), erfcTail<T>(a));
    return withSign(v128.bitselect(near, far, f64x2.lt(a, f64x2.splat(0.5))), x);
  }
}
@unmanaged
@final
class ErfcPair<T> extends Unary {
  lanes(x: v128): v128 {
    const zero = f64x2.splat(0);
    const tail = erfcTail<T>(f64x2.abs(x));
    return v128.bitselect(f64x2.sub(f64x2.splat(2), tail), tail, f64x2.lt(x, zero));
  }
}

/** erf x. */
export function erf<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? wide<ErfPair<f32>>(x) : changetype<ErfPair<f64>>(0).lanes(x);
}

/** erfc x = 1 - erf x, without its rounding to 0. */
export function erfc<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? wide<ErfcPair<f32>>(x) : changetype<ErfcPair<f64>>(0).lanes(x);
}

/** √½, 1/√(2π), -√(8/π), the share of x³ in the tanh form. */
const K: usize = memory.data<f64>([0.7071067811865476, 0.3989422804014327, -1.5957691216057308, 0.044715]);

/** Beyond ±END all is as there: gelu is x or 0, and its derivative 1 or 0. */
const END: f64 = 39.5;

function within(x: v128, end: f64): v128 {
  return f64x2.pmax(f64x2.pmin(x, f64x2.splat(end)), f64x2.splat(-end));
}

/** Φ(x), the normal distribution, for |x| <= END with e = e^(-x²/2). */
function normal<T>(x: v128, e: v128): v128 {
  const tail = f64x2.mul(f64x2.mul(e, f64x2.splat(0.5)), erfcx<T>(f64x2.mul(f64x2.abs(x), at<f64>(K, 0))));
  return v128.bitselect(tail, f64x2.sub(f64x2.splat(1), tail), f64x2.lt(x, f64x2.splat(0)));
}

@unmanaged
@final
class GeluPair<T> extends Unary {
  lanes(x: v128): v128 {
    const c = within(x, END);
    return f64x2.mul(f64x2.pmax(x, f64x2.splat(-END)), normal<T>(c, bell<T>(f64x2.abs(c), 0.5)));
  }
}
@unmanaged
@final
class GeluGradPair<T> extends Binary {
  lanes(x: v128, dy: v128): v128 {
    const c = within(x, END);
    const e = bell<T>(f64x2.abs(c), 0.5);
    return f64x2.mul(dy, f64x2.add(normal<T>(c, e), f64x2.mul(f64x2.mul(e, at<f64>(K, 1)), c)));
  }
}

/** e^-v: the tanh form is x / (1 + e^-v). */
function tanhForm<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? expWide(GeluTanhInLoop.minusV(x)) : exp<f64>(GeluTanhInLoop.minusV(x));
}

@unmanaged
@final
class GeluTanhPair<T> extends Unary {
  lanes(x: v128): v128 {
    const from = f64x2.pmax(x, f64x2.splat(-200));
    return f64x2.div(from, f64x2.add(tanhForm<T>(from), f64x2.splat(1)));
  }
}
/** ±9.9, where neither e^-v nor its inverse leaves the normal numbers of f32. */
const END_HALF: usize = memory.data<f32>([9.9, -9.9]);
/** -log2 e √(8/π), the same times the share of x³, and 1.5 · 2⁵². */
const TURN: usize = memory.data<f64>([-2.3022081981443248, -0.1029432395800235, 6755399441055744]);
/** ln 2. */
const LN2: usize = memory.data<f32>([0.693147181]);

/** The tanh form for four f32, for loops that do little else: see ExpInLoop. */
export class GeluTanhInLoop {
  /** Where the result is not tiny; false for NaN. */
  @inline
  static usual(x: v128): v128 {
    return f32x4.gt(x, at<f32>(END_HALF, 1));
  }

  @inline
  static both(a: v128, b: v128): bool {
    return i32x4.bitmask(v128.and(GeluTanhInLoop.usual(a), GeluTanhInLoop.usual(b))) == 15;
  }

  /** n + 1.5 · 2²³ in its low bits, for -v = n ln 2 + r. */
  @inline
  static turns(x: v128): v128 {
    const c = f32x4.pmin(x, at<f32>(END_HALF, 0));
    const m = GeluTanhInLoop.halfTurns(low(c));
    return i32x4.shuffle(m, GeluTanhInLoop.halfTurns(high(c)), 0, 2, 4, 6);
  }

  /** r. -v is taken apart in f64, as its rounding error would count |v| times in e^-v. */
  @inline
  static rest(x: v128): v128 {
    const c = f32x4.pmin(x, at<f32>(END_HALF, 0));
    return f32x4.mul(join(GeluTanhInLoop.halfRest(low(c)), GeluTanhInLoop.halfRest(high(c))), at<f32>(LN2, 0));
  }

  /** x / (1 + e^-v). */
  @inline
  static whole(x: v128, t: v128, r: v128): v128 {
    return f32x4.div(x, ExpInLoop.sum(t, r));
  }

  /** -v = -√(8/π) (x + 0.044715 x³). */
  @inline
  static minusV(x: v128): v128 {
    const z = f64x2.mul(f64x2.mul(x, x), at<f64>(K, 3));
    return f64x2.mul(f64x2.add(f64x2.mul(z, x), x), at<f64>(K, 2));
  }

  /** -v / ln 2 of two f64 x. */
  @inline
  static power(x: v128): v128 {
    return f64x2.mul(madd<f64>(f64x2.mul(x, x), at<f64>(TURN, 1), at<f64>(TURN, 0)), x);
  }

  /** n + 1.5 · 2⁵² of two f64 x. */
  @inline
  static halfTurns(x: v128): v128 {
    return f64x2.add(GeluTanhInLoop.power(x), at<f64>(TURN, 2));
  }

  /** r / ln 2 of two f64 x. */
  @inline
  static halfRest(x: v128): v128 {
    return f64x2.sub(GeluTanhInLoop.power(x), f64x2.sub(GeluTanhInLoop.halfTurns(x), at<f64>(TURN, 2)));
  }
}

/** The tanh form for any f32 lanes: where the result is tiny, all is f64. */
export function geluTanhFar(x: v128): v128 {
  return v128.bitselect(
    GeluTanhInLoop.whole(x, GeluTanhInLoop.turns(x), GeluTanhInLoop.rest(x)),
    wide<GeluTanhPair<f32>>(x),
    GeluTanhInLoop.usual(x),
  );
}

/** √(8/π), the share of x³, 3, 1, 1/2, what is little, what is much, ±39. */
const SLOPE_F32: usize = memory.data<f32>([1.59576917, 0.044715, 3, 1, 0.5, 1e-30, 3e38, 39, -39]);
const SLOPE_F64: usize = memory.data<f64>([1.5957691216057308, 0.044715, 3, 1, 0.5, 1e-290, 1e308, 39, -39]);

/** x Φ(x); -0 at -∞, its limit. */
export function gelu<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? wide<GeluPair<f32>>(x) : changetype<GeluPair<f64>>(0).lanes(x);
}

/** dy (Φ(x) + x φ(x)). */
export function geluGrad<T>(x: v128, dy: v128): v128 {
  return sizeof<T>() == 4 ? wide2<GeluGradPair<f32>>(x, dy) : changetype<GeluGradPair<f64>>(0).lanes(x, dy);
}

/** x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2; -0 at -∞, its limit. */
export function geluTanh<T>(x: v128): v128 {
  return sizeof<T>() == 4 ? geluTanhFar(x) : changetype<GeluTanhPair<f64>>(0).lanes(x);
}

/**
 * dy times the derivative of the tanh form, s (1 + x v' (1 - s)) with s = 1 / (1 + e^-v), which is y / x: no exponential, y has it.
 * s is 1/2 where x is little, and 0 or 1 long before ±39, beyond which v' does not grow.
 */
export function geluTanhGrad<T extends number>(x: v128, y: v128, dy: v128): v128 {
  const table = sizeof<T>() == 8 ? SLOPE_F64 : SLOPE_F32;
  const one = at<T>(table, 3);
  const much = at<T>(table, 6);
  const share = v128.div<T>(v128.pmin<T>(y, much), v128.pmin<T>(x, much));
  const s = v128.bitselect(share, at<T>(table, 4), v128.gt<T>(v128.abs<T>(x), at<T>(table, 5)));
  const c = v128.pmax<T>(v128.pmin<T>(x, at<T>(table, 7)), at<T>(table, 8));
  const z = v128.mul<T>(v128.mul<T>(c, c), at<T>(table, 1));
  const w = v128.mul<T>(madd<T>(z, at<T>(table, 2), one), v128.mul<T>(c, at<T>(table, 0)));
  return v128.mul<T>(dy, v128.mul<T>(s, madd<T>(w, v128.sub<T>(one, s), one)));
}

/** F, which works on f64, on four f32 of each operand. */
function wide2<F extends Binary>(a: v128, b: v128): v128 {
  const f = changetype<F>(0);
  return join(f.lanes(low(a), low(b)), f.lanes(high(a), high(b)));
}
