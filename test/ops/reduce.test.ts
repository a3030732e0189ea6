// Reductions: sums, means, products, extremes, places, logSumExp, norms and moments.

import { beforeAll, describe, expect, test } from 'vitest';
import {
  all,
  any,
  ArgumentError,
  argMax,
  argMin,
  broadcastTo,
  DTypeError,
  ForwardAccumulator,
  GradientTape,
  init,
  logSumExp,
  max,
  mean,
  min,
  moments,
  norm,
  ones,
  neg,
  prod,
  reshape,
  ShapeError,
  sum,
  tensor,
  tidy,
  variable,
  type Tensor,
} from '../../src/index.js';
import { array64, checkOp, get, type Array64, type Case } from '../check/op.js';

/** Reduces along axes in the order of the elements. */
function over(x: Array64, axes: readonly number[], keepDims: boolean, fold: (values: number[]) => number): Array64 {
  const shape = x.shape.flatMap((d, i) => (axes.includes(i) ? (keepDims ? [1] : []) : [d]));
  const kept = x.shape.map((_, i) => i).filter((i) => !axes.includes(i));
  return array64(shape, (_, index) => {
    const outer = keepDims ? kept.map((i) => index[i]!) : index;
    const values: number[] = [];
    const inner = array64(axes.map((i) => x.shape[i]!));
    for (let flat = 0; flat < inner.data.length; flat++) {
      const at = new Array<number>(x.shape.length).fill(0);
      kept.forEach((axis, i) => (at[axis] = outer[i]!));
      let rest = flat;
      for (let i = axes.length - 1; i >= 0; i--) {
        at[axes[i]!] = rest % x.shape[axes[i]!]!;
        rest = Math.floor(rest / x.shape[axes[i]!]!);
      }
      values.push(get(x, at));
    }
    return fold(values);
  });
}

const total = (v: number[]): number => v.reduce((a, b) => a + b, 0);
const product = (v: number[]): number => v.reduce((a, b) => a * b, 1);
const largest = (v: number[]): number => v.reduce((a, b) => Math.max(a, b), -Infinity);
const smallest = (v: number[]): number => v.reduce((a, b) => Math.min(a, b), Infinity);

/** Shapes and axes that meet every path: rows, columns, both, none, odd sizes, axes of size 1, nothing. */
const FORMS: readonly {
  form: string;
  cases: readonly Case[];
  axes: number[] | null;
  rank: number;
  keepDims?: boolean;
}[] = [
  { form: 'all axes', cases: [[[]], [[1]], [[7]], [[4, 5]], [[2, 3, 5]], [[3, 1, 17]]], axes: null, rank: 0 },
  { form: 'rows', cases: [[[1, 1]], [[3, 5]], [[2, 37]], [[4, 1]], [[5, 8]]], axes: [1], rank: 2 },
  { form: 'columns', cases: [[[3, 5]], [[7, 2]], [[1, 4]], [[4, 21]]], axes: [0], rank: 2 },
  { form: 'the middle, kept', cases: [[[2, 3, 4]], [[2, 5, 1]], [[1, 3, 9]]], axes: [1], rank: 3, keepDims: true },
  { form: 'two axes apart', cases: [[[2, 3, 4]], [[3, 2, 1]], [[1, 5, 3]]], axes: [0, 2], rank: 3 },
  { form: 'two pairs of axes', cases: [[[2, 3, 2, 3]], [[2, 1, 3, 2]]], axes: [0, 2], rank: 4, keepDims: true },
  { form: 'no axes', cases: [[[2, 3]]], axes: [], rank: 2 },
];

function checkReduction(
  name: string,
  op: (x: Tensor, axis: number[] | null, keepDims: boolean) => Tensor,
  fold: (values: number[]) => number,
  row: Partial<Parameters<typeof checkOp>[0]> = {},
): void {
  for (const { form, cases, axes, keepDims = false } of FORMS)
    checkOp({
      name,
      form,
      op: (x) => op(x, axes, keepDims),
      arrays: (x) => over(x, axes ?? x.shape.map((_, i) => i), keepDims, fold),
      cases,
      ...row,
    });
}

