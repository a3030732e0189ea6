// Attention, softmax(q · kᵀ · scale + mask) · v, a block of scores at a time: T × T of them never stand in memory.
//
// Scores are made in blocks of BLOCK queries and keys. Each row keeps its maximum m so far, and the sum l of e^(s - m);
// when a block raises m, what was summed before is scaled down:
//
//            keys →
//   queries  ┌──────┬──────┬──────┐      for each block in order:
//     ↓      │ s, p │  …   │      │        m' = max(m, max s)     p = e^(s - m')     c = e^(m - m')
//            ├──────┼──────┼──────┤        l = l c + Σ p          o = o c + p · v
//            │      │ skip │ skip │      at the end  y = o / l,  and  log Σ e^s = m + log l  for the gradient
//            └──────┴──────┴──────┘
//
// The gradient makes p = e^(s - log Σ e^s) again, block by block. A query all of whose keys are masked gives zeros, and
// gets and gives no gradient. Blocks begin at multiples of BLOCK, so that no bit depends on the range. Causal: a query sees
// the keys up to its own number; then only blocks on the diagonal are cut, and tiles beyond it are not computed.
// Source of the method: Dao et al., "FlashAttention: fast and memory-efficient exact attention with IO-awareness", 2022.
//
// Meta, in words. Sizes and strides count elements; an axis over which an operand repeats has stride 0.
//
//   0 queries   4 keys   8 d   12 dv   16 heads, which lie side by side in rows of q, k, v and y
//   20 causal   24 mask: 0 none, 1 bool (true counts), 2 added   28 from row to row of the mask   32 from column to column
//   36 rank of the batch, heads included   40 from row to row of q, of k, of v   52 the first element of each
//   64 and 76 likewise of their gradients   88 sizes…   strides of q…   of k…   of v…   of the mask…
//
// Rows of q, k, v and their gradients may be parts of longer rows, as where one product makes all three.

import { ATTENTION_BLOCK, TILE_BYTES, TILE_ROWS } from '../../src/runtime/blocking';
import { exp, ExpInLoop } from '../lanes/exp';
import { log } from '../lanes/log';
import { across, foldTerms, Larger } from '../loops/fold';
import { tile } from '../loops/gemm';
import { pack } from '../loops/pack';
import { loadOne, loadPart, loadSplat, place, storeOne, storePart, take, takeMask } from '../loops/walk';
import { In, Meta, Out, Scratch } from '../types';
import { Sum } from './reduce';
import { Product } from './softmax';

const BLOCK: u32 = ATTENTION_BLOCK;

// What of a product's block counts.
/** All of it. */
const WHOLE: u32 = 0;
/** Columns up to the row's own number. */
const LEFT: u32 = 1;
/** Depth up to the row's own number. */
const ABOVE: u32 = 2;
/** Depth from the row's own number on. */
const BELOW: u32 = 3;

/**
 * c = a · b, or c + a · b. Steps in bytes; b is packed, `depth` deep. Whole tiles of c are written.
 *
 * @param row from a row of a to the next. @param step from an element of a row to the next.
 */
function product<T>(
  a: usize,
  row: u32,
  step: u32,
  b: usize,
  c: usize,
  cRow: u32,
  rows: u32,
  columns: u32,
  depth: u32,
  counts: u32,
  more: bool,
): void {
  for (let r: u32 = 0; r < rows; r += TILE_ROWS, a += TILE_ROWS * row, c += TILE_ROWS * cRow) {
    const edge = r + TILE_ROWS;
    const right = counts == LEFT ? min(columns, edge) * <u32>sizeof<T>() : columns * <u32>sizeof<T>();
    const start = counts == BELOW ? r : 0;
    const end = counts == ABOVE ? min(depth, edge) : depth;
    if (start >= end) return;
    // Rows beyond the last are the last one again.
    const last = rows - 1 - r;
    const a1 = min<u32>(last, 1) * row;
    const a2 = min<u32>(last, 2) * row;
    const a3 = min<u32>(last, 3) * row;
    const from = a + start * step;
    let strip = b + start * TILE_BYTES;
    for (let q: u32 = 0; q < right; q += TILE_BYTES, strip += depth * TILE_BYTES) {
      tile<T>(from, a1, a2, a3, step, end - start, 1, 0, strip, TILE_BYTES, c + q, cRow, more);
    }
  }
}

