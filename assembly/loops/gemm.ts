// The matrix product c = a · b: one blocked, register-tiled loop for every way in which a is stored.

import * as blocking from '../../src/runtime/blocking';
import { madd } from '../lanes/madd';
import { biasAt, finish, finished, leastOf, zeroOf } from './finish';
import { put } from './gemv';
import { pack, packPanels, panelBytes } from './pack';
import { loadPart, loadSplat, storePart } from './walk';

const TILE_ROWS: u32 = blocking.TILE_ROWS;
const TILE_BYTES: u32 = blocking.TILE_BYTES;
const BLOCK_ROWS: u32 = blocking.BLOCK_ROWS;
const BLOCK_COLUMNS: u32 = blocking.BLOCK_COLUMNS;
const BLOCK_DEPTH: u32 = blocking.BLOCK_DEPTH;
const NARROW_BYTES: u32 = blocking.NARROW_BYTES;
/** Up to so many rows, b is read where it stands. */
const FEW_ROWS: u32 = 12;
/** Below such a depth, a loop over short runs costs more than packing them. */
const SHORT: u32 = 32;

// a is cut into blocks of rows, b into blocks of columns, both into blocks of depth. a's block is packed into panels as high
// as a register tile, b's into strips as wide as one, so that the innermost loop reads both without gaps:
//
//        depth →               columns →                b packed: strip 0        strip 1 …
//      ┌────────┐            ┌────────┬────────┐        ┌ k0: 8 columns ┐
//   a  │ panel 0│   ·     b  │ strip 0│ strip 1│        │ k1: 8 columns │        the last one filled up with zeros
//      │ panel 1│            │        │        │        └ …             ┘
//      └────────┘            └────────┴────────┘        a packed: panels likewise, k0: 4 rows, k1: 4 rows …
//
// Each element is the sum of its products in the order of k within a block of BLOCK_DEPTH, and of the blocks in order.
// Neither tiles, edges nor ranges change that.
// Source of the method: Goto and van de Geijn, "Anatomy of high-performance matrix multiplication", TOMS 34, 2008.

/**
 * How a's elements are reached, as addresses of the form
 *
 *   origin + place of the row + (run number · run length + place in the run) · step, + run number · gap
 *
 * a block of depth at a time. Specialise on it, never allocate it: a final class that defines all methods, as one that is
 * inherited would be looked up by the type of an object. Steps, gaps and places count bytes.
 */
@unmanaged
export class Rows {
  /** Depth of the block that begins at p. Blocks do not depend on the rows asked for. */
  depth(meta: usize, p: u32, k: u32): u32 {
    return k;
  }
  /**
   * Makes rows from i on reachable over a block of depth, packed into room where needed.
   *
   * @returns the row before which that ends, at most `to`.
   */
  take(a: usize, meta: usize, p: u32, depth: u32, i: u32, to: u32, room: usize): u32 {
    return to;
  }
  /** Where places count from, for the rows that were taken from i on. */
  origin(a: usize, meta: usize, p: u32, i: u32, room: usize): usize {
    return a;
  }
  /** Writes the places of rows i … i + rows, which were taken from `first` on. */
  places(meta: usize, p: u32, depth: u32, first: u32, i: u32, rows: u32, to: usize): void {}
  /** From an element of a row to the next. */
  step(meta: usize, p: u32, depth: u32, rows: u32): u32 {
    return 0;
  }
  /** Elements in a run. */
  run(meta: usize, depth: u32): u32 {
    return depth;
  }
  /** What a step over the end of a run is longer than others. */
  gap(meta: usize, depth: u32): u32 {
    return 0;
  }
}

/**
 * Four rows of a times two vectors of columns of b, in eight accumulators. Steps in bytes, lengths above 0.
 *
 * @param a1 @param a2 @param a3 the other rows' distances from row 0.
 * @param more adds to c instead of writing it.
 */
