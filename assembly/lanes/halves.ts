// Halves of vectors, whatever their lanes are.

/** The upper half of x, in both halves. */
export function upper(x: v128): v128 {
  return i64x2.shuffle(x, x, 1, 1);
}

/** The lower half of a, then that of b. */
export function lowers(a: v128, b: v128): v128 {
  return i64x2.shuffle(a, b, 0, 2);
}
