// The engine's limits: arithmetic without memory, and memory without arithmetic. Compiled by asc on its own, not part of the core.

// Chains x = x · c + d stay near 1 for ever, so no denormals come in. A multiplication and an addition take three or four
// cycles each, and two of both can start in a cycle: 12 chains keep the units busy, and fit 16 registers with c and d.

/** Runs 12 chains of float32 lanes: 12 · 4 · 2 · `steps` floating-point operations. */
export function chains_f32(steps: u32): f32 {
  return <f32>f32x4.extract_lane(chains<f32>(steps), 0);
}

/** Runs 12 chains of float64 lanes: 12 · 2 · 2 · `steps` floating-point operations. */
export function chains_f64(steps: u32): f64 {
  return f64x2.extract_lane(chains<f64>(steps), 0);
}

function loadSplat<T>(x: usize): v128 {
  return sizeof<T>() == 8 ? v128.load64_splat(x) : v128.load32_splat(x);
}

function chains<T>(steps: u32): v128 {
  // Read from memory: engines make a constant anew at each use.
  const c = loadSplat<T>(sizeof<T>() == 8 ? memory.data<f64>([0.999]) : memory.data<f32>([0.999]));
  const d = loadSplat<T>(sizeof<T>() == 8 ? memory.data<f64>([0.001]) : memory.data<f32>([0.001]));
  let x0 = v128.splat<T>(<T>1.1);
  let x1 = v128.splat<T>(<T>1.2);
  let x2 = v128.splat<T>(<T>1.3);
  let x3 = v128.splat<T>(<T>1.4);
  let x4 = v128.splat<T>(<T>1.5);
  let x5 = v128.splat<T>(<T>1.6);
  let x6 = v128.splat<T>(<T>1.7);
  let x7 = v128.splat<T>(<T>1.8);
  let x8 = v128.splat<T>(<T>1.9);
  let x9 = v128.splat<T>(<T>2.0);
  let x10 = v128.splat<T>(<T>2.1);
  let x11 = v128.splat<T>(<T>2.2);
  do {
    x0 = v128.add<T>(v128.mul<T>(x0, c), d);
    x1 = v128.add<T>(v128.mul<T>(x1, c), d);
    x2 = v128.add<T>(v128.mul<T>(x2, c), d);
    x3 = v128.add<T>(v128.mul<T>(x3, c), d);
    x4 = v128.add<T>(v128.mul<T>(x4, c), d);
    x5 = v128.add<T>(v128.mul<T>(x5, c), d);
    x6 = v128.add<T>(v128.mul<T>(x6, c), d);
    x7 = v128.add<T>(v128.mul<T>(x7, c), d);
    x8 = v128.add<T>(v128.mul<T>(x8, c), d);
    x9 = v128.add<T>(v128.mul<T>(x9, c), d);
    x10 = v128.add<T>(v128.mul<T>(x10, c), d);
    x11 = v128.add<T>(v128.mul<T>(x11, c), d);
  } while (--steps);
  x0 = v128.add<T>(v128.add<T>(x0, x1), v128.add<T>(x2, x3));
  x4 = v128.add<T>(v128.add<T>(x4, x5), v128.add<T>(x6, x7));
  x8 = v128.add<T>(v128.add<T>(x8, x9), v128.add<T>(x10, x11));
  return v128.add<T>(v128.add<T>(x0, x4), x8);
}

/** Copies `bytes` bytes, a multiple of 64, four vectors at a time. */
export function copy_loop(from: usize, to: usize, bytes: u32): void {
  const end = to + bytes;
  do {
    v128.store(to, v128.load(from));
    v128.store(to, v128.load(from, 16), 16);
    v128.store(to, v128.load(from, 32), 32);
    v128.store(to, v128.load(from, 48), 48);
    from += 64;
    to += 64;
  } while (to < end);
}

