// Reductions along one axis: sum, mean, product, extremes and their places.

// x is [outer, n, inner] and y [outer, inner]. TypeScript merges neighbouring axes, so that any axes next to each other
// are one record, and others a few (src/ops/reduce.ts). Ranges count the elements of y.

import { Fold, foldAxis, foldParts, placeAxis } from '../loops/fold';
import { loadOne, storeOne } from '../loops/walk';
import { In, Out, Scratch } from '../types';

@unmanaged
@final
export class Sum<T> extends Fold {
  identity(): v128 {
    return i32x4.splat(0);
  }
  lanes(a: v128, b: v128): v128 {
    return v128.add<T>(a, b);
  }
}

@unmanaged
@final
class Prod<T> extends Fold {
  identity(): v128 {
    return v128.splat<T>(<T>1);
  }
  lanes(a: v128, b: v128): v128 {
    return v128.mul<T>(a, b);
  }
}

function pmax<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 8 ? f64x2.pmax(a, b) : f32x4.pmax(a, b);
}
function pmin<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 8 ? f64x2.pmin(a, b) : f32x4.pmin(a, b);
}

/** NaN wins: pmax keeps one in its first operand, and the comparison makes one of the second. That is less work than wasm's own max. */
@unmanaged
@final
export class Max<T> extends Fold {
  identity(): v128 {
    return v128.splat<T>(isFloat<T>() ? <T>-Infinity : <T>i32.MIN_VALUE);
  }
  lanes(a: v128, b: v128): v128 {
    return isFloat<T>() ? v128.or(pmax<T>(a, b), v128.ne<T>(b, b)) : v128.max<T>(a, b);
  }
}

@unmanaged
@final
class Min<T> extends Fold {
  identity(): v128 {
    return v128.splat<T>(isFloat<T>() ? <T>Infinity : <T>i32.MAX_VALUE);
  }
  lanes(a: v128, b: v128): v128 {
    return isFloat<T>() ? v128.or(pmin<T>(a, b), v128.ne<T>(b, b)) : v128.min<T>(a, b);
  }
}

/**
 * y = Σ x.
 * @reach x: fold(n, inner, to) each rowEach(n, inner); y: to
 * @split n * size * 0.06 by 16
 */
export function sum_f32(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  foldAxis<f32, Sum<f32>>(x, y, n, inner, 1, from, to);
}
/** y = Σ x. */
export function sum_f64(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  foldAxis<f64, Sum<f64>>(x, y, n, inner, 1, from, to);
}
/** y = Σ x. */
export function sum_i32(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  foldAxis<i32, Sum<i32>>(x, y, n, inner, 1, from, to);
}
/**
 * y = Σ x / count; count differs from n when the mean goes over several records.
 * @reach x: fold(n, inner, to) each rowEach(n, inner); y: to
 * @split n * size * 0.06 by 16
 */
export function mean_f32(x: In, y: Out, n: u32, inner: u32, count: f64, from: u32, to: u32): void {
  foldAxis<f32, Sum<f32>>(x, y, n, inner, count, from, to);
}
/** y = Σ x / count; count differs from n when the mean goes over several records. */
export function mean_f64(x: In, y: Out, n: u32, inner: u32, count: f64, from: u32, to: u32): void {
  foldAxis<f64, Sum<f64>>(x, y, n, inner, count, from, to);
}
/**
 * y = Σ x / count over all n elements, as mean, from parts that come in order: the range counts elements of x, and ends at
 * multiples of 1,024 or at n.
 * @reach x: leaves(n, 1024, from, to) each 1 by 1024; y: 1; state as bytes: 512
 */
export function mean_parts_f32(x: In, y: Out, state: Scratch, n: u32, count: f64, from: u32, to: u32): void {
  foldParts<f32, Sum<f32>>(x, y, state, n, count, from, to);
}
/**
 * y = Σ x / count over all n elements, as mean, from parts that come in order: the range counts elements of x, and ends at
 * multiples of 1,024 or at n.
 */
export function mean_parts_f64(x: In, y: Out, state: Scratch, n: u32, count: f64, from: u32, to: u32): void {
  foldParts<f64, Sum<f64>>(x, y, state, n, count, from, to);
}
/**
 * y = Π x.
 * @reach x: fold(n, inner, to) each rowEach(n, inner); y: to
 * @split n * size * 0.06 by 16
 */
