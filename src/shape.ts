// Shapes: sizes, axes and how they are shown.

import { ArgumentError, ShapeError } from './errors.js';

/** Sizes of the axes, outermost first; a scalar has none. */
export type Shape = readonly number[];

/** Number of elements. */
export function sizeOf(shape: Shape): number {
  let n = 1;
  for (let i = 0; i < shape.length; i++) n *= shape[i]!;
  return n;
}

/** Whether two shapes are the same. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) if (a[i] !== b[i]) return false;
  return true;
}

/** `[2, 3]`, as error messages show shapes. */
export function showShape(shape: Shape): string {
  return `[${shape.join(', ')}]`;
}

/** Elements between neighbours along each axis of a contiguous tensor. */
export function stridesOf(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let stride = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    strides[i] = stride;
    stride *= shape[i]!;
  }
  return strides;
}

/** An axis that may count from the end, as one from 0; throws a ShapeError when the tensor has no such axis. */
export function normalizeAxis(op: string, axis: number, rank: number, name = 'axis'): number {
  if (!Number.isInteger(axis) || axis < -rank || axis >= rank)
    throw new ShapeError(
      op,
      `${name} ${axis} does not exist in a tensor of rank ${rank}`,
      `Give an axis from ${-rank} to ${rank - 1}.`,
    );
  return axis < 0 ? axis + rank : axis;
}

/** Axes, one or several or all when undefined, as sorted ones from 0 without repeats. */
export function normalizeAxes(op: string, axes: number | readonly number[] | null | undefined, rank: number): number[] {
  if (axes === undefined || axes === null) return Array.from({ length: rank }, (_, i) => i);
  const list = (typeof axes === 'number' ? [axes] : axes).map((a) => normalizeAxis(op, a, rank));
  const unique = [...new Set(list)].sort((a, b) => a - b);
  if (unique.length !== list.length)
    throw new ShapeError(op, `axis ${showShape(list)} names an axis twice`, 'Name each axis once.');
  return unique;
}

/** A shape that a user gave: whole numbers, none below 0, of a size that fits. */
export function checkShape(op: string, shape: unknown): number[] {
  if (!Array.isArray(shape) && !ArrayBuffer.isView(shape))
    throw new ArgumentError(op, `shape must be an array of numbers: got ${String(shape)}`);
  const sizes = Array.from(shape as ArrayLike<number>);
  for (const n of sizes)
    if (!Number.isInteger(n) || n < 0)
      throw new ShapeError(op, `shape ${showShape(sizes)} has a size that is not a whole number of at least 0: ${n}`);
  if (sizeOf(sizes) > 0x3fff_ffff)
    throw new ShapeError(op, `shape ${showShape(sizes)} has ${sizeOf(sizes)} elements, more than a tensor can hold`);
  return sizes;
}