/** From byte 32 - n on: what is hidden where n bytes count. */
const HIDDEN: usize = memory.data<i64>([0, 0, 0, 0, -1, -1, -1, -1]);

/** Masks n scores, at least one. Those behind them up to a whole tile of rows, which its rows all read, become -∞. */
function masked<T>(s: usize, n: u32, mask: usize, kind: u32, column: u32): void {
  const none = v128.splat<T>(<T>-Infinity);
  if (kind != 0) {
    const lanes: u32 = 16 / sizeof<T>();
    const step = column * (kind == 1 ? lanes << 2 : 16);
    for (let j: u32 = 0; j < n; j += lanes, mask += step) {
      const at = s + j * sizeof<T>();
      const left = min(lanes, n - j);
      const x = v128.load(at);
      if (kind == 1) v128.store(at, v128.bitselect(x, none, takeMask<T>(mask, column, left)));
      else v128.store(at, v128.add<T>(x, take<T>(mask, column, left)));
    }
  }
  // A tile is as many columns wide here as it has rows.
  const width: u32 = TILE_ROWS * sizeof<T>();
  const last = n * <u32>sizeof<T>() - 1;
  const hidden = HIDDEN + 31 - (last & (width - 1));
  s += last & ~(width - 1);
  for (let q: u32 = 0; q < width; q += 16) {
    v128.store(s + q, v128.bitselect(none, v128.load(s + q), v128.load(hidden + q)));
  }
}

/** x, or 0 where it is -∞: what may be taken off a score. */
function finite<T>(x: v128): v128 {
  return v128.and(x, v128.ne<T>(x, v128.splat<T>(<T>-Infinity)));
}

/** The largest of the scores x … end and of `top`, in all lanes. NaN is passed over: the sum of e^s finds it. */
function largest<T>(x: usize, end: usize, top: v128): v128 {
  const f = changetype<Larger<T>>(0);
  do {
    top = f.lanes(top, v128.load(x));
    x += 16;
  } while (x < end);
  return across<T, Larger<T>>(top);
}

/** In a class, as only methods can be inlined: see ExpInLoop. */
class Weight {
  /** e^x for what is at most about 0; f32 results below e^-87, where denormals begin, are 0. */
  @inline
  static of<T>(x: v128): v128 {
    if (sizeof<T>() == 8) return exp<T>(x);
    const least = f32x4.splat(-87);
    return v128.andnot(ExpInLoop.quick(f32x4.pmax(x, least)), f32x4.lt(x, least));
  }
}

/** x = e^(x - s) for x … end. Returns the sum, in all lanes. */
function expRow<T>(x: usize, end: usize, s: v128): v128 {
  let sum = i32x4.splat(0);
  do {
    const p = Weight.of<T>(v128.sub<T>(v128.load(x), s));
    v128.store(x, p);
    sum = v128.add<T>(sum, p);
    x += 16;
  } while (x < end);
  return across<T, Sum<T>>(sum);
}

/** p = e^(p - s), and ds = p (ds - t), for p … end; ds lies `apart` behind p. */
function slopes<T>(p: usize, end: usize, apart: usize, s: v128, t: v128): void {
  do {
    const x = Weight.of<T>(v128.sub<T>(v128.load(p), s));
    v128.store(p, x);
    v128.store(p + apart, v128.mul<T>(x, v128.sub<T>(v128.load(p + apart), t)));
    p += 16;
  } while (p < end);
}

