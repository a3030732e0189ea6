// The one source of the workloads' numbers: a linear congruential generator with a seed for each tensor.

function start(seed: number): number {
  return Math.imul(seed, 2654435761) >>> 0;
}

function next(state: number): number {
  return (Math.imul(state, 1664525) + 1013904223) >>> 0;
}

/** Float32 numbers spread evenly over [-scale, scale), each made of 24 random bits. */
export function uniform(seed: number, scale: number, count: number): Float32Array {
  const values = new Float32Array(count);
  let state = start(seed);
  for (let i = 0; i < count; i++) {
    state = next(state);
    values[i] = (2 * ((state >>> 8) / 2 ** 24) - 1) * scale;
  }
  return values;
}

/** As uniform, on the scale that Glorot and Bengio give for a layer of so many inputs and outputs. */
export function glorot(seed: number, fanIn: number, fanOut: number, count: number): Float32Array {
  return uniform(seed, Math.sqrt(6 / (fanIn + fanOut)), count);
}

/** Whole numbers in [0, below). */
export function integers(seed: number, count: number, below: number): Int32Array {
  const values = new Int32Array(count);
  let state = start(seed);
  for (let i = 0; i < count; i++) {
    state = next(state);
    values[i] = (state >>> 8) % below;
  }
  return values;
}