export function tile<T>(
  a: usize,
  a1: u32,
  a2: u32,
  a3: u32,
  step: u32,
  run: u32,
  runs: u32,
  gap: u32,
  b: usize,
  bStep: u32,
  c: usize,
  cStep: u32,
  more: bool,
): void {
  let c00 = v128.splat<T>(<T>0);
  let c01 = c00;
  let c10 = c00;
  let c11 = c00;
  let c20 = c00;
  let c21 = c00;
  let c30 = c00;
  let c31 = c00;
  do {
    let left = run;
    do {
      const b0 = v128.load(b);
      const b1 = v128.load(b, 16);
      const x0 = loadSplat<T>(a);
      c00 = madd<T>(x0, b0, c00);
      c01 = madd<T>(x0, b1, c01);
      const x1 = loadSplat<T>(a + a1);
      c10 = madd<T>(x1, b0, c10);
      c11 = madd<T>(x1, b1, c11);
      const x2 = loadSplat<T>(a + a2);
      c20 = madd<T>(x2, b0, c20);
      c21 = madd<T>(x2, b1, c21);
      const x3 = loadSplat<T>(a + a3);
      c30 = madd<T>(x3, b0, c30);
      c31 = madd<T>(x3, b1, c31);
      a += step;
      b += bStep;
    } while (--left);
    a += gap;
  } while (--runs);
  put<T>(c, c00, more);
  put<T>(c + 16, c01, more);
  c += cStep;
  put<T>(c, c10, more);
  put<T>(c + 16, c11, more);
  c += cStep;
  put<T>(c, c20, more);
  put<T>(c + 16, c21, more);
  c += cStep;
  put<T>(c, c30, more);
  put<T>(c + 16, c31, more);
}

/** The left half of such a tile, for a last strip of so few columns. */
function halfTile<T>(
  a: usize,
  a1: u32,
  a2: u32,
  a3: u32,
  step: u32,
  run: u32,
  runs: u32,
  gap: u32,
  b: usize,
  c: usize,
  cStep: u32,
  more: bool,
): void {
  let c0 = v128.splat<T>(<T>0);
  let c1 = c0;
  let c2 = c0;
  let c3 = c0;
  do {
    let left = run;
    do {
      const b0 = v128.load(b);
      c0 = madd<T>(loadSplat<T>(a), b0, c0);
      c1 = madd<T>(loadSplat<T>(a + a1), b0, c1);
      c2 = madd<T>(loadSplat<T>(a + a2), b0, c2);
      c3 = madd<T>(loadSplat<T>(a + a3), b0, c3);
      a += step;
      b += TILE_BYTES;
    } while (--left);
    a += gap;
  } while (--runs);
  put<T>(c, c0, more);
  c += cStep;
  put<T>(c, c1, more);
  c += cStep;
  put<T>(c, c2, more);
  c += cStep;
  put<T>(c, c3, more);
}

/** What of a tile hangs not over the edge of c: taken over from beside it. */
function trim<T>(beside: usize, c: usize, cStep: u32, rows: u32, columns: u32, more: bool): void {
  const lanes: u32 = 16 / sizeof<T>();
  // The right vector overlaps the left one where columns are fewer than two have.
  const apart = (columns - lanes) * <u32>sizeof<T>();
  for (const end = beside + rows * TILE_BYTES; beside < end; beside += TILE_BYTES, c += cStep) {
    let left = v128.load(beside);
    if (columns < lanes) {
      storePart<T>(c, more ? v128.add<T>(loadPart<T>(c, columns), left) : left, columns);
      continue;
    }
    let right = v128.load(beside + apart);
    if (more) {
      left = v128.add<T>(v128.load(c), left);
      right = v128.add<T>(v128.load(c + apart), right);
    }
    v128.store(c, left);
    v128.store(c + apart, right);
  }
}

