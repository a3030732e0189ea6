// a · b + c on float lanes: one rounding in the relaxed target, two in the exact one.

/** a · b + c. */
export function madd<T>(a: v128, b: v128, c: v128): v128 {
  return v128.add<T>(v128.mul<T>(a, b), c);
}
