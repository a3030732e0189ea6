// Views: the same memory under another shape.

import { expect, test } from 'vitest';
import * as gt from '../../src/index.js';
import { checkOp, type Array64 } from '../check/op.js';

await gt.init();
const { ShapeError } = gt;

const ALL = ['float32', 'float64', 'int32', 'bool'] as const;
const as = (x: Array64, shape: number[]): Array64 => ({ shape, data: x.data });

checkOp({
  name: 'reshape',
  op: (x) => gt.reshape(x, [-1, 2]),
  arrays: (x) => as(x, [x.data.length / 2, 2]),
  cases: [[[4]], [[2, 3]], [[0]], [[3, 2, 1]]],
  dtypes: ALL,
  ulp: 0,
  errors: [
    [() => gt.reshape([1, 2, 3], [2, 2]), ShapeError, /\[2, 2\] has 4 elements, x has 3/],
    [() => gt.reshape([1, 2, 3], [-1, 2]), ShapeError],
    [() => gt.reshape([1, 2, 3], [-1, -1]), ShapeError],
    [() => gt.reshape([1, 2], [-2, -1]), ShapeError],
  ],
});
checkOp({
  name: 'flatten',
  op: gt.flatten,
  arrays: (x) => as(x, [x.data.length]),
  cases: [[[]], [[4]], [[2, 3]], [[0, 2]], [[3, 1, 2]]],
  dtypes: ALL,
  ulp: 0,
});
for (const [axis, at] of [
  [undefined, 0],
  [1, 1],
  [-1, 2],
] as const)
  checkOp({
    name: 'expandDims',
    form: `axis ${axis ?? 'not given'}`,
    op: (x) => gt.expandDims(x, axis),
    arrays: (x) => as(x, [...x.shape.slice(0, at), 1, ...x.shape.slice(at)]),
    cases: [[[2, 3]], [[0, 2]]],
    ulp: 0,
    errors: [
      [() => gt.expandDims([1, 2], 2), ShapeError, /axis 2/],
      [() => gt.expandDims([1, 2], -3), ShapeError],
    ],
  });
checkOp({
  name: 'squeeze',
  op: (x) => gt.squeeze(x),
  arrays: (x) =>
    as(
      x,
      x.shape.filter((n) => n !== 1),
    ),
  cases: [[[]], [[1]], [[1, 3, 1]], [[2, 3]], [[1, 0]]],
  dtypes: ALL,
  ulp: 0,
  errors: [
    [() => gt.squeeze([[1, 2]], [1]), ShapeError, /axis 1 of x \[1, 2\] has size 2/],
    [() => gt.squeeze([[1, 2]], [2]), ShapeError],
  ],
});
checkOp({
  name: 'squeeze',
  form: 'some axes',
  op: (x) => gt.squeeze(x, [-1]),
  arrays: (x) => as(x, x.shape.slice(0, -1)),
  cases: [[[1, 3, 1]], [[1]]],
  ulp: 0,
});
for (const name of ['clone', 'identity'] as const)
  checkOp({
    name,
    op: (x) => gt[name](x),
    arrays: (x) => as(x, [...x.shape]),
    cases: [[[]], [[3]], [[2, 0]]],
    dtypes: ALL,
    ulp: 0,
  });

test('a view shares memory, and outlives the tensor it was made from', () => {
  const x = gt.tensor([[1, 2, 3]]);
  const before = gt.memory().numDataBuffers;
  const views = [gt.reshape(x, [3]), gt.flatten(x), gt.expandDims(x), gt.squeeze(x), gt.clone(x)];
  expect(gt.memory().numDataBuffers).toBe(before);
  x.dispose();
  for (const v of views) expect([...v.dataSync()]).toEqual([1, 2, 3]);
  gt.dispose(views);
  expect(gt.memory().numDataBuffers).toBe(before - 1);
});
