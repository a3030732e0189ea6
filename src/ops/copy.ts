// The strided copy that every op which only moves elements is made of: what its Meta says, and its launch.

import type { TensorLike } from '../convert.js';
import { widthCode } from '../dtype.js';
import { ShapeError } from '../errors.js';
import * as k from '../runtime/kernels.js';
import { sizeOf, stridesOf, type Shape } from '../shape.js';
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
  // Sorted by the stride of y, largest first, by insertion: there are few axes, mostly sorted already.
  const axes: number[] = [];
  for (let i = 0; i < sizes.length; i++) {
    if (sizes[i] === 1) continue;
    let at = axes.length;
    for (; at > 0 && sy[axes[at - 1]!]! < sy[i]!; at--) axes[at] = axes[at - 1]!;
    axes[at] = i;
  }
  if (axes.length === 0) return [1, 1, 1, 1];

  const size: number[] = [];
  const inX: number[] = [];
  const inY: number[] = [];
  let last = -1;
  for (const i of axes) {
    const n = sizes[i]!;
    const merges = last >= 0 && inX[last] === sx[i]! * n && inY[last] === sy[i]! * n;
    if (!merges) last++;
    size[last] = merges ? size[last]! * n : n;
    inX[last] = sx[i]!;
    inY[last] = sy[i]!;
  }
  const unit = inX[last] !== 1 && inY[last] === 1 ? inX.indexOf(1) : -1;
  if (unit >= 0 && unit < last - 1)
    for (const list of [size, inX, inY]) list.splice(last - 1, 0, ...list.splice(unit, 1));

  const meta = [last + 1];
  for (const list of [size, inX, inY]) for (let i = 0; i <= last; i++) meta.push(list[i]!);
  return meta;
}

/**
 * A new tensor of elements of x: y[i, j, …] = x[from + i · strides[0] + j · strides[1] + …]. It shares x's memory when
 * that has the same order.
 */
export function rearranged(x: Tensor, shape: Shape, strides: Shape, from = 0): Tensor {
  const meta = copyMeta(shape, strides, stridesOf(shape));
  const size = sizeOf(shape);
  const contiguous = meta[0] === 1 && meta[1] === size && meta[2] === 1 && meta[3] === 1;
  if (contiguous && from === 0 && size === x.size) return view(x, shape);
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
