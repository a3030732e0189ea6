// Layer normalisation over rows, and its gradient.

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

/** One vector of results: (x - middle) scale · gamma + beta. */
function normalized<T>(x: v128, gamma: v128, beta: v128, middle: v128, scale: v128): v128 {
  return v128.add<T>(v128.mul<T>(v128.mul<T>(v128.sub<T>(x, middle), scale), gamma), beta);
}

function layerNorm<T>(
  x: usize,
  gamma: usize,
  beta: usize,
  y: usize,
  n: u32,
  stride: u32,
  epsilon: f64,
  from: u32,
  to: u32,
): void {
  const rowBytes = n * sizeof<T>();
  const whole = rowBytes & ~15;
  const rest = n & (16 / sizeof<T>() - 1);
  for (let r: usize = from; r < to; r++) {
    const px = x + r * rowBytes;
    const py = y + r * rowBytes;
    const pg = gamma + r * stride * sizeof<T>();
    const middle = mean<T>(px, n);
    const scale = scaleOf<T>(px, n, middle, epsilon);
    for (let i: usize = 0; i < whole; i += 16) {
      v128.store(py + i, normalized<T>(v128.load(px + i), v128.load(pg + i), v128.load(beta + i), middle, scale));
    }
    if (rest) {
      const last = normalized<T>(
        loadPart<T>(px + whole, rest),
        loadPart<T>(pg + whole, rest),
        loadPart<T>(beta + whole, rest),
        middle,
        scale,
      );
      storePart<T>(py + whole, last, rest);
    }
  }
}

/** `terms`, whose columns gamma's gradient sums up, are x̂ dy; 0 for none. */
function layerNormGrad<T>(
  x: usize,
  gamma: usize,
  dy: usize,
  dx: usize,
  terms: usize,
  n: u32,
  epsilon: f64,
  from: u32,
  to: u32,
): void {
  const rowBytes = n * sizeof<T>();
  const whole = rowBytes & ~15;
  const rest = n & (16 / sizeof<T>() - 1);
  for (let r: usize = from; r < to; r++) {
    const px = x + r * rowBytes;
    const pdy = dy + r * rowBytes;
    const p = dx + r * rowBytes;
    const middle = mean<T>(px, n);
    const scale = scaleOf<T>(px, n, middle, epsilon);
    if (terms) {
      const along = changetype<Correlated<T>>(0);
      const p = terms + r * rowBytes;
      for (let i: usize = 0; i < whole; i += 16) {
        v128.store(p + i, along.lanes(v128.load(px + i), v128.load(pdy + i), middle, scale));
      }
      if (rest) {
        const last = along.lanes(loadPart<T>(px + whole, rest), loadPart<T>(pdy + whole, rest), middle, scale);
        storePart<T>(p + whole, last, rest);
      }
    }
    // g = gamma · dy, put into dx for the sums.
    for (let i: usize = 0; i < whole; i += 16) {
      v128.store(p + i, v128.mul<T>(v128.load(gamma + i), v128.load(pdy + i)));
    }
    if (rest) {
      const last = v128.mul<T>(loadPart<T>(gamma + whole, rest), loadPart<T>(pdy + whole, rest));
      storePart<T>(p + whole, last, rest);
    }
    const shift = mean<T>(p, n);
    const sum = foldTerms<T, Sum<T>, Correlated<T>>(px, p, n, middle, scale);
    const slope = v128.mul<T>(over<T>(sum, splat<T>(n)), scale);
    for (let i: usize = 0; i < whole; i += 16) {
      v128.store(p + i, centred<T>(v128.load(px + i), v128.load(p + i), middle, shift, slope, scale));
    }
    if (rest) {
      const g = loadPart<T>(p + whole, rest);
      storePart<T>(p + whole, centred<T>(loadPart<T>(px + whole, rest), g, middle, shift, slope, scale), rest);
    }
  }
}

/** scale (g - shift - (x - middle) slope). */
function centred<T>(x: v128, g: v128, middle: v128, shift: v128, slope: v128, scale: v128): v128 {
  const along = v128.mul<T>(v128.sub<T>(x, middle), slope);
  return v128.mul<T>(v128.sub<T>(v128.sub<T>(g, shift), along), scale);
}

/**
 * y = x̂ gamma + beta along each row, with x̂ = (x - mean) / √(variance + epsilon). Row r uses gamma from r · stride on:
 * stride is 0, or n for a gamma with rows of its own.
 * @reach x, y: rows(n, to); gamma: spread(n, stride, to); beta: n
 * @split n * size * 0.15
 */
export function layer_norm_f32(
  x: In,
  gamma: In,
  beta: In,
  y: Out,
  n: u32,
  stride: u32,
  epsilon: f64,
  from: u32,
  to: u32,
): void {
  layerNorm<f32>(x, gamma, beta, y, n, stride, epsilon, from, to);
}
/**
 * y = x̂ gamma + beta along each row, with x̂ = (x - mean) / √(variance + epsilon). Row r uses gamma from r · stride on:
 * stride is 0, or n for a gamma with rows of its own.
 */
export function layer_norm_f64(
  x: In,
  gamma: In,
  beta: In,
  y: Out,
  n: u32,
  stride: u32,
  epsilon: f64,
  from: u32,
  to: u32,
): void {
  layerNorm<f64>(x, gamma, beta, y, n, stride, epsilon, from, to);
}
/**
 * dx = (g - mean g - x̂ mean(g x̂)) / √(variance + epsilon) along each row, for g = gamma dy.
 * @reach x, dy, dx: rows(n, to); gamma: n
 * @split n * size * 0.35
 */
export function layer_norm_grad_f32(x: In, gamma: In, dy: In, dx: Out, n: u32, epsilon: f64, from: u32, to: u32): void {
  layerNormGrad<f32>(x, gamma, dy, dx, 0, n, epsilon, from, to);
}
/** dx = (g - mean g - x̂ mean(g x̂)) / √(variance + epsilon) along each row, for g = gamma dy. */
export function layer_norm_grad_f64(x: In, gamma: In, dy: In, dx: Out, n: u32, epsilon: f64, from: u32, to: u32): void {
  layerNormGrad<f64>(x, gamma, dy, dx, 0, n, epsilon, from, to);
}
/**
 * As layer_norm_grad, and terms = x̂ dy, whose sums over rows are gamma's gradient.
 * @reach x, dy, dx, terms: rows(n, to); gamma: n
 * @split n * size * 0.4
 */
export function layer_norm_grads_f32(
  x: In,
  gamma: In,
  dy: In,
  dx: Out,
  terms: Out,
  n: u32,
  epsilon: f64,
  from: u32,
  to: u32,
): void {
  layerNormGrad<f32>(x, gamma, dy, dx, terms, n, epsilon, from, to);
}
/** As layer_norm_grad, and terms = x̂ dy, whose sums over rows are gamma's gradient. */
export function layer_norm_grads_f64(
  x: In,
  gamma: In,
  dy: In,
  dx: Out,
  terms: Out,
  n: u32,
  epsilon: f64,
  from: u32,
  to: u32,
): void {
  layerNormGrad<f64>(x, gamma, dy, dx, terms, n, epsilon, from, to);
}