/**
 * Panels of a times strips of b: so many rows and columns of c, tile by tile. One function, as engines unroll a loop the
 * further the deeper it stands.
 *
 * @param pitch from a panel to the next. @param stripStep from a strip to the next.
 * @param beside room for a tile that hangs over the edge.
 * @param more adds to c instead of writing it.
 * @param bias as the activation, what finish() does then; none before the last block of depth.
 */
function tiles<T extends number>(
  panels: usize,
  pitch: u32,
  rows: u32,
  strip: usize,
  stripStep: u32,
  columns: u32,
  depth: u32,
  c: usize,
  cStep: u32,
  beside: usize,
  more: bool,
  bias: usize,
  activation: u32,
): void {
  const size = <u32>sizeof<T>();
  const width: i32 = TILE_BYTES / size;
  const lanes = width / 2;
  const finishes = (bias | activation) != 0;
  let left = <i32>columns;
  for (; left > lanes; left -= width, strip += stripStep, c += TILE_BYTES) {
    let a = panels;
    let y = c;
    for (let r: u32 = 0; r < rows; r += TILE_ROWS, a += pitch, y += TILE_ROWS * cStep) {
      const hangs = rows - r < TILE_ROWS || left < width;
      let out = hangs ? beside : y;
      const outStep = hangs ? TILE_BYTES : cStep;
      let x = a;
      let b = strip;
      const end = x + depth * TILE_ROWS * size;
      let c00 = v128.splat<T>(<T>0);
      let c01 = c00;
      let c10 = c00;
      let c11 = c00;
      let c20 = c00;
      let c21 = c00;
      let c30 = c00;
      let c31 = c00;
      do {
        const b0 = v128.load(b);
        const b1 = v128.load(b, 16);
        const x0 = loadSplat<T>(x);
        c00 = madd<T>(x0, b0, c00);
        c01 = madd<T>(x0, b1, c01);
        const x1 = sizeof<T>() == 8 ? v128.load64_splat(x, 8) : v128.load32_splat(x, 4);
        c10 = madd<T>(x1, b0, c10);
        c11 = madd<T>(x1, b1, c11);
        const x2 = sizeof<T>() == 8 ? v128.load64_splat(x, 16) : v128.load32_splat(x, 8);
        c20 = madd<T>(x2, b0, c20);
        c21 = madd<T>(x2, b1, c21);
        const x3 = sizeof<T>() == 8 ? v128.load64_splat(x, 24) : v128.load32_splat(x, 12);
        c30 = madd<T>(x3, b0, c30);
        c31 = madd<T>(x3, b1, c31);
        x += TILE_ROWS * sizeof<T>();
        b += TILE_BYTES;
      } while (x < end);
      if (!hangs) {
        if (more) {
          let z = y;
          c00 = v128.add<T>(v128.load(z), c00);
          c01 = v128.add<T>(v128.load(z, 16), c01);
          z += cStep;
          c10 = v128.add<T>(v128.load(z), c10);
          c11 = v128.add<T>(v128.load(z, 16), c11);
          z += cStep;
          c20 = v128.add<T>(v128.load(z), c20);
          c21 = v128.add<T>(v128.load(z, 16), c21);
          z += cStep;
          c30 = v128.add<T>(v128.load(z), c30);
          c31 = v128.add<T>(v128.load(z, 16), c31);
        }
        if (finishes) {
          const b0 = biasAt<T>(bias, 0);
          const b1 = biasAt<T>(bias, 16);
          const least = leastOf<T>(activation);
          const zero = zeroOf<T>(activation);
          c00 = finished<T>(c00, b0, least, zero);
          c01 = finished<T>(c01, b1, least, zero);
          c10 = finished<T>(c10, b0, least, zero);
          c11 = finished<T>(c11, b1, least, zero);
          c20 = finished<T>(c20, b0, least, zero);
          c21 = finished<T>(c21, b1, least, zero);
          c30 = finished<T>(c30, b0, least, zero);
          c31 = finished<T>(c31, b1, least, zero);
        }
      }
      v128.store(out, c00);
      v128.store(out, c01, 16);
      out += outStep;
      v128.store(out, c10);
      v128.store(out, c11, 16);
      out += outStep;
      v128.store(out, c20);
      v128.store(out, c21, 16);
      out += outStep;
      v128.store(out, c30);
      v128.store(out, c31, 16);
      if (hangs) {
        const high = min(rows - r, TILE_ROWS);
        const wide = min(left, width);
        trim<T>(beside, y, cStep, high, wide, more);
        finish<T>(y, cStep, high, wide, bias, activation);
      }
    }
    if (bias != 0) bias += TILE_BYTES;
  }
  if (left <= 0) return;
  for (let r: u32 = 0; r < rows; r += TILE_ROWS, panels += pitch, c += TILE_ROWS * cStep) {
    const hangs = rows - r < TILE_ROWS || left < lanes;
    const out = hangs ? beside : c;
    const outStep = hangs ? TILE_BYTES : cStep;
    halfTile<T>(panels, size, 2 * size, 3 * size, TILE_ROWS * size, depth, 1, 0, strip, out, outStep, !hangs && more);
    const high = min(rows - r, TILE_ROWS);
    if (hangs) trim<T>(beside, c, cStep, high, left, more);
    finish<T>(c, cStep, high, left, bias, activation);
  }
}

