// Softmax over rows, its logarithm, and cross-entropy from logits, each with its gradient.

import { ExpInLoop, exp } from '../lanes/exp';
import { log } from '../lanes/log';
import { Larger, Term, across, foldRow, foldTerms, only } from '../loops/fold';
import { loadOne, loadPart, loadSplat, storeOne, storePart } from '../loops/walk';
import { In, Out } from '../types';
import { Sum } from './reduce';

// Rows of n elements lie one after the other; ranges count rows. A row is shifted by its maximum, so that e^x does not
// overflow. A row that holds NaN or +∞, or nothing but -∞, becomes NaN, as in TensorFlow. Sums use the tree of
// loops/fold.ts; those of e^x are made in leaves of LEAF elements, one after the other. Nothing is read or written beyond
// the end of a row.
const LEAF: u32 = 1024;

/** y[i] = G(a[i], b[i], s, t) along a row, with s and t in all lanes. */
function row<T, G extends Term>(a: usize, b: usize, y: usize, n: u32, s: v128, t: v128): void {
  const g = changetype<G>(0);
  const whole = y + ((n * sizeof<T>()) & ~15);
  if (y < whole) {
    do {
      v128.store(y, g.lanes(v128.load(a), v128.load(b), s, t));
      a += 16;
      b += 16;
      y += 16;
    } while (y < whole);
  }
  const rest = n & (16 / sizeof<T>() - 1);
  if (rest) storePart<T>(y, g.lanes(loadPart<T>(a, rest), loadPart<T>(b, rest), s, t), rest);
}

/** y · s along a row, in place. */
function scaleRow<T>(y: usize, n: u32, s: v128): void {
  const whole = y + ((n * sizeof<T>()) & ~15);
  for (; y + 64 <= whole; y += 64) {
    v128.store(y, v128.mul<T>(v128.load(y), s));
    v128.store(y, v128.mul<T>(v128.load(y, 16), s), 16);
    v128.store(y, v128.mul<T>(v128.load(y, 32), s), 32);
    v128.store(y, v128.mul<T>(v128.load(y, 48), s), 48);
  }
  for (; y < whole; y += 16) v128.store(y, v128.mul<T>(v128.load(y), s));
  const rest = n & (16 / sizeof<T>() - 1);
  if (rest) storePart<T>(y, v128.mul<T>(loadPart<T>(y, rest), s), rest);
}

/** (a - s) - t. */
@unmanaged
@final
class Shift2<T> extends Term {
  lanes(a: v128, b: v128, s: v128, t: v128): v128 {
    return v128.sub<T>(v128.sub<T>(a, s), t);
  }
}

/** a · b. */
@unmanaged
@final
export class Product<T> extends Term {
  lanes(a: v128, b: v128, s: v128, t: v128): v128 {
    return v128.mul<T>(a, b);
  }
}

/** a · (b - s). */
@unmanaged
@final
class Centred<T> extends Term {
  lanes(a: v128, b: v128, s: v128, t: v128): v128 {
    return v128.mul<T>(a, v128.sub<T>(b, s));
  }
}

/** b - e^a · s. */
@unmanaged
@final
class LessExp<T> extends Term {
  lanes(a: v128, b: v128, s: v128, t: v128): v128 {
    return v128.sub<T>(b, v128.mul<T>(exp<T>(a), s));
  }
}

/** a · (t - (b - s)): a label times minus the log of its probability, for s the maximum and t the log of the sum. */
@unmanaged
@final
class Loss<T> extends Term {
  lanes(a: v128, b: v128, s: v128, t: v128): v128 {
    return v128.mul<T>(a, v128.sub<T>(t, v128.sub<T>(b, s)));
  }
}

/** (a · s - b) · t. */
@unmanaged
@final
class LossGrad<T> extends Term {
  lanes(a: v128, b: v128, s: v128, t: v128): v128 {
    return v128.mul<T>(v128.sub<T>(v128.mul<T>(a, s), b), t);
  }
}

/** The maximum of a row in all lanes, NaN aside: a NaN comes into the row's sum by way of its e^x. */
function topOf<T>(x: usize, n: u32): v128 {
  return foldRow<T, Larger<T>>(x, n);
}

