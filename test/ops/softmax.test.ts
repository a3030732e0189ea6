// Softmax, its logarithm, and the losses.

import { beforeAll, describe, expect, test } from 'vitest';
import {
  ArgumentError,
  DTypeError,
  GradientTape,
  init,
  logSoftmax,
  losses,
  Reduction,
  ShapeError,
  softmax,
  tensor,
  tidy,
  type Tensor,
} from '../../src/index.js';
import { array64, checkOp, get, type Array64 } from '../check/op.js';

/** Applies a function to each vector along an axis. */
function along(x: Array64, axis: number, f: (v: number[]) => number[]): Array64 {
  const at = axis < 0 ? axis + x.shape.length : axis;
  return array64(x.shape, (_, index) => {
    const v = Array.from({ length: x.shape[at]! }, (_, i) => get(x, index.with(at, i)));
    return f(v)[index[at]!]!;
  });
}

function softmaxOf(v: number[]): number[] {
  const top = Math.max(...v);
  const e = v.map((x) => Math.exp(x - top));
  const s = e.reduce((a, b) => a + b, 0);
  return e.map((x) => x / s);
}
const logSoftmaxOf = (v: number[]): number[] => {
  const top = Math.max(...v);
  const s = Math.log(v.reduce((a, x) => a + Math.exp(x - top), 0));
  return v.map((x) => x - top - s);
};

for (const dim of [-1, 0, 1]) {
  const cases = dim === -1 ? [[[1]], [[5]], [[3, 4]], [[2, 3, 17]], [[2, 0]], [[0, 3]]] : [[[3, 4]], [[2, 5, 3]]];
  checkOp({
    name: 'softmax',
    form: `axis ${dim}`,
    op: (x) => softmax(x, dim),
    arrays: (x) => along(x, dim, softmaxOf),
    cases,
    domain: [-6, 6],
    tolerance: 1e-6,
    errors: [
      [() => softmax([1, 2], 1), ShapeError, /axis 1 does not exist/],
      [() => softmax(1), ShapeError],
      [() => softmax(tensor([1], [1], 'int32')), DTypeError, /logits must be float32 or float64/],
    ],
  });
  checkOp({
    name: 'logSoftmax',
    form: `axis ${dim}`,
    op: (x) => logSoftmax(x, dim),
    arrays: (x) => along(x, dim, logSoftmaxOf),
    cases,
    domain: [-6, 6],
    tolerance: 2e-6,
    errors: [[() => logSoftmax([1, 2], 1), ShapeError, /axis 1 does not exist/]],
  });
}

const rows = (x: Array64): number[][] => {
  const n = x.shape.at(-1)!;
  return Array.from({ length: x.data.length / n }, (_, r) => Array.from(x.data.subarray(r * n, r * n + n)));
};
const crossEntropies = (labels: Array64, logits: Array64): number[] =>
  rows(logits).map((v, r) => -logSoftmaxOf(v).reduce((s, l, i) => s + l * rows(labels)[r]![i]!, 0));

checkOp({
  name: 'losses.softmaxCrossEntropy',
  form: 'each row',
  op: (labels, logits) => losses.softmaxCrossEntropy(labels, logits, null, 0, Reduction.NONE),
  arrays: (labels, logits) => array64(logits.shape.slice(0, -1), (i) => crossEntropies(labels, logits)[i]!),
  cases: [
    [[3], [3]],
    [
      [4, 5],
      [4, 5],
    ],
    [
      [2, 3, 9],
      [2, 3, 9],
    ],
    [
      [0, 3],
      [0, 3],
    ],
  ],
  inputs: [{ domain: [0, 1] }, { domain: [-5, 5] }],
  errors: [
    [() => losses.softmaxCrossEntropy([[1, 0]], [[1, 2, 3]]), ShapeError, /labels \[1, 2\], logits \[1, 3\]/],
    [() => losses.softmaxCrossEntropy(tensor([], [2, 0]), tensor([], [2, 0])), ShapeError, /with a class/],
    [() => losses.softmaxCrossEntropy([1], [1], null, 0, 7 as never), ArgumentError, /Reduction/],
  ],
});

checkOp({
  name: 'losses.softmaxCrossEntropy',
  form: 'smoothed, weighted mean',
  op: (labels, logits, weights) => losses.softmaxCrossEntropy(labels, logits, weights, 0.1, Reduction.MEAN),
  arrays: (labels, logits, weights) => {
    const n = labels.shape.at(-1)!;
    const smooth = array64(labels.shape, (i) => labels.data[i]! * 0.9 + 0.1 / n);
    const w = Array.from(weights.data);
    const total = crossEntropies(smooth, logits).reduce((s, l, i) => s + l * w[i]!, 0);
    return array64([], () => total / w.reduce((a, b) => a + b, 0));
  },
  cases: [[[4, 3], [4, 3], [4]]],
  inputs: [{ domain: [0, 1] }, { domain: [-2, 2] }, { domain: [0.5, 2] }],
});

const LABELS = [2, 0, 1, 2];
checkOp({
  name: 'losses.sparseSoftmaxCrossEntropy',
  op: (logits) =>
    losses.sparseSoftmaxCrossEntropy(
      tensor(LABELS.slice(0, logits.size / 3), logits.shape.slice(0, -1), 'int32'),
      logits,
      null,
      Reduction.NONE,
    ),
  arrays: (logits) => array64(logits.shape.slice(0, -1), (i) => -logSoftmaxOf(rows(logits)[i]!)[LABELS[i]!]!),
  cases: [[[3]], [[4, 3]], [[2, 2, 3]], [[0, 3]]],
  domain: [-5, 5],
  errors: [
    [() => losses.sparseSoftmaxCrossEntropy([3], [[1, 2, 3]]), ArgumentError, /label 0 is 3, and there are 3 classes/],
    [() => losses.sparseSoftmaxCrossEntropy([-1], [[1, 2, 3]]), ArgumentError],
    [() => losses.sparseSoftmaxCrossEntropy(tensor([1]), [[1, 2]]), DTypeError, /labels must be int32/],
    [() => losses.sparseSoftmaxCrossEntropy([1, 1], [[1, 2]]), ShapeError, /do not go with/],
    [() => losses.sparseSoftmaxCrossEntropy([1], tensor([[1, 2]], [1, 2], 'int32')), DTypeError],
  ],
});

