// Comparisons, logic and selection.

import { expect, test } from 'vitest';
import * as gt from '../../src/index.js';
import { checkOp, SPECIAL, type Case } from '../check/op.js';

await gt.init();
const { DTypeError, ShapeError } = gt;

const ALL = ['float32', 'float64', 'int32', 'bool'] as const;
const TESTS: Record<string, (a: number, b: number) => boolean> = {
  equal: (a, b) => a === b,
  notEqual: (a, b) => a !== b,
  less: (a, b) => a < b,
  lessEqual: (a, b) => a <= b,
  greater: (a, b) => a > b,
  greaterEqual: (a, b) => a >= b,
};

for (const [name, reference] of Object.entries(TESTS)) {
  const op = gt[name as 'equal'];
  checkOp({
    name,
    op: (a, b) => op(a!, b!),
    reference: (a, b) => Number(reference(a!, b!)),
    dtypes: ALL,
    resultDType: 'bool',
    special: SPECIAL,
    errors: [[() => op([1, 2], [1, 2, 3]), ShapeError]],
  });
}

const LOGIC: Record<string, (a: number, b: number) => number> = {
  logicalAnd: (a, b) => a & b,
  logicalOr: (a, b) => a | b,
  logicalXor: (a, b) => a ^ b,
};
for (const [name, reference] of Object.entries(LOGIC)) {
  const op = gt[name as 'logicalAnd'];
  checkOp({
    name,
    op: (a, b) => op(a!, b!),
    reference: (a, b) => reference(a!, b!),
    inputs: { dtype: 'bool' },
    dtypes: ['bool'],
    errors: [
      [() => op([1], [true]), DTypeError, /must be bool/],
      [() => op([true, false], [true, false, true]), ShapeError],
    ],
  });
}

const BRANCHES: Case[] = [
  [[], [], []],
  [[9], [9], [9]],
  [[9], [], [9]],
  [[], [9], []],
  [
    [3, 1],
    [1, 5],
    [3, 5],
  ],
  [[5], [3, 5], [2, 1, 1]],
  [
    [2, 0],
    [2, 1],
    [1, 1],
  ],
  [
    [2, 1, 3, 1],
    [5, 1, 4],
    [2, 5, 3, 4],
  ],
];
checkOp({
  name: 'where',
  op: gt.where,
  reference: (condition, a, b) => (condition ? a : b),
  cases: BRANCHES,
  inputs: [{ dtype: 'bool' }, {}, {}],
  dtypes: ALL,
  ulp: 0,
  errors: [
    [() => gt.where(gt.tensor([1, 0]), 1, 2), DTypeError, /condition must be bool, got float32 \[2\]/],
    [() => gt.where([true, false], [1, 2, 3], 1), ShapeError, /condition \[2\]/],
    [() => gt.where([true, false], [1, 2, 3], [1, 2]), ShapeError, /a \[3\] and b \[2\]/],
  ],
});

test('where brings both branches to one dtype, a plain number to that of the tensor beside it', () => {
  const c = [true, false];
  const f64 = gt.tensor([1.5, 2.5], [2], 'float64');
  const i32 = gt.tensor([7, 8], [2], 'int32');
  expect(gt.where(c, f64, 0).dtype).toBe('float64');
  expect(gt.where(c, 0, f64).arraySync()).toEqual([0, 2.5]);
  expect(gt.where(c, i32, f64).dtype).toBe('float64');
  expect(gt.where(c, i32, f64).arraySync()).toEqual([7, 2.5]);
  expect(gt.where(c, true, [false, true]).arraySync()).toEqual([true, true]);
});

test('a plain condition of numbers is true where it is not 0', () => {
  expect(gt.where([1, 0], 1, 2).arraySync()).toEqual([1, 2]);
});

test('comparisons promote: bool beside numbers is 0 and 1', () => {
  expect(gt.equal([true, false], [1, 1]).arraySync()).toEqual([true, false]);
  expect(gt.less(gt.tensor([1], [1], 'int32'), gt.tensor([1.5], [1], 'float64')).arraySync()).toEqual([true]);
});

test('a condition made of the watched value does not break its gradient', () => {
  const x = gt.tensor([1, 5, 20]);
  const tape = new gt.GradientTape();
  tape.watch(x);
  const y = gt.where(gt.less(x, 10), x, gt.mul(x, x));
  expect(tape.gradient(y, x)!.arraySync()).toEqual([1, 1, 40]);
});

test('a NaN in the branch not chosen stays out of the value and of the gradient of where itself', () => {
  const x = gt.tensor([-1, 4]);
  const tape = new gt.GradientTape();
  tape.watch(x);
  const y = gt.where(gt.greater(x, 0), x, NaN);
  expect(y.arraySync()).toEqual([NaN, 4]);
  expect(tape.gradient(y, x)!.arraySync()).toEqual([0, 1]);
});
