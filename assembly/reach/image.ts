// Reaches of convolution and pooling: see kernels/conv2d.ts, loops/image.ts and kernels/pool.ts.

import { COPIED, GATHERED, TURNED } from '../../src/runtime/blocking';
import { gemmScratch, packed, word } from './matrix';
import { FAR, over, rows, upTo } from './number';

/** Sizes in a Meta are below it, so that sums and products of two do not overflow in the kernels. */
const LARGEST: f64 = 0x10000000;

/** The product of words i and i + 1: sizes of height and width. */
function area(meta: usize, i: usize): f64 {
  return word(meta, i) * word(meta, i + 1);
}

/** Whether all words from … to are at most LARGEST. */
function small(meta: usize, from: usize, to: usize): bool {
  for (let i = from; i < to; i++) if (word(meta, i) > LARGEST) return false;
  return true;
}

// conv2d. Words of the Meta, height and width beside each other:
//
//   0 n   1 k   2 inner   3 outer   4 row   5 column   6 offset
//   7 grid   9 source   11 channels   12 filter   14 factor   16 offset   18 step   20 divisor
//   22 mode   23 pitch   24 images   25 lines
const CONV_WORDS: u32 = 26;

function signed(meta: usize, i: usize): f64 {
  return load<i32>(meta + (i << 2));
}

/** Whether the patches are reached in a way. */
function is(meta: usize, mode: u32): bool {
  return (load<u32>(meta, 88) & mode) != 0;
}

/** Taps and channels of the filter: rows of a part of turned patches, the depth of others. */
function tapsOf(meta: usize): f64 {
  return area(meta, 12) * word(meta, 11);
}

/** Rows of the source under so many of the grid. */
function under(meta: usize, lines: f64): f64 {
  return (lines - 1) * word(meta, 14) + (word(meta, 12) - 1) * word(meta, 18) + 1;
}

/** Columns of the source under the grid, where filters have no gaps. */
function across(meta: usize): f64 {
  return (word(meta, 8) - 1) * word(meta, 15) + word(meta, 13);
}

/** Whether the kernel can run with these sizes; to > 0, n > 0 and k > 0. */
function convolves(meta: usize, to: f64): bool {
  if (word(meta, 2) == 0 || !small(meta, 7, 16) || !small(meta, 18, 26)) return false;
  const grid = area(meta, 7);
  const taps = tapsOf(meta);
  if (grid == 0 || grid > LARGEST || taps == 0 || taps > LARGEST) return false;
  if (word(meta, 20) == 0 || word(meta, 21) == 0 || word(meta, 24) == 0 || word(meta, 25) == 0) return false;
  const k = word(meta, 1);
  if (is(meta, TURNED) ? to > taps * over(k, grid * word(meta, 24)) || upTo(k, grid) != k : k != taps) return false;
  if (is(meta, GATHERED)) return true;
  // A row of the filter is a run of neighbours in the source, or in the copy.
  if (word(meta, 19) != 1 || word(meta, 20) != 1 || word(meta, 21) != 1) return false;
  const run = across(meta) * word(meta, 11);
  if (is(meta, COPIED)) {
    return word(meta, 23) >= run && (is(meta, TURNED) || word(meta, 24) == 1 || word(meta, 25) >= word(meta, 7));
  }
  const y = signed(meta, 16);
  const x = signed(meta, 17);
  return (
    y >= 0 &&
    x >= 0 &&
    y + under(meta, word(meta, 7)) <= word(meta, 9) &&
    x + across(meta) <= word(meta, 10) &&
    word(meta, 23) == word(meta, 10) * word(meta, 11)
  );
}

/** Whether nothing is read. */
function idle(meta: usize, to: f64): bool {
  return to == 0 || word(meta, 0) == 0 || word(meta, 1) == 0;
}

/** Elements of conv2d's images. */
export function convImages(meta: usize, words: u32, to: f64): f64 {
  if (words < CONV_WORDS) return FAR;
  if (idle(meta, to)) return 0;
  if (!convolves(meta, to)) return FAR;
  const places = is(meta, TURNED) ? word(meta, 1) : to;
  return over(places, area(meta, 7)) * area(meta, 9) * word(meta, 11);
}

/** Elements of conv2d's b. */
export function convFactor(meta: usize, words: u32, to: f64): f64 {
  if (words < CONV_WORDS) return FAR;
  if (idle(meta, to)) return 0;
  const n = word(meta, 0);
  const k = word(meta, 1);
  const inner = word(meta, 2);
  if (inner == 0) return FAR;
  let low = word(meta, 6);
  let high = low;
  for (let i: usize = 3; i < 6; i++) {
    const count = i == 3 ? floor((k - 1) / inner) : i == 4 ? min(inner, k) - 1 : n - 1;
    const move = signed(meta, i) * count;
    if (move < 0) low += move;
    else high += move;
  }
  // b has k · n elements of its own, or the work would have no bound.
  return low < 0 || k * n > high - low + 1 ? FAR : high + 1;
}

