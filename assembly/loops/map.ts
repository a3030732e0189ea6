// Whole-buffer elementwise loops, specialised on a lane functor. A functor is a type; it is never allocated.

// Loops test at their end. V8 moves what a loop computes anew without need (splats, constants of a polynomial, a scalar
// division) out in front of it only where every round computes it, and in front of a test at the head none does: exp
// over such a loop took 1.4 times as long, and Adam's step 3 times.

/** One vector in, one vector out: 4 lanes of 32 bits, or 2 of 64. */
@unmanaged
export class Unary {
  lanes(x: v128): v128 {
    return x;
  }
}

/**
 * A function of f32 lanes whose argument is first reduced, to `rest` and a number of turns: `quick` goes on from there. It is
 * right where `usual` holds for both of two vectors, and `lanes` everywhere, with the same bits there.
 */
@unmanaged
export class Reduced extends Unary {
  usual(a: v128, b: v128): bool {
    return true;
  }
  turns(x: v128): v128 {
    return x;
  }
  rest(x: v128, turns: v128): v128 {
    return x;
  }
  quick(x: v128, turns: v128, rest: v128): v128 {
    return x;
  }
}

/** Two vectors in, one out. */
@unmanaged
export class Binary {
  lanes(a: v128, b: v128): v128 {
    return a;
  }
}

/** Three vectors in, one out. */
@unmanaged
export class Ternary {
  lanes(a: v128, b: v128, c: v128): v128 {
    return a;
  }
}

/**
 * y[i] = F(x[i]) for from <= i < to; in place when x = y. Ranges start at a multiple of the lane count. The last
 * vector is computed whole: blocks are padded to 64 bytes, and what stands in the padding means nothing.
 */
export function map<T, F extends Unary>(x: usize, y: usize, from: u32, to: u32): void {
  const f = changetype<F>(0);
  const end = y + to * sizeof<T>();
  x += from * sizeof<T>();
  y += from * sizeof<T>();
  if (y >= end) return;
  do {
    v128.store(y, f.lanes(v128.load(x)));
    x += 16;
    y += 16;
  } while (y < end);
}

/**
 * As map, for f32, two vectors at a time, which share one look at the guard, and the constants. While these are finished
 * the next two are reduced: a vector's operations wait for each other, and a processor does not look far enough ahead to
 * find enough others. tanh takes 0.8 of the time.
 */
export function mapReduced<F extends Reduced>(x: usize, y: usize, from: u32, to: u32): void {
  const f = changetype<F>(0);
  const end = y + ((<usize>to) << 2);
  x += (<usize>from) << 2;
  y += (<usize>from) << 2;
  const pairs = y + ((end - y + 15) & ~31);
  if (y < pairs) {
    const last = x + (pairs - y) - 32;
    let a = v128.load(x);
    let b = v128.load(x, 16);
    let m = f.turns(a);
    let n = f.turns(b);
    let r = f.rest(a, m);
    let s = f.rest(b, n);
    do {
      if (f.usual(a, b)) {
        r = f.quick(a, m, r);
        s = f.quick(b, n, s);
      } else {
        r = f.lanes(a);
        s = f.lanes(b);
      }
      x = min(x + 32, last);
      a = v128.load(x);
      b = v128.load(x, 16);
      v128.store(y, r);
      v128.store(y, s, 16);
      m = f.turns(a);
      n = f.turns(b);
      r = f.rest(a, m);
      s = f.rest(b, n);
      y += 32;
    } while (y < pairs);
    if (y >= end) return;
    x += 32;
  }
  if (y < end) v128.store(y, f.lanes(v128.load(x)));
}

/** y[i] = F(x[i], s), as map, for one vector s of equal lanes. */
export function mapBy<T, F extends Binary>(x: usize, s: v128, y: usize, from: u32, to: u32): void {
  const f = changetype<F>(0);
  const end = y + to * sizeof<T>();
  x += from * sizeof<T>();
  for (y += from * sizeof<T>(); y < end; x += 16, y += 16) v128.store(y, f.lanes(v128.load(x), s));
}

/** y[i] = F(a[i], b[i]), as map. */
export function map2<T, F extends Binary>(a: usize, b: usize, y: usize, from: u32, to: u32): void {
  const f = changetype<F>(0);
  const end = y + to * sizeof<T>();
  a += from * sizeof<T>();
  b += from * sizeof<T>();
  y += from * sizeof<T>();
  if (y >= end) return;
  do {
    v128.store(y, f.lanes(v128.load(a), v128.load(b)));
    a += 16;
    b += 16;
    y += 16;
  } while (y < end);
}

/** y[i] = F(a[i], b[i], c[i]), as map. */
export function map3<T, F extends Ternary>(a: usize, b: usize, c: usize, y: usize, from: u32, to: u32): void {
  const f = changetype<F>(0);
  const end = y + to * sizeof<T>();
  a += from * sizeof<T>();
  b += from * sizeof<T>();
  c += from * sizeof<T>();
  y += from * sizeof<T>();
  if (y >= end) return;
  do {
    v128.store(y, f.lanes(v128.load(a), v128.load(b), v128.load(c)));
    a += 16;
    b += 16;
    c += 16;
    y += 16;
  } while (y < end);
}
