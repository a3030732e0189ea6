// The patches under a filter as rows (or columns) of a matrix, gathered block by block: convolution is then a product.

import { Rows } from './gemm';

// Row i of the matrix is a place (batch, y, x) of a grid; column p is a tap and a channel (ky, kx, c) of the filter. The
// element is the source image's at
//
//   row    (y · factor + offset + ky · step) / divisor     and 0 where this is no whole number or not in the image;
//   column likewise with x and kx
//
// Forward, the grid is the output: factor = stride, offset = -pad, step = dilation. For the input's gradient, the grid is
// the input, the source is dy and the taps stand in reverse: offset = pad - (size - 1) · dilation, divisor = stride.
//
// Meta, in words, two numbers for height and width:
//
//   0 grid   8 source   16 channels   20 filter width   24 factor   32 offset   40 step   48 divisor
//   56 whether the matrix is the source as it stands, as for a 1 × 1 filter

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

/** Gathers rows i … i + rows, columns p … p + depth, a row after the other, pitch bytes apart. */
function gather<T>(x: usize, meta: usize, i: u32, rows: u32, p: u32, depth: u32, to: usize, pitch: u32): void {
  const gridH = load<u32>(meta);
  const gridW = load<u32>(meta, 4);
  const height = load<u32>(meta, 8);
  const width = load<u32>(meta, 12);
  const channels = load<u32>(meta, 16) * <u32>sizeof<T>();
  const taps = load<u32>(meta, 20);
  const factorY = load<u32>(meta, 24);
  const factorX = load<u32>(meta, 28);
  const stepY = load<u32>(meta, 40);
  const stepX = load<u32>(meta, 44);
  const divisorY = load<u32>(meta, 48);
  const divisorX = load<u32>(meta, 52);
  const rowBytes = width * channels;

  // Where the first row stands in the grid, and the first column in the filter.
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
    const y0 = gy * factorY + load<u32>(meta, 32);
    const x0 = gx * factorX + load<u32>(meta, 36);
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
      if (runs) {
        const run = min((taps - kx) * channels - c, bytes - done);
        if (inside) {
          // The part of the run that lies in the image: [low, high).
          const start = <i32>((x0 + kx) * channels + c);
          const low = min<i32>(max<i32>(-start, 0), run);
          const high = max<i32>(min<i32>(<i32>rowBytes - start, run), low);
          clear<T>(out, low);
          copy<T>(out + low, picture + sy * rowBytes + start + low, high - low);
          clear<T>(out + high, run - high);
        } else clear<T>(out, run);
        done += run;
        kx = 0;
        ky++;
      } else {
        const run = min(channels - c, bytes - done);
        let sx = x0 + kx * stepX;
        if (divisorX != 1) {
          inside = inside && <i32>sx >= 0 && sx % divisorX == 0;
          sx /= divisorX;
        }
        if (inside && sx < width) copy<T>(out, picture + sy * rowBytes + sx * channels + c, run);
        else clear<T>(out, run);
        done += run;
        if (++kx == taps) {
          kx = 0;
          ky++;
        }
      }
      c = 0;
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

/** Patches as rows: places down, taps along the depth. */
@unmanaged
@final
export class Patches<T> extends Rows {
  block(x: usize, meta: usize, i: u32, rows: u32, p: u32, depth: u32, room: usize): usize {
    if (load<u32>(meta, 56)) return x + (i * load<u32>(meta, 16) + p) * sizeof<T>();
    gather<T>(x, meta, i, rows, p, depth, room, depth * <u32>sizeof<T>());
    return room;
  }
  rowStep(meta: usize, rows: u32, depth: u32): u32 {
    return load<u32>(meta, 56) ? load<u32>(meta, 16) : depth;
  }
  depthStep(meta: usize, rows: u32, depth: u32): u32 {
    return 1;
  }
}

/** Patches as columns: taps down, places along the depth. */
@unmanaged
@final
export class Taps<T> extends Rows {
  block(x: usize, meta: usize, i: u32, rows: u32, p: u32, depth: u32, room: usize): usize {
    if (load<u32>(meta, 56)) return x + (p * load<u32>(meta, 16) + i) * sizeof<T>();
    gather<T>(x, meta, p, depth, i, rows, room, this.depthStep(meta, rows, depth) * <u32>sizeof<T>());
    return room;
  }
  rowStep(meta: usize, rows: u32, depth: u32): u32 {
    return 1;
  }
  depthStep(meta: usize, rows: u32, depth: u32): u32 {
    // Four more, so that the columns of a tile do not all fall into the same few cache sets.
    return load<u32>(meta, 56) ? load<u32>(meta, 16) : ((rows + 3) & ~3) + 4;
  }
}
