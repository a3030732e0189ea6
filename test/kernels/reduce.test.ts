// Reduction, softmax and random kernels: a range split in parts gives the bits of the whole.

import { beforeAll, describe, expect, test } from 'vitest';
import { init, tensor, tidy, zeros, type Tensor } from '../../src/index.js';
import { codeOf, type DType } from '../../src/dtype.js';
import * as k from '../../src/runtime/kernels.js';
import { address } from '../../src/tensor.js';

const DTYPES: readonly DType[] = ['float32', 'float64', 'int32'];
const FLOATS: readonly DType[] = ['float32', 'float64'];

function values(n: number, dtype: DType, wave = 1.7): Tensor {
  const scale = dtype === 'int32' ? 100 : 3;
  return tensor(
    Array.from({ length: n }, (_, i) => scale * Math.sin(i * wave + 0.3)),
    [n],
    dtype,
  );
}

/** Runs a kernel over the whole range, and over parts that end at multiples of `step`: the bits must be the same. */
function splits(y: Tensor, size: number, step: number, run: (from: number, to: number) => void): void {
  run(0, size);
  const whole = y.dataSync().slice();
  for (const parts of [2, 3, 5]) {
    k.fill(codeOf(y.dtype), address(y), 0, 0, y.size);
    let from = 0;
    for (let p = 1; p <= parts; p++) {
      const to = p === parts ? size : Math.min(size, Math.round((size * p) / parts / step) * step);
      if (to > from) run(from, to);
      from = Math.max(from, to);
    }
    expect(y.dataSync()).toEqual(whole);
  }
}

describe('kernels over ranges', () => {
  beforeAll(() => init());

  const reductions = { sum: k.sum, prod: k.prod, max: k.max, min: k.min, argmax: k.argmax, argmin: k.argmin };
  for (const [name, kernel] of Object.entries(reductions))
    test(`${name} does not depend on how its range is split`, () => {
      for (const dtype of DTYPES)
        for (const [outer, n, inner] of [
          [7, 37, 1],
          [3, 5000, 1],
          [2, 300, 37],
          [5, 3, 2],
        ] as const)
          tidy(() => {
            const x = values(outer * n * inner, dtype);
            const y = zeros([outer * inner], name.startsWith('arg') ? 'int32' : dtype);
            splits(y, y.size, 1, (from, to) => {
              kernel(codeOf(dtype), address(x), address(y), n, inner, from, to);
            });
          });
    });

  test('prod_grad and mean do not depend on how their range is split', () => {
    for (const dtype of FLOATS)
      tidy(() => {
        const [x, dy] = [values(3 * 17 * 5, dtype), values(15, dtype, 0.7)];
        const y = zeros([15], dtype);
        splits(y, 15, 1, (from, to) => {
          k.mean(codeOf(dtype), address(x), address(y), 17, 5, 34, from, to);
        });
        const dx = zeros([x.size], dtype);
        splits(dx, 15, 1, (from, to) => {
          k.prod_grad(codeOf(dtype), address(x), address(dy), address(dx), 17, 5, from, to);
        });
      });
  });

  for (const name of ['softmax', 'log_softmax', 'logsumexp'] as const)
    test(`${name} does not depend on how its rows are split`, () => {
      for (const dtype of FLOATS)
        for (const n of [1, 3, 10, 65, 1500])
          tidy(() => {
            const x = values(11 * n, dtype);
            const y = zeros([name === 'logsumexp' ? 11 : 11 * n], dtype);
            splits(y, 11, 1, (from, to) => {
              k[name](codeOf(dtype), address(x), address(y), n, from, to);
            });
          });
    });

  for (const name of ['random_uniform', 'random_normal', 'random_truncated', 'random_keep'] as const)
    test(`${name} does not depend on how its range is split`, () => {
      for (const dtype of FLOATS)
        tidy(() => {
          const state = zeros([16], 'int32');
          k.philox_seed(address(state), 3, 9);
          const y = zeros([403], dtype);
          splits(y, y.size, 16, (from, to) => {
            k[name](codeOf(dtype), address(state), address(y), 0.25, 2, from, to);
          });
        });
    });
});
