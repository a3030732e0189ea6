// A tensor inside a larger one.

import { expect, test } from 'vitest';
import * as gt from '../../src/index.js';
import { array64, checkOp, get, type Array64 } from '../check/op.js';

await gt.init();
const { ShapeError } = gt;

const ALL = ['float32', 'float64', 'int32', 'bool'] as const;
const padded = (x: Array64, paddings: readonly (readonly [number, number])[], value = 0): Array64 =>
  array64(
    x.shape.map((n, i) => n + paddings[i]![0] + paddings[i]![1]),
    (_, index) => {
      const at = index.map((v, i) => v - paddings[i]![0]);
      return at.every((v, i) => v >= 0 && v < x.shape[i]!) ? get(x, at) : value;
    },
  );

for (const [form, shape, paddings, value] of [
  ['a vector', [5], [[2, 1]], 0],
  ['by a value', [3], [[0, 4]], 1],
  ['a matrix', [3, 4], [[1, 0], [2, 3]], 0], // prettier-ignore
  ['images', [2, 3, 3, 2], [[0, 0], [1, 1], [2, 1], [0, 0]], 0], // prettier-ignore
  ['nothing', [2, 2], [[0, 0], [0, 0]], 0], // prettier-ignore
  ['an empty tensor', [0, 2], [[1, 1], [0, 1]], 1], // prettier-ignore
  ['a scalar', [], [], 0],
] as [string, number[], [number, number][], number][])
  checkOp({
    name: 'pad',
    form,
    op: (x) => gt.pad(x, paddings, value),
    arrays: (x) => padded(x, paddings, value),
    cases: [[shape]],
    dtypes: ALL,
    ulp: 0,
    errors: [
      [() => gt.pad([1, 2], []), ShapeError, /paddings has 0 pairs, x \[2\] has 1 axes/],
      [() => gt.pad([1, 2], [[-1, 0]]), ShapeError],
      [() => gt.pad([1, 2], [[1]] as never), ShapeError, /paddings\[0\]/],
    ],
  });
checkOp({
  name: 'pad1d',
  op: (x) => gt.pad1d(x, [1, 2], 3),
  arrays: (x) => padded(x, [[1, 2]], 3),
  cases: [[[3]]],
  errors: [[() => gt.pad1d([[1]], [1, 1]), ShapeError, /x must have rank 1, got rank 2/]],
});
for (const [name, rank] of [
  ['pad2d', 2],
  ['pad3d', 3],
  ['pad4d', 4],
] as const) {
  const paddings = Array.from({ length: rank }, (_, i) => [i, 1] as const);
  checkOp({
    name,
    op: (x) => gt[name](x, paddings),
    arrays: (x) => padded(x, paddings),
    cases: [[Array.from({ length: rank }, (_, i) => i + 1)]],
    errors: [[() => gt[name]([1], [[0, 0]]), ShapeError]],
  });
}

test('pad without a border is a view', () => {
  const x = gt.tensor([1, 2]);
  const before = gt.memory().numDataBuffers;
  expect(gt.pad(x, [[0, 0]]).arraySync()).toEqual([1, 2]);
  expect(gt.memory().numDataBuffers).toBe(before);
});
