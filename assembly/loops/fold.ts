// Reductions: many elements to one, by a tree that depends on the count alone.

import { loadOne, loadPart, loadSplat, storeOne } from './walk';

/** How two partial results combine, lane by lane, and the element that changes nothing. */
@unmanaged
export class Fold {
  identity(): v128 {
    return i32x4.splat(0);
  }
  lanes(a: v128, b: v128): v128 {
    return a;
  }
}

/** What is folded: a function of an element of each of two operands and of two numbers, given in all lanes. */
@unmanaged
export class Term {
  lanes(a: v128, b: v128, s: v128, t: v128): v128 {
    return a;
  }
}

/** The elements themselves. */
@unmanaged
@final
export class Plain extends Term {
  lanes(a: v128, b: v128, s: v128, t: v128): v128 {
    return a;
  }
}

// Rows. The elements of a row lie side by side; leaves of ROW_LEAF elements are folded by four vectors of chains, and
// the leaves by halves, so that the rounding error of a sum grows with the logarithm of the count.
//
//   leaf   a b c d a b c d …        elements i ≡ j modulo 4 vectors go into chain j
//   tree   ((leaf leaf)(leaf leaf))((leaf …
const ROW_LEAF: u32 = 1024;

/** The first n lanes of x, less than a vector, and the identity in the others. */
export function only<T>(x: v128, n: u32, identity: v128): v128 {
  if (sizeof<T>() == 8) return i64x2.shuffle(x, identity, 0, 3);
  return v128.bitselect(x, identity, i32x4.lt_u(i32x4(0, 1, 2, 3), i32x4.splat(n)));
}

/** n <= ROW_LEAF elements to one vector of partial results. `b` is the distance from a to the other operand. */
function leaf<T, F extends Fold, G extends Term>(x: usize, b: usize, n: u32, s: v128, t: v128): v128 {
  const f = changetype<F>(0);
  const g = changetype<G>(0);
  const quads = x + ((n * sizeof<T>()) & ~63);
  const whole = x + ((n * sizeof<T>()) & ~15);
  let v0 = f.identity();
  if (x < quads) {
    let v1 = v0;
    let v2 = v0;
    let v3 = v0;
    do {
      v0 = f.lanes(v0, g.lanes(v128.load(x), v128.load(x + b), s, t));
      v1 = f.lanes(v1, g.lanes(v128.load(x, 16), v128.load(x + b, 16), s, t));
      v2 = f.lanes(v2, g.lanes(v128.load(x, 32), v128.load(x + b, 32), s, t));
      v3 = f.lanes(v3, g.lanes(v128.load(x, 48), v128.load(x + b, 48), s, t));
      x += 64;
    } while (x < quads);
    v0 = f.lanes(f.lanes(v0, v1), f.lanes(v2, v3));
  }
  if (x < whole) {
    do {
      v0 = f.lanes(v0, g.lanes(v128.load(x), v128.load(x + b), s, t));
      x += 16;
    } while (x < whole);
  }
  const rest = n & (16 / sizeof<T>() - 1);
  if (rest == 0) return v0;
  return f.lanes(v0, only<T>(g.lanes(loadPart<T>(x, rest), loadPart<T>(x + b, rest), s, t), rest, f.identity()));
}

/** n elements to one vector of partial results. */
function tree<T, F extends Fold, G extends Term>(x: usize, b: usize, n: u32, s: v128, t: v128): v128 {
  if (n <= ROW_LEAF) return leaf<T, F, G>(x, b, n, s, t);
  const half = ROW_LEAF << (31 - clz((n - 1) / ROW_LEAF));
  const low = tree<T, F, G>(x, b, half, s, t);
  return changetype<F>(0).lanes(low, tree<T, F, G>(x + half * sizeof<T>(), b, n - half, s, t));
}

/** The fold of a vector's lanes, in every lane. */
export function across<T, F extends Fold>(v: v128): v128 {
  const f = changetype<F>(0);
  v = f.lanes(v, i64x2.shuffle(v, v, 1, 0));
  return sizeof<T>() == 4 ? f.lanes(v, i32x4.shuffle(v, v, 1, 0, 3, 2)) : v;
}

/** The fold of G(a[i], b[i], s, t) over n elements that lie side by side, in every lane. Reads nothing behind them. */
export function foldTerms<T, F extends Fold, G extends Term>(a: usize, b: usize, n: u32, s: v128, t: v128): v128 {
  return across<T, F>(tree<T, F, G>(a, b - a, n, s, t));
}

