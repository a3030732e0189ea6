// Attention: scaledDotProductAttention, against plain loops, and streamed against stored scores.

import { beforeAll, describe, expect, test } from 'vitest';
import { ArgumentError, DTypeError, ShapeError } from '../../src/errors.js';
import {
  equal,
  fill,
  GradientTape,
  init,
  less,
  memory,
  ones,
  randomNormal,
  range,
  reshape,
  resetPeak,
  scaledDotProductAttention,
  setSeed,
  sum,
  tensor,
  tidy,
  where,
  zeros,
  type AttentionOptions,
  type Tensor,
} from '../../src/index.js';
import { array64, broadcastShape, checkOp, get, type Array64 } from '../check/op.js';

/** An element, where axes of size 1 repeat and leading axes may be missing. */
const at = (x: Array64, index: readonly number[]): number =>
  get(
    x,
    index.slice(index.length - x.shape.length).map((i, axis) => (x.shape[axis] === 1 ? 0 : i)),
  );

/** Attention in plain float64 loops. A number in the mask is added to a score. */
function attend(
  q: Array64,
  k: Array64,
  v: Array64,
  mask: Array64 | null,
  { causal = false, scale, heads = 1 }: Omit<AttentionOptions, 'mask'> = {},
): Array64 {
  const batch = broadcastShape(...[q, k, v].map((x) => x.shape.slice(0, -2)));
  const [n, dAll] = q.shape.slice(-2) as [number, number];
  const [m, eAll] = v.shape.slice(-2) as [number, number];
  const [d, e] = [dAll / heads, eAll / heads];
  return array64([...batch, n, eAll], (_, index) => {
    const outer = index.slice(0, -2);
    const [i, c] = index.slice(-2) as [number, number];
    const head = Math.floor(c / e);
    const scores = Array.from({ length: m }, (_, j) => {
      if (causal && j > i) return -Infinity;
      let s = 0;
      for (let p = head * d; p < (head + 1) * d; p++) s += at(q, [...outer, i, p]) * at(k, [...outer, j, p]);
      return s * (scale ?? 1 / Math.sqrt(d)) + (mask ? at(mask, [...outer, ...(heads > 1 ? [head] : []), i, j]) : 0);
    });
    const top = Math.max(...scores);
    if (top === -Infinity) return 0;
    const weights = scores.map((s) => Math.exp(s - top));
    const total = weights.reduce((a, b) => a + b, 0);
    return weights.reduce((y, w, j) => y + (w / total) * at(v, [...outer, j, c]), 0);
  });
}

checkOp({
  name: 'scaledDotProductAttention',
  op: (q, k, v) => scaledDotProductAttention(q!, k!, v!),
  arrays: (q, k, v) => attend(q!, k!, v!, null),
  cases: [
    [[1, 1], [1, 1], [1, 1]], // prettier-ignore
    [[3, 4], [5, 4], [5, 2]], // prettier-ignore
    [[9, 3], [2, 3], [2, 9]], // prettier-ignore
    [[2, 3, 5], [2, 4, 5], [2, 4, 3]], // prettier-ignore
    [[2, 1, 3, 2], [3, 4, 2], [2, 1, 4, 1]], // prettier-ignore
    [[3, 2], [2, 4, 2], [4, 3]], // prettier-ignore
    [[0, 4], [5, 4], [5, 2]], // prettier-ignore
    [[3, 4], [0, 4], [0, 2]], // prettier-ignore
    [[3, 4], [5, 4], [5, 0]], // prettier-ignore
    [[0, 3, 4], [5, 4], [5, 2]], // prettier-ignore
  ],
  errors: [
    [() => scaledDotProductAttention(ones([3]), ones([3, 3]), ones([3, 3])), ShapeError, /at least 2 axes/],
    [() => scaledDotProductAttention(ones([3, 4]), ones([3, 5]), ones([3, 5])), ShapeError, /last axes differ/],
    [() => scaledDotProductAttention(ones([3, 4]), ones([3, 4]), ones([2, 4])), ShapeError, /3 keys.*2 values/],
    [() => scaledDotProductAttention(ones([2, 3, 4]), ones([3, 3, 4]), ones([3, 4])), ShapeError, /leading axes/],
    [() => scaledDotProductAttention(ones([3, 4]), ones([3, 4]), ones([3, 4]), { heads: 3 }), ShapeError, /heads 3/],
    [
      () => scaledDotProductAttention(ones([3, 4]), ones([3, 4]), ones([3, 4]), { mask: ones([2, 3]) }),
      ShapeError,
      /mask/,
    ],
    [
      () => scaledDotProductAttention(ones([3, 4]), ones([3, 4]), ones([3, 4]), { mask: ones([2, 3, 3]) }),
      ShapeError,
      /does not broadcast to the scores/,
    ],
    [
      () => scaledDotProductAttention(ones([3, 4]), ones([3, 4]), ones([3, 4]), { mask: ones([3, 3], 'int32') }),
      DTypeError,
      /mask must be bool or a float/,
    ],
    [
      () => scaledDotProductAttention(ones([3, 4], 'int32'), ones([3, 4]), ones([3, 4])),
      DTypeError,
      /q must be float32 or float64/,
    ],
    [() => scaledDotProductAttention(ones([3, 4]), ones([3, 4]), ones([3, 4]), { scale: NaN }), ArgumentError, /scale/],
    [
      () => scaledDotProductAttention(ones([3, 4]), ones([3, 4]), ones([3, 4]), { dropout: 1 }),
      ArgumentError,
      /dropout/,
    ],
  ],
});