checkReduction('sum', sum, total, {
  dtypes: ['float32', 'float64', 'int32'],
  errors: [
    [() => sum([1, 2], 1), ShapeError, /axis 1 does not exist in a tensor of rank 1/],
    [() => sum([[1]], [0, -2]), ShapeError, /twice/],
  ],
});
checkReduction('mean', mean, (v) => total(v) / v.length);
checkReduction('prod', prod, product, { dtypes: ['float32', 'float64', 'int32'] });
checkReduction('max', max, largest, { inputs: { distinct: true }, dtypes: ['float32', 'float64', 'int32'] });
checkReduction('min', min, smallest, { inputs: { distinct: true }, dtypes: ['float32', 'float64', 'int32'] });
checkReduction('logSumExp', logSumExp, (v) => Math.log(total(v.map(Math.exp))), {
  errors: [[() => logSumExp(tensor([1], [1], 'int32')), DTypeError, /logSumExp: x must be float/]],
});
checkReduction(
  'norm',
  (x, axis, keepDims) => norm(x, 'euclidean', axis, keepDims),
  (v) => Math.sqrt(total(v.map((x) => x * x))),
);
checkReduction(
  'moments',
  (x, axis, keepDims) => moments(x, axis, keepDims).mean,
  (v) => total(v) / v.length,
);
checkReduction(
  'moments',
  (x, axis, keepDims) => moments(x, axis, keepDims).variance,
  (v) => {
    const m = total(v) / v.length;
    return total(v.map((x) => (x - m) ** 2)) / v.length;
  },
);

for (const [name, op, fold] of [
  ['any', any, (v: number[]) => Number(v.some((x) => x !== 0))],
  ['all', all, (v: number[]) => Number(v.every((x) => x !== 0))],
] as const)
  for (const { form, cases, axes, keepDims = false } of FORMS)
    checkOp({
      name,
      form,
      op: (x) => op(x, axes, keepDims),
      arrays: (x) => over(x, axes ?? x.shape.map((_, i) => i), keepDims, fold),
      cases,
      inputs: { dtype: 'bool' },
      dtypes: ['bool'],
      resultDType: 'bool',
      errors: [[() => op(tensor([1, 0])), DTypeError, /x must be bool, got float32 \[2\]/]],
    });

for (const [name, op, best] of [
  ['argMax', argMax, largest],
  ['argMin', argMin, smallest],
] as const)
  for (const axis of [0, 1, -1])
    checkOp({
      name,
      form: `axis ${axis}`,
      op: (x) => op(x, axis),
      arrays: (x) => over(x, [axis < 0 ? axis + x.shape.length : axis], false, (v) => v.indexOf(best(v))),
      cases: [[[1, 1]], [[3, 5]], [[2, 37]], [[9, 8]], [[2, 3, 4]]],
      inputs: { domain: [-3, 3] },
      dtypes: ['float32', 'float64', 'int32', 'bool'],
      resultDType: 'int32',
      differentiable: [],
      errors: [
        [() => op([1, 2], 1), ShapeError, /axis 1 does not exist/],
        [() => op(tensor([], [0])), ShapeError, /no elements to choose from/],
      ],
    });

for (const [ord, fold] of [
  [1, (v: number[]) => total(v.map(Math.abs))],
  [Infinity, (v: number[]) => largest(v.map(Math.abs))],
  [-Infinity, (v: number[]) => smallest(v.map(Math.abs))],
  [3, (v: number[]) => total(v.map((x) => Math.abs(x) ** 3)) ** (1 / 3)],
] as const)
  checkOp({
    name: 'norm',
    form: `vectors, ${ord}`,
    op: (x) => norm(x, ord, 1),
    arrays: (x) => over(x, [1], false, fold),
    cases: [[[2, 3]], [[1, 7]]],
    inputs: { distinct: true, domain: [0.3, 2] },
  });

