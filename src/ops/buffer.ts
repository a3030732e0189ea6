// Tensors to be: values in JavaScript's memory, set one by one.

import { checkDType, type DType, type DTypeArrays } from '../dtype.js';
import { fromValues } from '../convert.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { checkShape, showShape, sizeOf, stridesOf, type Shape } from '../shape.js';
import { setMaker, type Tensor } from '../tensor.js';

/** Values that can be set, by index, and then become a tensor. Made by buffer(). */
export class TensorBuffer<D extends DType = 'float32'> {
  /** Sizes of the axes, outermost first. */
  readonly shape: number[];
  readonly dtype: D;
  /** Number of elements. */
  readonly size: number;
  /** Elements between neighbours on each axis. */
  readonly strides: number[];
  /** The values in row-major order; bool as 0 and 1. */
  readonly values: DTypeArrays[D];

  /** @internal */
  constructor(shape: Shape, dtype: D, values: DTypeArrays[D]) {
    this.shape = [...shape];
    this.dtype = dtype;
    this.size = sizeOf(shape);
    this.strides = stridesOf(shape);
    this.values = values;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /**
   * Sets one value.
   *
   * @param value a number or a boolean.
   * @param locs its index on each axis.
   * @throws {ArgumentError} when there is no such element.
   * @example const b = buffer([2, 2]); b.set(3, 1, 0); b.toTensor().arraySync(); // [[0, 0], [3, 0]]
   */
  set(value: number | boolean, ...locs: number[]): void {
    (this.values as Float64Array)[this.locToIndex(locs)] = Number(value);
  }

  /**
   * One value.
   *
   * @param locs its index on each axis.
   * @throws {ArgumentError} when there is no such element.
   * @example buffer([2], 'float32', [5, 6]).get(1); // 6
   */
  get(...locs: number[]): number {
    return this.values[this.locToIndex(locs)]!;
  }

  /** Where an element stands in `values`. @param locs its index on each axis. */
  locToIndex(locs: readonly number[]): number {
    if (locs.length !== this.rank || locs.some((at, i) => !Number.isInteger(at) || at < 0 || at >= this.shape[i]!))
      throw new ArgumentError('buffer', `there is no element ${showShape(locs)} in shape ${showShape(this.shape)}`);
    return locs.reduce((index, at, i) => index + at * this.strides[i]!, 0);
  }

  /** Index on each axis of the element at a place of `values`. @param index from 0. */
  indexToLoc(index: number): number[] {
    return this.shape.map((n, i) => Math.floor(index / this.strides[i]!) % n);
  }

  /** A new tensor of the values as they are now. */
  toTensor(): Tensor {
    setMaker('buffer');
    return fromValues(this.values, this.shape, this.dtype, 'buffer');
  }
}

/**
 * Values to be set one by one, which then become a tensor.
 *
 * @param shape sizes of the axes.
 * @param dtype of the values.
 * @param values to begin with, in row-major order; zeros when not given. A typed array of the dtype is used as it is.
 * @returns a TensorBuffer, with `set(value, ...indices)`, `get(...indices)` and `toTensor()`.
 * @throws {ShapeError} when the values do not fill the shape.
 * @throws {DTypeError} when there is no such dtype.
 * @see tf.buffer of TensorFlow.js
 * @example buffer([2], 'int32', [1, 2]).toTensor(); // [1, 2]
 */
export function buffer<D extends DType = 'float32'>(
  shape: Shape,
  dtype: D = 'float32' as D,
  values?: DTypeArrays[D] | readonly number[],
): TensorBuffer<D> {
  const sizes = checkShape('buffer', shape);
  checkDType('buffer', dtype);
  const size = sizeOf(sizes);
  if (values !== undefined && values.length !== size)
    throw new ShapeError(
      'buffer',
      `there are ${values.length} values, and shape ${showShape(sizes)} has ${size} elements`,
    );
  const Values = { float32: Float32Array, float64: Float64Array, int32: Int32Array, bool: Uint8Array }[dtype];
  const held = values === undefined ? new Values(size) : values instanceof Values ? values : Values.from(values);
  return new TensorBuffer(sizes, dtype, held as DTypeArrays[D]);
}
