// Reductions with more mathematics in them: logSumExp, norms, mean and variance together.

import { convert, type TensorLike } from '../convert.js';
import { codeOf, isFloat } from '../dtype.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { tidy } from '../memory.js';
import * as k from '../runtime/kernels.js';
import { normalizeAxes, showShape } from '../shape.js';
import { withoutRecording } from '../tape/record.js';
import { address, empty, type Tensor } from '../tensor.js';
import { apply } from './apply.js';
import { divNoNan, mul, pow, sub } from './binary.js';
import { cast } from './cast.js';
import { defineOp } from './define.js';
import { needFloat } from './elementwise.js';
import { max, mean, min, reducedShape, runsOf, sum, type Over } from './reduce.js';
import { reshape } from './reshape.js';
import { transpose } from './transpose.js';
import { abs, exp, sqrt, square } from './unary.js';

/**
 * Logarithm of the sum of the exponentials along axes, without overflow: -Infinity for nothing, or where all are.
 *
 * @param x float, any shape.
 * @param axis one or several, from the end when negative; all when null.
 * @param keepDims whether the axes stay, with size 1.
 * @returns dtype of `x`.
 * @throws {DTypeError} when `x` is not a float.
 * @throws {ShapeError} when an axis does not exist or is named twice.
 * @see tf.math.reduce_logsumexp
 * @example logSumExp([0, 0]); // 0.6931472
 */
export function logSumExp(x: TensorLike, axis?: number | readonly number[] | null, keepDims = false): Tensor {
  return apply(logSumExpOp, { x }, { axis, keepDims });
}

const logSumExpOp = /* @__PURE__ */ defineOp({
  name: 'logSumExp',
  inputs: ['x'],
  saves: ['x', 'y'],
  forward({ x }, { axis, keepDims }: Over) {
    needFloat('logSumExp', 'x', x);
    const axes = normalizeAxes('logSumExp', axis, x.rank);
    const y = (rows: Tensor): Tensor => {
      const out = empty(reducedShape(x.shape, axes, keepDims), x.dtype);
      k.logsumexp(codeOf(x.dtype), address(rows), address(out), out.size === 0 ? 0 : x.size / out.size, 0, out.size);
      return out;
    };
    if (runsOf(x.shape, axes).length <= 2) return y(x);
    // The kernel wants the axes at the end.
    const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
    const rows = withoutRecording(() => transpose(x, [...kept, ...axes]));
    try {
      return y(rows);
    } finally {
      rows.dispose();
    }
  },
  vjp: {
    x: (dy, { x, y }, { axis }) => {
      const kept = reducedShape(x.shape, normalizeAxes('logSumExp', axis, x.rank), true);
      return mul(reshape(dy, kept), exp(sub(x, reshape(y, kept))));
    },
  },
});

/**
 * Norm of vectors or matrices.
 *
 * | ord | along one axis, or all | along two axes |
 * |---|---|---|
 * | 'euclidean', 2 | √Σx² | 'euclidean', 'fro': √Σx² |
 * | 1 | Σ\|x\| | largest column sum of \|x\| |
 * | Infinity | largest \|x\| | largest row sum of \|x\| |
 * | -Infinity | smallest \|x\| | smallest row sum of \|x\| |
 * | another number p above 0 | (Σ\|x\|^p)^(1/p) | |
 *
 * The Euclidean norm's gradient at 0 is 0.
 *
 * @param x float, any shape; integers count as float32.
 * @param ord which norm.
 * @param axis one axis for vectors, two for matrices; null takes all elements as one vector.
 * @param keepDims whether the axes stay, with size 1.
 * @returns dtype of `x`.
 * @throws {ArgumentError} when `ord` is no norm of vectors, or of matrices.
 * @throws {ShapeError} when an axis does not exist or is named twice, or there are more than two.
 * @see tf.norm
 * @example norm([3, 4]); // 5
 */
