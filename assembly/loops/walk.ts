// Loops over operands that broadcast: an odometer over collapsed axes outside, vectors inside.

import { Binary } from './map';

// The Meta of a broadcast run, in words:   rank, sizes…, strides of a…, strides of b…   outermost axis first.
// TypeScript collapses the axes (src/ops/broadcast.ts), so that the innermost strides are 0 or 1 and not both 0:
// same shapes give rank 1 with strides 1, 1; a scalar gives 1, 0; a row or a column gives rank 2.

/** One element into lane 0. */
export function loadOne<T>(x: usize): v128 {
  return sizeof<T>() == 8 ? v128.load64_zero(x) : v128.load32_zero(x);
}

/** Lane 0 to one element. */
export function storeOne<T>(y: usize, v: v128): void {
  if (sizeof<T>() == 8) v128.store64_lane(y, v, 0);
  else v128.store32_lane(y, v, 0);
}

/** One element into all lanes. */
export function loadSplat<T>(x: usize): v128 {
  return sizeof<T>() == 8 ? v128.load64_splat(x) : v128.load32_splat(x);
}

/** y[i] = F(a[i · sa], b[i · sb]), i < n: one row, whose end must not be overstepped. sa and sb are 0 or 1. */
function row2<T, F extends Binary>(a: usize, sa: u32, b: usize, sb: u32, y: usize, n: u32): void {
  const f = changetype<F>(0);
  const end = y + n * sizeof<T>();
  const whole = y + ((n * sizeof<T>()) & ~15);
  if (sa == 0) {
    const va = loadSplat<T>(a);
    for (; y < whole; b += 16, y += 16) v128.store(y, f.lanes(va, v128.load(b)));
    for (; y < end; b += sizeof<T>(), y += sizeof<T>()) storeOne<T>(y, f.lanes(va, loadOne<T>(b)));
  } else if (sb == 0) {
    const vb = loadSplat<T>(b);
    for (; y < whole; a += 16, y += 16) v128.store(y, f.lanes(v128.load(a), vb));
    for (; y < end; a += sizeof<T>(), y += sizeof<T>()) storeOne<T>(y, f.lanes(loadOne<T>(a), vb));
  } else {
    for (; y < whole; a += 16, b += 16, y += 16) v128.store(y, f.lanes(v128.load(a), v128.load(b)));
    for (; y < end; a += sizeof<T>(), b += sizeof<T>(), y += sizeof<T>()) {
      storeOne<T>(y, f.lanes(loadOne<T>(a), loadOne<T>(b)));
    }
  }
}

/** y[i] = F(a[…], b[…]) for from <= i < to, where i counts the elements of the broadcast output in order. */
export function walk2<T, F extends Binary>(a: usize, b: usize, y: usize, meta: usize, from: u32, to: u32): void {
  const rank = load<u32>(meta);
  const sizes = meta + 4;
  const stridesA = sizes + (<usize>rank << 2);
  const stridesB = stridesA + (<usize>rank << 2);
  const last = (<usize>(rank - 1)) << 2;
  const inner = load<u32>(sizes + last);
  const sa = load<u32>(stridesA + last);
  const sb = load<u32>(stridesB + last);

  for (let i = from; i < to; ) {
    // Where element i stands in each operand: one odometer reading for each row.
    let rest = i / inner;
    const column = i - rest * inner;
    let offsetA = column * sa;
    let offsetB = column * sb;
    for (let axis = <isize>last - 4; axis >= 0; axis -= 4) {
      const size = load<u32>(sizes + axis);
      const next = rest / size;
      const index = rest - next * size;
      offsetA += index * load<u32>(stridesA + axis);
      offsetB += index * load<u32>(stridesB + axis);
      rest = next;
    }
    const n = min(inner - column, to - i);
    row2<T, F>(a + offsetA * sizeof<T>(), sa, b + offsetB * sizeof<T>(), sb, y + i * sizeof<T>(), n);
    i += n;
  }
}