for (const [name, op, loss] of [
  ['losses.meanSquaredError', losses.meanSquaredError, (a: number, b: number) => (a - b) ** 2],
  ['losses.absoluteDifference', losses.absoluteDifference, (a: number, b: number) => Math.abs(a - b)],
] as const)
  for (const reduction of ['NONE', 'SUM', 'MEAN', 'SUM_BY_NONZERO_WEIGHTS'] as const)
    checkOp({
      name,
      form: reduction,
      op: (a: Tensor, b: Tensor) => op(a, b, null, Reduction[reduction]),
      arrays: (a, b) => {
        const each = array64(a.shape, (i) => loss(a.data[i]!, b.data[i]!));
        if (reduction === 'NONE') return each;
        const sum = each.data.reduce((s, v) => s + v, 0);
        return array64([], () => (reduction === 'SUM' ? sum : sum / each.data.length));
      },
      cases: [
        [[3], [3]],
        [
          [2, 5],
          [2, 5],
        ],
      ],
      inputs: [{ domain: [-2, 0] }, { domain: [0.2, 2] }],
      errors: [[() => op([1], [1, 2]), ShapeError, /labels \[1\], predictions \[2\]/]],
    });

for (const [reduction, expected] of [
  ['NONE', (l: number[], w: number[]) => l.map((v, i) => v * w[i]!)],
  ['SUM', (l: number[], w: number[]) => [l.reduce((s, v, i) => s + v * w[i]!, 0)]],
  ['MEAN', (l: number[], w: number[]) => [l.reduce((s, v, i) => s + v * w[i]!, 0) / w.reduce((a, b) => a + b, 0)]],
  ['SUM_BY_NONZERO_WEIGHTS', (l: number[], w: number[]) => [l.reduce((s, v, i) => s + v * w[i]!, 0) / l.length]],
] as const)
  checkOp({
    name: 'losses.computeWeightedLoss',
    form: reduction,
    op: (l, w) => losses.computeWeightedLoss(l, w, Reduction[reduction]),
    arrays: (l, w) => {
      const values = expected(
        Array.from(l.data),
        Array.from(l.data, (_, i) => w.data[w.data.length === 1 ? 0 : i]!),
      );
      return array64(reduction === 'NONE' ? l.shape : [], (i) => values[i]!);
    },
    cases: [
      [[4], [4]],
      [[4], []],
      [[4], [1]],
    ],
    inputs: [{}, { domain: [0.5, 2] }],
    errors: [[() => losses.computeWeightedLoss([1], [1, 2]), ShapeError, /do not broadcast to losses/]],
  });

describe('softmax and losses', () => {
  beforeAll(() => init());

  test('rows of infinities and NaN behave as in TensorFlow', () => {
    tidy(() => {
      const I = Infinity;
      for (const dtype of ['float32', 'float64'] as const) {
        const x = tensor([-I, -I, -I, I, 1, 2, NaN, 1, 2, -I, 0, 0], [4, 3], dtype);
        const nan = [NaN, NaN, NaN];
        expect(softmax(x).arraySync()).toEqual([nan, nan, nan, [0, 0.5, 0.5]]);
        const half = expect.closeTo(-Math.LN2, 6);
        expect(logSoftmax(x).arraySync()).toEqual([nan, nan, nan, [-I, half, half]]);
        const sparse = losses.sparseSoftmaxCrossEntropy([0, 1, 1, 2], x, null, Reduction.NONE);
        expect(sparse.arraySync()).toEqual([NaN, NaN, NaN, expect.closeTo(Math.LN2, 6)]);
      }
    });
  });

  test('large logits do not overflow', () => {
    tidy(() => {
      expect(softmax([1e30, 0]).arraySync()).toEqual([1, 0]);
      expect(losses.sparseSoftmaxCrossEntropy([1], [[1000, 0]]).arraySync()).toBe(1000);
    });
  });

  test('weights that are all 0 give a loss of 0', () => {
    tidy(() => {
      for (const reduction of [Reduction.MEAN, Reduction.SUM_BY_NONZERO_WEIGHTS])
        expect(losses.meanSquaredError([1, 2], [3, 4], [0, 0], reduction).arraySync()).toBe(0);
    });
  });

  test('dense and sparse labels give the same loss and gradient', () => {
    tidy(() => {
      const logits = tensor([0.3, -1, 2, 0, 5, 1], [2, 3]);
      const gradients = [
        () =>
          losses.softmaxCrossEntropy(
            [
              [0, 0, 1],
              [1, 0, 0],
            ],
            logits,
          ),
        () => losses.sparseSoftmaxCrossEntropy([2, 0], logits),
      ].map((loss) => {
        const tape = new GradientTape();
        tape.watch(logits);
        return Array.from(tape.gradient(loss(), logits)!.dataSync());
      });
      gradients[0]!.forEach((g, i) => expect(gradients[1]![i]).toBeCloseTo(g, 6));
    });
  });

  test('plain labels take the dtype of float64 logits', () => {
    tidy(() => {
      expect(losses.softmaxCrossEntropy([[1, 0]], tensor([[0, 1]], [1, 2], 'float64')).dtype).toBe('float64');
    });
  });
});
