// The strided copy that every op which only moves elements is made of: what its Meta says, and its launch.

import type { TensorLike } from '../convert.js';
import { widthCode } from '../dtype.js';
import { ShapeError } from '../errors.js';
import * as k from '../runtime/kernels.js';
import { stridesOf, type Shape } from '../shape.js';
import { address, empty, Tensor, view } from '../tensor.js';

/**
 * The Meta of a strided copy (assembly/kernels/copy.ts): axes that both sides step through alike are merged; those left
 * stand in the order of y's memory, with the axis on which x is contiguous moved next to the innermost.
 *
 * @param sizes of the axes that are walked, none 0.
 * @param sx elements of x between neighbours on each axis, 0 to repeat and negative to go backwards.
 * @param sy elements of y likewise, none 0 and none negative.
 */
export function copyMeta(sizes: Shape, sx: Shape, sy: Shape): number[] {
  const axes = sizes.map((_, i) => i).filter((i) => sizes[i] !== 1);
  axes.sort((i, j) => sy[j]! - sy[i]!);
  const size: number[] = [];
  const inX: number[] = [];
  const inY: number[] = [];
  for (const i of axes) {
    const top = size.length - 1;
    const n = sizes[i]!;
    if (top >= 0 && inX[top] === sx[i]! * n && inY[top] === sy[i]! * n) {
      size[top]! *= n;
      inX[top] = sx[i]!;
      inY[top] = sy[i]!;
    } else {
      size.push(n);
      inX.push(sx[i]!);
      inY.push(sy[i]!);
    }
  }
  if (size.length === 0) return [1, 1, 1, 1];
  const last = size.length - 1;
  const unit = inX.indexOf(1);
  if (inX[last] !== 1 && inY[last] === 1 && unit >= 0 && unit < last - 1)
    for (const list of [size, inX, inY]) list.splice(last - 1, 0, ...list.splice(unit, 1));
  return [size.length, ...size, ...inX, ...inY];
}

/**
 * A new tensor of elements of x: y[i, j, …] = x[from + i · strides[0] + j · strides[1] + …]. It shares x's memory when
 * that has the same order.
 */
export function rearranged(x: Tensor, shape: Shape, strides: Shape, from = 0): Tensor {
  const meta = copyMeta(shape, strides, stridesOf(shape));
  const size = shape.reduce((p, d) => p * d, 1);
  const [rank, n, sx, sy] = meta;
  if (size === x.size && from === 0 && rank === 1 && n === size && sx === 1 && sy === 1) return view(x, shape);
  address(x);
  const y = empty(shape, x.dtype);
  if (size > 0) k.copy(widthCode(x.dtype), address(x), address(y), meta, from, 0, meta[1]!);
  return y;
}

/** Writes all of x into a part of y: x[i, j, …] to y[from + i · strides[0] + j · strides[1] + …]. */
export function placeInto(y: Tensor, x: Tensor, strides: Shape, from: number): void {
  if (x.size === 0) return;
  const meta = copyMeta(x.shape, stridesOf(x.shape), strides);
  k.place(widthCode(x.dtype), address(x), address(y), meta, 0, from, 0, meta[1]!);
}

/** The rank of a value that may not be converted yet. */
export function rankOf(x: TensorLike): number {
  if (x instanceof Tensor) return x.rank;
  if (!Array.isArray(x)) return ArrayBuffer.isView(x) ? 1 : 0;
  return 1 + (x.length === 0 ? 0 : rankOf(x[0] as TensorLike));
}

/** Throws unless a value has the rank that an op's name says. */
export function needRank(op: string, name: string, x: TensorLike, rank: number): void {
  const got = rankOf(x);
  if (got !== rank)
    throw new ShapeError(op, `${name} must have rank ${rank}, got rank ${got}`, `${op.slice(0, -2)} takes any rank.`);
}
