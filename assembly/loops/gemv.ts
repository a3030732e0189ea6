// A matrix times a vector, y = a · x: by dot products where a's rows are contiguous, by sums of columns otherwise.

import { BLOCK_DEPTH } from '../../src/runtime/blocking';
import { madd } from '../lanes/madd';
import { loadOne, loadSplat, storeOne } from './walk';

/** The sum of all lanes, in lane 0. */
function total<T>(v: v128): v128 {
  if (sizeof<T>() == 8) return v128.add<T>(v, v128.shuffle<f64>(v, v, 1, 0));
  const pairs = v128.add<T>(v, v128.shuffle<f32>(v, v, 1, 0, 3, 2));
  return v128.add<T>(pairs, v128.shuffle<f32>(pairs, pairs, 2, 3, 0, 1));
}

/** Adds a block's sum to an element of y, or writes it. */
function finish<T>(y: usize, sum: v128, more: bool): void {
  storeOne<T>(y, more ? v128.add<T>(loadOne<T>(y), sum) : sum);
}

/**
 * y[i] = Σ a[i, p] · x[p] for from <= i < to; both contiguous in p, depth k > 0. Each vector lane sums on its own, and
 * the lanes at the end of a block.
 *
 * @param step from a row to the next, in bytes.
 */
export function dots<T>(a: usize, step: u32, x: usize, y: usize, k: u32, from: u32, to: u32): void {
  const bytes = k * <u32>sizeof<T>();
  const block = <u32>BLOCK_DEPTH * <u32>sizeof<T>();
  for (let i = from; i < to;) {
    const rows = to - i >= 4 ? 4 : 1;
    const out = y + i * sizeof<T>();
    const row = a + i * step;
    for (let start: u32 = 0; start < bytes; start += block) {
      const end = min(bytes, start + block);
      const whole = end & ~15;
      let s0 = v128.splat<T>(<T>0);
      let p = start;
      if (rows == 4) {
        let s1 = s0;
        let s2 = s0;
        let s3 = s0;
        const row1 = row + step;
        const row2 = row1 + step;
        const row3 = row2 + step;
        for (; p < whole; p += 16) {
          const v = v128.load(x + p);
          s0 = madd<T>(v128.load(row + p), v, s0);
          s1 = madd<T>(v128.load(row1 + p), v, s1);
          s2 = madd<T>(v128.load(row2 + p), v, s2);
          s3 = madd<T>(v128.load(row3 + p), v, s3);
        }
        for (; p < end; p += sizeof<T>()) {
          const v = loadOne<T>(x + p);
          s0 = madd<T>(loadOne<T>(row + p), v, s0);
          s1 = madd<T>(loadOne<T>(row1 + p), v, s1);
          s2 = madd<T>(loadOne<T>(row2 + p), v, s2);
          s3 = madd<T>(loadOne<T>(row3 + p), v, s3);
        }
        finish<T>(out + sizeof<T>(), total<T>(s1), start > 0);
        finish<T>(out + 2 * sizeof<T>(), total<T>(s2), start > 0);
        finish<T>(out + 3 * sizeof<T>(), total<T>(s3), start > 0);
      } else {
        for (; p < whole; p += 16) s0 = madd<T>(v128.load(row + p), v128.load(x + p), s0);
        for (; p < end; p += sizeof<T>()) s0 = madd<T>(loadOne<T>(row + p), loadOne<T>(x + p), s0);
      }
      finish<T>(out, total<T>(s0), start > 0);
    }
    i += rows;
  }
}

/**
 * y[i] = Σ a[i, p] · x[p] for from <= i < to; a's columns and x are contiguous, depth k > 0. Sums as gemm does, in the
 * order of p.
 *
 * @param step from a column to the next, in bytes.
 */
export function columns<T>(a: usize, step: u32, x: usize, y: usize, k: u32, from: u32, to: u32): void {
  const end = y + to * sizeof<T>();
  for (let start: u32 = 0; start < k; start += BLOCK_DEPTH) {
    const depth = min<u32>(k - start, BLOCK_DEPTH);
    const more = start > 0;
    const xs = x + start * sizeof<T>();
    let column = a + start * step + from * sizeof<T>();
    let out = y + from * sizeof<T>();
    for (; out + 64 <= end; out += 64, column += 64) {
      let s0 = v128.splat<T>(<T>0);
      let s1 = s0;
      let s2 = s0;
      let s3 = s0;
      let c = column;
      for (let p = xs, last = xs + depth * sizeof<T>(); p < last; p += sizeof<T>(), c += step) {
        const v = loadSplat<T>(p);
        s0 = madd<T>(v, v128.load(c), s0);
        s1 = madd<T>(v, v128.load(c, 16), s1);
        s2 = madd<T>(v, v128.load(c, 32), s2);
        s3 = madd<T>(v, v128.load(c, 48), s3);
      }
      put<T>(out, s0, more);
      put<T>(out + 16, s1, more);
      put<T>(out + 32, s2, more);
      put<T>(out + 48, s3, more);
    }
    for (; out + 16 <= end; out += 16, column += 16) {
      let s = v128.splat<T>(<T>0);
      let c = column;
      for (let p = xs, last = xs + depth * sizeof<T>(); p < last; p += sizeof<T>(), c += step) {
        s = madd<T>(loadSplat<T>(p), v128.load(c), s);
      }
      put<T>(out, s, more);
    }
    for (; out < end; out += sizeof<T>(), column += sizeof<T>()) {
      let s = v128.splat<T>(<T>0);
      let c = column;
      for (let p = xs, last = xs + depth * sizeof<T>(); p < last; p += sizeof<T>(), c += step) {
        s = madd<T>(loadOne<T>(p), loadOne<T>(c), s);
      }
      finish<T>(out, s, more);
    }
  }
}

/** Writes a vector, or adds it to what stands there. */
export function put<T>(y: usize, v: v128, more: bool): void {
  v128.store(y, more ? v128.add<T>(v128.load(y), v) : v);
}