/** y = x · s, n elements. */
function scaleRow<T>(x: usize, y: usize, n: u32, s: v128): void {
  const end = y + ((n * sizeof<T>()) & ~15);
  for (; y < end; x += 16, y += 16) v128.store(y, v128.mul<T>(v128.load(x), s));
  const rest = n & (16 / sizeof<T>() - 1);
  if (rest) storePart<T>(y, v128.mul<T>(loadPart<T>(x, rest), s), rest);
}

/** Where an operand of one of the batch's heads begins, in elements. Operands: 1 q, 2 k, 3 v, 4 the mask. */
function begin(meta: usize, operand: u32, unit: u32): u32 {
  const rank = load<u32>(meta, 36);
  const start = operand == 4 ? 0 : load<u32>(meta + (operand << 2), 48);
  return start + place(meta + 88, meta + 88 + ((operand * rank) << 2), rank, unit);
}

/** n columns as whole strips of a packed operand. */
function padded<T>(n: u32): u32 {
  const width = TILE_BYTES / <u32>sizeof<T>();
  return (n + width - 1) & ~(width - 1);
}

function attention<T>(
  q: usize,
  k: usize,
  v: usize,
  mask: usize,
  y: usize,
  lse: usize,
  scratch: usize,
  meta: usize,
  scale: f64,
  from: u32,
  to: u32,
): void {
  const size = <u32>sizeof<T>();
  const queries = load<u32>(meta);
  const keys = load<u32>(meta, 4);
  const d = load<u32>(meta, 8);
  const dv = load<u32>(meta, 12);
  const heads = load<u32>(meta, 16);
  const causal = load<u32>(meta, 20);
  const kind = load<u32>(meta, 24);
  const maskSize = kind == 1 ? 4 : size;
  const maskRow = load<u32>(meta, 28) * maskSize;
  const maskColumn = load<u32>(meta, 32);
  const row = load<u32>(meta, 40);
  const rowK = load<u32>(meta, 44);
  const rowV = load<u32>(meta, 48);
  const rowY = heads * dv;
  const oRow = padded<T>(dv) * size;
  const sRow = BLOCK * size;
  const by = v128.splat<T>(<T>scale);
  // Scratch: scores, results, kᵀ, v, sums.
  const s = scratch;
  const o = s + BLOCK * sRow;
  const kt = o + BLOCK * oRow;
  const vs = kt + d * sRow;
  const sums = vs + BLOCK * oRow;

  const blocks = (queries + BLOCK - 1) / BLOCK;
  for (; from < to; from++) {
    const unit = from / blocks;
    const i = (from - unit * blocks) * BLOCK;
    const rows = min(queries - i, BLOCK);
    const outer = unit / heads;
    const pq = q + (begin(meta, 1, unit) + i * row) * size;
    const pk = k + begin(meta, 2, unit) * size;
    const pv = v + begin(meta, 3, unit) * size;
    const pm = mask + begin(meta, 4, unit) * maskSize + i * maskRow;
    const tops = lse + (unit * queries + i) * size;
    for (let r: u32 = 0; r < rows; r++) {
      store<T>(tops + r * size, <T>-Infinity);
      store<T>(sums + r * size, <T>0);
    }
    const seen = causal ? min(keys, i + rows) : keys;
    if (seen == 0) memory.fill(o, 0, BLOCK * oRow);
    for (let j: u32 = 0; j < seen; j += BLOCK) {
      const n = min(keys - j, BLOCK);
      const cut = causal != 0 && j == i;
      pack<T>(pk + j * rowK * size, d, 0, 1, rowK, 0, d, 0, n, kt);
      scaleRow<T>(kt, kt, d * padded<T>(n), by);
      pack<T>(pv + j * rowV * size, n, 0, rowV, 1, 0, n, 0, dv, vs);
      product<T>(pq, row * size, size, kt, s, sRow, rows, n, d, cut ? LEFT : WHOLE, false);
      for (let r: u32 = 0; r < rows; r++) {
        const at = s + r * sRow;
        const counted = cut ? min(n, r + 1) : n;
        masked<T>(at, counted, pm + r * maskRow + j * maskColumn * maskSize, kind, maskColumn);
        const before = loadSplat<T>(tops + r * size);
        const top = largest<T>(at, at + ((counted + 3) & ~3) * size, before);
        if (j > 0 && v128.any_true(v128.ne<T>(top, before))) {
          const shrink = exp<T>(v128.sub<T>(before, finite<T>(top)));
          storeOne<T>(sums + r * size, v128.mul<T>(loadOne<T>(sums + r * size), shrink));
          scaleRow<T>(o + r * oRow, o + r * oRow, dv, shrink);
        }
        storeOne<T>(tops + r * size, top);
      }
      for (let r: u32 = 0; r < rows; r++) {
        const at = s + r * sRow;
        const end = at + (((cut ? min(n, r + 1) : n) + 3) & ~3) * size;
        const added = expRow<T>(at, end, finite<T>(loadSplat<T>(tops + r * size)));
        storeOne<T>(sums + r * size, v128.add<T>(loadOne<T>(sums + r * size), added));
      }
      product<T>(s, sRow, size, vs, o, oRow, rows, dv, n, cut ? ABOVE : WHOLE, j > 0);
    }
    // The sums become what o is multiplied by, and their logarithms take the place of scores, a vector of rows at a time.
    for (let r: u32 = 0; r < rows * size; r += 16) {
      const sum = v128.load(sums + r);
      const over = sizeof<T>() == 8 ? f64x2.div(f64x2.splat(1), sum) : f32x4.div(f32x4.splat(1), sum);
      v128.store(s + r, log<T>(sum));
      v128.store(sums + r, v128.and(over, v128.ne<T>(sum, i32x4.splat(0))));
    }
    for (let r: u32 = 0; r < rows; r++) {
      const py = y + ((outer * queries + i + r) * rowY + (unit - outer * heads) * dv) * size;
      scaleRow<T>(o + r * oRow, py, dv, loadSplat<T>(sums + r * size));
      const at = tops + r * size;
      storeOne<T>(at, v128.add<T>(loadOne<T>(at), loadOne<T>(s + r * size)));
    }
  }
}