checkOp({
  name: 'scaledDotProductAttention',
  form: 'causal',
  op: (q, k, v) => scaledDotProductAttention(q!, k!, v!, { causal: true, scale: 0.7 }),
  arrays: (q, k, v) => attend(q!, k!, v!, null, { causal: true, scale: 0.7 }),
  cases: [
    [[1, 3], [1, 3], [1, 2]], // prettier-ignore
    [[5, 3], [5, 3], [5, 2]], // prettier-ignore
    [[7, 3], [4, 3], [4, 2]], // prettier-ignore
    [[2, 4, 3], [7, 3], [2, 7, 2]], // prettier-ignore
    [[66, 1], [67, 1], [67, 1]], // prettier-ignore
  ],
});

checkOp({
  name: 'scaledDotProductAttention',
  form: 'heads side by side',
  op: (q, k, v) => scaledDotProductAttention(q!, k!, v!, { heads: 2 }),
  arrays: (q, k, v) => attend(q!, k!, v!, null, { heads: 2 }),
  cases: [
    [[5, 4], [3, 4], [3, 6]], // prettier-ignore
    [[2, 3, 4], [2, 5, 4], [2, 5, 2]], // prettier-ignore
    [[2, 3, 4], [5, 4], [5, 2]], // prettier-ignore
  ],
});

/** A mask of numbers to add, from one of bools. */
const added = (keep: Array64): Array64 => array64(keep.shape, (i) => (keep.data[i] === 0 ? -Infinity : 0));
/** Every third key is masked, and the second query's all. */
const some = (shape: readonly number[]): Array64 =>
  array64(shape, (i, index) => (index.at(-2) === 1 || i % 3 === 0 ? 0 : 1));

checkOp({
  name: 'scaledDotProductAttention',
  form: 'masked by bools',
  op: (q, k, v, mask) => scaledDotProductAttention(q!, k!, v!, { mask: mask! }),
  arrays: (q, k, v, mask) => attend(q!, k!, v!, added(mask!)),
  inputs: [{}, {}, {}, { dtype: 'bool' }],
  cases: [
    [[4, 3], [5, 3], [5, 2], some([4, 5])], // prettier-ignore
    [[2, 4, 3], [2, 5, 3], [5, 2], some([4, 5])], // prettier-ignore
    [[2, 2, 4, 3], [5, 3], [5, 2], some([2, 1, 4, 5])], // prettier-ignore
    [[2, 4, 3], [2, 5, 3], [5, 2], array64([5], (i) => i % 2)], // prettier-ignore
    [[4, 3], [5, 3], [5, 2], array64([4, 1], (i) => i % 2)], // prettier-ignore
    [[4, 3], [5, 3], [5, 2], array64([], () => 1)], // prettier-ignore
  ],
});