/** The fold of n elements that lie side by side, in every lane. Reads nothing behind them. */
export function foldRow<T, F extends Fold>(x: usize, n: u32): v128 {
  const nothing = i32x4.splat(0);
  return foldTerms<T, F, Plain>(x, x, n, nothing, nothing);
}

// Columns. The elements of one result lie a row apart. Each lane is one column: within blocks of COLUMN_LEAF rows the
// elements are folded in order, then COLUMN_LEAF blocks in order, then those.
const COLUMN_LEAF: u32 = 64;
const COLUMN_GROUP: u32 = COLUMN_LEAF * COLUMN_LEAF;

/** y = F over the n rows of four vectors of columns, each divided by `divisor`. */
function strip4<T, F extends Fold>(x: usize, y: usize, n: u32, rowBytes: usize, divisor: v128): void {
  const f = changetype<F>(0);
  const none = f.identity();
  let a = none;
  let b = none;
  let c = none;
  let d = none;
  for (let i: u32 = 0; i < n;) {
    let ga = none;
    let gb = none;
    let gc = none;
    let gd = none;
    for (const groupEnd = min(n, i + COLUMN_GROUP); i < groupEnd;) {
      let la = none;
      let lb = none;
      let lc = none;
      let ld = none;
      const leafEnd = min(groupEnd, i + COLUMN_LEAF);
      do {
        la = f.lanes(la, v128.load(x));
        lb = f.lanes(lb, v128.load(x, 16));
        lc = f.lanes(lc, v128.load(x, 32));
        ld = f.lanes(ld, v128.load(x, 48));
        x += rowBytes;
      } while (++i < leafEnd);
      ga = f.lanes(ga, la);
      gb = f.lanes(gb, lb);
      gc = f.lanes(gc, lc);
      gd = f.lanes(gd, ld);
    }
    a = f.lanes(a, ga);
    b = f.lanes(b, gb);
    c = f.lanes(c, gc);
    d = f.lanes(d, gd);
  }
  v128.store(y, over<T>(a, divisor));
  v128.store(y, over<T>(b, divisor), 16);
  v128.store(y, over<T>(c, divisor), 32);
  v128.store(y, over<T>(d, divisor), 48);
}

/** As strip4, for one vector of columns, or for one column when `one`. */
function strip1<T, F extends Fold>(x: usize, n: u32, rowBytes: usize, one: bool): v128 {
  const f = changetype<F>(0);
  const none = f.identity();
  let a = none;
  for (let i: u32 = 0; i < n;) {
    let ga = none;
    for (const groupEnd = min(n, i + COLUMN_GROUP); i < groupEnd;) {
      let la = none;
      const leafEnd = min(groupEnd, i + COLUMN_LEAF);
      if (one) for (; i < leafEnd; i++, x += rowBytes) la = f.lanes(la, loadOne<T>(x));
      else for (; i < leafEnd; i++, x += rowBytes) la = f.lanes(la, v128.load(x));
      ga = f.lanes(ga, la);
    }
    a = f.lanes(a, ga);
  }
  return a;
}

function over<T>(v: v128, divisor: v128): v128 {
  if (!isFloat<T>()) return v;
  return sizeof<T>() == 8 ? f64x2.div(v, divisor) : f32x4.div(v, divisor);
}

/** What is made of columns whose results stand from y to the end. */
@unmanaged
class Columns {
  make(x: usize, y: usize, end: usize, n: u32, rowBytes: usize, by: v128): void {}
}

/** Visits the results from … to, each a U of a column of x, [outer, n, inner]: those of one outer place together. */
function columns<T, U, C extends Columns>(x: usize, y: usize, n: u32, inner: u32, by: v128, from: u32, to: u32): void {
  const c = changetype<C>(0);
  for (let i = from; i < to;) {
    const o = i / inner;
    const end = min(to, (o + 1) * inner);
    const px = x + (o * (n - 1) * inner + i) * sizeof<T>();
    c.make(px, y + i * sizeof<U>(), y + end * sizeof<U>(), n, inner * sizeof<T>(), by);
    i = end;
  }
}