/** Elements of conv2d's c. */
export function convRows(meta: usize, words: u32, to: f64): f64 {
  if (words < CONV_WORDS) return FAR;
  const taps = tapsOf(meta);
  return is(meta, TURNED) && (taps == 0 || taps > LARGEST) ? FAR : rows(word(meta, 0), to);
}

/** Bytes of conv2d's scratch. */
export function convScratch(meta: usize, words: u32, to: f64, size: f64): f64 {
  if (words < CONV_WORDS) return FAR;
  if (idle(meta, to)) return 0;
  if (!convolves(meta, to)) return FAR;
  const k = word(meta, 1);
  let room: f64 = 0;
  if (is(meta, GATHERED)) room = packed(is(meta, TURNED) ? min(to, tapsOf(meta)) : to, k, size);
  else if (is(meta, COPIED)) {
    const image = under(meta, min(word(meta, 25), word(meta, 7))) * word(meta, 23);
    room = image * (is(meta, TURNED) ? 1 : word(meta, 24)) * size;
  }
  return gemmScratch(to, word(meta, 0), k, size, room);
}

// conv2d_grad_x. Words of the Meta:
//
//   0 places   1 n   2 k   3 k   4 one   5 x   7 y   9 filter   11 stride   13 dilation   15 before
const GRAD_WORDS: u32 = 17;

/** Channels of x; FAR when the kernel cannot run with these sizes. */
function gradChannels(meta: usize, words: u32, to: f64): f64 {
  if (words < GRAD_WORDS || !small(meta, 0, 15)) return FAR;
  const taps = area(meta, 9);
  const n = word(meta, 1);
  const k = word(meta, 2);
  if (word(meta, 0) == 0 || taps == 0 || upTo(n, taps) != n || word(meta, 3) != k || word(meta, 4) != 1) return FAR;
  // Without elements the work is bounded by the places alone.
  const work = to * area(meta, 7) * taps;
  return (n == 0 || k == 0) && rows(0, work) == FAR ? FAR : n / taps;
}

/** Elements of conv2d_grad_x's dy. */
export function gradOutput(meta: usize, words: u32, to: f64): f64 {
  return gradChannels(meta, words, to) == FAR ? FAR : to * area(meta, 7) * word(meta, 2);
}

/** Elements of its filter. */
export function gradFilter(meta: usize, words: u32, to: f64): f64 {
  if (gradChannels(meta, words, to) == FAR) return FAR;
  return to == 0 ? 0 : word(meta, 1) * word(meta, 2);
}

/** Elements of its dx. */
export function gradInput(meta: usize, words: u32, to: f64): f64 {
  const channels = gradChannels(meta, words, to);
  return channels == FAR ? FAR : rows(area(meta, 5) * channels, to);
}

/** Bytes of its scratch. */
export function gradScratch(meta: usize, words: u32, to: f64, size: f64): f64 {
  if (gradChannels(meta, words, to) == FAR) return FAR;
  if (to * area(meta, 7) == 0) return 0;
  const n = word(meta, 1);
  return gemmScratch(word(meta, 0), n, word(meta, 2), size, upTo(word(meta, 0) * n * size, 64));
}

// Pooling. Words of the Meta:
//
//   0 image   2 channels   3 output   5 window   7 stride   9 dilation   11 before
const POOL_WORDS: u32 = 13;

/** Whether windows can be walked: no position of an element overflows, and the walk over a window ends soon. */
function pools(meta: usize, words: u32): bool {
  if (words < POOL_WORDS || !small(meta, 0, 13)) return false;
  for (let axis: usize = 0; axis < 2; axis++) {
    if (word(meta, 5 + axis) > 65536 || word(meta, 7 + axis) == 0 || word(meta, 9 + axis) == 0) return false;
    if (word(meta, 5 + axis) * word(meta, 9 + axis) > LARGEST) return false;
    if (word(meta, 3 + axis) * word(meta, 7 + axis) > LARGEST) return false;
  }
  return true;
}

/** Elements of the images under so many places of the output. */
export function poolImages(meta: usize, words: u32, places: f64): f64 {
  if (!pools(meta, words)) return FAR;
  return over(places, area(meta, 3)) * area(meta, 0) * word(meta, 2);
}

/** Elements of so many places of the output. */
export function poolPlaces(meta: usize, words: u32, places: f64): f64 {
  return pools(meta, words) ? rows(word(meta, 2), places) : FAR;
}

/** Places of the output of so many images. */
export function placesOf(meta: usize, words: u32, images: f64): f64 {
  if (words < POOL_WORDS) return FAR;
  const places = images * area(meta, 3);
  return places > 4294967295 ? FAR : places;
}

/** Elements of so many images. */
export function wholeImages(meta: usize, words: u32, images: f64): f64 {
  return pools(meta, words) ? rows(area(meta, 0) * word(meta, 2), images) : FAR;
}