const columnSums = (x: Array64): Array64 => over(mapAbs(x), [0], true, total);
const rowSums = (x: Array64): Array64 => over(mapAbs(x), [1], true, total);
const mapAbs = (x: Array64): Array64 => array64(x.shape, (i) => Math.abs(x.data[i]!));
for (const [ord, reference] of [
  ['fro', (x: Array64) => over(x, [0, 1], false, (v) => Math.sqrt(total(v.map((a) => a * a))))],
  [1, (x: Array64) => over(columnSums(x), [0, 1], false, largest)],
  [Infinity, (x: Array64) => over(rowSums(x), [0, 1], false, largest)],
  [-Infinity, (x: Array64) => over(rowSums(x), [0, 1], false, smallest)],
] as const)
  checkOp({
    name: 'norm',
    form: `matrices, ${ord}`,
    op: (x) => norm(x, ord, [0, 1]),
    arrays: reference,
    cases: [[[2, 3]], [[5, 4]]],
    inputs: { domain: [0.3, 2] },
    errors: [
      [() => norm([[1]], 2, [0, 1]), ArgumentError, /no norm of matrices/],
      [() => norm([1], 'fro'), ArgumentError, /no norm of vectors/],
      [() => norm([1], -1), ArgumentError],
      [() => norm([[[1]]], 1, [0, 1, 2]), ShapeError, /3 axes/],
    ],
  });

checkOp({
  name: 'prod',
  form: 'with zeros',
  op: (x) => prod(x, 1),
  arrays: (x) => over(x, [1], false, product),
  cases: [
    [array64([3, 4], (i) => [0, 2, 3, 4, 0, 0, 5, 6, 1, 2, 0, 3][i]!)],
    [array64([1, 5], (i) => [2, 0, 3, 0, 5][i]!)],
  ],
});