/** Where column c of row r of a gradient stands, in elements. Gradients: 0 of q, 1 of k, 2 of v. */
function part(meta: usize, gradient: u32, r: u32, c: u32): u32 {
  meta += gradient << 2;
  return load<u32>(meta, 76) + r * load<u32>(meta, 64) + c;
}

function attentionGrad<T>(
  q: usize,
  k: usize,
  v: usize,
  mask: usize,
  y: usize,
  lse: usize,
  dy: usize,
  dq: usize,
  dk: usize,
  dv: usize,
  scratch: usize,
  meta: usize,
  scale: f64,
  from: u32,
  to: u32,
): void {
  const size = <u32>sizeof<T>();
  const queries = load<u32>(meta);
  const keys = load<u32>(meta, 4);
  const d = load<u32>(meta, 8);
  const e = load<u32>(meta, 12);
  const heads = load<u32>(meta, 16);
  const causal = load<u32>(meta, 20);
  const kind = load<u32>(meta, 24);
  const maskSize = kind == 1 ? 4 : size;
  const maskRow = load<u32>(meta, 28) * maskSize;
  const maskColumn = load<u32>(meta, 32);
  const row = load<u32>(meta, 40);
  const rowK = load<u32>(meta, 44);
  const rowV = load<u32>(meta, 48);
  const rowE = heads * e * size;
  const wide = padded<T>(d) * size;
  const wideE = padded<T>(e) * size;
  const sRow = BLOCK * size;
  const by = v128.splat<T>(<T>scale);
  const one = v128.splat<T>(<T>1);
  const nothing = i32x4.splat(0);
  // Scratch: p, ds, sums of dk and dv, packed kᵀ, vᵀ, k, q, dy; then for all queries Σ y dy and the sums of dq.
  const p = scratch;
  const ds = p + BLOCK * sRow;
  const sumK = ds + BLOCK * sRow;
  const sumV = sumK + BLOCK * wide;
  const kt = sumV + BLOCK * wideE;
  const vt = kt + d * sRow;
  const ks = vt + e * sRow;
  const qs = ks + BLOCK * wide;
  const dys = qs + BLOCK * wide;
  const dots = dys + BLOCK * wideE;
  const sumQ = dots + ((queries + 3) & ~3) * size;

  for (; from < to; from++) {
    const outer = from / heads;
    const head = from - outer * heads;
    const pq = q + begin(meta, 1, from) * size;
    const pk = k + begin(meta, 2, from) * size;
    const pv = v + begin(meta, 3, from) * size;
    const pm = mask + begin(meta, 4, from) * maskSize;
    const pdy = dy + outer * queries * rowE + head * e * size;
    const py = pdy - dy + y;
    const top = lse + from * queries * size;
    for (let i: u32 = 0; i < queries; i++) {
      const dot = foldTerms<T, Sum<T>, Product<T>>(py + i * rowE, pdy + i * rowE, e, nothing, nothing);
      storeOne<T>(dots + i * size, dot);
    }
    if (keys == 0) memory.fill(sumQ, 0, queries * wide);
    for (let j: u32 = 0; j < keys; j += BLOCK) {
      const n = min(keys - j, BLOCK);
      pack<T>(pk + j * rowK * size, d, 0, 1, rowK, 0, d, 0, n, kt);
      scaleRow<T>(kt, kt, d * padded<T>(n), by);
      pack<T>(pv + j * rowV * size, e, 0, 1, rowV, 0, e, 0, n, vt);
      pack<T>(pk + j * rowK * size, n, 0, rowK, 1, 0, n, 0, d, ks);
      const first = causal ? j : 0;
      // Keys that no query of the first block sees.
      if (first + n > queries) memory.fill(sumK, 0, BLOCK * (wide + wideE));
      for (let i = first; i < queries; i += BLOCK) {
        const rows = min(queries - i, BLOCK);
        const cut = causal != 0 && j == i;
        const xq = pq + i * row * size;
        const xdy = pdy + i * rowE;
        pack<T>(xq, rows, 0, row, 1, 0, rows, 0, d, qs);
        pack<T>(xdy, rows, 0, heads * e, 1, 0, rows, 0, e, dys);
        product<T>(xq, row * size, size, kt, p, sRow, rows, n, d, cut ? LEFT : WHOLE, false);
        product<T>(xdy, rowE, size, vt, ds, sRow, rows, n, e, cut ? LEFT : WHOLE, false);
        for (let r: u32 = 0; r < rows; r++) {
          const at = p + r * sRow;
          const counted = cut ? min(n, r + 1) : n;
          masked<T>(at, counted, pm + (i + r) * maskRow + j * maskColumn * maskSize, kind, maskColumn);
          const shift = finite<T>(loadSplat<T>(top + (i + r) * size));
          const end = at + ((counted + 3) & ~3) * size;
          slopes<T>(at, end, ds - p, shift, loadSplat<T>(dots + (i + r) * size));
        }
        product<T>(p, size, sRow, dys, sumV, wideE, n, e, rows, cut ? BELOW : WHOLE, i > first);
        product<T>(ds, size, sRow, qs, sumK, wide, n, d, rows, cut ? BELOW : WHOLE, i > first);
        product<T>(ds, sRow, size, ks, sumQ + i * wide, wide, rows, d, n, cut ? ABOVE : WHOLE, j > 0);
      }
      for (let c: u32 = 0; c < n; c++) {
        const key = outer * keys + j + c;
        scaleRow<T>(sumK + c * wide, dk + part(meta, 1, key, head * d) * size, d, by);
        scaleRow<T>(sumV + c * wideE, dv + part(meta, 2, key, head * e) * size, e, one);
      }
    }
    for (let i: u32 = 0; i < queries; i++) {
      scaleRow<T>(sumQ + i * wide, dq + part(meta, 0, outer * queries + i, head * d) * size, d, by);
    }
  }
}

