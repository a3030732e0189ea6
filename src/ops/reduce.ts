// Reductions over axes.

import type { TensorLike } from '../convert.js';
import { codeOf } from '../dtype.js';
import * as k from '../runtime/kernels.js';
import { normalizeAxes, sizeOf } from '../shape.js';
import { address, empty, type Tensor } from '../tensor.js';
import { apply } from './apply.js';
import { mul } from './binary.js';
import { defineOp } from './define.js';
import { ones } from './fill.js';
import { reshape } from './reshape.js';

/**
 * Sum over axes.
 *
 * @see tf.math.reduce_sum
 * @example sum([1, 2, 3]); // 6
 */
export function sum(x: TensorLike, axis?: number | number[] | null, keepDims = false): Tensor {
  return apply(sumOp, { x }, { axis, keepDims });
}

const sumOp = /* @__PURE__ */ defineOp({
  name: 'sum',
  inputs: ['x'],
  forward({ x }, { axis, keepDims }: { axis: number | number[] | null | undefined; keepDims: boolean }) {
    const axes = normalizeAxes('sum', axis, x.rank);
    const shape = x.shape.flatMap((d, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [d]));
    const first = axes[0] ?? 0;
    const last = axes.at(-1) ?? -1;
    const y = empty(shape, x.dtype);
    k.sum(
      codeOf(x.dtype),
      address(x),
      address(y),
      sizeOf(x.shape.slice(first, last + 1)),
      sizeOf(x.shape.slice(last + 1)),
      0,
      y.size,
    );
    return y;
  },
  vjp: {
    x: (dy, { x }, { axis }) => {
      const axes = normalizeAxes('sum', axis, x.rank);
      return mul(
        reshape(
          dy,
          x.shape.map((d, i) => (axes.includes(i) ? 1 : d)),
        ),
        ones(x.shape, x.dtype),
      );
    },
  },
});
