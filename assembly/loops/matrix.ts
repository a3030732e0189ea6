// A matrix as the left operand of a product.

import { BLOCK_DEPTH, BLOCK_ROWS } from '../../src/runtime/blocking';
import { Rows } from './gemm';

/** Columns of a from which its packing pays, when it is stored transposed. */
const FAR: u32 = 64;

/**
 * a as it stands, or packed where it is stored transposed and its columns lie far apart. Meta, in words:
 *
 *   4 columns of c   12 a's row stride   16 a's column stride, of which one is 1
 */
@unmanaged
@final
export class Matrix<T> extends Rows {
  packs(meta: usize): bool {
    return load<u32>(meta, 16) > FAR && load<u32>(meta, 4) > 16;
  }
  depth(meta: usize, p: u32, k: u32): u32 {
    return min<u32>(k - p, BLOCK_DEPTH);
  }
  run(meta: usize, depth: u32): u32 {
    return depth;
  }
  gap(meta: usize, depth: u32): u32 {
    return 0;
  }
  take(a: usize, meta: usize, p: u32, depth: u32, i: u32, to: u32, room: usize): u32 {
    if (!this.packs(meta)) return to;
    const rows = min<u32>(to - i, BLOCK_ROWS);
    const column = load<u32>(meta, 16) * <u32>sizeof<T>();
    const step = this.step(meta, p, depth, rows);
    const bytes = rows * <u32>sizeof<T>();
    const whole = bytes & ~15;
    let x = a + (i * load<u32>(meta, 12) + p * load<u32>(meta, 16)) * <u32>sizeof<T>();
    for (let y = room, end = room + depth * step; y < end; y += step, x += column) {
      let q: u32 = 0;
      for (; q < whole; q += 16) v128.store(y + q, v128.load(x + q));
      for (; q < bytes; q += sizeof<T>()) store<T>(y + q, load<T>(x + q));
    }
    return i + rows;
  }
  origin(a: usize, meta: usize, p: u32, i: u32, room: usize): usize {
    if (this.packs(meta)) return room;
    return a + (i * load<u32>(meta, 12) + p * load<u32>(meta, 16)) * <u32>sizeof<T>();
  }
  places(meta: usize, p: u32, depth: u32, first: u32, i: u32, rows: u32, to: usize): void {
    const row = load<u32>(meta, 12) * <u32>sizeof<T>();
    let place = (i - first) * row;
    for (const end = to + 4 * rows; to < end; to += 4, place += row) store<u32>(to, place);
  }
  step(meta: usize, p: u32, depth: u32, rows: u32): u32 {
    // Four elements more, so that the columns of a tile do not all fall into the same few cache sets.
    return (this.packs(meta) ? ((rows + 3) & ~3) + 4 : load<u32>(meta, 16)) * <u32>sizeof<T>();
  }
}
