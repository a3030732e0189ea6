// Parts of a tensor.

import { expect, test } from 'vitest';
import * as gt from '../../src/index.js';
import { array64, checkOp, get, type Array64 } from '../check/op.js';

await gt.init();
const { ShapeError } = gt;

const ALL = ['float32', 'float64', 'int32', 'bool'] as const;
const cut = (x: Array64, begin: readonly number[], size: readonly number[]): Array64 =>
  array64(size, (_, index) =>
    get(
      x,
      index.map((i, axis) => i + begin[axis]!),
    ),
  );

for (const [form, shape, begin, size, full] of [
  ['a stretch', [9], [2], [5], [5]],
  ['rows', [5, 3], [1], [2], [2, 3]],
  ['columns', [5, 7], [0, 2], [-1, 3], [5, 3]],
  ['a box', [3, 4, 5], [1, 0, 2], [2, 3, 2], [2, 3, 2]],
  ['nothing', [3, 4], [1, 2], [0, 2], [0, 2]],
  ['all', [3, 4], [0, 0], [3, 4], [3, 4]],
  ['a number for begin and size', [6, 2], 2, 3, [3, 2]],
  ['no size', [6, 2], [4, 1], undefined, [2, 1]],
] as const)
  checkOp({
    name: 'slice',
    form,
    op: (x) => gt.slice(x, begin, size),
    arrays: (x) => cut(x, typeof begin === 'number' ? [begin, 0] : [...begin, 0], full),
    cases: [[shape]],
    dtypes: ALL,
    ulp: 0,
  });
checkOp({
  name: 'slice',
  form: 'without axes',
  op: (x) => gt.slice(x, []),
  arrays: (x) => x,
  cases: [[[]]],
  errors: [
    [() => gt.slice([1, 2, 3], 2, 2), ShapeError, /begin 2 and size 2 leave axis 0 of x \[3\]/],
    [() => gt.slice([1, 2, 3], -1, 2), ShapeError],
    [() => gt.slice([1, 2, 3], 0, -2), ShapeError],
    [() => gt.slice([1, 2, 3], [0, 0]), ShapeError, /x \[3\] has 1 axes/],
    [() => gt.slice([1, 2, 3], 0.5), ShapeError],
  ],
});
checkOp({
  name: 'slice1d',
  op: (x) => gt.slice1d(x, 1, 2),
  arrays: (x) => cut(x, [1], [2]),
  cases: [[[5]]],
  errors: [[() => gt.slice1d([[1]], 0, 1), ShapeError, /x must have rank 1, got rank 2/]],
});
checkOp({
  name: 'slice2d',
  op: (x) => gt.slice2d(x, [1, 0], [2, 2]),
  arrays: (x) => cut(x, [1, 0], [2, 2]),
  cases: [[[3, 4]]],
  errors: [[() => gt.slice2d([1], [0, 0], [1, 1]), ShapeError]],
});
checkOp({
  name: 'slice3d',
  op: (x) => gt.slice3d(x, [1, 0, 1], [1, 2, 2]),
  arrays: (x) => cut(x, [1, 0, 1], [1, 2, 2]),
  cases: [[[2, 2, 3]]],
  errors: [[() => gt.slice3d([1], [0, 0, 0], [1, 1, 1]), ShapeError]],
});
checkOp({
  name: 'slice4d',
  op: (x) => gt.slice4d(x, [1, 0, 1, 0], [1, 2, 2, 1]),
  arrays: (x) => cut(x, [1, 0, 1, 0], [1, 2, 2, 1]),
  cases: [[[2, 2, 3, 2]]],
  errors: [[() => gt.slice4d([1], [0, 0, 0, 0], [1, 1, 1, 1]), ShapeError]],
});

for (const [form, shape, splits, axis, sizes] of [
  ['into 3', [6, 2], 3, 0, [2, 2, 2]],
  ['by sizes', [2, 6], [1, 3, 2], 1, [1, 3, 2]],
  ['one worked out', [2, 6], [1, -1], -1, [1, 5]],
  ['an empty piece', [3], [0, 3], 0, [0, 3]],
] as const)
  checkOp({
    name: 'split',
    form,
    op: (x) => gt.split(x, splits, axis),
    arrays: (x) => {
      const at = (axis + x.shape.length) % x.shape.length;
      let begin = 0;
      return sizes.map((n) => {
        const piece = cut(
          x,
          x.shape.map((_, i) => (i === at ? begin : 0)),
          x.shape.map((d, i) => (i === at ? n : d)),
        );
        begin += n;
        return piece;
      });
    },
    cases: [[shape]],
    ulp: 0,
    errors: [
      [() => gt.split([1, 2, 3], 2), ShapeError, /axis 0 of x \[3\] does not divide into 2/],
      [() => gt.split([1, 2, 3], [1, 1]), ShapeError, /They must add up to 3/],
      [() => gt.split([1, 2, 3], [-1, 4]), ShapeError],
      [() => gt.split([1, 2, 3], 3, 1), ShapeError],
    ],
  });
for (const axis of [0, 1, -1])
  checkOp({
    name: 'unstack',
    form: `axis ${axis}`,
    op: (x) => gt.unstack(x, axis),
    arrays: (x) => {
      const at = (axis + x.shape.length) % x.shape.length;
      const rest = x.shape.filter((_, i) => i !== at);
      return Array.from({ length: x.shape[at]! }, (_, i) =>
        array64(rest, (_, index) => get(x, [...index.slice(0, at), i, ...index.slice(at)])),
      );
    },
    cases: [[[2, 3]], [[3, 2, 4]]],
    ulp: 0,
    errors: [[() => gt.unstack(1), ShapeError]],
  });

test('a piece that the target does not use has gradient 0', () => {
  const x = gt.tensor([1, 2, 3, 4]);
  const tape = new gt.GradientTape();
  tape.watch(x);
  const [, second] = gt.split(x, 2);
  expect(tape.gradient(gt.square(second!), x)!.arraySync()).toEqual([0, 0, 6, 8]);
});

test('a slice of everything shares memory, any other is a copy', () => {
  const x = gt.tensor([1, 2, 3, 4]);
  const before = gt.memory().numDataBuffers;
  const all = gt.slice(x, 0);
  expect(gt.memory().numDataBuffers).toBe(before);
  const part = gt.slice(x, 0, 3);
  expect(gt.memory().numDataBuffers).toBe(before + 1);
  gt.dispose([x, all]);
  expect(part.arraySync()).toEqual([1, 2, 3]);
});
