// Operands of a matrix product, copied block by block into the order in which gemm.ts reads them.

import * as blocking from '../../src/runtime/blocking';

const TILE_ROWS: u32 = blocking.TILE_ROWS;
const TILE_BYTES: u32 = blocking.TILE_BYTES;

/**
 * Packs b(p … p + depth, j … j + columns) into strips. b's element (p, j) stands at
 * (p / inner) · outer + (p % inner) · row + j · column elements, so that a filter can be read transposed, tap by tap.
 */
export function pack<T>(
  b: usize,
  inner: u32,
  outer: i32,
  row: i32,
  column: i32,
  p: u32,
  depth: u32,
  j: u32,
  columns: u32,
  to: usize,
): void {
  const width = TILE_BYTES / <u32>sizeof<T>();
  const stripBytes = depth * TILE_BYTES;
  let tap = p / inner;
  let at = p - tap * inner;
  for (let done: u32 = 0; done < depth;) {
    const run = min(inner - at, depth - done);
    let from = b + (<i32>tap * outer + <i32>at * row + <i32>j * column) * <i32>sizeof<T>();
    let strip = to + done * TILE_BYTES;
    for (let left = columns; left > 0;) {
      const take = min(left, width);
      if (row == 1) packColumns<T>(from, column, run, take, strip);
      else packRows<T>(from, row, run, take, strip);
      from += <i32>take * column * <i32>sizeof<T>();
      strip += stripBytes;
      left -= take;
    }
    done += run;
    tap++;
    at = 0;
  }
}

/** A strip whose rows are contiguous. Columns beyond the last are whatever stands there. */
function packRows<T>(from: usize, row: i32, run: u32, columns: u32, to: usize): void {
  const step = row * <i32>sizeof<T>();
  // The last rows, behind which b may end before two vectors do.
  let last: u32 = 0;
  for (let beyond = <i32>(TILE_BYTES - columns * sizeof<T>()); beyond > 0 && last < run; beyond -= step) last++;
  for (const end = to + (run - last) * TILE_BYTES; to < end; to += TILE_BYTES, from += step) {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
  }
  const size = columns * <u32>sizeof<T>();
  for (; last > 0; last--, to += TILE_BYTES, from += step) {
    for (let q: u32 = 0; q < size; q += sizeof<T>()) store<T>(to + q, load<T>(from + q));
  }
}

/** A strip whose columns are contiguous: turned, a square of vectors at a time. Columns beyond the last are the last one again. */
function packColumns<T>(from: usize, column: i32, run: u32, columns: u32, to: usize): void {
  const lanes: i32 = 16 / sizeof<T>();
  const step = column * <i32>sizeof<T>();
  for (let last = <i32>columns - 1; last >= 0; last -= lanes, from += lanes * step, to += 16) {
    const x1 = min(1, last) * step;
    const x2 = min(2, last) * step;
    const x3 = min(3, last) * step;
    let x = from;
    let y = to;
    const end = from + run * sizeof<T>();
    for (; x + 16 <= end; x += 16, y += lanes * TILE_BYTES) {
      const r0 = v128.load(x);
      const r1 = v128.load(x + x1);
      if (sizeof<T>() == 8) {
        v128.store(y, v128.shuffle<f64>(r0, r1, 0, 2));
        v128.store(y, v128.shuffle<f64>(r0, r1, 1, 3), TILE_BYTES);
      } else turn(r0, r1, v128.load(x + x2), v128.load(x + x3), y, TILE_BYTES);
    }
    for (; x < end; x += sizeof<T>(), y += TILE_BYTES) {
      store<T>(y, load<T>(x));
      store<T>(y, load<T>(x + x1), sizeof<T>());
      if (sizeof<T>() == 4) {
        store<T>(y, load<T>(x + x2), 8);
        store<T>(y, load<T>(x + x3), 12);
      }
    }
  }
}

/** Bytes from a panel of a block of a to the next: a cache line more, so that they fall into different cache sets. */
export function panelBytes<T>(depth: u32): u32 {
  return depth * TILE_ROWS * <u32>sizeof<T>() + 64;
}

