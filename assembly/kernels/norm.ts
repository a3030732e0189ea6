// Layer normalisation over rows, and its gradient.

import { NORM_ROWS } from '../../src/runtime/blocking';
import { Term, foldRow, foldTerms } from '../loops/fold';
import { loadPart, storePart } from '../loops/walk';
import { In, Out } from '../types';
import { Sum } from './reduce';

// Rows of n elements lie one after the other; ranges count rows. Sums use the tree of loops/fold.ts: mean first, then
// the mean of squared distances from it. Nothing is read or written beyond the end of a row.

/** (a - s)². */
@unmanaged
@final
export class SquaredDistance<T> extends Term {
  lanes(a: v128, b: v128, s: v128, t: v128): v128 {
    const d = v128.sub<T>(a, s);
    return v128.mul<T>(d, d);
  }
}

/** (a - s) t b. */
@unmanaged
@final
class Correlated<T> extends Term {
  lanes(a: v128, b: v128, s: v128, t: v128): v128 {
    return v128.mul<T>(v128.mul<T>(v128.sub<T>(a, s), t), b);
  }
}

function splat<T>(x: f64): v128 {
  return sizeof<T>() == 8 ? f64x2.splat(x) : f32x4.splat(<f32>x);
}

function over<T>(a: v128, b: v128): v128 {
  return sizeof<T>() == 8 ? f64x2.div(a, b) : f32x4.div(a, b);
}

function mean<T>(x: usize, n: u32): v128 {
  return over<T>(foldRow<T, Sum<T>>(x, n), splat<T>(n));
}

/** 1 / √(variance + epsilon). */
function scaleOf<T>(x: usize, n: u32, middle: v128, epsilon: f64): v128 {
  const sum = foldTerms<T, Sum<T>, SquaredDistance<T>>(x, x, n, middle, middle);
  const variance = v128.add<T>(over<T>(sum, splat<T>(n)), splat<T>(epsilon));
  return over<T>(splat<T>(1), sizeof<T>() == 8 ? f64x2.sqrt(variance) : f32x4.sqrt(variance));
}

/** What is made of a vector of each of three operands and of a row's numbers, given in all lanes. */
@unmanaged
class Step {
  lanes(a: v128, b: v128, c: v128, middle: v128, scale: v128, shift: v128, slope: v128): v128 {
    return a;
  }
}

/** a b. */
@unmanaged
@final
class Times<T> extends Step {
  lanes(a: v128, b: v128, c: v128, middle: v128, scale: v128, shift: v128, slope: v128): v128 {
    return v128.mul<T>(a, b);
  }
}

/** (a - middle) scale b + c. */
@unmanaged
@final
class Normalized<T> extends Step {
  lanes(a: v128, b: v128, c: v128, middle: v128, scale: v128, shift: v128, slope: v128): v128 {
    return v128.add<T>(v128.mul<T>(v128.mul<T>(v128.sub<T>(a, middle), scale), b), c);
  }
}

/** scale (b - shift - (a - middle) slope). */
@unmanaged
@final
class Centred<T> extends Step {
  lanes(a: v128, b: v128, c: v128, middle: v128, scale: v128, shift: v128, slope: v128): v128 {
    const along = v128.mul<T>(v128.sub<T>(a, middle), slope);
    return v128.mul<T>(v128.sub<T>(v128.sub<T>(b, shift), along), scale);
  }
}

/** y[i] = F(a[i], b[i], c[i], …) along a row, four vectors at a time. */
function row<T, F extends Step>(
  a: usize,
  b: usize,
  c: usize,
  y: usize,
  n: u32,
  middle: v128,
  scale: v128,
  shift: v128,
  slope: v128,
): void {
  const f = changetype<F>(0);
  const quads = y + ((n * sizeof<T>()) & ~63);
  const whole = y + ((n * sizeof<T>()) & ~15);
  if (y < quads) {
    do {
      v128.store(y, f.lanes(v128.load(a), v128.load(b), v128.load(c), middle, scale, shift, slope));
      v128.store(y, f.lanes(v128.load(a, 16), v128.load(b, 16), v128.load(c, 16), middle, scale, shift, slope), 16);
      v128.store(y, f.lanes(v128.load(a, 32), v128.load(b, 32), v128.load(c, 32), middle, scale, shift, slope), 32);
      v128.store(y, f.lanes(v128.load(a, 48), v128.load(b, 48), v128.load(c, 48), middle, scale, shift, slope), 48);
      a += 64;
      b += 64;
      c += 64;
      y += 64;
    } while (y < quads);
  }
  for (; y < whole; a += 16, b += 16, c += 16, y += 16) {
    v128.store(y, f.lanes(v128.load(a), v128.load(b), v128.load(c), middle, scale, shift, slope));
  }
  const rest = n & (16 / sizeof<T>() - 1);
  if (rest == 0) return;
  const last = f.lanes(loadPart<T>(a, rest), loadPart<T>(b, rest), loadPart<T>(c, rest), middle, scale, shift, slope);
  storePart<T>(y, last, rest);
}

