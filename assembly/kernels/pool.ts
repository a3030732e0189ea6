// Pooling over images stored as [batch, height, width, channels]: maxima and means of windows, and their gradients.

import { Lanes, One, Whole } from '../loops/lanes';
import { In, Meta, Out } from '../types';
import { Max } from './reduce';

// Meta, in words, two numbers for height and width:
//
//   0 image   8 channels   12 output   20 window   28 stride   36 dilation   44 rows and columns before the image
//
// Elements beyond the image do not take part: a maximum does not see them, and a mean does not count them.

/**
 * What is done with the elements of a window that lie in the image, with something carried from one to the next: specialise on
 * it, never allocate it. x and z are in tensors of the image's shape, y and most in tensors of the output's.
 */
@unmanaged
class Window {
  /** Whether elements come last to first. */
  reversed(): bool {
    return false;
  }
  /** The maximum, where that is known. */
  most<L extends Lanes>(most: usize): v128 {
    return i32x4.splat(0);
  }
  /** What is carried to the first element. */
  start<T extends number, L extends Lanes>(y: usize, count: v128): v128 {
    return count;
  }
  /** What is carried on from an element. */
  tap<T extends number, L extends Lanes>(s: v128, x: usize, z: usize, most: v128): v128 {
    return s;
  }
  /** What becomes of the last. */
  end<T extends number, L extends Lanes>(s: v128, y: usize, count: v128): void {}
}

/** Windows side by side, over n bytes of each place's channels. nextX is from a place to the next in x, next in y. */
type Part = (
  x: usize,
  z: usize,
  most: usize,
  y: usize,
  n: u32,
  places: u32,
  nextX: u32,
  next: u32,
  rows: u32,
  columns: u32,
  rowStep: u32,
  columnStep: u32,
) => void;

/** A window over n bytes of channels, or of more where windows beside it follow without a gap, with L at a time. */
function any<T extends number, L extends Lanes, F extends Window>(
  x: usize,
  z: usize,
  most: usize,
  y: usize,
  n: u32,
  rows: u32,
  columns: u32,
  rowStep: u32,
  columnStep: u32,
): void {
  const f = changetype<F>(0);
  const bytes = changetype<L>(0).bytes();
  const count = v128.splat<T>(<T>(rows * columns));
  for (const end = y + n; y < end; x += bytes, y += bytes) {
    const m = f.most<L>(most + y);
    let s = f.start<T, L>(y, count);
    let row = x;
    for (let left = rows; left > 0; left--, row += rowStep) {
      let tap = row;
      for (let more = columns; more > 0; more--, tap += columnStep) s = f.tap<T, L>(s, tap, z, m);
    }
    f.end<T, L>(s, y, count);
  }
}

/** A Part of windows of 2 × 2 or 3 × 3, over whole vectors, without a loop over their elements. */
function small<T extends number, F extends Window>(
  x: usize,
  z: usize,
  most: usize,
  y: usize,
  n: u32,
  places: u32,
  nextX: u32,
  next: u32,
  size: u32,
  rowStep: u32,
  columnStep: u32,
): void {
  const f = changetype<F>(0);
  const count = v128.splat<T>(<T>(size * size));
  nextX -= n;
  next -= n;
  do {
    const end = y + n;
    do {
      const m = f.most<Whole>(most + y);
      let s = f.start<T, Whole>(y, count);
      s = f.tap<T, Whole>(s, x, z, m);
      s = f.tap<T, Whole>(s, x + columnStep, z, m);
      if (size == 3) s = f.tap<T, Whole>(s, x + 2 * columnStep, z, m);
      let row = x + rowStep;
      s = f.tap<T, Whole>(s, row, z, m);
      s = f.tap<T, Whole>(s, row + columnStep, z, m);
      if (size == 3) {
        s = f.tap<T, Whole>(s, row + 2 * columnStep, z, m);
        row += rowStep;
        s = f.tap<T, Whole>(s, row, z, m);
        s = f.tap<T, Whole>(s, row + columnStep, z, m);
        s = f.tap<T, Whole>(s, row + 2 * columnStep, z, m);
      }
      f.end<T, Whole>(s, y, count);
      x += 16;
      y += 16;
    } while (y < end);
    x += nextX;
    y += next;
  } while (--places);
}

