// Joining tensors along an axis, old or new.

import { expect, test } from 'vitest';
import * as gt from '../../src/index.js';
import { array64, checkOp, get, type Array64, type Case } from '../check/op.js';

await gt.init();
const { ArgumentError, ShapeError } = gt;

const ALL = ['float32', 'float64', 'int32', 'bool'] as const;

function joined(axis: number, ...xs: Array64[]): Array64 {
  const rank = xs[0]!.shape.length;
  const at = (axis + rank) % rank;
  const shape = xs[0]!.shape.map((n, i) => (i === at ? xs.reduce((total, x) => total + x.shape[at]!, 0) : n));
  return array64(shape, (_, index) => {
    let i = index[at]!;
    let piece = 0;
    while (i >= xs[piece]!.shape[at]!) i -= xs[piece++]!.shape[at]!;
    return get(
      xs[piece]!,
      index.map((v, a) => (a === at ? i : v)),
    );
  });
}

for (const [axis, cases] of [
  [
    0,
    [
      [[3], [2], [4]],
      [
        [2, 3],
        [1, 3],
        [0, 3],
      ],
    ],
  ],
  [
    -1,
    [
      [
        [2, 3],
        [2, 1],
        [2, 4],
      ],
      [
        [2, 2, 1],
        [2, 2, 5],
        [2, 2, 0],
      ],
    ],
  ],
  [
    1,
    [
      [
        [2, 3, 2],
        [2, 1, 2],
        [2, 2, 2],
      ],
    ],
  ],
] as [number, Case[]][])
  checkOp({
    name: 'concat',
    form: `axis ${axis}`,
    op: (...xs) => gt.concat(xs, axis),
    arrays: (...xs) => joined(axis, ...xs),
    cases,
    dtypes: ALL,
    ulp: 0,
  });
checkOp({
  name: 'concat',
  form: 'of one',
  op: (x) => gt.concat([x]),
  arrays: (x) => x,
  cases: [[[3, 2]]],
  errors: [
    [() => gt.concat([]), ArgumentError],
    [() => gt.concat([[1], [[2]]]), ShapeError, /tensors\[0\] \[1\], tensors\[1\] \[1, 1\]/],
    [() => gt.concat([[[1, 2]], [[3]]]), ShapeError, /another axis than 0/],
    [() => gt.concat([1, 2]), ShapeError],
    [() => gt.concat([[1], [2]], 1), ShapeError],
  ],
});
for (const [name, shape, axis] of [
  ['concat2d', [2, 3], 1],
  ['concat3d', [2, 1, 3], 2],
  ['concat4d', [2, 1, 2, 2], 3],
] as const)
  checkOp({
    name,
    op: (...xs) => gt[name](xs, axis),
    arrays: (...xs) => joined(axis, ...xs),
    cases: [[shape, shape]],
    errors: [[() => gt[name]([[1], [2]], 0), ShapeError, /tensors\[0\] must have rank/]],
  });
checkOp({
  name: 'concat1d',
  op: (...xs) => gt.concat1d(xs),
  arrays: (...xs) => joined(0, ...xs),
  cases: [[[2], [3]]],
  errors: [
    [() => gt.concat1d([[[1]]]), ShapeError, /rank 1, got rank 2/],
    [() => gt.concat1d([]), ArgumentError],
  ],
});
for (const axis of [0, 1, -1])
  checkOp({
    name: 'stack',
    form: `axis ${axis}`,
    op: (...xs) => gt.stack(xs, axis),
    arrays: (...xs) => {
      const rank = xs[0]!.shape.length + 1;
      const at = (axis + rank) % rank;
      return array64([...xs[0]!.shape.slice(0, at), xs.length, ...xs[0]!.shape.slice(at)], (_, index) =>
        get(
          xs[index[at]!]!,
          index.filter((_, i) => i !== at),
        ),
      );
    },
    cases: [
      [[3], [3], [3]],
      [
        [2, 3],
        [2, 3],
        [2, 3],
      ],
      [
        [2, 0],
        [2, 0],
        [2, 0],
      ],
    ],
    dtypes: ALL,
    ulp: 0,
    errors: [
      [() => gt.stack([]), ArgumentError],
      [() => gt.stack([[1], [1, 2]]), ShapeError, /tensors\[0\] \[1\], tensors\[1\] \[2\]/],
      [() => gt.stack([[1], [2]], 2), ShapeError],
    ],
  });

test('concat and stack promote dtypes, and plain arrays take that of a float tensor', () => {
  const i32 = gt.tensor([1, 2], [2], 'int32');
  const f64 = gt.tensor([0.1], [1], 'float64');
  expect(gt.concat([i32, [0.5]]).arraySync()).toEqual([1, 2, 0.5]);
  expect(gt.concat([i32, f64]).dtype).toBe('float64');
  expect(gt.concat([[0.1], f64]).arraySync()).toEqual([0.1, 0.1]);
  expect(gt.stack([1, gt.scalar(true)]).dtype).toBe('float32');
});

test('the same tensor twice has the sum of both gradients', () => {
  const x = gt.tensor([1, 2]);
  const tape = new gt.GradientTape();
  tape.watch(x);
  expect(tape.gradient(gt.mul(gt.concat([x, x]), [1, 2, 3, 4]), x)!.arraySync()).toEqual([4, 6]);
});

test('a call that throws leaves no tensor behind', () => {
  const before = gt.memory().numTensors;
  expect(() => gt.concat([[1], [[2]]])).toThrow();
  expect(() => gt.stack([[1], [1, 2]])).toThrow();
  expect(gt.memory().numTensors).toBe(before);
});
