// Rows picked by index, and its transpose.

import { expect, test } from 'vitest';
import * as gt from '../../src/index.js';
import { array64, checkOp, get } from '../check/op.js';

await gt.init();
const { ArgumentError, DTypeError, ShapeError } = gt;

for (const [shape, ids, axis, batchDims] of [
  [[5], [7], 0, 0],
  [[5, 3], [4], 0, 0],
  [[5, 9], [2, 2], 0, 0],
  [[2, 5], [3], 1, 0],
  [[2, 5, 3], [4], -2, 0],
  [[2, 5], [2, 3], 1, 1],
  [[2, 3, 5, 2], [2, 4], 2, 1],
  [[2, 3, 5], [2, 3, 2], 2, 2],
  [[4, 2], [], 0, 0],
  [[5, 3], [0], 0, 0],
] as [number[], number[], number, number][])
  checkOp({
    name: 'gather',
    form: `x [${shape.join(', ')}], indices [${ids.join(', ')}], axis ${axis}, batchDims ${batchDims}`,
    op: (x, indices) => gt.gather(x!, indices!, axis, batchDims),
    arrays: (x, indices) => {
      const at = (axis + shape.length) % shape.length;
      const rest = ids.slice(batchDims);
      return array64([...shape.slice(0, at), ...rest, ...shape.slice(at + 1)], (_, index) => {
        const picked = get(indices!, [...index.slice(0, batchDims), ...index.slice(at, at + rest.length)]);
        return get(x!, [...index.slice(0, at), picked, ...index.slice(at + rest.length)]);
      });
    },
    cases: [[shape, ids]],
    inputs: [{}, { dtype: 'int32', domain: [0, shape.at(axis)! - 1] }],
    dtypes: ['float32', 'float64', 'int32', 'bool'],
    ulp: 0,
    errors: [
      [() => gt.gather([1, 2], [2]), ArgumentError, /indices has 2 at element 0, x has 2 on the axis/],
      [() => gt.gather([1, 2], [0, -1]), ArgumentError, /indices has -1 at element 1/],
      [() => gt.gather([1, 2], gt.tensor([0])), DTypeError, /indices must be int32, got float32/],
      [() => gt.gather([1, 2], [0], 1), ShapeError],
      [() => gt.gather([[1, 2]], [[0]], 0, 1), ShapeError, /batchDims 1/],
      [() => gt.gather([[1, 2]], [[0], [1]], 1, 1), ShapeError, /first 1 axes differ: x \[1, 2\], indices \[2, 1\]/],
    ],
  });

for (const [shape, ids, n] of [
  [[7], [7], 4],
  [[6, 3], [6], 4],
  [[2, 3, 2], [2, 3], 4],
  [[0, 3], [0], 2],
  [[5], [5], 0],
] as [number[], number[], number][])
  checkOp({
    name: 'unsortedSegmentSum',
    form: `x [${shape.join(', ')}], ${n} segments`,
    op: (x, segmentIds) => gt.unsortedSegmentSum(x!, segmentIds!, n),
    arrays: (x, segmentIds) => {
      const rest = shape.slice(ids.length);
      const inner = rest.reduce((p, d) => p * d, 1);
      const y = array64([n, ...rest]);
      segmentIds!.data.forEach((s, i) => {
        if (s >= 0 && s < n) for (let c = 0; c < inner; c++) y.data[s * inner + c]! += x!.data[i * inner + c]!;
      });
      return y;
    },
    cases: [[shape, ids]],
    inputs: [{}, { dtype: 'int32', domain: [-1, n] }],
    dtypes: ['float32', 'float64', 'int32'],
    errors: [
      [
        () => gt.unsortedSegmentSum([1, 2], [0], 1),
        ShapeError,
        /x \[2\] does not begin with the axes of segmentIds \[1\]/,
      ],
      [() => gt.unsortedSegmentSum([1], gt.tensor([0]), 1), DTypeError],
      [() => gt.unsortedSegmentSum([true], [0], 1), DTypeError],
      [() => gt.unsortedSegmentSum([1], [0], -1), ArgumentError],
    ],
  });

test('rows picked twice add up in the gradient', () => {
  const table = gt.tensor([[1, 2], [3, 4], [5, 6]]); // prettier-ignore
  const tape = new gt.GradientTape();
  tape.watch(table);
  const y = gt.mul(gt.gather(table, [2, 0, 2]), [[1, 1], [2, 2], [10, 20]]); // prettier-ignore
  expect(tape.gradient(y, table)!.arraySync()).toEqual([[2, 2], [0, 0], [11, 21]]); // prettier-ignore
});