/** Any Part, of elements of type T. */
function part<T extends number, F extends Window>(
  x: usize,
  z: usize,
  most: usize,
  y: usize,
  n: u32,
  places: u32,
  nextX: u32,
  next: u32,
  rows: u32,
  columns: u32,
  rowStep: u32,
  columnStep: u32,
): void {
  if (changetype<F>(0).reversed()) {
    x += (rows - 1) * rowStep + (columns - 1) * columnStep;
    rowStep = 0 - rowStep;
    columnStep = 0 - columnStep;
  }
  let whole: u32 = n & ~15;
  // Not for what is seldom asked for: the code would double.
  const hot = sizeof<T>() == 4 && !changetype<F>(0).reversed();
  if (hot && whole > 0 && rows == columns && (rows == 2 || rows == 3)) {
    small<T, F>(x, z, most, y, whole, places, nextX, next, rows, rowStep, columnStep);
    x += whole;
    y += whole;
    n -= whole;
    if (n == 0) return;
    whole = 0;
  }
  for (; places > 0; places--, x += nextX, y += next) {
    any<T, Whole, F>(x, z, most, y, whole, rows, columns, rowStep, columnStep);
    any<T, One<T>, F>(x + whole, z, most, y + whole, n - whole, rows, columns, rowStep, columnStep);
  }
}

/** Visits the windows of the output's places from … to, part by part, with elements of so many bytes. */
function lines(
  visit: Part,
  size: u32,
  x: usize,
  z: usize,
  most: usize,
  y: usize,
  meta: usize,
  from: u32,
  to: u32,
): void {
  const height = load<u32>(meta);
  const width = load<u32>(meta, 4);
  const bytes = load<u32>(meta, 8) * size;
  const outH = load<u32>(meta, 12);
  const outW = load<u32>(meta, 16);
  const windowW = load<u32>(meta, 24);
  const strideX = load<u32>(meta, 32);
  const dilationY = load<u32>(meta, 36);
  const dilationX = load<u32>(meta, 40);
  const rowStep = dilationY * width * bytes;
  const columnStep = dilationX * bytes;
  const nextX = strideX * bytes;
  // Where the last window stands that ends within a row.
  const last = <i32>width - 1 - <i32>((windowW - 1) * dilationX);
  // As distances, one address is enough to go on.
  z -= x;
  most -= y;

  for (let i = from; i < to;) {
    const line = i / outW;
    const image = line / outH;
    // The image's row under the window's first, and how many of the window's rows lie in the image.
    let sy = <i32>((line - image * outH) * load<u32>(meta, 28) - load<u32>(meta, 44));
    let rows = load<u32>(meta, 20);
    for (; rows > 0 && sy < 0; rows--) sy += dilationY;
    while (rows > 0 && sy + <i32>((rows - 1) * dilationY) >= <i32>height) rows--;
    const row = (image * height + sy) * width;
    let left = <i32>((i - line * outW) * strideX - load<u32>(meta, 48));

    for (const end = min(to, (line + 1) * outW); i < end;) {
      let sx = left;
      let columns = windowW;
      let places: u32 = 1;
      let n = bytes;
      if (left < 0 || left > last) {
        for (; columns > 0 && sx < 0; columns--) sx += dilationX;
        while (columns > 0 && sx + <i32>((columns - 1) * dilationX) >= <i32>width) columns--;
      } else {
        places = min(end - i, (last - left) / strideX + 1);
        // Without a stride, the elements of windows beside each other follow without a gap.
        if (strideX == 1) n *= places;
      }
      const px = x + (row + sx) * bytes;
      const py = y + i * bytes;
      i += places;
      left += places * strideX;
      if (n > bytes) places = 1;
      visit(px, z, most, py, n, places, nextX, bytes, rows, columns, rowStep, columnStep);
    }
  }
}

/** As lines, with what F does. */
function windows<T extends number, F extends Window>(
  x: usize,
  z: usize,
  most: usize,
  y: usize,
  meta: usize,
  from: u32,
  to: u32,
): void {
  const visit: Part = (x, z, most, y, n, places, nextX, next, rows, columns, rowStep, columnStep) => {
    part<T, F>(x, z, most, y, n, places, nextX, next, rows, columns, rowStep, columnStep);
  };
  lines(visit, sizeof<T>(), x, z, most, y, meta, from, to);
}

