// Tensors of one value, ranges, and tensors that follow from sizes or indices.

import { describe, expect, test } from 'vitest';
import * as gt from '../../src/index.js';
import { array64, checkOp } from '../check/op.js';

await gt.init();
const { ArgumentError, DTypeError, ShapeError } = gt;

const DTYPES = ['float32', 'float64', 'int32', 'bool'] as const;

describe('fill, zeros and ones', () => {
  test('fill every element, whatever the size', () => {
    for (const dtype of DTYPES)
      for (const shape of [[], [0], [1], [7], [3, 5], [2, 0, 3]]) {
        const n = shape.reduce((p, d) => p * d, 1);
        expect([...gt.fill(shape, 1, dtype).dataSync()]).toEqual(Array(n).fill(1));
        expect(gt.fill(shape, 1, dtype).shape).toEqual(shape);
        expect([...gt.zeros(shape, dtype).dataSync()]).toEqual(Array(n).fill(0));
        expect([...gt.ones(shape, dtype).dataSync()]).toEqual(Array(n).fill(1));
      }
  });

  test('fill takes its dtype from the value', () => {
    expect(gt.fill([2], 0.5).dtype).toBe('float32');
    expect(gt.fill([2], true).arraySync()).toEqual([true, true]);
    expect(gt.fill([2], -2.7, 'int32').arraySync()).toEqual([-2, -2]);
  });

  test('zerosLike and onesLike take shape and dtype of tensors and of plain values', () => {
    const x = gt.tensor([[1, 2]], undefined, 'int32');
    expect(gt.zerosLike(x).dtype).toBe('int32');
    expect(gt.onesLike(x).arraySync()).toEqual([[1, 1]]);
    expect(gt.zerosLike([[1], [2]]).arraySync()).toEqual([[0], [0]]);
    expect(gt.onesLike([true, false]).arraySync()).toEqual([true, true]);
  });

  test('refuse sizes and dtypes that do not exist', () => {
    expect(() => gt.zeros([-1])).toThrow(ShapeError);
    expect(() => gt.ones([1.5])).toThrow(/ones: shape \[1.5\]/);
    expect(() => gt.zeros([2], 'complex64' as never)).toThrow(DTypeError);
    expect(() => gt.fill([2], '1' as never)).toThrow(ArgumentError);
  });
});

describe('eye', () => {
  test('has ones on the diagonal of any matrix', () => {
    expect(gt.eye(2, 3).arraySync()).toEqual([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    expect(gt.eye(3, 2, [2], 'int32').arraySync()).toEqual(
      Array(2).fill([
        [1, 0],
        [0, 1],
        [0, 0],
      ]),
    );
    expect(gt.eye(0).shape).toEqual([0, 0]);
    expect(gt.eye(2, 2, [0]).shape).toEqual([0, 2, 2]);
    expect(gt.eye(1, 1, [], 'bool').arraySync()).toEqual([[true]]);
  });
});

describe('linspace and range', () => {
  test('linspace begins and ends exactly', () => {
    for (const n of [1, 2, 3, 7, 10, 100]) {
      const y = gt.linspace(0.1, 0.7, n).dataSync();
      expect(y.length).toBe(n);
      expect(y[0]).toBe(Math.fround(0.1));
      if (n > 1) expect(y[n - 1]).toBe(Math.fround(0.7));
      for (let i = 1; i < n; i++) expect(y[i]! - y[i - 1]!).toBeCloseTo(0.6 / (n - 1), 6);
    }
    expect(() => gt.linspace(0, 1, 0)).toThrow(ArgumentError);
    expect(() => gt.linspace(0, 1, 1.5)).toThrow(ArgumentError);
  });

  test('range counts as in TensorFlow.js', () => {
    expect(gt.range(0, 5).arraySync()).toEqual([0, 1, 2, 3, 4]);
    expect(gt.range(1, 10, 4).arraySync()).toEqual([1, 5, 9]);
    expect(gt.range(3, 0).arraySync()).toEqual([3, 2, 1]);
    expect(gt.range(3, 0, -2).arraySync()).toEqual([3, 1]);
    expect(gt.range(0, 3, -1).shape).toEqual([0]);
    expect(gt.range(3, 0, 2).shape).toEqual([0]);
    expect(gt.range(2, 2).shape).toEqual([0]);
    expect(gt.range(0, 4, 1, 'int32').dtype).toBe('int32');
    expect(gt.range(0, 1, 0.25, 'float64').arraySync()).toEqual([0, 0.25, 0.5, 0.75]);
  });

  test('range does not pile up rounding errors', () => {
    const y = gt.range(0, 1000, 0.1).dataSync();
    expect(y.length).toBe(10000);
    for (let i = 0; i < y.length; i++) expect(y[i]).toBe(Math.fround(i * 0.1));
  });

  test('range refuses a step of 0, what is not finite, and bool', () => {
    expect(() => gt.range(0, 1, 0)).toThrow(ArgumentError);
    expect(() => gt.range(0, Infinity)).toThrow(ArgumentError);
    expect(() => gt.range(0, 1, 1, 'bool')).toThrow(DTypeError);
  });
});

checkOp({
  name: 'oneHot',
  op: (indices) => gt.oneHot(indices, 4, 2.5, -1, 'float32'),
  arrays: (indices) =>
    array64([...indices.shape, 4], (flat, index) => (indices.data[Math.floor(flat / 4)] === index.at(-1) ? 2.5 : -1)),
  cases: [[[]], [[0]], [[7]], [[2, 3]]],
  inputs: { dtype: 'int32', domain: [-1, 4] },
  resultDType: 'float32',
  errors: [
    [() => gt.oneHot(gt.tensor([1]), 3), DTypeError, /indices must be int32, got float32 \[1\]/],
    [() => gt.oneHot([1], 0), ArgumentError, /depth/],
    [() => gt.oneHot([1], 2, 1, 0, 'float16' as never), DTypeError],
  ],
});

test('oneHot is int32 unless told otherwise, and takes any dtype', () => {
  expect(gt.oneHot([0, 2], 3).dtype).toBe('int32');
  for (const dtype of DTYPES) expect([...gt.oneHot([0, 2], 3, 1, 0, dtype).dataSync()]).toEqual([1, 0, 0, 0, 0, 1]);
});

checkOp({
  name: 'diag',
  op: gt.diag,
  arrays: (x) =>
    array64([...x.shape, ...x.shape], (flat) =>
      flat % (x.data.length + 1) === 0 ? x.data[flat / (x.data.length + 1)]! : 0,
    ),
  cases: [[[]], [[1]], [[5]], [[2, 3]], [[0]]],
  dtypes: DTYPES,
});
