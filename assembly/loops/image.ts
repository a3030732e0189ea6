// Images as the left operand of a matrix product: convolution, and its gradients.

import * as blocking from '../../src/runtime/blocking';
import { COPIED, GATHERED, TURNED } from '../../src/runtime/blocking';
import { Rows } from './gemm';
import { loadOne, storeOne } from './walk';

// The matrix of patches has a row for each place (batch, y, x) of a grid, and a column for each tap and channel
// (ky, kx, c) of a filter. Its element is the source image's at
//
//   row    (y · factor + offset + ky · step) / divisor     and 0 where this is no whole number or not in the image;
//   column likewise with x and kx
//
// Forward, the grid is the output: factor = stride, offset = -pad, step = dilation. For the input's gradient, the grid is
// the input, the source is dy and the taps stand in reverse: offset = pad - (size - 1) · dilation, divisor = stride. For
// the filter's gradient the matrix of the forward product is turned: taps down, places along the depth.
//
// Where taps of a row are neighbours in the source, patches are read from the source itself, or from a copy of some images
// or rows of one with zeros around. Otherwise they are gathered, block by block.
//
//   image with zeros around      a patch is `filter height` runs of filter width · channels elements, pitch apart
//   ┌───────────────┐
//   │ 0 0 0 0 0 0 0 │
//   │ 0 ┌─────┐ x 0 │
//   │ 0 │ run │ x 0 │
//
// Meta, in words, two numbers for height and width:
//
//   0 grid   8 source   16 channels   20 filter   28 factor   36 offset   44 step   52 divisor
//   60 mode   64 pitch in elements   68 images in a copy, or in a part of a turned depth   72 rows of the grid in a copy

const BLOCK_ROWS: u32 = blocking.BLOCK_ROWS;
const BLOCK_DEPTH: u32 = blocking.BLOCK_DEPTH;

/** Copies n bytes, a multiple of an element. */
function copy<T>(to: usize, from: usize, n: u32): void {
  const end = to + n;
  for (; to + 16 <= end; to += 16, from += 16) v128.store(to, v128.load(from));
  for (; to < end; to += sizeof<T>(), from += sizeof<T>()) store<T>(to, load<T>(from));
}

/** Zeros n bytes, a multiple of an element. */
function clear<T>(to: usize, n: u32): void {
  const end = to + n;
  for (; to + 16 <= end; to += 16) v128.store(to, i64x2.splat(0));
  for (; to < end; to += sizeof<T>()) store<T>(to, <T>0);
}

/** Copies n bytes of a row of so many from `start` on, with zeros for what lies before and behind the row. */
function clip<T>(to: usize, row: usize, bytes: u32, start: i32, n: u32): void {
  const low = min<i32>(max<i32>(-start, 0), n);
  const high = max<i32>(min<i32>(<i32>bytes - start, n), low);
  clear<T>(to, low);
  copy<T>(to + low, row + start + low, high - low);
  clear<T>(to + high, n - high);
}

/** Adds n bytes of elements to a row of so many from `start` on; what lies before and behind the row is dropped. */
export function addClipped<T>(row: usize, bytes: u32, start: i32, from: usize, n: u32): void {
  const low = min<i32>(max<i32>(-start, 0), n);
  const high = max<i32>(min<i32>(<i32>bytes - start, n), low);
  let to = row + start + low;
  const end = row + start + high;
  from += low;
  for (; to + 16 <= end; to += 16, from += 16) v128.store(to, v128.add<T>(v128.load(to), v128.load(from)));
  for (; to < end; to += sizeof<T>(), from += sizeof<T>()) {
    storeOne<T>(to, v128.add<T>(loadOne<T>(to), loadOne<T>(from)));
  }
}

