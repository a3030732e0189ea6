// Random tensors, and dropout.

import { convert, type TensorLike } from '../convert.js';
import { codeOf, type DType } from '../dtype.js';
import { ArgumentError, DTypeError, ShapeError } from '../errors.js';
import { tidy } from '../memory.js';
import { addressOf, allocBlock } from '../runtime/core.js';
import * as k from '../runtime/kernels.js';
import { untraced } from '../runtime/trace.js';
import { checkShape, sameShape, showShape, type Shape } from '../shape.js';
import { withoutRecording } from '../tape/record.js';
import { address, empty, setMaker, withScratch, type Tensor } from '../tensor.js';
import { mul, sub } from './binary.js';
import { broadcastShapes } from './broadcast.js';
import { cast } from './cast.js';
import { clone } from './clone.js';
import { needFloat } from './elementwise.js';
import { argMax } from './reduce.js';
import { reshape } from './reshape.js';
import { log, neg, round } from './unary.js';

// The state of the generator: a block of its own, with key and counter (assembly/kernels/random.ts). It begins with a seed
// drawn by the host, unless setSeed() comes first.
const STATE_BYTES = 64;
let state = 0;

/** Address of the state that calls without a seed share. */
function shared(): number {
  if (state === 0) {
    untraced(() => {
      state = allocBlock(STATE_BYTES, 'setSeed');
      k.philox_seed(addressOf(state), Math.random() * 2 ** 32, Math.random() * 2 ** 32);
    });
  }
  return addressOf(state);
}

/**
 * Starts the random numbers of all calls without a seed anew: the same seed gives the same numbers, on every host.
 *
 * @param seed a whole number.
 * @throws {ArgumentError} when it is not a whole number.
 * @see tf.random.set_seed
 * @example setSeed(1);
 */
export function setSeed(seed: number): void {
  checkSeed('setSeed', seed);
  seedAt(shared(), seed);
}

function checkSeed(op: string, seed: number): void {
  if (!Number.isSafeInteger(seed)) throw new ArgumentError(op, `seed must be a whole number: got ${String(seed)}`);
}

function seedAt(at: number, seed: number): void {
  k.philox_seed(at, seed >>> 0, Math.floor(seed / 2 ** 32) >>> 0);
}

/** Fills a new tensor from the shared state, which moves on, or from a state that begins with `seed`. */
function draw(
  op: string,
  shape: Shape,
  dtype: DType,
  seed: number | undefined,
  kernel: (dtype: number, state: number, y: number, from: number, to: number) => void,
): Tensor {
  setMaker(op);
  const sizes = checkShape(op, shape);
  if (seed !== undefined) checkSeed(op, seed);
  const from = seed === undefined ? shared() : 0;
  const y = empty(sizes, dtype);
  const code = codeOf(dtype);
  if (seed === undefined) {
    kernel(code, from, address(y), 0, y.size);
    // Kernels draw four blocks of four words at once.
    const words = dtype === 'float64' ? 2 * y.size : y.size;
    k.philox_skip(from, 4 * Math.ceil(words / 16));
  } else {
    try {
      withScratch(STATE_BYTES, (at) => {
        seedAt(at, seed);
        kernel(code, at, address(y), 0, y.size);
      });
    } catch (error) {
      y.dispose();
      throw error;
    }
  }
  return y;
}

function rounded(make: () => Tensor): Tensor {
  return withoutRecording(() => tidy(() => cast(round(make()), 'int32')));
}

function checkFloat(op: string, dtype: DType): void {
  if (dtype !== 'float32' && dtype !== 'float64')
    throw new DTypeError(op, `dtype must be float32, float64 or int32: got ${String(dtype)}`);
}

function checkNumbers(op: string, numbers: Record<string, number>): void {
  for (const [name, value] of Object.entries(numbers))
    if (typeof value !== 'number' || !Number.isFinite(value))
      throw new ArgumentError(op, `${name} must be a finite number: got ${String(value)}`);
}

/**
 * Random numbers spread evenly over [minval, maxval).
 *
 * @param shape sizes of the axes.
 * @param minval lower end, which can be drawn.
 * @param maxval upper end, which is never drawn.
 * @param dtype float32, float64 or int32.
 * @param seed for the same numbers at each call; without it they come from the generator that setSeed() starts.
 * @returns `dtype`, `shape`.
 * @throws {ArgumentError} when the ends are not finite, or in the wrong order.
 * @throws {DTypeError} for bool.
 * @see tf.random.uniform
 * @example randomUniform([2], 0, 1, 'float32', 7).shape; // [2]
 */
