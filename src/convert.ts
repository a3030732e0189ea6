// Values of JavaScript to tensors: what TensorLike is, and how dtype and shape are inferred.

import { byteWidth, checkDType, type DType, type TypedArray } from './dtype.js';
import { ArgumentError, ShapeError } from './errors.js';
import { tracer } from './runtime/trace.js';
import { address, elements, empty, Tensor, type NestedArray } from './tensor.js';
import { checkShape, showShape, sizeOf, type Shape } from './shape.js';

/** Nested arrays of booleans. */
export type NestedBooleans = boolean | readonly NestedBooleans[];

/** What every op takes: a tensor or variable, a number or boolean, nested arrays of them, or a typed array. */
export type TensorLike = Tensor | NestedArray | NestedBooleans | TypedArray | Uint8ClampedArray | readonly TypedArray[];

/** A tensor for a value, and whether it was made for it (then the caller disposes of it). */
export interface Converted {
  tensor: Tensor;
  owned: boolean;
}

/** The tensor itself, or a new one. `dtype` is for values that are no tensor; without it, it is inferred. */
export function convert(value: TensorLike, op: string, name: string, dtype?: DType): Converted {
  if (value instanceof Tensor) return { tensor: value, owned: false };
  return { tensor: fromValues(value, undefined, dtype, op, name), owned: true };
}

/**
 * A new tensor of values that are not a tensor.
 *
 * @param shape of the result; inferred from the nesting when undefined.
 * @param dtype of the result; inferred when undefined: numbers float32, booleans bool, typed arrays as they are.
 */
export function fromValues(
  values: unknown,
  shape: Shape | undefined,
  dtype: DType | undefined,
  op: string,
  name = 'values',
): Tensor {
  if (dtype !== undefined) checkDType(op, dtype);
  if (typeof values === 'number' || typeof values === 'boolean') return single(values, shape, dtype, op, name);
  if (!Array.isArray(values) && !ArrayBuffer.isView(values))
    throw new ArgumentError(
      op,
      `${name} must be a tensor, a number, a boolean or an array of them: got ${kind(values)}`,
    );
  const inferred = inferShape(values as ArrayLike<unknown>, op, name);
  const target = shape === undefined ? inferred : checkShape(op, shape);
  if (sizeOf(target) !== sizeOf(inferred) || (inferred.length > 1 && showShape(inferred) !== showShape(target)))
    throw new ShapeError(op, `${name} of shape ${showShape(inferred)} does not fill shape ${showShape(target)}`);
  const type = dtype ?? inferDType(values);
  const flat = ArrayBuffer.isView(values)
    ? (values as TypedArray)
    : flatten(values as readonly unknown[], op, name, sizeOf(inferred));
  const out = empty(target, type);
  write(out, flat);
  return out;
}

function single(
  value: number | boolean,
  shape: Shape | undefined,
  dtype: DType | undefined,
  op: string,
  name: string,
): Tensor {
  const target = shape === undefined ? [] : checkShape(op, shape);
  if (sizeOf(target) !== 1)
    throw new ShapeError(op, `${name} is one number and does not fill shape ${showShape(target)}`);
  return one(Number(value), target, dtype ?? (typeof value === 'boolean' ? 'bool' : 'float32'));
}

/** A tensor of one element: what a number beside a tensor becomes. */
export function one(value: number, shape: Shape, dtype: DType): Tensor {
  const x = empty(shape, dtype);
  const at = address(x);
  put(value, at, dtype);
  if (tracer !== null) tracer.written(at);
  return x;
}

/** Writes one element. */
export function put(value: number, at: number, dtype: DType): void {
  elements(dtype)[at / byteWidth(dtype)] = dtype === 'bool' && value !== 0 ? 1 : value;
}

/** Writes all values of a tensor from a flat array. */
export function write(x: Tensor, values: ArrayLike<number>): void {
  const { dtype } = x;
  const at = address(x);
  const lanes = dtype === 'bool' ? Int32Array.from(values, (v) => (v ? 1 : 0)) : values;
  elements(dtype).set(lanes, at / byteWidth(dtype));
  if (tracer !== null) tracer.written(at);
}

function inferShape(values: ArrayLike<unknown>, op: string, name: string): number[] {
  const shape: number[] = [];
  let level: unknown = values;
  while (Array.isArray(level) || (ArrayBuffer.isView(level) && !(level instanceof DataView))) {
    const items = level as ArrayLike<unknown>;
    shape.push(items.length);
    if (items.length === 0 || ArrayBuffer.isView(level)) break;
    level = items[0];
  }
  if (shape.length === 0) throw new ArgumentError(op, `${name} must be an array of numbers: got ${kind(values)}`);
  return shape;
}

function inferDType(values: unknown): DType {
  let first = values;
  while (Array.isArray(first) && first.length > 0) first = first[0];
  if (typeof first === 'boolean') return 'bool';
  if (first instanceof Float64Array) return 'float64';
  if (first instanceof Int32Array || first instanceof Uint8Array || first instanceof Uint8ClampedArray) return 'int32';
  return 'float32';
}

/** The numbers of nested arrays in order; throws when an array has another length than its neighbours. */
function flatten(values: readonly unknown[], op: string, name: string, size: number): Float64Array {
  const out = new Float64Array(size);
  let at = 0;
  const ragged = (): never => {
    throw new ShapeError(
      op,
      `${name} has rows of different lengths`,
      'Every row of a nested array needs the same length.',
    );
  };
  const visit = (items: readonly unknown[], path: number[]): void => {
    for (const item of items) {
      if (Array.isArray(item)) visit(item, path);
      else if (ArrayBuffer.isView(item)) {
        const part = item as TypedArray;
        if (at + part.length > size) ragged();
        out.set(part, at);
        at += part.length;
      } else if (typeof item === 'number' || typeof item === 'boolean') {
        if (at >= size) ragged();
        out[at++] = Number(item);
      } else throw new ArgumentError(op, `${name} holds something that is not a number: ${kind(item)}`);
    }
  };
  visit(values, []);
  if (at !== size || !even(values, depthOf(values))) ragged();
  return out;
}

function depthOf(value: unknown): number {
  if (ArrayBuffer.isView(value)) return 1;
  return Array.isArray(value) ? 1 + (value.length > 0 ? depthOf(value[0]) : 0) : 0;
}

/** Whether every array of a level has the length of the first, and the same depth. */
function even(values: readonly unknown[], depth: number): boolean {
  if (depth === 1) return values.every((v) => typeof v !== 'object');
  const length = (values[0] as ArrayLike<unknown> | undefined)?.length;
  return values.every(
    (v) =>
      (Array.isArray(v) || ArrayBuffer.isView(v)) &&
      (v as ArrayLike<unknown> & object).length === length &&
      (ArrayBuffer.isView(v) ? depth === 2 : even(v, depth - 1)),
  );
}

/** What a value is, as error messages name it. */
export function kind(value: unknown): string {
  if (value === null) return 'null';
  if (typeof value === 'object') return value.constructor?.name ?? 'object';
  return typeof value === 'string' ? `the string "${value}"` : typeof value;
}