export function norm(
  x: TensorLike,
  ord: number | 'euclidean' | 'fro' = 'euclidean',
  axis: number | readonly number[] | null = null,
  keepDims = false,
): Tensor {
  const { tensor, owned } = convert(x, 'norm', 'x');
  try {
    return tidy(() => {
      const floats = isFloat(tensor.dtype) ? tensor : cast(tensor, 'float32');
      const axes = normalizeAxes('norm', axis, floats.rank);
      if (axis !== null && axes.length > 2)
        throw new ShapeError(
          'norm',
          `axis ${showShape(axes)} names ${axes.length} axes`,
          'Give one axis for vectors, two for matrices, or null for all elements.',
        );
      const y = axis !== null && axes.length === 2 ? ofMatrices(floats, ord, axes) : ofVectors(floats, ord, axes);
      return reshape(y, reducedShape(floats.shape, axes, keepDims));
    });
  } finally {
    if (owned) tensor.dispose();
  }
}

function ofVectors(x: Tensor, ord: number | string, axes: readonly number[]): Tensor {
  if (ord === 'euclidean' || ord === 2) return apply(euclideanOp, { x }, axes);
  if (ord === 1) return sum(abs(x), axes);
  if (ord === Infinity) return max(abs(x), axes);
  if (ord === -Infinity) return min(abs(x), axes);
  if (typeof ord === 'number' && ord > 0) return pow(sum(pow(abs(x), ord), axes), 1 / ord);
  throw new ArgumentError(
    'norm',
    `ord ${String(ord)} is no norm of vectors`,
    "Use 'euclidean', a number above 0, or ±Infinity.",
  );
}

function ofMatrices(x: Tensor, ord: number | string, axes: readonly number[]): Tensor {
  const [row, column] = axes as [number, number];
  if (ord === 'euclidean' || ord === 'fro') return apply(euclideanOp, { x }, axes);
  if (ord === 1) return max(sum(abs(x), row, true), column, true);
  if (ord === Infinity) return max(sum(abs(x), column, true), row, true);
  if (ord === -Infinity) return min(sum(abs(x), column, true), row, true);
  throw new ArgumentError(
    'norm',
    `ord ${String(ord)} is no norm of matrices`,
    "Use 'euclidean', 'fro', 1 or ±Infinity, or one axis.",
  );
}

const euclideanOp = /* @__PURE__ */ defineOp({
  name: 'norm',
  inputs: ['x'],
  saves: ['x', 'y'],
  forward: ({ x }, axes: readonly number[]) => withoutRecording(() => tidy(() => sqrt(sum(square(x), axes)))),
  vjp: {
    x: (dy, { x, y }, axes) => {
      const kept = reducedShape(x.shape, axes, true);
      return mul(reshape(dy, kept), divNoNan(x, reshape(y, kept)));
    },
  },
});

/**
 * Mean and variance along axes: the variance is the mean of squared distances from the mean.
 *
 * @param x float, any shape; integers count as float32.
 * @param axis one or several, from the end when negative; all when null.
 * @param keepDims whether the axes stay, with size 1.
 * @returns both, dtype of `x`.
 * @throws {ShapeError} when an axis does not exist or is named twice.
 * @see tf.nn.moments
 * @example moments([1, 3]).variance; // 1
 */
export function moments(
  x: TensorLike,
  axis?: number | readonly number[] | null,
  keepDims = false,
): { mean: Tensor; variance: Tensor } {
  const { tensor, owned } = convert(x, 'moments', 'x');
  try {
    return tidy(() => {
      const floats = isFloat(tensor.dtype) ? tensor : cast(tensor, 'float32');
      const axes = normalizeAxes('moments', axis, floats.rank);
      const middle = mean(floats, axes, true);
      return {
        mean: reshape(middle, reducedShape(floats.shape, axes, keepDims)),
        variance: mean(square(sub(floats, middle)), axes, keepDims),
      };
    });
  } finally {
    if (owned) tensor.dispose();
  }
}
