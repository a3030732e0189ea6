// The dtypes: widths, codes, typed arrays and promotion.

import { DTypeError } from './errors.js';
import { BOOL, FLOAT32, FLOAT64, INT32 } from './runtime/abi.js';

/** The element types. `bool` is stored as one 32-bit lane that holds 0 or 1. */
export type DType = 'float32' | 'float64' | 'int32' | 'bool';

/** The typed array that a tensor's values come out as; bool as bytes 0 and 1, as in TensorFlow.js. */
export interface DTypeArrays {
  float32: Float32Array;
  float64: Float64Array;
  int32: Int32Array;
  bool: Uint8Array;
}

/** Any typed array that values come in or out as. */
export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array;

/** The dtype's code: the variant of a kernel that has one for each dtype. */
export function codeOf(dtype: DType): number {
  return dtype === 'float32' ? FLOAT32 : dtype === 'float64' ? FLOAT64 : dtype === 'int32' ? INT32 : BOOL;
}

/** By code, whether a dtype is among some. */
export function codesOf(dtypes: readonly DType[]): boolean[] {
  const codes = [false, false, false, false];
  for (const dtype of dtypes) codes[codeOf(dtype)] = true;
  return codes;
}

/** The code of a kernel that only moves elements: 0 for 32 bits, 1 for 64. */
export function widthCode(dtype: DType): number {
  return dtype === 'float64' ? 1 : 0;
}

/** Bytes of one element. */
export function byteWidth(dtype: DType): number {
  return dtype === 'float64' ? 8 : 4;
}

/** Whether gradients flow through tensors of this dtype. */
export function isFloat(dtype: DType): boolean {
  return dtype === 'float32' || dtype === 'float64';
}

/** Whether a value names a dtype. */
export function isDType(value: unknown): value is DType {
  return (DTYPES as readonly unknown[]).includes(value);
}

/** The dtype that a user gave; throws a DTypeError when there is none of that name. */
export function checkDType(op: string, dtype: unknown): DType {
  if (isDType(dtype)) return dtype;
  throw new DTypeError(op, `dtype must be float32, float64, int32 or bool: got ${String(dtype)}`);
}

/** The dtypes that arithmetic works on. */
export const NUMBERS: readonly DType[] = ['float32', 'float64', 'int32'];
/** The dtypes that have gradients. */
export const FLOATS: readonly DType[] = ['float32', 'float64'];

/** All of them, smallest first. */
export const DTYPES: readonly DType[] = ['bool', 'int32', 'float32', 'float64'];

/** The smallest dtype that holds both: bool < int32 < float32 < float64. */
export function promote(a: DType, b: DType): DType {
  if (a === b) return a;
  return DTYPES[Math.max(DTYPES.indexOf(a), DTYPES.indexOf(b))] as DType;
}
