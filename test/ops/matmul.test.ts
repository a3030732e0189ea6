// Matrix products: matMul, dot, outerProduct.

import { expect, test, describe, beforeAll } from 'vitest';
import { GradientTape, init, dot, matMul, ones, outerProduct, tensor, tidy, zeros } from '../../src/index.js';
import { DTypeError, ShapeError } from '../../src/errors.js';
import { array64, broadcastShape, checkOp, get, type Array64 } from '../check/op.js';

/** matMul in plain float64 loops. */
function product(a: Array64, b: Array64, tA = false, tB = false): Array64 {
  const [ra, rb] = [a.shape.length, b.shape.length];
  const batch = broadcastShape(a.shape.slice(0, -2), b.shape.slice(0, -2));
  const [m, k] = tA ? [a.shape[ra - 1]!, a.shape[ra - 2]!] : [a.shape[ra - 2]!, a.shape[ra - 1]!];
  const n = tB ? b.shape[rb - 2]! : b.shape[rb - 1]!;
  const place = (x: Array64, index: number[]): number[] =>
    index.slice(index.length - x.shape.length + 2).map((i, axis) => (x.shape[axis] === 1 ? 0 : i));
  return array64([...batch, m, n], (_, index) => {
    const [i, j] = index.slice(-2) as [number, number];
    const outer = index.slice(0, -2);
    let sum = 0;
    for (let p = 0; p < k; p++)
      sum +=
        get(a, [...place(a, outer), ...(tA ? [p, i] : [i, p])]) *
        get(b, [...place(b, outer), ...(tB ? [j, p] : [p, j])]);
    return sum;
  });
}

const FLAGS = [
  [false, false],
  [true, false],
  [false, true],
  [true, true],
] as const;

const SIZES = [
  [1, 1, 1],
  [1, 7, 5],
  [6, 1, 5],
  [5, 9, 1],
  [2, 3, 4],
  [9, 17, 6],
  [3, 2, 0],
  [0, 2, 3],
] as const;

for (const [tA, tB] of FLAGS) {
  checkOp({
    name: 'matMul',
    form: `transposeA ${tA}, transposeB ${tB}`,
    op: (a, b) => matMul(a!, b!, tA, tB),
    arrays: (a, b) => product(a!, b!, tA, tB),
    cases: [
      ...SIZES.map(([m, n, k]) => [tA ? [k, m] : [m, k], tB ? [n, k] : [k, n]]),
      [tA ? [2, 3, 4] : [2, 4, 3], tB ? [2, 5, 3] : [2, 3, 5]],
      [tA ? [2, 3, 4] : [2, 4, 3], tB ? [5, 3] : [3, 5]],
      [tA ? [3, 4] : [4, 3], tB ? [2, 5, 3] : [2, 3, 5]],
      [tA ? [2, 1, 3, 2] : [2, 1, 2, 3], tB ? [3, 4, 3] : [3, 3, 4]],
      [tA ? [2, 3, 1] : [2, 1, 3], tB ? [2, 1, 3] : [2, 3, 1]],
      [tA ? [0, 3, 4] : [0, 4, 3], tB ? [5, 3] : [3, 5]],
    ],
    errors: [
      [() => matMul(ones([2, 3]), ones([2, 3])), ShapeError, /inner sizes differ.*transposeB/],
      [() => matMul(ones([3, 2]), ones([3, 4])), ShapeError, /flip transposeA/],
      [() => matMul(ones([3]), ones([3, 4])), ShapeError, /at least 2 axes/],
      [() => matMul(ones([2, 2, 3]), ones([3, 3, 2])), ShapeError, /leading axes/],
      [() => matMul(ones([2, 2], 'int32'), ones([2, 2], 'int32')), DTypeError, /must be float32 or float64/],
    ],
  });
}

checkOp({
  name: 'dot',
  op: (a, b) => dot(a!, b!),
  arrays: (a, b) => {
    const y = product(
      a!.shape.length === 1 ? { shape: [1, a!.data.length], data: a!.data } : a!,
      b!.shape.length === 1 ? { shape: [b!.data.length, 1], data: b!.data } : b!,
    );
    return { shape: [...a!.shape.slice(0, -1), ...b!.shape.slice(1)], data: y.data };
  },
  cases: [
    [[3], [3]],
    [[3], [3, 2]],
    [[2, 3], [3]],
    [
      [2, 3],
      [3, 4],
    ],
    [[0], [0]],
  ],
  errors: [
    [() => dot(ones([2]), ones([3])), ShapeError, /inner sizes differ/],
    [() => dot(ones([2, 2, 2]), ones([2])), ShapeError, /1 or 2 axes/],
  ],
});

checkOp({
  name: 'outerProduct',
  op: (a, b) => outerProduct(a!, b!),
  arrays: (a, b) => array64([a!.data.length, b!.data.length], (_, [i, j]) => a!.data[i!]! * b!.data[j!]!),
  cases: [
    [[3], [4]],
    [[1], [1]],
    [[0], [2]],
  ],
  errors: [[() => outerProduct(ones([2, 2]), ones([2])), ShapeError, /1 axis/]],
});

describe('matMul', () => {
  beforeAll(() => init());

  test('takes the wider of two dtypes, and that of a tensor beside plain numbers', () => {
    tidy(() => {
      expect(matMul(ones([2, 2], 'float64'), ones([2, 2])).dtype).toBe('float64');
      expect(matMul(ones([2, 2], 'float64'), [[1], [2]]).dtype).toBe('float64');
      expect(matMul(ones([2, 2], 'int32'), ones([2, 2])).dtype).toBe('float32');
    });
  });

  test('sums over nothing to zeros', () => {
    tidy(() => {
      expect(matMul(zeros([2, 0]), zeros([0, 3])).arraySync()).toEqual([
        [0, 0, 0],
        [0, 0, 0],
      ]);
    });
  });

  test('passes NaN and infinity on, zeros beside them or not', () => {
    tidy(() => {
      expect(matMul([[0, 1]], [[Infinity], [1]]).arraySync()).toEqual([[NaN]]);
      expect(matMul([[1, 1]], [[Infinity], [1]]).arraySync()).toEqual([[Infinity]]);
      expect(matMul(zeros([2, 2]), tensor([NaN, 1, 1, 1], [2, 2])).arraySync()).toEqual([
        [NaN, 0],
        [NaN, 0],
      ]);
    });
  });

  test('computes no gradient of the operand that nobody asks for', () => {
    tidy(() => {
      const a = ones([2, 3]);
      const b = ones([3, 2]);
      const tape = new GradientTape();
      tape.watch(a);
      const [da, db] = tape.gradient(matMul(a, b), [a, b]);
      expect(da!.arraySync()).toEqual([
        [2, 2, 2],
        [2, 2, 2],
      ]);
      expect(db).toBeNull();
    });
  });
});