checkOp({
  name: 'scaledDotProductAttention',
  form: 'with a mask that is added',
  op: (q, k, v, mask) => scaledDotProductAttention(q!, k!, v!, { mask: mask!, causal: true }),
  arrays: (q, k, v, mask) => attend(q!, k!, v!, mask!, { causal: true }),
  cases: [
    [[4, 3], [5, 3], [5, 2], [4, 5]], // prettier-ignore
    [[2, 4, 3], [2, 5, 3], [5, 2], [5]], // prettier-ignore
    [[2, 4, 3], [5, 3], [5, 2], [2, 4, 1]], // prettier-ignore
    [[2, 4, 3], [5, 3], [5, 2], [2, 1, 5]], // prettier-ignore
  ],
});

checkOp({
  name: 'scaledDotProductAttention',
  form: 'heads and a mask',
  op: (q, k, v, mask) => scaledDotProductAttention(q!, k!, v!, { mask: mask!, heads: 2 }),
  arrays: (q, k, v, mask) => attend(q!, k!, v!, mask!, { heads: 2 }),
  cases: [
    [[2, 4, 6], [2, 5, 6], [2, 5, 2], [2, 2, 4, 5]], // prettier-ignore
    [[4, 2], [5, 2], [5, 4], [2, 1, 5]], // prettier-ignore
  ],
});

