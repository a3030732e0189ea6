// Distances between floats in units in the last place.

const word = new DataView(new ArrayBuffer(8));

/** The size of one ulp of a float32 at the magnitude of a float64 number; never less than the smallest denormal. */
export function ulp32(x: number): number {
  const a = Math.abs(x);
  if (!Number.isFinite(a)) return NaN;
  if (a < 2 ** -126) return 2 ** -149;
  word.setFloat64(0, a);
  const exponent = ((word.getUint32(0) >>> 20) & 0x7ff) - 1023;
  return 2 ** (Math.min(exponent, 127) - 23);
}

/**
 * How many ulp a float32 result lies from its reference in float64. Equal infinities and two NaNs are at 0, and so are the two zeros;
 * a reference beyond the float32 range stands for an infinity, which is the neighbour of the largest float32.
 */
export function ulpError32(actual: number, reference: number): number {
  if (Number.isNaN(actual) || Number.isNaN(reference))
    return Number.isNaN(actual) && Number.isNaN(reference) ? 0 : Infinity;
  if (actual === Math.fround(reference)) return 0;
  const limit = 2 ** 128;
  const clamp = (x: number): number => Math.max(-limit, Math.min(limit, x));
  const unit = Math.abs(reference) >= limit ? 2 ** 104 : ulp32(reference);
  return Math.abs(clamp(actual) - clamp(reference)) / unit;
}