export function randomUniform(shape: Shape, minval = 0, maxval = 1, dtype: DType = 'float32', seed?: number): Tensor {
  if (dtype === 'int32') return integers('randomUniform', shape, minval, maxval, seed);
  checkFloat('randomUniform', dtype);
  checkNumbers('randomUniform', { minval, maxval });
  if (!(minval < maxval) && minval !== maxval)
    throw new ArgumentError('randomUniform', `minval ${minval} must not be above maxval ${maxval}`);
  return draw('randomUniform', shape, dtype, seed, (code, from, y, a, b) =>
    k.random_uniform(code, from, y, minval, maxval, a, b),
  );
}

/**
 * Random whole numbers spread evenly over [minval, maxval).
 *
 * @param shape sizes of the axes.
 * @param minval smallest number drawn.
 * @param maxval one above the largest.
 * @param seed for the same numbers at each call; without it they come from the generator that setSeed() starts.
 * @returns int32, `shape`.
 * @throws {ArgumentError} when the ends are no int32 numbers, or in the wrong order.
 * @see tf.random.uniform
 * @example randomUniformInt([3], 5, 6); // [5, 5, 5]
 */
export function randomUniformInt(shape: Shape, minval: number, maxval: number, seed?: number): Tensor {
  return integers('randomUniformInt', shape, minval, maxval, seed);
}

function integers(op: string, shape: Shape, minval: number, maxval: number, seed: number | undefined): Tensor {
  checkNumbers(op, { minval, maxval });
  const low = Math.ceil(minval);
  const count = Math.ceil(maxval) - low;
  if (!(count > 0) || low < -(2 ** 31) || low + count > 2 ** 31)
    throw new ArgumentError(op, `there is no int32 from minval ${minval} up to, and without, maxval ${maxval}`);
  return draw(op, shape, 'int32', seed, (code, from, y, a, b) => k.random_int(code, from, y, low, count >>> 0, a, b));
}

/**
 * Random numbers of a normal distribution, by Box and Muller.
 *
 * @param shape sizes of the axes.
 * @param mean of the distribution.
 * @param stdDev its standard deviation.
 * @param dtype float32, float64, or int32 for numbers rounded to the nearest.
 * @param seed for the same numbers at each call; without it they come from the generator that setSeed() starts.
 * @returns `dtype`, `shape`.
 * @throws {ArgumentError} when mean or stdDev is not finite.
 * @throws {DTypeError} for bool.
 * @see tf.random.normal
 * @example randomNormal([2, 3], 0, 1, 'float32', 7).shape; // [2, 3]
 */
export function randomNormal(shape: Shape, mean = 0, stdDev = 1, dtype: DType = 'float32', seed?: number): Tensor {
  if (dtype === 'int32') return rounded(() => randomNormal(shape, mean, stdDev, 'float32', seed));
  checkFloat('randomNormal', dtype);
  checkNumbers('randomNormal', { mean, stdDev });
  return draw('randomNormal', shape, dtype, seed, (code, from, y, a, b) =>
    k.random_normal(code, from, y, mean, stdDev, a, b),
  );
}

/**
 * Random numbers of a normal distribution, drawn again where they lie more than two standard deviations from the mean.
 *
 * @param shape sizes of the axes.
 * @param mean of the distribution.
 * @param stdDev its standard deviation before it is cut off.
 * @param dtype float32, float64, or int32 for numbers rounded to the nearest.
 * @param seed for the same numbers at each call; without it they come from the generator that setSeed() starts.
 * @returns `dtype`, `shape`.
 * @throws {ArgumentError} when mean or stdDev is not finite.
 * @throws {DTypeError} for bool.
 * @see tf.random.truncated_normal
 * @example truncatedNormal([2], 0, 1, 'float32', 7).shape; // [2]
 */
export function truncatedNormal(shape: Shape, mean = 0, stdDev = 1, dtype: DType = 'float32', seed?: number): Tensor {
  if (dtype === 'int32') return rounded(() => truncatedNormal(shape, mean, stdDev, 'float32', seed));
  checkFloat('truncatedNormal', dtype);
  checkNumbers('truncatedNormal', { mean, stdDev });
  return draw('truncatedNormal', shape, dtype, seed, (code, from, y, a, b) =>
    k.random_truncated(code, from, y, mean, stdDev, a, b),
  );
}

/**
 * Random numbers of a gamma distribution, by Marsaglia and Tsang. It has no gradient.
 *
 * @param shape sizes of the axes.
 * @param alpha shape of the distribution, above 0.
 * @param beta its rate, the inverse of its scale, above 0: the mean is alpha / beta.
 * @param dtype float32, float64, or int32 for numbers rounded to the nearest.
 * @param seed for the same numbers at each call; without it they come from the generator that setSeed() starts.
 * @returns `dtype`, `shape`.
 * @throws {ArgumentError} when alpha or beta is not finite and above 0.
 * @throws {DTypeError} for bool.
 * @see tf.random.gamma
 * @example randomGamma([2, 3], 2, 1, 'float32', 7).shape; // [2, 3]
 */