/**
 * y = softmax(q · kᵀ · scale + mask) · v, and lse = log Σ e^score for each query. The range counts blocks of queries.
 * @reach q: attentionOperand(meta, words, 1, to); k: attentionOperand(meta, words, 2, to)
 * @reach v: attentionOperand(meta, words, 3, to); mask as bytes: attentionMask(meta, words, to, size)
 * @reach y: attentionRows(meta, words, attentionHeads(meta, words, to))
 * @reach lse: attentionSums(meta, words, attentionHeads(meta, words, to))
 * @reach scratch as bytes: attentionScratch(meta, words, to, size)
 * @split 64 * at(meta, 1) * ((at(meta, 2) + at(meta, 3)) * size * 0.018 + 1.5)
 */
export function attention_f32(
  q: In,
  k: In,
  v: In,
  mask: In,
  y: Out,
  lse: Out,
  scratch: Scratch,
  meta: Meta,
  scale: f64,
  from: u32,
  to: u32,
): void {
  attention<f32>(q, k, v, mask, y, lse, scratch, meta, scale, from, to);
}
/** y = softmax(q · kᵀ · scale + mask) · v, and lse = log Σ e^score for each query. The range counts blocks of queries. */
export function attention_f64(
  q: In,
  k: In,
  v: In,
  mask: In,
  y: Out,
  lse: Out,
  scratch: Scratch,
  meta: Meta,
  scale: f64,
  from: u32,
  to: u32,
): void {
  attention<f64>(q, k, v, mask, y, lse, scratch, meta, scale, from, to);
}
/**
 * What dy gives q, k and v, without summing over axes along which they repeat. The range counts heads of the batch.
 * @reach q: attentionOperand(meta, words, 1, to); k: attentionOperand(meta, words, 2, to)
 * @reach v: attentionOperand(meta, words, 3, to); mask as bytes: attentionMask(meta, words, to, size)
 * @reach y, dy: attentionRows(meta, words, to); lse: attentionSums(meta, words, to)
 * @reach dq: attentionGradient(meta, words, 0, to)
 * @reach dk: attentionGradient(meta, words, 1, to); dv: attentionGradient(meta, words, 2, to)
 * @reach scratch as bytes: attentionGradScratch(meta, words, to, size)
 * @split at(meta, 0) * at(meta, 1) * ((at(meta, 2) + at(meta, 3)) * size * 0.045 + 1.5)
 */
export function attention_grad_f32(
  q: In,
  k: In,
  v: In,
  mask: In,
  y: In,
  lse: In,
  dy: In,
  dq: Out,
  dk: Out,
  dv: Out,
  scratch: Scratch,
  meta: Meta,
  scale: f64,
  from: u32,
  to: u32,
): void {
  attentionGrad<f32>(q, k, v, mask, y, lse, dy, dq, dk, dv, scratch, meta, scale, from, to);
}
/** What dy gives q, k and v, without summing over axes along which they repeat. The range counts heads of the batch. */
export function attention_grad_f64(
  q: In,
  k: In,
  v: In,
  mask: In,
  y: In,
  lse: In,
  dy: In,
  dq: Out,
  dk: Out,
  dv: Out,
  scratch: Scratch,
  meta: Meta,
  scale: f64,
  from: u32,
  to: u32,
): void {
  attentionGrad<f64>(q, k, v, mask, y, lse, dy, dq, dk, dv, scratch, meta, scale, from, to);
}