/** Gathers patches i … i + rows, taps p … p + depth, a patch after the other, pitch bytes apart. */
function gather<T>(x: usize, meta: usize, i: u32, rows: u32, p: u32, depth: u32, to: usize, pitch: u32): void {
  const gridH = load<u32>(meta);
  const gridW = load<u32>(meta, 4);
  const height = load<u32>(meta, 8);
  const width = load<u32>(meta, 12);
  const channels = load<u32>(meta, 16) * <u32>sizeof<T>();
  const taps = load<u32>(meta, 24);
  const factorY = load<u32>(meta, 28);
  const factorX = load<u32>(meta, 32);
  const stepY = load<u32>(meta, 44);
  const stepX = load<u32>(meta, 48);
  const divisorY = load<u32>(meta, 52);
  const divisorX = load<u32>(meta, 56);
  const rowBytes = width * channels;

  // Where the first patch stands in the grid, and the first tap in the filter.
  const line = i / gridW;
  let gx = i - line * gridW;
  let image = line / gridH;
  let gy = line - image * gridH;
  const tap = p / load<u32>(meta, 16);
  const firstC = p * <u32>sizeof<T>() - tap * channels;
  const firstY = tap / taps;
  const firstX = tap - firstY * taps;
  const bytes = depth * <u32>sizeof<T>();
  // Neighbouring taps are neighbours in the source too: a row of the filter is one run.
  const runs = stepX == 1 && divisorX == 1;

  for (const end = to + rows * pitch; to < end; to += pitch) {
    const picture = x + image * height * rowBytes;
    const y0 = gy * factorY + load<u32>(meta, 36);
    const x0 = gx * factorX + load<u32>(meta, 40);
    let ky = firstY;
    let kx = firstX;
    let c = firstC;
    for (let done: u32 = 0; done < bytes;) {
      let sy = y0 + ky * stepY;
      let inside = true;
      if (divisorY != 1) {
        inside = <i32>sy >= 0 && sy % divisorY == 0;
        sy /= divisorY;
      }
      inside = inside && sy < height;
      const out = to + done;
      let run: u32;
      if (runs) {
        run = min((taps - kx) * channels - c, bytes - done);
        if (inside) clip<T>(out, picture + sy * rowBytes, rowBytes, (x0 + kx) * channels + c, run);
        else clear<T>(out, run);
        kx = taps;
      } else {
        run = min(channels - c, bytes - done);
        let sx = x0 + kx * stepX;
        if (divisorX != 1) {
          inside = inside && <i32>sx >= 0 && sx % divisorX == 0;
          sx /= divisorX;
        }
        if (inside && sx < width) copy<T>(out, picture + sy * rowBytes + sx * channels + c, run);
        else clear<T>(out, run);
        kx++;
      }
      done += run;
      c = 0;
      if (kx == taps) {
        kx = 0;
        ky++;
      }
    }
    if (++gx == gridW) {
      gx = 0;
      if (++gy == gridH) {
        gy = 0;
        image++;
      }
    }
  }
}

/** The matrix of patches: see above. */
@unmanaged
@final
export class Patches<T> extends Rows {
  is(meta: usize, mode: u32): bool {
    return (load<u32>(meta, 60) & mode) != 0;
  }
  /** Elements in a run of taps: a row of the filter. */
  taps(meta: usize): u32 {
    return load<u32>(meta, 24) * load<u32>(meta, 16);
  }
  /** Rows of the source under `lines` rows of the grid. */
  reach(meta: usize, lines: u32): u32 {
    return (lines - 1) * load<u32>(meta, 28) + (load<u32>(meta, 20) - 1) * load<u32>(meta, 44) + 1;
  }
  /** The first grid row in the copy that has row i first; 0 where whole images are copied. */
  firstLine(meta: usize, i: u32): u32 {
    const gridH = load<u32>(meta);
    return load<u32>(meta, 72) < gridH ? (i / load<u32>(meta, 4)) % gridH : 0;
  }

  depth(meta: usize, p: u32, k: u32): u32 {
    if (this.is(meta, GATHERED)) return min(k - p, BLOCK_DEPTH);
    const turned = this.is(meta, TURNED);
    const run = turned ? load<u32>(meta, 4) : this.taps(meta);
    if (run > BLOCK_DEPTH) return min(run - (p % run), BLOCK_DEPTH);
    let runs = BLOCK_DEPTH / run;
    if (turned) {
      // Places of one image, in one copy.
      const gridH = load<u32>(meta);
      runs = min(min(runs, gridH - ((p / run) % gridH)), load<u32>(meta, 72));
    }
    return min(runs * run, k - p);
  }

  run(meta: usize, depth: u32): u32 {
    if (this.is(meta, GATHERED)) return depth;
    return min(depth, this.is(meta, TURNED) ? load<u32>(meta, 4) : this.taps(meta));
  }

  gap(meta: usize, depth: u32): u32 {
    if (this.is(meta, GATHERED)) return 0;
    const pitch = load<u32>(meta, 64);
    const gap = this.is(meta, TURNED)
      ? pitch * load<u32>(meta, 28) - this.run(meta, depth) * load<u32>(meta, 32) * load<u32>(meta, 16)
      : pitch * load<u32>(meta, 44) - this.run(meta, depth);
    return gap * <u32>sizeof<T>();
  }

  step(meta: usize, p: u32, depth: u32, rows: u32): u32 {
    let step: u32 = 1;
    if (this.is(meta, TURNED)) {
      // Four elements more, so that the columns of a tile do not all fall into the same few cache sets.
      step = this.is(meta, GATHERED) ? ((rows + 3) & ~3) + 4 : load<u32>(meta, 32) * load<u32>(meta, 16);
    }
    return step * <u32>sizeof<T>();
  }

