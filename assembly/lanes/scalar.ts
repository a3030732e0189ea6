// Two f64 lanes through scalar functions, for what has no vector form in 64 bits.

/** Two f64 lanes. */
export function pair(a: f64, b: f64): v128 {
  return f64x2.replace_lane(f64x2.splat(a), 1, b);
}

/** Lane 0 of two f64. */
export function first(x: v128): f64 {
  return f64x2.extract_lane(x, 0);
}

/** Lane 1 of two f64. */
export function second(x: v128): f64 {
  return f64x2.extract_lane(x, 1);
}
