// Pooling over images stored as [batch, height, width, channels]: maxima and means of windows, and their gradients.

import { loadOne, storeOne } from '../loops/walk';
import { In, Meta, Out } from '../types';

// Meta, in words, two numbers for height and width:
//
//   0 image   8 channels   12 output   20 window   28 stride   36 dilation   44 rows and columns before the image
//
// Elements beyond the image do not take part: a maximum does not see them, and a mean does not count them.

/** The part of a window that lies in the image, as byte offsets into tensors of the image's shape and the output's. */
@unmanaged
class Window {
  /**
   * @param first the first element of the part.
   * @param place the output's element.
   * @param whole 16 bytes of channels; otherwise one.
   */
  at<T extends number>(
    x: usize,
    y: usize,
    dy: usize,
    out: usize,
    first: u32,
    place: u32,
    rows: u32,
    columns: u32,
    rowStep: u32,
    columnStep: u32,
    whole: bool,
  ): void {}
}

function get<T>(at: usize, whole: bool): v128 {
  return whole ? v128.load(at) : loadOne<T>(at);
}

function set<T>(at: usize, v: v128, whole: bool): void {
  if (whole) v128.store(at, v);
  else storeOne<T>(at, v);
}

/** Visits the windows of the output's places from … to. */
function windows<T extends number, F extends Window>(
  x: usize,
  y: usize,
  dy: usize,
  out: usize,
  meta: usize,
  from: u32,
  to: u32,
): void {
  const f = changetype<F>(0);
  const height = load<u32>(meta);
  const width = load<u32>(meta, 4);
  const bytes = load<u32>(meta, 8) * <u32>sizeof<T>();
  const outH = load<u32>(meta, 12);
  const outW = load<u32>(meta, 16);
  const dilationY = load<u32>(meta, 36);
  const dilationX = load<u32>(meta, 40);
  const rowStep = dilationY * width * bytes;
  const columnStep = dilationX * bytes;
  const whole = bytes & ~15;

  for (let i = from; i < to; i++) {
    const line = i / outW;
    const image = line / outH;
    // The image's row and column under the window's first element, and how much of the window lies inside.
    let sy = <i32>((line - image * outH) * load<u32>(meta, 28) - load<u32>(meta, 44));
    let sx = <i32>((i - line * outW) * load<u32>(meta, 32) - load<u32>(meta, 48));
    let rows = load<u32>(meta, 20);
    let columns = load<u32>(meta, 24);
    for (; rows > 0 && sy < 0; rows--) sy += dilationY;
    for (; columns > 0 && sx < 0; columns--) sx += dilationX;
    while (rows > 0 && sy + <i32>((rows - 1) * dilationY) >= <i32>height) rows--;
    while (columns > 0 && sx + <i32>((columns - 1) * dilationX) >= <i32>width) columns--;

    const first = ((image * height + sy) * width + sx) * bytes;
    const place = i * bytes;
    let q: u32 = 0;
    for (; q < whole; q += 16) {
      f.at<T>(x, y, dy, out, first + q, place + q, rows, columns, rowStep, columnStep, true);
    }
    for (; q < bytes; q += sizeof<T>()) {
      f.at<T>(x, y, dy, out, first + q, place + q, rows, columns, rowStep, columnStep, false);
    }
  }
}

/** As windows, over whole images, into a tensor of the image's shape that is zero before. */
function scatter<T extends number, F extends Window>(
  x: usize,
  y: usize,
  dy: usize,
  dx: usize,
  meta: usize,
  from: u32,
  to: u32,
): void {
  const image = load<u32>(meta) * load<u32>(meta, 4) * load<u32>(meta, 8) * <u32>sizeof<T>();
  const places = load<u32>(meta, 12) * load<u32>(meta, 16);
  memory.fill(dx + from * image, 0, (to - from) * image);
  windows<T, F>(x, y, dy, dx, meta, from * places, to * places);
}

@unmanaged
@final
class Max extends Window {
  at<T extends number>(
    x: usize,
    y: usize,
    dy: usize,
    out: usize,
    first: u32,
    place: u32,
    rows: u32,
    columns: u32,
    rowStep: u32,
    columnStep: u32,
    whole: bool,
  ): void {
    let most = v128.splat<T>(<T>-Infinity);
    for (; rows > 0; rows--, first += rowStep) {
      let tap = x + first;
      for (let left = columns; left > 0; left--, tap += columnStep) most = v128.max<T>(most, get<T>(tap, whole));
    }
    set<T>(out + place, most, whole);
  }
}

/** The lanes in which x is the window's maximum y and no earlier element was; NaN is the maximum where there is one. */
function hits<T>(x: v128, y: v128, found: v128): v128 {
  const nan = v128.and(v128.ne<T>(x, x), v128.ne<T>(y, y));
  return v128.andnot(v128.or(v128.eq<T>(x, y), nan), found);
}

/** dy to the first maximum of its window. */
@unmanaged
@final
class MaxGrad extends Window {
  at<T extends number>(
    x: usize,
    y: usize,
    dy: usize,
    out: usize,
    first: u32,
    place: u32,
    rows: u32,
    columns: u32,
    rowStep: u32,
    columnStep: u32,
    whole: bool,
  ): void {
    const most = get<T>(y + place, whole);
    const flow = get<T>(dy + place, whole);
    let found = v128.splat<T>(<T>0);
    for (; rows > 0; rows--, first += rowStep) {
      let tap: usize = first;
      for (let left = columns; left > 0; left--, tap += columnStep) {
        const hit = hits<T>(get<T>(x + tap, whole), most, found);
        found = v128.or(found, hit);
        set<T>(out + tap, v128.add<T>(get<T>(out + tap, whole), v128.and(flow, hit)), whole);
      }
    }
  }
}

