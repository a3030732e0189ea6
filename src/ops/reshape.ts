// Views: the same memory under another shape.

import type { TensorLike } from '../convert.js';
import { ShapeError } from '../errors.js';
import { checkShape, showShape, sizeOf, type Shape } from '../shape.js';
import { view, type Tensor } from '../tensor.js';
import { apply } from './apply.js';
import { defineOp } from './define.js';

/**
 * The same values, in row-major order, under another shape. No memory is copied.
 *
 * @param x any dtype, any shape.
 * @param shape of as many elements; one size may be -1 and is worked out.
 * @returns dtype of `x`.
 * @throws {ShapeError} when the number of elements differs.
 * @see tf.reshape
 * @example reshape([1, 2, 3, 4], [2, 2]); // [[1, 2], [3, 4]]
 */
export function reshape(x: TensorLike, shape: Shape): Tensor {
  return apply(reshapeOp, { x }, shape);
}

const reshapeOp = /* @__PURE__ */ defineOp({
  name: 'reshape',
  inputs: ['x'],
  forward({ x }, shape: Shape) {
    return view(x, fillIn(shape, x.size));
  },
  vjp: { x: (dy, { x }) => reshape(dy, x.shape) },
});

/** The shape with its -1 worked out. */
function fillIn(shape: Shape, size: number): number[] {
  const at = shape.indexOf(-1);
  if (at < 0) {
    const sizes = checkShape('reshape', shape);
    if (sizeOf(sizes) !== size)
      throw new ShapeError('reshape', `shape ${showShape(sizes)} has ${sizeOf(sizes)} elements, x has ${size}`);
    return sizes;
  }
  const known = checkShape(
    'reshape',
    shape.filter((_, i) => i !== at),
  );
  const rest = sizeOf(known);
  if (rest === 0 || size % rest !== 0)
    throw new ShapeError('reshape', `shape ${showShape(shape)} leaves no whole size for -1: x has ${size} elements`);
  known.splice(at, 0, size / rest);
  return known;
}