describe('reductions', () => {
  beforeAll(() => init());

  test('the sum of ten million ones is exact in float32', () => {
    tidy(() => {
      expect(sum(ones([10_000_000])).arraySync()).toBe(10_000_000);
      expect(sum(ones([10_000_000, 1]), 0).arraySync()).toEqual([10_000_000]);
    });
  });

  test('a float32 sum of a million tenths, along rows and columns, is right to a few ulp', () => {
    tidy(() => {
      const x = tensor(new Float32Array(1_000_000).fill(0.1), [1_000_000]);
      const exact = 1_000_000 * Math.fround(0.1);
      expect(Math.abs(sum(x).arraySync() / exact - 1)).toBeLessThan(1e-6);
      const columns = sum(tensor(new Float32Array(1_000_000).fill(0.1), [250_000, 4]), 0).dataSync();
      for (const y of columns) expect(Math.abs(y / (exact / 4) - 1)).toBeLessThan(5e-6);
    });
  });

  test('reductions of nothing give what changes nothing', () => {
    tidy(() => {
      const none = tensor([], [0, 2]);
      expect(sum(none, 0).arraySync()).toEqual([0, 0]);
      expect(prod(none, 0).arraySync()).toEqual([1, 1]);
      expect(max(none, 0).arraySync()).toEqual([-Infinity, -Infinity]);
      expect(min(none, 0).arraySync()).toEqual([Infinity, Infinity]);
      expect(mean(none, 0).arraySync()).toEqual([NaN, NaN]);
      expect(logSumExp(none, 0).arraySync()).toEqual([-Infinity, -Infinity]);
      expect(sum(none, 1).shape).toEqual([0]);
      const noBools = tensor([], [0, 2], 'bool');
      expect(any(noBools, 0).arraySync()).toEqual([false, false]);
      expect(all(noBools, 0).arraySync()).toEqual([true, true]);
    });
  });

  test('NaN wins a maximum and a minimum, and argMax passes over it', () => {
    tidy(() => {
      for (const dtype of ['float32', 'float64'] as const) {
        const x = tensor([1, NaN, 3, 2, 0, 9, 1, 4, NaN, NaN, NaN, NaN], [3, 4], dtype);
        expect(max(x, 1).arraySync()).toEqual([NaN, 9, NaN]);
        expect(min(x, 1).arraySync()).toEqual([NaN, 0, NaN]);
        expect(max(x, 0).arraySync()).toEqual([NaN, NaN, NaN, NaN]);
        expect(argMax(x, 1).arraySync()).toEqual([2, 1, 0]);
        expect(argMin(x, 1).arraySync()).toEqual([0, 0, 0]);
        expect(argMax(x, 0).arraySync()).toEqual([0, 1, 0, 1]);
      }
    });
  });

  test('argMax takes the first of equals, in every lane and tail', () => {
    tidy(() => {
      for (let n = 1; n < 23; n++)
        for (let i = 0; i < n; i++) {
          const values = Array.from({ length: n }, (_, j) => (j >= i ? 1 : 0));
          expect(argMax(values).arraySync()).toBe(i);
          expect(
            argMin(
              tensor(
                values.map((v) => -v),
                [n],
                'float64',
              ),
            ).arraySync(),
          ).toBe(i);
          expect(argMax(tensor(values, [n, 1], 'int32'), 0).arraySync()).toEqual([i]);
        }
      expect(argMax(tensor([-Infinity, -Infinity])).arraySync()).toBe(0);
      expect(argMin(tensor([2147483647, -2147483648, -2147483648], [3], 'int32')).arraySync()).toBe(1);
      expect(argMin([1, 0, -0]).arraySync()).toBe(1);
    });
  });

  test('argMax and argMin find the first of equals in long rows, and in cache lines of columns', () => {
    const [n, columns] = [2600, 37];
    for (const dtype of ['float32', 'float64', 'int32'] as const)
      for (const place of [0, 5, 1023, 1024, 2047, 2599])
        tidy(() => {
          const values = Array.from({ length: n }, (_, i) => (i === place || i === n - 1 ? 9 : i % 7));
          const x = tensor(values, [n], dtype);
          const all = broadcastTo(reshape(x, [n, 1]), [n, columns]);
          for (const [op, of] of [
            [argMax, (t: Tensor) => t],
            [argMin, neg],
          ] as const) {
            expect(op(of(x)).arraySync()).toBe(place);
            expect([...op(of(all), 0).dataSync()]).toEqual(new Array<number>(columns).fill(place));
          }
        });
  });

  test('ties in a maximum share the gradient equally', () => {
    tidy(() => {
      const x = variable([
        [1, 1, 0],
        [2, 2, 2],
      ]);
      const tape = new GradientTape();
      const y = max(x, 1);
      expect(tape.gradient(y, x)!.arraySync()).toEqual([
        [0.5, 0.5, 0],
        [expect.closeTo(1 / 3), expect.closeTo(1 / 3), expect.closeTo(1 / 3)],
      ]);
      x.dispose();
    });
  });

  test('the gradient of a Euclidean norm at 0 is 0', () => {
    tidy(() => {
      const x = tensor([0, 0]);
      const tape = new GradientTape();
      tape.watch(x);
      expect(tape.gradient(norm(x), x)!.arraySync()).toEqual([0, 0]);
    });
  });

  test('integers and booleans keep, or leave, their dtype as in TensorFlow.js', () => {
    tidy(() => {
      const bools = tensor([true, true, false]);
      expect(sum(bools).dtype).toBe('int32');
      expect(sum(bools).arraySync()).toBe(2);
      expect(sum([true]).dtype).toBe('int32');
      expect(sum([[true]], 0).dtype).toBe('int32');
      expect(prod([true]).arraySync()).toBe(1);
      expect(prod(bools).dtype).toBe('int32');
      expect(max(bools).arraySync()).toBe(true);
      expect(min(bools).arraySync()).toBe(false);
      expect(mean(bools).dtype).toBe('float32');
      expect(mean(tensor([1, 2], [2], 'int32')).arraySync()).toBe(1.5);
      expect(sum(tensor([2 ** 31 - 1, 1], [2], 'int32')).arraySync()).toBe(-(2 ** 31));
    });
  });

  test('logSumExp takes infinities as they are', () => {
    tidy(() => {
      const x = tensor([-Infinity, -Infinity, Infinity, 1, NaN, 1, 1000, 1000], [4, 2]);
      expect(logSumExp(x, 1).arraySync()).toEqual([-Infinity, Infinity, NaN, expect.closeTo(1000 + Math.LN2, 3)]);
    });
  });

  test('prod of rows without elements has gradients and tangents of them', () => {
    tidy(() => {
      const x = tensor([], [2, 0], 'float64');
      const forward = new ForwardAccumulator(x, x);
      const tape = new GradientTape();
      tape.watch(x);
      const g = tape.gradient(prod(neg(x), 0), x)!;
      expect([g.shape, forward.jvp(g)!.shape]).toEqual([
        [2, 0],
        [2, 0],
      ]);
      forward.stop();
    });
  });
});