export function prod_f32(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  foldAxis<f32, Prod<f32>>(x, y, n, inner, 1, from, to);
}
/** y = Π x. */
export function prod_f64(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  foldAxis<f64, Prod<f64>>(x, y, n, inner, 1, from, to);
}
/** y = Π x. */
export function prod_i32(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  foldAxis<i32, Prod<i32>>(x, y, n, inner, 1, from, to);
}
/**
 * y = max x; NaN wins; of bools (0 or 1), any.
 * @reach x: fold(n, inner, to) each rowEach(n, inner); y: to
 * @split n * size * 0.06 by 16
 */
export function max_f32(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  foldAxis<f32, Max<f32>>(x, y, n, inner, 1, from, to);
}
/** y = max x; NaN wins; of bools (0 or 1), any. */
export function max_f64(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  foldAxis<f64, Max<f64>>(x, y, n, inner, 1, from, to);
}
/** y = max x; NaN wins; of bools (0 or 1), any. */
export function max_i32(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  foldAxis<i32, Max<i32>>(x, y, n, inner, 1, from, to);
}
/**
 * y = min x; NaN wins; of bools (0 or 1), all.
 * @reach x: fold(n, inner, to) each rowEach(n, inner); y: to
 * @split n * size * 0.06 by 16
 */
export function min_f32(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  foldAxis<f32, Min<f32>>(x, y, n, inner, 1, from, to);
}
/** y = min x; NaN wins; of bools (0 or 1), all. */
export function min_f64(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  foldAxis<f64, Min<f64>>(x, y, n, inner, 1, from, to);
}
/** y = min x; NaN wins; of bools (0 or 1), all. */
export function min_i32(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  foldAxis<i32, Min<i32>>(x, y, n, inner, 1, from, to);
}
/**
 * y = the place of the first maximum (int32); NaN is passed over, and gives 0 when there is nothing else.
 * @reach x: fold(n, inner, to); y as i32: to
 * @split n * size * 0.12 by 16
 */
export function argmax_f32(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  placeAxis<f32>(x, y, n, inner, false, from, to);
}
/** y = the place of the first maximum (int32); NaN is passed over, and gives 0 when there is nothing else. */
export function argmax_f64(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  placeAxis<f64>(x, y, n, inner, false, from, to);
}
/** y = the place of the first maximum (int32); NaN is passed over, and gives 0 when there is nothing else. */
export function argmax_i32(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  placeAxis<i32>(x, y, n, inner, false, from, to);
}
/**
 * y = the place of the first minimum (int32); NaN as argmax.
 * @reach x: fold(n, inner, to); y as i32: to
 * @split n * size * 0.12 by 16
 */
export function argmin_f32(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  placeAxis<f32>(x, y, n, inner, true, from, to);
}
/** y = the place of the first minimum (int32); NaN as argmax. */
export function argmin_f64(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  placeAxis<f64>(x, y, n, inner, true, from, to);
}
/** y = the place of the first minimum (int32); NaN as argmax. */
export function argmin_i32(x: In, y: Out, n: u32, inner: u32, from: u32, to: u32): void {
  placeAxis<i32>(x, y, n, inner, true, from, to);
}

/** dx[o, i, j] = dy[o, j] times the product of x[o, ·, j] without i: those before it from the front, the others from the back. */
function prodGrad<T>(x: usize, dy: usize, dx: usize, n: u32, inner: u32, from: u32, to: u32): void {
  const step: usize = inner * sizeof<T>();
  for (let i = from; i < to; i++) {
    const o = i / inner;
    let at: usize = (o * n * inner + (i - o * inner)) * sizeof<T>();
    let product = loadOne<T>(dy + i * sizeof<T>());
    for (let p: u32 = 0; p < n; p++) {
      storeOne<T>(dx + at, product);
      product = v128.mul<T>(product, loadOne<T>(x + at));
      at += step;
    }
    product = v128.splat<T>(<T>1);
    for (let p: u32 = 0; p < n; p++) {
      at -= step;
      storeOne<T>(dx + at, v128.mul<T>(loadOne<T>(dx + at), product));
      product = v128.mul<T>(product, loadOne<T>(x + at));
    }
  }
}

/**
 * What a product gives its factors: dx = dy · Π of the others. Ranges count the elements of dy.
 * @reach x, dx: fold(n, inner, to); dy: to
 * @split n * 3 by 16
 */
export function prod_grad_f32(x: In, dy: In, dx: Out, n: u32, inner: u32, from: u32, to: u32): void {
  prodGrad<f32>(x, dy, dx, n, inner, from, to);
}
/** What a product gives its factors: dx = dy · Π of the others. Ranges count the elements of dy. */
export function prod_grad_f64(x: In, dy: In, dx: Out, n: u32, inner: u32, from: u32, to: u32): void {
  prodGrad<f64>(x, dy, dx, n, inner, from, to);
}
