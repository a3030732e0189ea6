// Joining tensors along an axis.

import type { TensorLike } from '../convert.js';
import { widthCode } from '../dtype.js';
import { ArgumentError, ShapeError } from '../errors.js';
import * as k from '../runtime/kernels.js';
import { normalizeAxis, sameShape, showShape, sizeOf } from '../shape.js';
import { address, empty, type Tensor } from '../tensor.js';
import { apply, applyVariadic } from './apply.js';
import { defineOp, defineVariadic } from './define.js';
import { zerosLike } from './fill.js';

/**
 * Tensors of one shape, joined along a new axis.
 *
 * @param tensors at least one, of one shape and dtype.
 * @param axis where the new axis stands in the result.
 * @see tf.stack
 * @example stack([[1, 2], [3, 4]]); // [[1, 2], [3, 4]]
 */
export function stack(tensors: readonly TensorLike[], axis = 0): Tensor {
  if (!Array.isArray(tensors) || tensors.length === 0) throw new ArgumentError('stack', 'it takes at least one tensor');
  return applyVariadic(stackOp, tensors, axis);
}

const stackOp = /* @__PURE__ */ defineVariadic({
  name: 'stack',
  forward(xs, axis: number) {
    const first = xs[0]!;
    for (const x of xs)
      if (!sameShape(x.shape, first.shape))
        throw new ShapeError('stack', `shapes differ: ${showShape(first.shape)} and ${showShape(x.shape)}`);
    const at = normalizeAxis('stack', axis, first.rank + 1);
    const shape = [...first.shape.slice(0, at), xs.length, ...first.shape.slice(at)];
    const y = empty(shape, first.dtype);
    const outer = sizeOf(first.shape.slice(0, at));
    const inner = sizeOf(first.shape.slice(at));
    xs.forEach((x, i) =>
      k.place(
        widthCode(x.dtype),
        address(x),
        address(y),
        [2, outer, inner, inner, 1, xs.length * inner, 1],
        0,
        i * inner,
        0,
        outer,
      ),
    );
    return y;
  },
  vjp: (dy, xs, needed, axis) => xs.map((_, i) => (needed[i] ? pick(dy, axis, i) : null)),
});

/** Element i along an axis, without the axis. */
function pick(x: Tensor, axis: number, i: number): Tensor {
  return apply(pickOp, { x }, { axis: normalizeAxis('pick', axis, x.rank), i });
}

const pickOp = /* @__PURE__ */ defineOp({
  name: 'pick',
  inputs: ['x'],
  forward({ x }, { axis, i }: { axis: number; i: number }) {
    const y = empty([...x.shape.slice(0, axis), ...x.shape.slice(axis + 1)], x.dtype);
    const outer = sizeOf(x.shape.slice(0, axis));
    const inner = sizeOf(x.shape.slice(axis + 1));
    k.copy(
      widthCode(x.dtype),
      address(x),
      address(y),
      [2, outer, inner, x.shape[axis]! * inner, 1, inner, 1],
      i * inner,
      0,
      outer,
    );
    return y;
  },
  vjp: {
    x: (dy, { x }, { axis, i }) =>
      stack(
        x.shape.slice(axis, axis + 1).flatMap((n) => Array.from({ length: n }, (_, j) => (j === i ? dy : mulZero(dy)))),
        axis,
      ),
  },
});

function mulZero(x: Tensor): Tensor {
  return zerosLike(x);
}
