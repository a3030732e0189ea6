// First values of variables.

import type { DType } from '../dtype.js';
import { ArgumentError } from '../errors.js';
import { fill } from '../ops/fill.js';
import { randomNormal, randomUniform, truncatedNormal } from '../ops/random.js';
import { sizeOf, type Shape } from '../shape.js';
import type { Tensor } from '../tensor.js';

/** Makes the first values of a variable. */
export type Initializer = (shape: Shape, dtype: DType) => Tensor;

/** A random initializer's options. */
export interface Seeded {
  /** For the same numbers each time; from setSeed()'s stream when not given. */
  seed?: number;
}

/** @example initializers.zeros() */
export function zeros(): Initializer {
  return constant(0);
}

/** @example initializers.ones() */
export function ones(): Initializer {
  return constant(1);
}

/** @example initializers.constant(0.1) */
export function constant(value: number): Initializer {
  return (shape, dtype) => fill(shape, value, dtype);
}

/** Normal, with mean 0 and deviation 0.05 when not given. @see tf.keras.initializers.RandomNormal */
export function randomNormalValues({
  mean = 0,
  stddev = 0.05,
  seed,
}: Seeded & { mean?: number; stddev?: number } = {}): Initializer {
  return (shape, dtype) => randomNormal(shape, mean, stddev, floatOf(dtype), seed);
}

/** Uniform, in [-0.05, 0.05) when not given. @see tf.keras.initializers.RandomUniform */
export function randomUniformValues({
  minval = -0.05,
  maxval = 0.05,
  seed,
}: Seeded & { minval?: number; maxval?: number } = {}): Initializer {
  return (shape, dtype) => randomUniform(shape, minval, maxval, floatOf(dtype), seed);
}

/** Uniform in ±√(6 / (fanIn + fanOut)). @see Glorot and Bengio, "Understanding the difficulty of training deep feedforward neural networks", 2010 */
export function glorotUniform(options: Seeded = {}): Initializer {
  return uniform((fanIn, fanOut) => 6 / (fanIn + fanOut), options);
}

/** Truncated normal of variance 2 / (fanIn + fanOut). @see glorotUniform */
export function glorotNormal(options: Seeded = {}): Initializer {
  return normal((fanIn, fanOut) => 2 / (fanIn + fanOut), options);
}

/** Uniform in ±√(6 / fanIn). @see He et al., "Delving deep into rectifiers", 2015 */
export function heUniform(options: Seeded = {}): Initializer {
  return uniform((fanIn) => 6 / fanIn, options);
}

/** Truncated normal of variance 2 / fanIn. @see heUniform */
export function heNormal(options: Seeded = {}): Initializer {
  return normal((fanIn) => 2 / fanIn, options);
}

function uniform(square: (fanIn: number, fanOut: number) => number, { seed }: Seeded): Initializer {
  return (shape, dtype) => {
    const limit = Math.sqrt(square(...fansOf(shape)));
    return randomUniform(shape, -limit, limit, floatOf(dtype), seed);
  };
}

/** The deviation of a normal cut off at two deviations, over that of the whole. */
const TRUNCATED_DEVIATION = 0.8796256610342398;

function normal(variance: (fanIn: number, fanOut: number) => number, { seed }: Seeded): Initializer {
  return (shape, dtype) => {
    const stddev = Math.sqrt(variance(...fansOf(shape))) / TRUNCATED_DEVIATION;
    return truncatedNormal(shape, 0, stddev, floatOf(dtype), seed);
  };
}

/** Inputs and outputs that meet in one weight: the last two axes, times the taps of a convolution before them. */
function fansOf(shape: Shape): [number, number] {
  const taps = sizeOf(shape.slice(0, -2));
  return [taps * (shape.at(-2) ?? 1), taps * (shape.at(-1) ?? 1)];
}

function floatOf(dtype: DType): 'float32' | 'float64' {
  if (dtype === 'float32' || dtype === 'float64') return dtype;
  throw new ArgumentError('initializer', `random values are float32 or float64: got ${dtype}`);
}

/** An initializer's name, as Keras and TensorFlow.js spell it. */
export type InitializerName =
  'zeros' | 'ones' | 'glorotUniform' | 'glorotNormal' | 'heUniform' | 'heNormal' | 'randomNormal' | 'randomUniform';

const NAMED: Record<InitializerName, () => Initializer> = {
  zeros,
  ones,
  glorotUniform,
  glorotNormal,
  heUniform,
  heNormal,
  randomNormal: randomNormalValues,
  randomUniform: randomUniformValues,
};

/** An initializer, by itself or by name. */
export function initializerOf(given: Initializer | InitializerName): Initializer {
  if (typeof given === 'function') return given;
  if (!Object.hasOwn(NAMED, given))
    throw new ArgumentError(
      'initializer',
      `there is none named ${String(given)}`,
      `Use a function, or one of ${Object.keys(NAMED).join(', ')}.`,
    );
  return NAMED[given]();
}