/** As windows, over whole images, into a tensor z of the image's shape that is zero before. */
function scatter<T extends number, F extends Window>(
  x: usize,
  z: usize,
  most: usize,
  y: usize,
  meta: usize,
  from: u32,
  to: u32,
): void {
  const image = load<u32>(meta) * load<u32>(meta, 4) * load<u32>(meta, 8) * <u32>sizeof<T>();
  const places = load<u32>(meta, 12) * load<u32>(meta, 16);
  memory.fill(z + from * image, 0, (to - from) * image);
  windows<T, F>(x, z, most, y, meta, from * places, to * places);
}

@unmanaged
@final
class Largest extends Window {
  reversed(): bool {
    return false;
  }
  most<L extends Lanes>(most: usize): v128 {
    return i32x4.splat(0);
  }
  @inline
  start<T extends number, L extends Lanes>(y: usize, count: v128): v128 {
    return changetype<Max<T>>(0).identity();
  }
  @inline
  tap<T extends number, L extends Lanes>(s: v128, x: usize, z: usize, most: v128): v128 {
    return changetype<Max<T>>(0).lanes(s, changetype<L>(0).get(x));
  }
  @inline
  end<T extends number, L extends Lanes>(s: v128, y: usize, count: v128): void {
    changetype<L>(0).set(y, s);
  }
}

/** The lanes in which x is the window's maximum; NaN is it where there is one. */
function hits<T>(x: v128, most: v128): v128 {
  return v128.or(v128.eq<T>(x, most), v128.ne<T>(x, x));
}

/** y, which is dy, to z at the first maximum: what is carried is what has found none. */
@unmanaged
@final
class LargestGrad extends Window {
  reversed(): bool {
    return false;
  }
  most<L extends Lanes>(most: usize): v128 {
    return changetype<L>(0).get(most);
  }
  @inline
  start<T extends number, L extends Lanes>(y: usize, count: v128): v128 {
    return changetype<L>(0).get(y);
  }
  @inline
  tap<T extends number, L extends Lanes>(s: v128, x: usize, z: usize, most: v128): v128 {
    const l = changetype<L>(0);
    const hit = hits<T>(l.get(x), most);
    l.set(x + z, v128.add<T>(l.get(x + z), v128.and(s, hit)));
    return v128.andnot(s, hit);
  }
  end<T extends number, L extends Lanes>(s: v128, y: usize, count: v128): void {}
}

/** y = z at the first maximum: LargestGrad's transpose. */
@unmanaged
@final
class LargestTake extends Window {
  reversed(): bool {
    return true;
  }
  most<L extends Lanes>(most: usize): v128 {
    return changetype<L>(0).get(most);
  }
  @inline
  start<T extends number, L extends Lanes>(y: usize, count: v128): v128 {
    return i32x4.splat(0);
  }
  @inline
  tap<T extends number, L extends Lanes>(s: v128, x: usize, z: usize, most: v128): v128 {
    const l = changetype<L>(0);
    return v128.bitselect(l.get(x + z), s, hits<T>(l.get(x), most));
  }
  @inline
  end<T extends number, L extends Lanes>(s: v128, y: usize, count: v128): void {
    changetype<L>(0).set(y, s);
  }
}

@unmanaged
@final
class Mean extends Window {
  reversed(): bool {
    return false;
  }
  most<L extends Lanes>(most: usize): v128 {
    return i32x4.splat(0);
  }
  @inline
  start<T extends number, L extends Lanes>(y: usize, count: v128): v128 {
    return v128.splat<T>(<T>0);
  }
  @inline
  tap<T extends number, L extends Lanes>(s: v128, x: usize, z: usize, most: v128): v128 {
    return v128.add<T>(s, changetype<L>(0).get(x));
  }
  @inline
  end<T extends number, L extends Lanes>(s: v128, y: usize, count: v128): void {
    changetype<L>(0).set(y, v128.div<T>(s, count));
  }
}