/** The element of dy, which has the image's shape, at the first maximum of each window: MaxGrad's transpose. */
@unmanaged
@final
class MaxTake extends Window {
  at<T extends number>(
    x: usize,
    y: usize,
    dy: usize,
    out: usize,
    first: u32,
    place: u32,
    rows: u32,
    columns: u32,
    rowStep: u32,
    columnStep: u32,
    whole: bool,
  ): void {
    const most = get<T>(y + place, whole);
    let found = v128.splat<T>(<T>0);
    let taken = found;
    for (; rows > 0; rows--, first += rowStep) {
      let tap: usize = first;
      for (let left = columns; left > 0; left--, tap += columnStep) {
        const hit = hits<T>(get<T>(x + tap, whole), most, found);
        found = v128.or(found, hit);
        taken = v128.or(taken, v128.and(get<T>(dy + tap, whole), hit));
      }
    }
    set<T>(out + place, taken, whole);
  }
}

@unmanaged
@final
class Mean extends Window {
  at<T extends number>(
    x: usize,
    y: usize,
    dy: usize,
    out: usize,
    first: u32,
    place: u32,
    rows: u32,
    columns: u32,
    rowStep: u32,
    columnStep: u32,
    whole: bool,
  ): void {
    const count = v128.splat<T>(<T>(rows * columns));
    let sum = v128.splat<T>(<T>0);
    for (; rows > 0; rows--, first += rowStep) {
      let tap = x + first;
      for (let left = columns; left > 0; left--, tap += columnStep) sum = v128.add<T>(sum, get<T>(tap, whole));
    }
    set<T>(out + place, v128.div<T>(sum, count), whole);
  }
}

/** dy in equal parts to its window. */
@unmanaged
@final
class MeanGrad extends Window {
  at<T extends number>(
    x: usize,
    y: usize,
    dy: usize,
    out: usize,
    first: u32,
    place: u32,
    rows: u32,
    columns: u32,
    rowStep: u32,
    columnStep: u32,
    whole: bool,
  ): void {
    const share = v128.div<T>(get<T>(dy + place, whole), v128.splat<T>(<T>(rows * columns)));
    for (; rows > 0; rows--, first += rowStep) {
      let tap = out + first;
      for (let left = columns; left > 0; left--, tap += columnStep) {
        set<T>(tap, v128.add<T>(get<T>(tap, whole), share), whole);
      }
    }
  }
}

/** y = the maximum of each window. The range counts places of the output over all images. */
export function max_pool_f32(x: In, y: Out, meta: Meta, from: u32, to: u32): void {
  windows<f32, Max>(x, 0, 0, y, meta, from, to);
}
/** y = the maximum of each window. The range counts places of the output over all images. */
export function max_pool_f64(x: In, y: Out, meta: Meta, from: u32, to: u32): void {
  windows<f64, Max>(x, 0, 0, y, meta, from, to);
}

/** dx = dy at the first maximum of each window. The range counts images. */
export function max_pool_grad_f32(x: In, y: In, dy: In, dx: Out, meta: Meta, from: u32, to: u32): void {
  scatter<f32, MaxGrad>(x, y, dy, dx, meta, from, to);
}
/** dx = dy at the first maximum of each window. The range counts images. */
export function max_pool_grad_f64(x: In, y: In, dy: In, dx: Out, meta: Meta, from: u32, to: u32): void {
  scatter<f64, MaxGrad>(x, y, dy, dx, meta, from, to);
}

/** z = the element of w at the first maximum of each window of x. The range counts places of the output. */
export function max_pool_take_f32(x: In, y: In, w: In, z: Out, meta: Meta, from: u32, to: u32): void {
  windows<f32, MaxTake>(x, y, w, z, meta, from, to);
}
/** z = the element of w at the first maximum of each window of x. The range counts places of the output. */
export function max_pool_take_f64(x: In, y: In, w: In, z: Out, meta: Meta, from: u32, to: u32): void {
  windows<f64, MaxTake>(x, y, w, z, meta, from, to);
}

/** y = the mean of each window. The range counts places of the output over all images. */
export function avg_pool_f32(x: In, y: Out, meta: Meta, from: u32, to: u32): void {
  windows<f32, Mean>(x, 0, 0, y, meta, from, to);
}
/** y = the mean of each window. The range counts places of the output over all images. */
export function avg_pool_f64(x: In, y: Out, meta: Meta, from: u32, to: u32): void {
  windows<f64, Mean>(x, 0, 0, y, meta, from, to);
}

/** dx = dy, in equal parts to each window. The range counts images. */
export function avg_pool_grad_f32(dy: In, dx: Out, meta: Meta, from: u32, to: u32): void {
  scatter<f32, MeanGrad>(0, 0, dy, dx, meta, from, to);
}
/** dx = dy, in equal parts to each window. The range counts images. */
export function avg_pool_grad_f64(dy: In, dx: Out, meta: Meta, from: u32, to: u32): void {
  scatter<f64, MeanGrad>(0, 0, dy, dx, meta, from, to);
}