/** Folds, a cache line of columns at a time. */
@unmanaged
@final
class Strips<T, F extends Fold> extends Columns {
  make(x: usize, y: usize, end: usize, n: u32, rowBytes: usize, divisor: v128): void {
    for (; y + 64 <= end; x += 64, y += 64) strip4<T, F>(x, y, n, rowBytes, divisor);
    for (; y + 16 <= end; x += 16, y += 16) v128.store(y, over<T>(strip1<T, F>(x, n, rowBytes, false), divisor));
    for (; y < end; x += sizeof<T>(), y += sizeof<T>()) {
      storeOne<T>(y, over<T>(strip1<T, F>(x, n, rowBytes, true), divisor));
    }
  }
}

/**
 * y[o, j] = (F over i of x[o, i, j]) / divisor, for from <= o · inner + j < to; x is [outer, n, inner]. The divisor
 * is for floats alone; 1 changes nothing.
 */
export function foldAxis<T, F extends Fold>(
  x: usize,
  y: usize,
  n: u32,
  inner: u32,
  divisor: f64,
  from: u32,
  to: u32,
): void {
  const by = sizeof<T>() == 8 ? f64x2.splat(divisor) : f32x4.splat(<f32>divisor);
  if (inner == 1) {
    x += from * n * sizeof<T>();
    for (let o = from; o < to; o++, x += n * sizeof<T>()) {
      storeOne<T>(y + o * sizeof<T>(), over<T>(foldRow<T, F>(x, n), by));
    }
    return;
  }
  columns<T, T, Strips<T, F>>(x, y, n, inner, by, from, to);
}

/**
 * y = (F over x's n elements) / divisor, as foldAxis has it, from parts that come one after the other: elements from … to,
 * where both are multiples of ROW_LEAF or `to` is n. x is read in that part alone.
 *
 * @param state 512 bytes between the parts: for each bit of the count of leaves before, the fold of so many of them.
 */
export function foldParts<T, F extends Fold>(
  x: usize,
  y: usize,
  state: usize,
  n: u32,
  divisor: f64,
  from: u32,
  to: u32,
): void {
  const f = changetype<F>(0);
  const nothing = i32x4.splat(0);
  for (let i = from; i < to; i += ROW_LEAF) {
    const last = n - i <= ROW_LEAF;
    let v = leaf<T, F, Plain>(x + i * sizeof<T>(), 0, last ? n - i : ROW_LEAF, nothing, nothing);
    let at = state;
    for (let leaves = i / ROW_LEAF; last ? leaves != 0 : (leaves & 1) != 0; leaves >>= 1, at += 16) {
      if (leaves & 1) v = f.lanes(v128.load(at), v);
    }
    if (last)
      storeOne<T>(y, over<T>(across<T, F>(v), sizeof<T>() == 8 ? f64x2.splat(divisor) : f32x4.splat(<f32>divisor)));
    else v128.store(at, v);
  }
}

// The place of a maximum. That of a minimum is the same of elements whose order is turned: floats by their sign, integers by all
// of their bits. A NaN is passed over, and the place is 0 where nothing is above the lowest number.

function turned<T>(minimum: bool): v128 {
  if (!minimum) return i32x4.splat(0);
  return isFloat<T>() ? v128.splat<T>(<T>-0.0) : i32x4.splat(-1);
}

/** The larger of two, a when b is NaN. */
@unmanaged
@final
export class Larger<T> extends Fold {
  identity(): v128 {
    return v128.splat<T>(isFloat<T>() ? <T>-Infinity : <T>i32.MIN_VALUE);
  }
  lanes(a: v128, b: v128): v128 {
    if (!isFloat<T>()) return v128.max<T>(a, b);
    return sizeof<T>() == 8 ? f64x2.pmax(a, b) : f32x4.pmax(a, b);
  }
}

/** The elements, turned by s. */
@unmanaged
@final
class Turned extends Term {
  lanes(a: v128, b: v128, s: v128, t: v128): v128 {
    return v128.xor(a, s);
  }
}

/** The place in n elements that lie side by side: the maximum leaf by leaf, then where its leaf has it first. */
function placeInRow<T>(x: usize, n: u32, turn: v128): i32 {
  let best = changetype<Larger<T>>(0).identity();
  const end = x + n * sizeof<T>();
  let at = end;
  for (let leafAt = x; leafAt < end; leafAt += ROW_LEAF * sizeof<T>()) {
    const count = min<u32>(ROW_LEAF, <u32>(end - leafAt) / sizeof<T>());
    const most = across<T, Larger<T>>(leaf<T, Larger<T>, Turned>(leafAt, 0, count, turn, turn));
    if (v128.any_true(v128.gt<T>(most, best))) {
      best = most;
      at = leafAt;
    }
  }
  if (at == end) return 0;
  while (at + 16 <= end && !v128.any_true(v128.eq<T>(v128.xor(v128.load(at), turn), best))) at += 16;
  while (!v128.any_true(v128.eq<T>(v128.xor(loadSplat<T>(at), turn), best))) at += sizeof<T>();
  return <i32>((at - x) / sizeof<T>());
}

