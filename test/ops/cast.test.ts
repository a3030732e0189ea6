// Conversion between dtypes.

import { expect, test } from 'vitest';
import * as gt from '../../src/index.js';
import { checkOp } from '../check/op.js';

await gt.init();
const { ArgumentError, DTypeError } = gt;

const NUMBERS = ['float32', 'float64', 'int32', 'bool'] as const;
const clip = (x: number): number =>
  Number.isNaN(x) ? 0 : Math.max(-2147483648, Math.min(2147483647, Math.trunc(x))) + 0;

checkOp({
  name: 'cast',
  form: 'to float32',
  op: (x) => gt.cast(x, 'float32'),
  reference: (x) => x,
  dtypes: NUMBERS,
  resultDType: 'float32',
  ulp: 0.5,
  special: [0, -0, NaN, Infinity, -Infinity, 1e-40, 0.1],
  differentiable: [0],
  // Second derivatives are checked by differences of the op itself, which rounds.
  order: 1,
  errors: [
    [() => gt.cast([1], 'float16' as never), DTypeError, /float16/],
    [() => gt.cast({} as never, 'int32'), ArgumentError],
  ],
});
checkOp({
  name: 'cast',
  form: 'to float64',
  op: (x) => gt.cast(x, 'float64'),
  reference: (x) => x,
  dtypes: NUMBERS,
  resultDType: 'float64',
  tolerance64: 0,
  special: [0, -0, NaN, Infinity, -Infinity, 1e-40, 0.1],
  differentiable: [0],
});
checkOp({
  name: 'cast',
  form: 'to int32',
  op: (x) => gt.cast(x, 'int32'),
  reference: clip,
  domain: [-9, 9],
  dtypes: NUMBERS,
  resultDType: 'int32',
  special: [0, -0, NaN, Infinity, -Infinity, 0.99, -0.99, 1e10, -1e10, 2147483648, -2147483649],
});
checkOp({
  name: 'cast',
  form: 'to bool',
  op: (x) => gt.cast(x, 'bool'),
  reference: (x) => Number(x !== 0),
  dtypes: NUMBERS,
  resultDType: 'bool',
  special: [0, -0, NaN, Infinity, -Infinity, 1e-40, 0.5],
});

test('a cast to the same dtype is a new tensor on the same memory', () => {
  const x = gt.tensor([1, 2]);
  const before = gt.memory().numDataBuffers;
  const y = gt.cast(x, 'float32');
  expect(y.id).not.toBe(x.id);
  expect(gt.memory().numDataBuffers).toBe(before);
  x.dispose();
  expect(y.arraySync()).toEqual([1, 2]);
});

test('the gradient passes between float dtypes, in the dtype of each', () => {
  const x = gt.tensor([1, 2]);
  const tape = new gt.GradientTape();
  tape.watch(x);
  const dx = tape.gradient(gt.square(gt.cast(x, 'float64')), x)!;
  expect(dx.dtype).toBe('float32');
  expect(dx.arraySync()).toEqual([2, 4]);
});

test('the gradient stops at an integer: null, not an error', () => {
  const x = gt.tensor([1.5, 2.5]);
  const tape = new gt.GradientTape();
  tape.watch(x);
  expect(tape.gradient(gt.cast(gt.cast(x, 'int32'), 'float32'), x)).toBeNull();
});
