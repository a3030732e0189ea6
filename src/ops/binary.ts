// Ops with two inputs that broadcast.

import type { TensorLike } from '../convert.js';
import * as k from '../runtime/kernels.js';
import type { Tensor } from '../tensor.js';
import { applyBinary, defineBinary } from './elementwise.js';
import { neg } from './unary.js';

/**
 * Sum of two tensors, element by element; shapes broadcast.
 *
 * @param a number dtype, any shape.
 * @param b dtype and shape that go with `a`.
 * @returns the promoted dtype, the broadcast shape.
 * @throws {ShapeError} when the shapes do not broadcast.
 * @see tf.math.add
 * @example add([1, 2], 3); // [4, 5]
 */
export function add(a: TensorLike, b: TensorLike): Tensor {
  return applyBinary(addOp, a, b, 'int32');
}

const addOp = /* @__PURE__ */ defineBinary({
  name: 'add',
  kernel: k.add,
  da: (dy) => dy,
  db: (dy) => dy,
});

/**
 * Difference of two tensors, element by element; shapes broadcast.
 *
 * @param a number dtype, any shape.
 * @param b dtype and shape that go with `a`.
 * @returns the promoted dtype, the broadcast shape.
 * @throws {ShapeError} when the shapes do not broadcast.
 * @see tf.math.subtract
 * @example sub([5, 6], 3); // [2, 3]
 */
export function sub(a: TensorLike, b: TensorLike): Tensor {
  return applyBinary(subOp, a, b, 'int32');
}

const subOp = /* @__PURE__ */ defineBinary({
  name: 'sub',
  kernel: k.sub,
  da: (dy) => dy,
  db: (dy) => neg(dy),
});

/**
 * Product of two tensors, element by element; shapes broadcast.
 *
 * @param a number dtype, any shape.
 * @param b dtype and shape that go with `a`.
 * @returns the promoted dtype, the broadcast shape.
 * @throws {ShapeError} when the shapes do not broadcast.
 * @see tf.math.multiply
 * @example mul([1, 2], [3, 4]); // [3, 8]
 */
export function mul(a: TensorLike, b: TensorLike): Tensor {
  return applyBinary(mulOp, a, b, 'int32');
}

const mulOp = /* @__PURE__ */ defineBinary({
  name: 'mul',
  kernel: k.mul,
  saves: ['a', 'b'],
  da: (dy, { b }) => mul(dy, b),
  db: (dy, { a }) => mul(dy, a),
});

/**
 * Quotient of two tensors, element by element; shapes broadcast. Division by zero gives infinities and NaN (IEEE 754).
 *
 * @param a float dtype, any shape.
 * @param b dtype and shape that go with `a`.
 * @returns the promoted dtype, the broadcast shape.
 * @throws {ShapeError} when the shapes do not broadcast.
 * @see tf.math.divide
 * @example div([1, 2], 4); // [0.25, 0.5]
 */
export function div(a: TensorLike, b: TensorLike): Tensor {
  return applyBinary(divOp, a, b, 'float32');
}

const divOp = /* @__PURE__ */ defineBinary({
  name: 'div',
  kernel: k.div,
  saves: ['b', 'y'],
  da: (dy, { b }) => div(dy, b),
  db: (dy, { b, y }) => neg(mul(dy, div(y, b))),
});