/** n <= LEAF elements of a row to a vector of sums of e^(x - top), which are put into y unless that is 0. */
function expLeaf<T>(x: usize, y: usize, n: u32, top: v128): v128 {
  const apart = y - x;
  const whole = x + ((n * sizeof<T>()) & ~15);
  let sum = i32x4.splat(0);
  while (x < whole) {
    // The four go into one sum, and what is far from 0 is left to the loop below: so V8 puts each step of all four side by
    // side, where no step waits for the one before. That is 0.75 of the time.
    if (sizeof<T>() == 4) {
      for (; x + 64 <= whole; x += 64) {
        let p = f32x4.sub(v128.load(x), top);
        let q = f32x4.sub(v128.load(x, 16), top);
        let r = f32x4.sub(v128.load(x, 32), top);
        let s = f32x4.sub(v128.load(x, 48), top);
        if (!ExpInLoop.near(p, q, r, s)) break;
        p = ExpInLoop.quick(p);
        q = ExpInLoop.quick(q);
        r = ExpInLoop.quick(r);
        s = ExpInLoop.quick(s);
        if (y) {
          v128.store(x + apart, p);
          v128.store(x + apart, q, 16);
          v128.store(x + apart, r, 32);
          v128.store(x + apart, s, 48);
        }
        sum = f32x4.add(sum, f32x4.add(f32x4.add(p, q), f32x4.add(r, s)));
      }
    }
    for (const few = min(x + 64, whole); x < few; x += 16) {
      const d = v128.sub<T>(v128.load(x), top);
      const p = exp<T>(d);
      if (y) v128.store(x + apart, p);
      sum = v128.add<T>(sum, p);
    }
  }
  const rest = n & (16 / sizeof<T>() - 1);
  if (rest) {
    const p = exp<T>(v128.sub<T>(loadPart<T>(x, rest), top));
    if (y) storePart<T>(x + apart, p, rest);
    sum = v128.add<T>(sum, only<T>(p, rest, i32x4.splat(0)));
  }
  return sum;
}

/** Σ e^(x - top) along a row, in all lanes. The terms are put into y unless that is 0. */
function expSum<T>(x: usize, y: usize, n: u32, top: v128): v128 {
  let sum = i32x4.splat(0);
  for (let i: u32 = 0; i < n; i += LEAF) {
    const at = i * sizeof<T>();
    sum = v128.add<T>(sum, expLeaf<T>(x + at, y ? y + at : 0, min(n - i, LEAF), top));
  }
  return across<T, Sum<T>>(sum);
}

/** y = e^(x - max x) along a row. Returns its sum, in all lanes. */
function expRow<T>(x: usize, y: usize, n: u32): v128 {
  return expSum<T>(x, y, n, topOf<T>(x, n));
}

function reciprocal<T>(x: v128): v128 {
  return sizeof<T>() == 8 ? f64x2.div(f64x2.splat(1), x) : f32x4.div(f32x4.splat(1), x);
}

function softmax<T>(x: usize, y: usize, n: u32, from: u32, to: u32): void {
  const rowBytes = n * sizeof<T>();
  for (let r: usize = from; r < to; r++) {
    const py = y + r * rowBytes;
    const sum = expRow<T>(x + r * rowBytes, py, n);
    scaleRow<T>(py, n, reciprocal<T>(sum));
  }
}

function softmaxGrad<T>(y: usize, dy: usize, dx: usize, n: u32, from: u32, to: u32): void {
  const rowBytes = n * sizeof<T>();
  const nothing = i32x4.splat(0);
  for (let r: usize = from; r < to; r++) {
    const py = y + r * rowBytes;
    const pdy = dy + r * rowBytes;
    const dot = foldTerms<T, Sum<T>, Product<T>>(py, pdy, n, nothing, nothing);
    row<T, Centred<T>>(py, pdy, dx + r * rowBytes, n, dot, nothing);
  }
}

function logSoftmax<T>(x: usize, y: usize, n: u32, from: u32, to: u32): void {
  const rowBytes = n * sizeof<T>();
  const nothing = i32x4.splat(0);
  for (let r: usize = from; r < to; r++) {
    const px = x + r * rowBytes;
    const top = topOf<T>(px, n);
    const sum = expSum<T>(px, 0, n, top);
    row<T, Shift2<T>>(px, px, y + r * rowBytes, n, top, log<T>(sum));
  }
}

function logSoftmaxGrad<T>(y: usize, dy: usize, dx: usize, n: u32, from: u32, to: u32): void {
  const rowBytes = n * sizeof<T>();
  for (let r: usize = from; r < to; r++) {
    const pdy = dy + r * rowBytes;
    const sum = foldRow<T, Sum<T>>(pdy, n);
    row<T, LessExp<T>>(y + r * rowBytes, pdy, dx + r * rowBytes, n, sum, sum);
  }
}

