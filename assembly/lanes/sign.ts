// The sign of a number as a number.

/** -1, 0 or 1, as floats; 0 for -0, and NaN for NaN, as in TensorFlow. */
export function sign<T extends number>(x: v128): v128 {
  const zero = v128.splat<T>(<T>0);
  const one = v128.splat<T>(<T>1);
  const above = v128.and(v128.gt<T>(x, zero), one);
  const below = v128.and(v128.lt<T>(x, zero), v128.neg<T>(one));
  return v128.bitselect(v128.or(above, below), x, v128.eq<T>(x, x));
}

/** -1, 0 or 1, as integers. */
export function signOfInteger<T extends number>(x: v128): v128 {
  const zero = v128.splat<T>(<T>0);
  return v128.sub<T>(v128.lt<T>(x, zero), v128.gt<T>(x, zero)); // a lane that is true is -1
}