describe('streamed over blocks', () => {
  beforeAll(() => init());

  const SIZES = [
    [70, 130, 33, 7],
    [64, 64, 32, 32],
    [129, 65, 8, 9],
    [63, 200, 3, 40],
    // Every way in which a diagonal may cut a block, and its tiles.
    ...[3, 5, 17, 63, 65, 130].map((t) => [t, t, 9, 5] as const),
  ] as const;

  /** The largest difference, relative to the largest element. */
  const apart = (a: Tensor, b: Tensor): number => {
    const [x, y] = [Array.from(a.dataSync()), Array.from(b.dataSync())];
    const greatest = (all: number[]): number => all.reduce((top, v) => Math.max(top, Math.abs(v)), 0);
    return greatest(x.map((v, i) => v - y[i]!)) / greatest(y);
  };

  test.each(['float32', 'float64'] as const)('results and gradients are those of stored scores, in %s', (dtype) => {
    setSeed(3);
    for (const [n, m, d, e] of SIZES)
      for (const causal of [false, true])
        for (const masked of ['', 'bool', 'added'])
          tidy(() => {
            const draw = (...shape: number[]): Tensor => randomNormal(shape, 0, 1, dtype);
            const [q, k, v, dy] = [draw(2, n, d), draw(2, m, d), draw(1, m, e), draw(2, n, e)];
            const keep = tensor(some([2, n, m]).data, [2, n, m], 'bool');
            const mask = masked === '' ? null : masked === 'bool' ? keep : draw(n, m);
            const grads = (stored: boolean): (Tensor | null)[] => {
              const outer = new GradientTape({ persistent: true });
              // While an outer tape records, the rule stores scores.
              if (stored) outer.watch([q, k, v]);
              const tape = new GradientTape();
              tape.watch([q, k, v]);
              const y = scaledDotProductAttention(q, k, v, { mask, causal });
              return [y, ...(tape.gradient(y, [q, k, v], { outputGradients: dy }) as Tensor[])];
            };
            const [streamed, stored] = [grads(false), grads(true)];
            streamed.forEach((x, i) => expect(apart(x!, stored[i]!)).toBeLessThan(dtype === 'float32' ? 2e-6 : 1e-14));
            if (dtype === 'float64')
              expect(apart(streamed[0]!, dropped(q, k, v, { mask, causal })), `y ${n} × ${m}`).toBeLessThan(1e-14);
          });
  });

  /** Without the kernel: what dropout does is made of other ops. */
  const dropped = (q: Tensor, k: Tensor, v: Tensor, options: AttentionOptions): Tensor =>
    scaledDotProductAttention(q, k, v, { ...options, dropout: 1e-300, seed: 1 });

  test.each(['float32', 'float64'] as const)('scores far below 0 count among themselves alone, in %s', (dtype) => {
    for (let m = 1; m <= 17; m++)
      tidy(() => {
        const [q, v] = [ones([1, 1], dtype), ones([m, 1], dtype)];
        const tape = new GradientTape();
        tape.watch(v);
        const y = scaledDotProductAttention(q, fill([m, 1], -200, dtype), v);
        expect(y.dataSync()[0], `${m} keys`).toBeCloseTo(1, 5);
        for (const g of tape.gradient(y, v)!.dataSync()) expect(g).toBeCloseTo(1 / m, 4);
        // Keys that a causal query does not see do not move it, large as their scores are.
        const keys = where(less(range(0, m), 1), -200, 200);
        const [first] = scaledDotProductAttention(ones([m, 1]), reshape(keys, [m, 1]), v, { causal: true }).dataSync();
        expect(first, `${m} keys, causal`).toBe(1);
      });
  });

  test.each(['float32', 'float64'] as const)('NaN reaches the queries that see it, and no others, in %s', (dtype) => {
    for (const t of [3, 5, 17, 63, 65, 130])
      tidy(() => {
        const [q, k, v] = [1, 2, 3].map((seed) => randomNormal([t, 5], 0, 1, dtype, seed)) as [Tensor, Tensor, Tensor];
        const mark = t - 2;
        const marked = (x: Tensor): Tensor => where(equal(reshape(range(0, t), [t, 1]), mark), NaN, x);
        const nans = (y: Tensor): number[] =>
          [...y.dataSync()].flatMap((x, i) => (i % 5 === 0 && Number.isNaN(x) ? [i / 5] : []));
        expect(nans(scaledDotProductAttention(marked(q), k, v, { causal: true })), `a query of ${t}`).toEqual([mark]);
        expect(nans(scaledDotProductAttention(q, marked(k), v, { causal: true })), `a key of ${t}`).toEqual([
          mark,
          mark + 1,
        ]);
      });
  });

  test('T = 2048: forward and backward need less than an eighth of the memory of stored scores', () => {
    const [h, t, d] = [4, 2048, 32];
    tidy(() => {
      const [q, k, v] = [1, 2, 3].map((seed) => randomNormal([1, h, t, d], 0, 1, 'float32', seed)) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      resetPeak();
      const before = memory().numBytes;
      const tape = new GradientTape();
      tape.watch([q, k, v]);
      const loss = sum(scaledDotProductAttention(q, k, v, { causal: true }));
      tape.gradient(loss, [q, k, v]);
      expect(memory().peakBytes - before).toBeLessThan((h * t * t * 4) / 8);
    });
  });

  test('a query all of whose keys are masked gives zeros, and has zeros as gradient', () => {
    tidy(() => {
      const [q, k, v] = [1, 2, 3].map((seed) => randomNormal([2, 3], 0, 1, 'float32', seed)) as [
        Tensor,
        Tensor,
        Tensor,
      ];
      const mask = tensor([[true, true], [false, false]]); // prettier-ignore
      const tape = new GradientTape();
      tape.watch(q);
      const y = scaledDotProductAttention(q, k, v, { mask });
      expect([...y.dataSync()].slice(3)).toEqual([0, 0, 0]);
      expect([...tape.gradient(sum(y), q)!.dataSync()].slice(3)).toEqual([0, 0, 0]);
    });
  });

  test('dropout drops weights, the same ones with the same seed', () => {
    tidy(() => {
      const [q, k, v] = [zeros([8, 2]), zeros([16, 2]), ones([16, 1])];
      const y = (): number[] => [...scaledDotProductAttention(q, k, v, { dropout: 0.5, seed: 5 }).dataSync()];
      const first = y();
      expect(y()).toEqual(first);
      // 16 weights of 1/16, of which those that stay count twice.
      for (const value of first) expect((value * 8) % 1).toBe(0);
      expect(new Set(first).size).toBeGreaterThan(1);
    });
  });

  test('dtypes are promoted; plain arrays take the dtype of the tensors beside them', () => {
    tidy(() => {
      const x = ones([2, 3], 'float64');
      expect(scaledDotProductAttention(x, [[1, 2, 3]], [[1]]).dtype).toBe('float64');
      expect(scaledDotProductAttention(ones([2, 3]), x, x).dtype).toBe('float64');
    });
  });
});