function layerNorm<T>(x: usize, gamma: usize, beta: usize, y: usize, n: u32, epsilon: f64, from: u32, to: u32): void {
  const rowBytes = n * sizeof<T>();
  for (let r: usize = from; r < to; r++) {
    const px = x + r * rowBytes;
    const middle = mean<T>(px, n);
    const scale = scaleOf<T>(px, n, middle, epsilon);
    row<T, Normalized<T>>(px, gamma, beta, y + r * rowBytes, n, middle, scale, middle, scale);
  }
}

/** Parts from … to. `dx` and `sums` are 0 where they are not wanted. */
function layerNormGrad<T>(
  x: usize,
  gamma: usize,
  dy: usize,
  dx: usize,
  sums: usize,
  n: u32,
  count: u32,
  epsilon: f64,
  from: u32,
  to: u32,
): void {
  const rowBytes = n * sizeof<T>();
  for (let part = from; part < to; part++) {
    const sum = sums + part * rowBytes;
    if (sums) memory.fill(sum, 0, rowBytes);
    for (let r: usize = part * NORM_ROWS, end: usize = min(count, (part + 1) * NORM_ROWS); r < end; r++) {
      const px = x + r * rowBytes;
      const pdy = dy + r * rowBytes;
      const p = dx + r * rowBytes;
      const middle = mean<T>(px, n);
      const scale = scaleOf<T>(px, n, middle, epsilon);
      if (sums) row<T, Normalized<T>>(px, pdy, sum, sum, n, middle, scale, middle, scale);
      if (dx == 0) continue;
      // g = gamma · dy, put into dx for the sums.
      row<T, Times<T>>(gamma, pdy, gamma, p, n, middle, scale, middle, scale);
      const shift = mean<T>(p, n);
      const along = foldTerms<T, Sum<T>, Correlated<T>>(px, p, n, middle, scale);
      const slope = v128.mul<T>(over<T>(along, splat<T>(n)), scale);
      row<T, Centred<T>>(px, p, p, p, n, middle, scale, shift, slope);
    }
  }
}

/**
 * y = x̂ gamma + beta along each row, with x̂ = (x - mean) / √(variance + epsilon).
 * @reach x, y: rows(n, to); gamma, beta: n
 * @split n * size * 0.15
 */
export function layer_norm_f32(x: In, gamma: In, beta: In, y: Out, n: u32, epsilon: f64, from: u32, to: u32): void {
  layerNorm<f32>(x, gamma, beta, y, n, epsilon, from, to);
}
/** y = x̂ gamma + beta along each row, with x̂ = (x - mean) / √(variance + epsilon). */
export function layer_norm_f64(x: In, gamma: In, beta: In, y: Out, n: u32, epsilon: f64, from: u32, to: u32): void {
  layerNorm<f64>(x, gamma, beta, y, n, epsilon, from, to);
}
/**
 * dx = (g - mean g - x̂ mean(g x̂)) / √(variance + epsilon) along each row, for g = gamma dy, and sums = Σ x̂ dy over the rows of
 * each part, which gives gamma's gradient; either is 0 for none. A part has NORM_ROWS rows (src/runtime/blocking.ts), the last one what
 * is left of `count`. The range counts parts.
 * @reach x, dy: rows(n, count); gamma: n; dx: given(dx, rows(n, count)); sums: given(sums, rows(n, to))
 * @split n * size * 6
 */
export function layer_norm_grad_f32(
  x: In,
  gamma: In,
  dy: In,
  dx: Out,
  sums: Out,
  n: u32,
  count: u32,
  epsilon: f64,
  from: u32,
  to: u32,
): void {
  layerNormGrad<f32>(x, gamma, dy, dx, sums, n, count, epsilon, from, to);
}
/** dx along each row, and sums of what the rows of each part give gamma: see above. */
export function layer_norm_grad_f64(
  x: In,
  gamma: In,
  dy: In,
  dx: Out,
  sums: Out,
  n: u32,
  count: u32,
  epsilon: f64,
  from: u32,
  to: u32,
): void {
  layerNormGrad<f64>(x, gamma, dy, dx, sums, n, count, epsilon, from, to);
}