/**
 * Packs rows of a, which stand at the origin and their places, into panels `pitch` apart. Rows beyond the last one are the
 * last one again.
 */
export function packPanels<T>(
  origin: usize,
  places: usize,
  rows: u32,
  step: u32,
  run: u32,
  runs: u32,
  gap: u32,
  to: usize,
  pitch: u32,
): void {
  const size = <u32>sizeof<T>();
  const lanes: u32 = 16 / sizeof<T>();
  for (let r: u32 = 0; r < rows;) {
    const at = places + 4 * r;
    const place = load<u32>(at);
    // So many rows stand side by side, as in a transposed matrix: they are copied, a whole cache line where it can be.
    let beside: u32 = 0;
    while (
      r + beside + TILE_ROWS <= rows &&
      load<u32>(at + 4 * beside) - place == beside * size &&
      load<u32>(at + 4 * beside, 12) - place == (beside + 3) * size
    ) {
      beside += TILE_ROWS;
    }
    let x0 = origin + place;
    let y = to;
    if (beside > 0) {
      const width = beside * size;
      for (let n = runs; n > 0; n--, x0 += gap) {
        for (let left = run; left > 0; left--, x0 += step, y += TILE_ROWS * size) {
          let z = y;
          for (let q: u32 = 0; q < width; q += TILE_ROWS * size, z += pitch) {
            v128.store(z, v128.load(x0 + q));
            if (size == 8) v128.store(z, v128.load(x0 + q, 16), 16);
          }
        }
      }
    } else {
      beside = TILE_ROWS;
      let x1 = origin + load<u32>(at, 4);
      let x2 = origin + load<u32>(at, 8);
      let x3 = origin + load<u32>(at, 12);
      for (let n = runs; n > 0; n--) {
        let left = run;
        if (step == size) {
          // Turned, a square of vectors at a time.
          for (; left >= lanes; left -= lanes) {
            const r0 = v128.load(x0);
            const r1 = v128.load(x1);
            const r2 = v128.load(x2);
            const r3 = v128.load(x3);
            if (size == 8) {
              v128.store(y, v128.shuffle<f64>(r0, r1, 0, 2));
              v128.store(y, v128.shuffle<f64>(r2, r3, 0, 2), 16);
              v128.store(y, v128.shuffle<f64>(r0, r1, 1, 3), 32);
              v128.store(y, v128.shuffle<f64>(r2, r3, 1, 3), 48);
            } else turn(r0, r1, r2, r3, y, 16);
            x0 += 16;
            x1 += 16;
            x2 += 16;
            x3 += 16;
            y += 64;
          }
        }
        for (; left > 0; left--) {
          store<T>(y, load<T>(x0));
          store<T>(y, load<T>(x1), sizeof<T>());
          store<T>(y, load<T>(x2), 2 * sizeof<T>());
          store<T>(y, load<T>(x3), 3 * sizeof<T>());
          x0 += step;
          x1 += step;
          x2 += step;
          x3 += step;
          y += TILE_ROWS * size;
        }
        x0 += gap;
        x1 += gap;
        x2 += gap;
        x3 += gap;
      }
    }
    r += beside;
    to += (beside / TILE_ROWS) * pitch;
  }
}

/** Four vectors of f32 as the rows of a square: its columns, `step` apart. */
function turn(r0: v128, r1: v128, r2: v128, r3: v128, y: usize, step: u32): void {
  const s0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5);
  const s1 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5);
  const s2 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7);
  const s3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7);
  v128.store(y, v128.shuffle<f32>(s0, s1, 0, 1, 4, 5));
  v128.store(y + step, v128.shuffle<f32>(s0, s1, 2, 3, 6, 7));
  v128.store(y + 2 * step, v128.shuffle<f32>(s2, s3, 0, 1, 4, 5));
  v128.store(y + 3 * step, v128.shuffle<f32>(s2, s3, 2, 3, 6, 7));
}