/** The same of rows of a as they stand: see tile. */
function looseTiles<T>(
  origin: usize,
  places: usize,
  rows: u32,
  step: u32,
  run: u32,
  runs: u32,
  gap: u32,
  strip: usize,
  stripStep: u32,
  bStep: u32,
  columns: u32,
  c: usize,
  cStep: u32,
  beside: usize,
  more: bool,
): void {
  const width = TILE_BYTES / <u32>sizeof<T>();
  const lanes = width / 2;
  for (let left = columns; <i32>left > 0; left -= width, strip += stripStep, c += TILE_BYTES) {
    let y = c;
    for (let r: u32 = 0; r < rows; r += TILE_ROWS, y += TILE_ROWS * cStep) {
      const at = places + 4 * r;
      const place = load<u32>(at);
      const a1 = load<u32>(at, 4) - place;
      const a2 = load<u32>(at, 8) - place;
      const a3 = load<u32>(at, 12) - place;
      const hangs = rows - r < TILE_ROWS || (left < width && left != lanes);
      const out = hangs ? beside : y;
      const outStep = hangs ? TILE_BYTES : cStep;
      const add = !hangs && more;
      const x = origin + place;
      if (left > lanes) tile<T>(x, a1, a2, a3, step, run, runs, gap, strip, bStep, out, outStep, add);
      else halfTile<T>(x, a1, a2, a3, step, run, runs, gap, strip, out, outStep, add);
      if (hangs) trim<T>(beside, y, cStep, min(rows - r, TILE_ROWS), min(left, width), more);
    }
  }
}

/**
 * c's rows from … to, n contiguous columns each, cStep bytes apart, = a · b over depth k, then what finish() does with bias and activation.
 * k = 0 writes zeros first. c overlaps neither a nor b.
 *
 * @param start where in the depth the sums begin; k is where they end.
 * @param meta what A needs to know of a.
 * @param scratch gemmScratchBytes() of src/ops/matmul.ts, and A's room.
 */
