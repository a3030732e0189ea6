// Normalisation: each part of a tensor to mean 0 and variance 1, then scaled and shifted.

import { convert, fromValues, type TensorLike } from '../convert.js';
import { codeOf, type DType } from '../dtype.js';
import { DTypeError, ShapeError } from '../errors.js';
import { tidy } from '../memory.js';
import { NORM_ROWS } from '../runtime/blocking.js';
import * as k from '../runtime/kernels.js';
import { normalizeAxes, sameShape, showShape, sizeOf, type Shape } from '../shape.js';
import { isTracked } from '../tape/record.js';
import { address, empty, Tensor } from '../tensor.js';
import { apply } from './apply.js';
import { add, mul, sub } from './binary.js';
import { defineOp } from './define.js';
import { needFloat } from './elementwise.js';
import { ones, zeros } from './fill.js';
import { mean, sum } from './reduce.js';
import { reshape } from './reshape.js';
import { transpose } from './transpose.js';
import { rsqrt, square } from './unary.js';

/**
 * Layer normalisation: along the given axes each part gets mean 0 and variance 1, is multiplied by `gamma`, and `beta` is
 * added.
 *
 * `(x - mean) / sqrt(variance + epsilon) * gamma + beta`, with the biased variance.
 *
 * @param x float, any shape.
 * @param gamma dtype of `x`, the shape of the axes' sizes; 1 when not given.
 * @param beta likewise; 0 when not given.
 * @param axis one or several, from the end when negative.
 * @param epsilon added to the variance.
 * @returns dtype and shape of `x`.
 * @throws {DTypeError} when `x` is not a float, or `gamma` or `beta` is of another dtype.
 * @throws {ShapeError} when an axis does not exist or is named twice, or `gamma` or `beta` is not of the axes' sizes.
 * @see tf.keras.layers.LayerNormalization
 * @example layerNorm([[1, 3]], null, null, -1, 0); // [[-1, 1]]
 */
export function layerNorm(
  x: TensorLike,
  gamma: TensorLike | null = null,
  beta: TensorLike | null = null,
  axis: number | readonly number[] = -1,
  epsilon = 1e-3,
): Tensor {
  const { tensor, owned } = convert(x, 'layerNorm', 'x');
  try {
    needFloat('layerNorm', 'x', tensor);
    const axes = normalizeAxes('layerNorm', axis, tensor.rank).sort((a, b) => a - b);
    const sizes = axes.map((a) => tensor.shape[a]!);
    for (const [name, p] of [
      ['gamma', gamma],
      ['beta', beta],
    ] as const)
      if (p instanceof Tensor) needLike('layerNorm', name, p, sizes, tensor.dtype);
    return tidy(() => {
      const n = sizeOf(sizes);
      const flat = (name: string, p: TensorLike | null, none: (shape: Shape, dtype: DType) => Tensor): Tensor => {
        if (p === null) return none([n], tensor.dtype);
        const given = p instanceof Tensor ? p : fromValues(p, undefined, tensor.dtype, 'layerNorm', name);
        if (given !== p) needLike('layerNorm', name, given, sizes, tensor.dtype);
        return given.rank === 1 ? given : reshape(given, [n]);
      };
      const scale = flat('gamma', gamma, ones);
      const shift = flat('beta', beta, zeros);
      // The kernel wants the axes at the end.
      const order = [...tensor.shape.map((_, i) => i).filter((i) => !axes.includes(i)), ...axes];
      const moved = order.some((a, i) => a !== i);
      const rows = moved ? transpose(tensor, order) : tensor;
      const last = axes.length === 1 ? rows : reshape(rows, [...rows.shape.slice(0, tensor.rank - axes.length), n]);
      const y = apply(layerNormOp, { x: last, gamma: scale, beta: shift }, epsilon);
      const whole = axes.length === 1 ? y : reshape(y, rows.shape);
      return moved ? transpose(whole, inverse(order)) : whole;
    });
  } finally {
    if (owned) tensor.dispose();
  }
}

function needLike(op: string, name: string, p: Tensor, shape: Shape, dtype: DType): void {
  if (p.dtype !== dtype)
    throw new DTypeError(op, `${name} is ${p.dtype}, x is ${dtype}`, `Convert one of them: cast(${name}, '${dtype}').`);
  if (!sameShape(p.shape, shape))
    throw new ShapeError(
      op,
      `${name} must have the sizes of the axes: ${name} ${showShape(p.shape)}, axes ${showShape(shape)}`,
    );
}