function logSumExp<T>(x: usize, y: usize, n: u32, from: u32, to: u32): void {
  const rowBytes = n * sizeof<T>();
  for (let r: usize = from; r < to; r++) {
    const px = x + r * rowBytes;
    let top = topOf<T>(px, n);
    // An infinite maximum is not taken off: e^±∞ and its logarithm give ±∞ themselves.
    const distance = v128.sub<T>(top, top);
    top = v128.and(top, v128.eq<T>(distance, distance));
    const sum = expSum<T>(px, 0, n, top);
    storeOne<T>(y + r * sizeof<T>(), v128.add<T>(log<T>(sum), top));
  }
}

function crossEntropy<T>(logits: usize, labels: usize, loss: usize, n: u32, from: u32, to: u32): void {
  const rowBytes = n * sizeof<T>();
  for (let r: usize = from; r < to; r++) {
    const px = logits + r * rowBytes;
    const top = topOf<T>(px, n);
    const sum = expSum<T>(px, 0, n, top);
    const value = foldTerms<T, Sum<T>, Loss<T>>(labels + r * rowBytes, px, n, top, log<T>(sum));
    storeOne<T>(loss + r * sizeof<T>(), value);
  }
}

function crossEntropyGrad<T>(x: usize, labels: usize, dy: usize, dx: usize, n: u32, from: u32, to: u32): void {
  const rowBytes = n * sizeof<T>();
  for (let r: usize = from; r < to; r++) {
    const p = dx + r * rowBytes;
    const q = labels + r * rowBytes;
    const sum = expRow<T>(x + r * rowBytes, p, n);
    const scale = v128.mul<T>(foldRow<T, Sum<T>>(q, n), reciprocal<T>(sum));
    row<T, LossGrad<T>>(p, q, p, n, scale, loadSplat<T>(dy + r * sizeof<T>()));
  }
}

/** NaN in all lanes when a label is none of 0 … n - 1, otherwise 0. */
function outside(label: u32, n: u32): v128 {
  return label < n ? i32x4.splat(0) : i32x4.splat(-1);
}

function sparseCrossEntropy<T>(logits: usize, labels: usize, loss: usize, n: u32, from: u32, to: u32): void {
  const rowBytes = n * sizeof<T>();
  for (let r: usize = from; r < to; r++) {
    const px = logits + r * rowBytes;
    const label = load<u32>(labels + (r << 2));
    const top = topOf<T>(px, n);
    const sum = expSum<T>(px, 0, n, top);
    const inside: u32 = label < n ? label : 0;
    const at = loadSplat<T>(px + inside * sizeof<T>());
    const value = v128.sub<T>(log<T>(sum), v128.sub<T>(at, top));
    storeOne<T>(loss + r * sizeof<T>(), v128.or(value, outside(label, n)));
  }
}

function sparseCrossEntropyGrad<T>(x: usize, labels: usize, dy: usize, dx: usize, n: u32, from: u32, to: u32): void {
  const rowBytes = n * sizeof<T>();
  for (let r: usize = from; r < to; r++) {
    const p = dx + r * rowBytes;
    const label = load<u32>(labels + (r << 2));
    const d = loadSplat<T>(dy + r * sizeof<T>());
    const sum = expRow<T>(x + r * rowBytes, p, n);
    const scale = v128.or(v128.mul<T>(reciprocal<T>(sum), d), outside(label, n));
    scaleRow<T>(p, n, scale);
    const inside: u32 = label < n ? label : 0;
    const at = p + inside * sizeof<T>();
    if (n) storeOne<T>(at, v128.sub<T>(loadOne<T>(at), d));
  }
}

/**
 * y = e^x / Σ e^x along each row.
 * @reach x, y: rows(n, to)
 * @split n * size * 0.4 + 10
 */
export function softmax_f32(x: In, y: Out, n: u32, from: u32, to: u32): void {
  softmax<f32>(x, y, n, from, to);
}
/** y = e^x / Σ e^x along each row. */
export function softmax_f64(x: In, y: Out, n: u32, from: u32, to: u32): void {
  softmax<f64>(x, y, n, from, to);
}
/**
 * dx = y (dy - Σ y dy).
 * @reach y, dy, dx: rows(n, to)
 * @split n * size * 0.12
 */
export function softmax_grad_f32(y: In, dy: In, dx: Out, n: u32, from: u32, to: u32): void {
  softmaxGrad<f32>(y, dy, dx, n, from, to);
}
/** dx = y (dy - Σ y dy). */
export function softmax_grad_f64(y: In, dy: In, dx: Out, n: u32, from: u32, to: u32): void {
  softmaxGrad<f64>(y, dy, dx, n, from, to);
}
/**
 * y = x - log Σ e^x along each row.
 * @reach x, y: rows(n, to)
 * @split n * size * 0.4 + 10
 */