export function gemm<T extends number, A extends Rows>(
  a: usize,
  meta: usize,
  b: usize,
  inner: u32,
  outer: i32,
  bRow: i32,
  bColumn: i32,
  c: usize,
  cStep: u32,
  scratch: usize,
  n: u32,
  k: u32,
  from: u32,
  to: u32,
  bias: usize = 0,
  activation: u32 = 0,
  start: u32 = 0,
): void {
  if (from >= to) return;
  const source = changetype<A>(0);
  const size = <u32>sizeof<T>();
  const width = TILE_BYTES / size;
  if (k == 0) {
    for (let i = from; i < to; i++) memory.fill(c + i * cStep, 0, n * size);
    finish<T>(c + from * cStep, cStep, to - from, n, bias, activation);
  }
  // For a few rows, packing b costs more than it saves: its whole strips are read where they stand.
  const direct = to - from <= FEW_ROWS && bColumn == 1 && inner >= k;
  // For those, and for a single strip, that is so with a too.
  const packable = !direct && cStep > NARROW_BYTES;
  // Scratch: a tile that hangs over the edge, the places of a block of rows, a block of b, one of a, A's room.
  const beside = scratch;
  const places = beside + TILE_ROWS * TILE_BYTES;
  const strips = places + BLOCK_ROWS * 4;
  const panels = strips + min(k, BLOCK_DEPTH) * min((n + width - 1) & ~(width - 1), BLOCK_COLUMNS) * size;
  const pitch = panelBytes<T>(min(k, BLOCK_DEPTH));
  const high: u32 = (min(to - from, BLOCK_ROWS) + TILE_ROWS - 1) / TILE_ROWS;
  const wide: u32 = packable ? high * pitch : 0;
  const room = panels + wide;

  for (let j: u32 = 0; j < n; j += BLOCK_COLUMNS) {
    const columns = min(n - j, BLOCK_COLUMNS);
    for (let p = start, depth: u32 = 0; p < k; p += depth) {
      depth = source.depth(meta, p, k);
      const run = source.run(meta, depth);
      const runs = depth / run;
      const gap = source.gap(meta, depth);
      const stripBytes = depth * TILE_BYTES;
      // Columns of b that are read where they stand, and those that are packed.
      const read = direct ? columns & ~(width - 1) : 0;
      const unread = columns - read;
      const bHere = b + (<i32>p * bRow + <i32>j) * <i32>size;
      const bStep = <u32>bRow * size;
      const bPacked = strips + read * depth * size;
      if (unread > 0) pack<T>(b, inner, outer, bRow, bColumn, p, depth, j + read, unread, bPacked);

      for (let first = from, end = from; first < to; first = end) {
        end = source.take(a, meta, p, depth, first, to, room);
        const origin = source.origin(a, meta, p, first, room);
        const step = source.step(meta, p, depth, end - first);
        for (let i = first; i < end; i += BLOCK_ROWS) {
          const rows = min(end - i, BLOCK_ROWS);
          source.places(meta, p, depth, first, i, rows, places);
          // Rows beyond the last one are the last one again.
          for (let r = rows; r & (TILE_ROWS - 1); r++) store<u32>(places + 4 * r, load<u32>(places + 4 * (rows - 1)));
          const y = c + i * cStep + j * size;
          const more = p > start;
          const last = p + depth == k;
          const offset: usize = last && bias != 0 ? bias + j * size : 0;
          // Two strips are worth it where rows stand side by side, so that they are packed by vectors, and runs are short.
          const abreast = load<u32>(places, 4) - load<u32>(places) == size;
          if (packable && (cStep > 2 * TILE_BYTES || (abreast && runs > 1 && depth < SHORT))) {
            packPanels<T>(origin, places, rows, step, run, runs, gap, panels, pitch);
            tiles<T>(panels, pitch, rows, strips, stripBytes, columns, depth, y, cStep, beside, more, offset, last ? activation : 0); // prettier-ignore
          } else {
            looseTiles<T>(origin, places, rows, step, run, runs, gap, bHere, TILE_BYTES, bStep, read, y, cStep, beside, more); // prettier-ignore
            looseTiles<T>(origin, places, rows, step, run, runs, gap, bPacked, stripBytes, TILE_BYTES, unread, y + read * size, cStep, beside, more); // prettier-ignore
            if (last) finish<T>(y, cStep, rows, columns, offset, activation);
          }
        }
      }
    }
  }
}