/** y, which is dy, in equal parts to its window. */
@unmanaged
@final
class MeanGrad extends Window {
  reversed(): bool {
    return false;
  }
  most<L extends Lanes>(most: usize): v128 {
    return i32x4.splat(0);
  }
  @inline
  start<T extends number, L extends Lanes>(y: usize, count: v128): v128 {
    return v128.div<T>(changetype<L>(0).get(y), count);
  }
  @inline
  tap<T extends number, L extends Lanes>(s: v128, x: usize, z: usize, most: v128): v128 {
    const l = changetype<L>(0);
    l.set(x + z, v128.add<T>(l.get(x + z), s));
    return s;
  }
  end<T extends number, L extends Lanes>(s: v128, y: usize, count: v128): void {}
}

/**
 * y = the maximum of each window. The range counts places of the output over all images.
 * @reach x: poolImages(meta, words, to); y: poolPlaces(meta, words, to)
 * @split at(meta, 2) * at(meta, 5) * at(meta, 6) * size * 0.08 by 16
 */
export function max_pool_f32(x: In, y: Out, meta: Meta, from: u32, to: u32): void {
  windows<f32, Largest>(x, x, y, y, meta, from, to);
}
/** y = the maximum of each window. The range counts places of the output over all images. */
export function max_pool_f64(x: In, y: Out, meta: Meta, from: u32, to: u32): void {
  windows<f64, Largest>(x, x, y, y, meta, from, to);
}

/**
 * dx = dy at the first maximum of each window. The range counts images.
 * @reach x, dx: wholeImages(meta, words, to); y, dy: poolPlaces(meta, words, placesOf(meta, words, to))
 * @split at(meta, 3) * at(meta, 4) * at(meta, 2) * at(meta, 5) * at(meta, 6) * size * 0.08
 */
export function max_pool_grad_f32(x: In, y: In, dy: In, dx: Out, meta: Meta, from: u32, to: u32): void {
  scatter<f32, LargestGrad>(x, dx, y, dy, meta, from, to);
}
/** dx = dy at the first maximum of each window. The range counts images. */
export function max_pool_grad_f64(x: In, y: In, dy: In, dx: Out, meta: Meta, from: u32, to: u32): void {
  scatter<f64, LargestGrad>(x, dx, y, dy, meta, from, to);
}

/**
 * z = the element of w at the first maximum of each window of x. The range counts places of the output.
 * @reach x, w: poolImages(meta, words, to); y, z: poolPlaces(meta, words, to)
 * @split at(meta, 2) * at(meta, 5) * at(meta, 6) * size * 0.08 by 16
 */
export function max_pool_take_f32(x: In, y: In, w: In, z: Out, meta: Meta, from: u32, to: u32): void {
  windows<f32, LargestTake>(x, w, y, z, meta, from, to);
}
/** z = the element of w at the first maximum of each window of x. The range counts places of the output. */
export function max_pool_take_f64(x: In, y: In, w: In, z: Out, meta: Meta, from: u32, to: u32): void {
  windows<f64, LargestTake>(x, w, y, z, meta, from, to);
}

/**
 * y = the mean of each window. The range counts places of the output over all images.
 * @reach x: poolImages(meta, words, to); y: poolPlaces(meta, words, to)
 * @split at(meta, 2) * at(meta, 5) * at(meta, 6) * size * 0.08 by 16
 */
export function avg_pool_f32(x: In, y: Out, meta: Meta, from: u32, to: u32): void {
  windows<f32, Mean>(x, x, y, y, meta, from, to);
}
/** y = the mean of each window. The range counts places of the output over all images. */
export function avg_pool_f64(x: In, y: Out, meta: Meta, from: u32, to: u32): void {
  windows<f64, Mean>(x, x, y, y, meta, from, to);
}

/**
 * dx = dy, in equal parts to each window. The range counts images.
 * @reach dx: wholeImages(meta, words, to); dy: poolPlaces(meta, words, placesOf(meta, words, to))
 * @split at(meta, 3) * at(meta, 4) * at(meta, 2) * at(meta, 5) * at(meta, 6) * size * 0.08
 */
export function avg_pool_grad_f32(dy: In, dx: Out, meta: Meta, from: u32, to: u32): void {
  scatter<f32, MeanGrad>(dx, dx, dy, dy, meta, from, to);
}
/** dx = dy, in equal parts to each window. The range counts images. */
export function avg_pool_grad_f64(dy: In, dx: Out, meta: Meta, from: u32, to: u32): void {
  scatter<f64, MeanGrad>(dx, dx, dy, dy, meta, from, to);
}