function inverse(order: readonly number[]): number[] {
  const back: number[] = [];
  order.forEach((from, to) => (back[from] = to));
  return back;
}

/** How many rows of the last axis there are. */
function rowsOf(x: { readonly shape: readonly number[]; readonly size: number }): number {
  return x.size === 0 ? 0 : x.size / x.shape.at(-1)!;
}

/** Along the last axis; gamma and beta have that axis alone. Each input's rule by itself. */
const oneByOne = /* @__PURE__ */ defineOp({
  name: 'layerNorm',
  inputs: ['x', 'gamma', 'beta'],
  saves: ['x', 'gamma'],
  forward({ x, gamma, beta }, epsilon: number) {
    const y = empty(x.shape, x.dtype);
    const at = [address(x), address(gamma), address(beta), address(y)] as const;
    k.layer_norm(codeOf(x.dtype), ...at, x.shape.at(-1)!, epsilon, 0, rowsOf(x));
    return y;
  },
  vjp: {
    x(dy, { x, gamma }, epsilon) {
      if (isTracked(dy, x, gamma)) {
        const { centred, scale } = standard(x, epsilon);
        const g = mul(dy, gamma);
        const along = mul(centred, mul(mean(mul(g, centred), -1, true), square(scale)));
        return mul(sub(sub(g, mean(g, -1, true)), along), scale);
      }
      const dx = empty(x.shape, x.dtype);
      launchGrad(x, gamma, dy, dx, null, epsilon);
      return dx;
    },
    gamma(dy, { x, gamma }, epsilon) {
      if (isTracked(dy, x)) {
        const { centred, scale } = standard(x, epsilon);
        return sumOfRows(mul(dy, mul(centred, scale)));
      }
      const sums = partsOf(x);
      launchGrad(x, gamma, dy, null, sums, epsilon);
      return sum(sums, 0);
    },
    beta: (dy) => sumOfRows(dy),
  },
});

/** The same with one pass for the cotangents of x and gamma, where both are wanted and no tape records them. */
const layerNormOp: typeof oneByOne = /* @__PURE__ */ Object.assign({}, oneByOne, {
  backward(...[entry, dys, needed]: Parameters<typeof oneByOne.backward>) {
    const { x, gamma } = entry.values as Record<'x' | 'gamma', Tensor>;
    const [dy] = dys;
    if (!dy || needed[0] !== true || needed[1] !== true || isTracked(dy, x, gamma))
      return oneByOne.backward(entry, dys, needed);
    const [dx, sums] = [empty(x.shape, x.dtype), partsOf(x)];
    launchGrad(x, gamma, dy, dx, sums, entry.attrs as number);
    return [dx, sum(sums, 0), needed[2] === true ? sumOfRows(dy) : null];
  },
});

/** A row of gamma's gradient for each part of the rows of x. */
function partsOf(x: Tensor): Tensor {
  return empty([Math.ceil(rowsOf(x) / NORM_ROWS), x.shape.at(-1)!], x.dtype);
}

/** Fills dx, and sums with what each part of the rows gives gamma, where they are wanted. */
function launchGrad(
  x: Tensor,
  gamma: Tensor,
  dy: Tensor,
  dx: Tensor | null,
  sums: Tensor | null,
  epsilon: number,
): void {
  const at = [address(x), address(gamma), address(dy), dx ? address(dx) : 0, sums ? address(sums) : 0] as const;
  const rows = rowsOf(x);
  k.layer_norm_grad(codeOf(x.dtype), ...at, x.shape.at(-1)!, rows, epsilon, 0, Math.ceil(rows / NORM_ROWS));
}

/** The sum over all axes but the last. */
function sumOfRows(x: Tensor): Tensor {
  const before = x.shape.slice(0, -1).map((_, i) => i);
  return before.length === 0 ? x : sum(x, before);
}

/** x less its mean along the last axis, and 1 / √(variance + epsilon), by public ops. */
function standard(x: Tensor, epsilon: number): { centred: Tensor; scale: Tensor } {
  const centred = sub(x, mean(x, -1, true));
  return { centred, scale: rsqrt(add(mean(square(centred), -1, true), epsilon)) };
}