/** Reads `bytes` bytes, a multiple of 64, four vectors at a time: the most that any reduction can reach. */
export function read_loop(from: usize, bytes: u32): u32 {
  const end = from + bytes;
  let a = i32x4.splat(0);
  let b = a;
  let c = a;
  let d = a;
  do {
    a = i32x4.add(a, v128.load(from));
    b = i32x4.add(b, v128.load(from, 16));
    c = i32x4.add(c, v128.load(from, 32));
    d = i32x4.add(d, v128.load(from, 48));
    from += 64;
  } while (from < end);
  return i32x4.extract_lane(i32x4.add(i32x4.add(a, b), i32x4.add(c, d)), 0);
}

/** A chain of 32 integer instructions for each step. Each waits for the one before, and takes one cycle of the clock. */
export function clock(steps: u32): u32 {
  let x = steps;
  do {
    x = rotl(x ^ steps, 7);
    x = rotl(x ^ steps, 5);
    x = rotl(x ^ steps, 3);
    x = rotl(x ^ steps, 9);
    x = rotl(x ^ steps, 7);
    x = rotl(x ^ steps, 5);
    x = rotl(x ^ steps, 3);
    x = rotl(x ^ steps, 9);
    x = rotl(x ^ steps, 7);
    x = rotl(x ^ steps, 5);
    x = rotl(x ^ steps, 3);
    x = rotl(x ^ steps, 9);
    x = rotl(x ^ steps, 7);
    x = rotl(x ^ steps, 5);
    x = rotl(x ^ steps, 3);
    x = rotl(x ^ steps, 9);
  } while (--steps);
  return x;
}

/**
 * 56 instructions for each step, that wait for nothing but the one of their kind before: four chains of integers and three of
 * vectors, of a cycle each. So many at a time that the processor's front end limits them, as it does kernels. Written out eight
 * times: with one turn of the loop for seven of them, its jump would be the limit.
 */
export function instructions(steps: u32): u32 {
  const t = i32x4.splat(steps);
  let a = steps;
  let b = a;
  let c = a;
  let d = a;
  let x = t;
  let y = t;
  let z = t;
  do {
    a += steps;
    x = i32x4.add(x, t);
    b += steps;
    c += steps;
    y = i32x4.add(y, t);
    d += steps;
    z = i32x4.add(z, t);
    a += steps;
    x = i32x4.add(x, t);
    b += steps;
    c += steps;
    y = i32x4.add(y, t);
    d += steps;
    z = i32x4.add(z, t);
    a += steps;
    x = i32x4.add(x, t);
    b += steps;
    c += steps;
    y = i32x4.add(y, t);
    d += steps;
    z = i32x4.add(z, t);
    a += steps;
    x = i32x4.add(x, t);
    b += steps;
    c += steps;
    y = i32x4.add(y, t);
    d += steps;
    z = i32x4.add(z, t);
    a += steps;
    x = i32x4.add(x, t);
    b += steps;
    c += steps;
    y = i32x4.add(y, t);
    d += steps;
    z = i32x4.add(z, t);
    a += steps;
    x = i32x4.add(x, t);
    b += steps;
    c += steps;
    y = i32x4.add(y, t);
    d += steps;
    z = i32x4.add(z, t);
    a += steps;
    x = i32x4.add(x, t);
    b += steps;
    c += steps;
    y = i32x4.add(y, t);
    d += steps;
    z = i32x4.add(z, t);
    a += steps;
    x = i32x4.add(x, t);
    b += steps;
    c += steps;
    y = i32x4.add(y, t);
    d += steps;
    z = i32x4.add(z, t);
  } while (--steps);
  return a + b + c + d + i32x4.extract_lane(i32x4.add(i32x4.add(x, y), z), 0);
}

/** Copies `bytes` bytes by the engine's own means. */
export function copy_bulk(from: usize, to: usize, bytes: u32): void {
  memory.copy(to, from, bytes);
}