  take(x: usize, meta: usize, p: u32, depth: u32, i: u32, to: u32, room: usize): u32 {
    if (this.is(meta, GATHERED)) {
      const rows = min(to - i, BLOCK_ROWS);
      if (this.is(meta, TURNED)) gather<T>(x, meta, p, depth, i, rows, room, this.step(meta, p, depth, rows));
      else gather<T>(x, meta, i, rows, p, depth, room, depth * <u32>sizeof<T>());
      return i + rows;
    }
    if (!this.is(meta, COPIED)) return to;
    const gridH = load<u32>(meta);
    const gridW = load<u32>(meta, 4);
    const place = this.is(meta, TURNED) ? p : i;
    const image = place / (gridH * gridW);
    const line = this.firstLine(meta, place);
    if (this.is(meta, TURNED)) {
      // As many rows as the block of depth is over.
      this.surround(x, meta, image, (place / gridW) % gridH, (depth + gridW - 1) / gridW, room);
      return to;
    }
    const lines = min(load<u32>(meta, 72), gridH - line);
    const images = min(load<u32>(meta, 68), (to - 1) / (gridH * gridW) - image + 1);
    const bytes = this.reach(meta, lines) * load<u32>(meta, 64) * <u32>sizeof<T>();
    for (let n: u32 = 0; n < images; n++) this.surround(x, meta, image + n, line, lines, room + n * bytes);
    return min(to, ((image + images - 1) * gridH + line + lines) * gridW);
  }

  /** Copies the part of an image under `lines` rows of the grid, with zeros around. */
  surround(x: usize, meta: usize, image: u32, line: u32, lines: u32, to: usize): void {
    const height = load<u32>(meta, 8);
    const channels = load<u32>(meta, 16) * <u32>sizeof<T>();
    const rowBytes = load<u32>(meta, 12) * channels;
    const pitch = load<u32>(meta, 64) * <u32>sizeof<T>();
    const left = load<u32>(meta, 40) * channels;
    let row = line * load<u32>(meta, 28) + load<u32>(meta, 36);
    for (const end = to + this.reach(meta, lines) * pitch; to < end; to += pitch, row++) {
      if (row < height) clip<T>(to, x + (image * height + row) * rowBytes, rowBytes, left, pitch);
      else clear<T>(to, pitch);
    }
  }

  origin(x: usize, meta: usize, p: u32, i: u32, room: usize): usize {
    if (this.is(meta, GATHERED)) return room;
    const channels = load<u32>(meta, 16);
    const pitch = load<u32>(meta, 64);
    let at: u32;
    if (this.is(meta, TURNED)) {
      const gridW = load<u32>(meta, 4);
      const line = p / gridW;
      at = (p - line * gridW) * load<u32>(meta, 32) * channels;
      if (!this.is(meta, COPIED)) {
        const image = line / load<u32>(meta);
        at += (image * load<u32>(meta, 8) + (line - image * load<u32>(meta)) * load<u32>(meta, 28)) * pitch;
      }
    } else {
      const run = this.taps(meta);
      const ky = p / run;
      at = ky * load<u32>(meta, 44) * pitch + (p - ky * run);
    }
    if (this.is(meta, COPIED)) return room + at * <u32>sizeof<T>();
    return x + (at + load<u32>(meta, 36) * pitch + load<u32>(meta, 40) * channels) * <u32>sizeof<T>();
  }

  places(meta: usize, p: u32, depth: u32, first: u32, i: u32, rows: u32, to: usize): void {
    const end = to + 4 * rows;
    if (this.is(meta, GATHERED)) {
      const row = (this.is(meta, TURNED) ? 1 : depth) * <u32>sizeof<T>();
      for (let place = (i - first) * row; to < end; to += 4, place += row) store<u32>(to, place);
      return;
    }
    const pitch = load<u32>(meta, 64) * <u32>sizeof<T>();
    if (this.is(meta, TURNED)) {
      const run = this.taps(meta) * <u32>sizeof<T>();
      let place = i * <u32>sizeof<T>();
      let ky = place / run;
      place -= ky * run;
      for (; to < end; to += 4) {
        store<u32>(to, ky * load<u32>(meta, 44) * pitch + place);
        place += sizeof<T>();
        if (place == run) {
          place = 0;
          ky++;
        }
      }
      return;
    }
    const gridH = load<u32>(meta);
    const gridW = load<u32>(meta, 4);
    const line = i / gridW;
    const column = load<u32>(meta, 32) * load<u32>(meta, 16) * <u32>sizeof<T>();
    let gx = i - line * gridW;
    let image = line / gridH;
    let gy = line - image * gridH;
    // Rows of the source for an image, and which image and row come first in it.
    let imageRows = load<u32>(meta, 8);
    let skip: u32 = 0;
    if (this.is(meta, COPIED)) {
      const firstLine = this.firstLine(meta, first);
      imageRows = this.reach(meta, min(load<u32>(meta, 72), gridH - firstLine));
      skip = (first / (gridH * gridW)) * imageRows + firstLine * load<u32>(meta, 28);
    }
    for (; to < end; to += 4) {
      store<u32>(to, (image * imageRows + gy * load<u32>(meta, 28) - skip) * pitch + gx * column);
      if (++gx == gridW) {
        gx = 0;
        if (++gy == gridH) {
          gy = 0;
          image++;
        }
      }
    }
  }
}