export function log_softmax_f32(x: In, y: Out, n: u32, from: u32, to: u32): void {
  logSoftmax<f32>(x, y, n, from, to);
}
/** y = x - log Σ e^x along each row. */
export function log_softmax_f64(x: In, y: Out, n: u32, from: u32, to: u32): void {
  logSoftmax<f64>(x, y, n, from, to);
}
/**
 * dx = dy - e^y Σ dy.
 * @reach y, dy, dx: rows(n, to)
 * @split n * size * 0.4
 */
export function log_softmax_grad_f32(y: In, dy: In, dx: Out, n: u32, from: u32, to: u32): void {
  logSoftmaxGrad<f32>(y, dy, dx, n, from, to);
}
/** dx = dy - e^y Σ dy. */
export function log_softmax_grad_f64(y: In, dy: In, dx: Out, n: u32, from: u32, to: u32): void {
  logSoftmaxGrad<f64>(y, dy, dx, n, from, to);
}
/**
 * y = log Σ e^x, one for each row; -∞ for a row of -∞, +∞ for one that holds it.
 * @reach x: rows(n, to); y: to
 * @split n * size * 0.4 + 10
 */
export function logsumexp_f32(x: In, y: Out, n: u32, from: u32, to: u32): void {
  logSumExp<f32>(x, y, n, from, to);
}
/** y = log Σ e^x, one for each row; -∞ for a row of -∞, +∞ for one that holds it. */
export function logsumexp_f64(x: In, y: Out, n: u32, from: u32, to: u32): void {
  logSumExp<f64>(x, y, n, from, to);
}
/**
 * loss = -Σ labels · log softmax(logits), one for each row.
 * @reach logits, labels: rows(n, to); loss: to
 * @split n * size * 0.4 + 10
 */
export function cross_entropy_f32(logits: In, labels: In, loss: Out, n: u32, from: u32, to: u32): void {
  crossEntropy<f32>(logits, labels, loss, n, from, to);
}
/** loss = -Σ labels · log softmax(logits), one for each row. */
export function cross_entropy_f64(logits: In, labels: In, loss: Out, n: u32, from: u32, to: u32): void {
  crossEntropy<f64>(logits, labels, loss, n, from, to);
}
/**
 * dx = dy (softmax(logits) Σ labels - labels): what the loss gives its logits.
 * @reach logits, labels, dx: rows(n, to); dy: to
 * @split n * size * 0.4 + 10
 */
export function cross_entropy_grad_f32(logits: In, labels: In, dy: In, dx: Out, n: u32, from: u32, to: u32): void {
  crossEntropyGrad<f32>(logits, labels, dy, dx, n, from, to);
}
/** dx = dy (softmax(logits) Σ labels - labels): what the loss gives its logits. */
export function cross_entropy_grad_f64(logits: In, labels: In, dy: In, dx: Out, n: u32, from: u32, to: u32): void {
  crossEntropyGrad<f64>(logits, labels, dy, dx, n, from, to);
}
/**
 * loss = -log softmax(logits)[label], one for each row; labels are int32, and one out of range gives NaN.
 * @reach logits: filled(n, to); labels as i32: to; loss: to
 * @split n * size * 0.4 + 10
 */
export function sparse_cross_entropy_f32(logits: In, labels: In, loss: Out, n: u32, from: u32, to: u32): void {
  sparseCrossEntropy<f32>(logits, labels, loss, n, from, to);
}
/** loss = -log softmax(logits)[label], one for each row; labels are int32, and one out of range gives NaN. */
export function sparse_cross_entropy_f64(logits: In, labels: In, loss: Out, n: u32, from: u32, to: u32): void {
  sparseCrossEntropy<f64>(logits, labels, loss, n, from, to);
}
/**
 * dx = dy (softmax(logits) - onehot(labels)); NaN in a row whose label is out of range.
 * @reach logits, dx: filled(n, to); labels as i32: to; dy: to
 * @split n * size * 0.4 + 10
 */
export function sparse_cross_entropy_grad_f32(
  logits: In,
  labels: In,
  dy: In,
  dx: Out,
  n: u32,
  from: u32,
  to: u32,
): void {
  sparseCrossEntropyGrad<f32>(logits, labels, dy, dx, n, from, to);
}
/** dx = dy (softmax(logits) - onehot(labels)); NaN in a row whose label is out of range. */
export function sparse_cross_entropy_grad_f64(
  logits: In,
  labels: In,
  dy: In,
  dx: Out,
  n: u32,
  from: u32,
  to: u32,
): void {
  sparseCrossEntropyGrad<f64>(logits, labels, dy, dx, n, from, to);
}