export function randomGamma(shape: Shape, alpha: number, beta = 1, dtype: DType = 'float32', seed?: number): Tensor {
  if (dtype === 'int32') return rounded(() => randomGamma(shape, alpha, beta, 'float32', seed));
  checkFloat('randomGamma', dtype);
  checkNumbers('randomGamma', { alpha, beta });
  if (!(alpha > 0 && beta > 0))
    throw new ArgumentError('randomGamma', `alpha and beta must be above 0: got ${alpha} and ${beta}`);
  return draw('randomGamma', shape, dtype, seed, (code, from, y, a, b) =>
    k.random_gamma(code, from, y, alpha, 1 / beta, a, b),
  );
}

/**
 * Places of classes drawn by their probabilities. It has no gradient.
 *
 * @param logits float, shape `[classes]` or `[batch, classes]`: logarithms of probabilities, up to a constant for each row.
 * @param numSamples how many for each row.
 * @param seed for the same draws at each call; without it they come from the generator that setSeed() starts.
 * @param normalized whether `logits` are the probabilities themselves.
 * @returns int32, shape `[numSamples]` or `[batch, numSamples]`.
 * @throws {DTypeError} when `logits` is not a float.
 * @throws {ShapeError} when `logits` has another rank, or fewer than two classes.
 * @see tf.random.categorical
 * @example multinomial([0, -Infinity], 3); // [0, 0, 0]
 */
export function multinomial(logits: TensorLike, numSamples: number, seed?: number, normalized = false): Tensor {
  const { tensor, owned } = convert(logits, 'multinomial', 'logits');
  try {
    needFloat('multinomial', 'logits', tensor);
    const classes = tensor.shape.at(-1) ?? 0;
    if (tensor.rank < 1 || tensor.rank > 2 || classes < 2)
      throw new ShapeError(
        'multinomial',
        `logits ${showShape(tensor.shape)} must have shape [classes] or [batch, classes], with two classes or more`,
      );
    if (!Number.isInteger(numSamples) || numSamples < 0)
      throw new ArgumentError('multinomial', `numSamples must be a whole number of at least 0: got ${numSamples}`);
    return withoutRecording(() =>
      tidy(() => {
        const batch = tensor.size / classes;
        const rows = reshape(normalized ? log(tensor) : tensor, [batch, 1, classes]);
        // The largest of logits plus Gumbel noise falls on each class with its probability.
        const u = randomUniform([batch, numSamples, classes], 0, 1, tensor.dtype, seed);
        const places = argMax(sub(rows, log(neg(log(u)))), 2);
        return tensor.rank === 1 ? reshape(places, [numSamples]) : places;
      }),
    );
  } finally {
    if (owned) tensor.dispose();
  }
}

/**
 * The tensor with elements set to 0 at random, and the others scaled up so that the expected sum stays.
 *
 * @param x float, any shape.
 * @param rate share of elements to drop, in [0, 1).
 * @param noiseShape shape of the decisions, which broadcasts to that of `x`; that of `x` when not given.
 * @param seed for the same decisions at each call; without it they come from the generator that setSeed() starts.
 * @returns dtype and shape of `x`.
 * @throws {DTypeError} when `x` is not a float.
 * @throws {ArgumentError} when `rate` is not in [0, 1).
 * @throws {ShapeError} when `noiseShape` does not broadcast to the shape of `x`.
 * @see tf.nn.dropout
 * @example dropout([1, 2], 0); // [1, 2]
 */
export function dropout(x: TensorLike, rate: number, noiseShape?: Shape | null, seed?: number): Tensor {
  const { tensor, owned } = convert(x, 'dropout', 'x');
  try {
    needFloat('dropout', 'x', tensor);
    if (!(rate >= 0 && rate < 1))
      throw new ArgumentError('dropout', `rate must be at least 0 and below 1: got ${String(rate)}`);
    const shape = noiseShape ?? tensor.shape;
    if (!sameShape(broadcastShapes('dropout', tensor.shape, shape, ['x', 'noiseShape']), tensor.shape))
      throw new ShapeError(
        'dropout',
        `noiseShape ${showShape(shape)} does not broadcast to x ${showShape(tensor.shape)}`,
      );
    if (rate === 0) return clone(tensor);
    return tidy(() =>
      mul(
        tensor,
        draw('dropout', shape, tensor.dtype, seed, (code, from, y, a, b) =>
          k.random_keep(code, from, y, rate, 1 / (1 - rate), a, b),
        ),
      ),
    );
  } finally {
    if (owned) tensor.dispose();
  }
}
