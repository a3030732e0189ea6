// Axes in another order.

import { expect, test } from 'vitest';
import * as gt from '../../src/index.js';
import { array64, checkOp, get, type Array64 } from '../check/op.js';

await gt.init();
const { ArgumentError, ShapeError } = gt;

const ALL = ['float32', 'float64', 'int32', 'bool'] as const;

function transposed(x: Array64, perm: readonly number[]): Array64 {
  const shape = perm.map((a) => x.shape[a]!);
  return array64(shape, (_, index) => {
    const from = new Array<number>(perm.length);
    perm.forEach((a, i) => (from[a] = index[i]!));
    return get(x, from);
  });
}

checkOp({
  name: 'transpose',
  op: (x) => gt.transpose(x),
  arrays: (x) =>
    transposed(
      x,
      x.shape.map((_, i) => x.shape.length - 1 - i),
    ),
  cases: [[[]], [[5]], [[3, 4]], [[9, 6]], [[1, 7]], [[2, 3, 4]], [[0, 3]]],
  dtypes: ALL,
  ulp: 0,
  errors: [
    [() => gt.transpose([[1, 2]], [0]), ShapeError, /perm \[0\] does not name each of the 2 axes/],
    [() => gt.transpose([[1, 2]], [0, 0]), ShapeError],
    [() => gt.transpose([[1, 2]], [0, 2]), ShapeError],
    [() => gt.transpose([[1, 2]], [0, 1], true), ArgumentError],
  ],
});
for (const perm of [
  [0, 2, 1, 3],
  [0, 3, 1, 2],
  [0, 2, 3, 1],
  [3, 1, 0, 2],
  [1, 0, 2, 3],
  [-1, 0, -2, 1],
])
  checkOp({
    name: 'transpose',
    form: `to [${perm.join(', ')}]`,
    op: (x) => gt.transpose(x, perm),
    arrays: (x) =>
      transposed(
        x,
        perm.map((a) => (a + 4) % 4),
      ),
    cases: [[[2, 3, 4, 5]], [[1, 3, 1, 2]], [[2, 1, 5, 1]]],
    ulp: 0,
  });

test('a transpose that leaves the order of the elements is a view', () => {
  const x = gt.tensor([[[1], [2], [3]]]);
  const before = gt.memory().numDataBuffers;
  expect(gt.transpose(x, [1, 2, 0]).arraySync()).toEqual([[[1]], [[2]], [[3]]]);
  expect(gt.memory().numDataBuffers).toBe(before);
});

test('matrices larger than a tile, of both widths, come back by transposing twice', () => {
  for (const dtype of ['float32', 'float64'] as const)
    for (const [m, n] of [
      [64, 64],
      [67, 33],
      [5, 130],
      [130, 3],
    ] as const) {
      const x = gt.reshape(gt.range(0, m * n, 1, dtype), [m, n]);
      const y = gt.transpose(x);
      const [a, b] = [x.dataSync(), y.dataSync()];
      for (let i = 0; i < m; i++)
        for (let j = 0; j < n; j++) if (b[j * m + i] !== a[i * n + j]) expect.fail(`${i} ${j}`);
      expect(gt.transpose(y).dataSync()).toEqual(a);
    }
});
