// Broadcasting: shapes that go together, strides for the walker kernels, and sumTo, its transpose.

import { ShapeError } from '../errors.js';
import { sameShape, showShape, type Shape } from '../shape.js';
import type { Tensor } from '../tensor.js';
import { sum } from './reduce.js';
import { reshape } from './reshape.js';

/**
 * The shape that shapes broadcast to: aligned at the last axis, sizes equal or 1.
 *
 * @throws {ShapeError} when two sizes differ and neither is 1.
 */
export function broadcastShapes(op: string, a: Shape, b: Shape, names: readonly [string, string] = ['a', 'b']): Shape {
  if (sameShape(a, b)) return a;
  const rank = Math.max(a.length, b.length);
  const out = new Array<number>(rank);
  for (let i = 1; i <= rank; i++) {
    const m = a[a.length - i] ?? 1;
    const n = b[b.length - i] ?? 1;
    if (m !== n && m !== 1 && n !== 1)
      throw new ShapeError(
        op,
        `shapes do not broadcast: ${names[0]} ${showShape(a)} and ${names[1]} ${showShape(b)} have ${m} and ${n} on axis ${-i}`,
        'Sizes must be equal, or one of them 1.',
      );
    out[rank - i] = m === 1 ? n : m;
  }
  return out;
}

/**
 * The Meta of a walker kernel (assembly/loops/walk.ts): rank, sizes, then strides of each operand, in elements. Axes
 * that all operands step through alike are merged, so that the walker has few and long rows.
 */
export function walkMeta(out: Shape, operands: readonly Shape[]): number[] {
  const n = operands.length;
  if (operands.every((shape) => sameShape(shape, out)))
    return [1, out.reduce((p, d) => p * d, 1), ...operands.map(() => 1)];

  // From the last axis outwards: sizes, and for each operand its strides, 0 where it broadcasts.
  const sizes: number[] = [];
  const strides: number[][] = operands.map(() => []);
  const steps = new Array<number>(n).fill(1);
  for (let axis = 1; axis <= out.length; axis++) {
    const size = out[out.length - axis]!;
    if (size === 1) continue;
    const here = operands.map((shape, o) => ((shape[shape.length - axis] ?? 1) === 1 ? 0 : steps[o]!));
    const top = sizes.length - 1;
    const merges = top >= 0 && here.every((stride, o) => stride === strides[o]![top]! * sizes[top]!);
    if (merges) sizes[top]! *= size;
    else {
      sizes.push(size);
      here.forEach((stride, o) => strides[o]!.push(stride));
    }
    operands.forEach((shape, o) => (steps[o]! *= shape[shape.length - axis] ?? 1));
  }
  if (sizes.length === 0) return [1, 1, ...operands.map(() => 1)];
  return [sizes.length, ...sizes.reverse(), ...strides.flatMap((s) => s.reverse())];
}

/** Sums a cotangent over the axes that broadcasting added, so that it has the shape of the input. */
export function sumTo(dy: Tensor, shape: Shape): Tensor {
  if (sameShape(dy.shape, shape)) return dy;
  const lead = dy.rank - shape.length;
  const axes: number[] = [];
  for (let i = 0; i < dy.rank; i++) if (i < lead || (shape[i - lead] === 1 && dy.shape[i] !== 1)) axes.push(i);
  const summed = axes.length === 0 ? dy : sum(dy, axes);
  return sameShape(summed.shape, shape) ? summed : reshape(summed, shape);
}