// Places are lanes as wide as the elements, so that one mask selects both.
function places<T>(p: u32): v128 {
  return sizeof<T>() == 8 ? i64x2.splat(p) : i32x4.splat(p);
}
function plus<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 8 ? i64x2.add(a, b) : i32x4.add(a, b);
}

/** The places in the columns of one vector, or for one column when `one`. */
function placeInColumn<T>(x: usize, n: u32, rowBytes: usize, turn: v128, one: bool): v128 {
  const f = changetype<Larger<T>>(0);
  let best = f.identity();
  let at = places<T>(0);
  let here = at;
  const step = places<T>(1);
  for (let p: u32 = 0; p < n; p++, x += rowBytes) {
    const v = v128.xor(one ? loadOne<T>(x) : v128.load(x), turn);
    const better = v128.gt<T>(v, best);
    best = f.lanes(best, v);
    at = v128.bitselect(here, at, better);
    here = plus<T>(here, step);
  }
  return at;
}

/** y = the places of four vectors of elements of 32 bits, a cache line of columns. */
function placesInLine<T>(x: usize, y: usize, n: u32, rowBytes: usize, turn: v128): void {
  const f = changetype<Larger<T>>(0);
  let a = f.identity();
  let b = a;
  let c = a;
  let d = a;
  let here = places<T>(0);
  let atA = here;
  let atB = here;
  let atC = here;
  let atD = here;
  const step = places<T>(1);
  for (; n > 0; n--, x += rowBytes) {
    let v = v128.xor(v128.load(x), turn);
    atA = v128.bitselect(here, atA, v128.gt<T>(v, a));
    a = f.lanes(a, v);
    v = v128.xor(v128.load(x, 16), turn);
    atB = v128.bitselect(here, atB, v128.gt<T>(v, b));
    b = f.lanes(b, v);
    v = v128.xor(v128.load(x, 32), turn);
    atC = v128.bitselect(here, atC, v128.gt<T>(v, c));
    c = f.lanes(c, v);
    v = v128.xor(v128.load(x, 48), turn);
    atD = v128.bitselect(here, atD, v128.gt<T>(v, d));
    d = f.lanes(d, v);
    here = plus<T>(here, step);
  }
  v128.store(y, atA);
  v128.store(y, atB, 16);
  v128.store(y, atC, 32);
  v128.store(y, atD, 48);
}

/** Places, a cache line of columns at a time where their elements are as wide as places are. */
@unmanaged
@final
class Places<T> extends Columns {
  make(x: usize, y: usize, end: usize, n: u32, rowBytes: usize, turn: v128): void {
    if (sizeof<T>() == 4) for (; y + 64 <= end; x += 64, y += 64) placesInLine<T>(x, y, n, rowBytes, turn);
    for (const step = 64 / sizeof<T>(); y + step <= end; x += 16, y += step) {
      const at = placeInColumn<T>(x, n, rowBytes, turn, false);
      if (sizeof<T>() == 8) v128.store64_lane(y, i32x4.shuffle(at, at, 0, 2, 0, 2), 0);
      else v128.store(y, at);
    }
    for (; y < end; x += sizeof<T>(), y += 4) {
      store<i32>(y, i32x4.extract_lane(placeInColumn<T>(x, n, rowBytes, turn, true), 0));
    }
  }
}

/** y[o, j] = the place i of the first maximum, or minimum, of x[o, i, j], an int32, for from <= o · inner + j < to. */
export function placeAxis<T>(x: usize, y: usize, n: u32, inner: u32, minimum: bool, from: u32, to: u32): void {
  const turn = turned<T>(minimum);
  if (inner == 1) {
    x += from * n * sizeof<T>();
    for (let o = from; o < to; o++, x += n * sizeof<T>()) store<i32>(y + ((<usize>o) << 2), placeInRow<T>(x, n, turn));
    return;
  }
  columns<T, i32, Places<T>>(x, y, n, inner, turn, from, to);
}
