// The kernels of normalisation: ranges of rows and of channels, and what lies beside them.

import { beforeAll, describe, expect, test } from 'vitest';
import { codeOf } from '../../src/dtype.js';
import {
  add,
  GradientTape,
  init,
  layerNorm,
  localResponseNormalization,
  moments,
  sum,
  tidy,
  type Tensor,
} from '../../src/index.js';
import { NORM_ROWS } from '../../src/runtime/blocking.js';
import * as k from '../../src/runtime/kernels.js';
import { address, empty } from '../../src/tensor.js';
import { random, splitAgain } from '../check/split.js';

beforeAll(() => init());

const gradient = (y: (x: Tensor) => Tensor, x: Tensor, dy: Tensor): Tensor => {
  const tape = new GradientTape();
  tape.watch(x);
  return tape.gradient(y(x), x, { outputGradients: dy })!;
};

describe.each(['float32', 'float64'] as const)('%s', (dtype) => {
  const code = codeOf(dtype);

  test.each([1, 3, 4, 7, 16, 37])('rows of %i channels have the same bits in any split', (n) => {
    tidy(() => {
      const x = random([3, 4, 5, n], dtype);
      const dy = random(x.shape, dtype);
      const [mean, offset, scale, factor] = [0, 1, 2, 3].map(() => random([n], dtype)) as [
        Tensor,
        Tensor,
        Tensor,
        Tensor,
      ];
      const numbers = [mean, offset, scale, factor].map(address) as [number, number, number, number];
      const [m, o, , f] = numbers;
      for (let trial = 0; trial < 4; trial++) {
        const y = empty(x.shape, dtype);
        splitAgain(
          () => {
            k.batch_norm(code, address(x), m, f, o, address(y), n, 0, x.size / n);
            return y;
          },
          { out: 5, scratch: 0, from: 7 },
        );
        splitAgain(
          () => {
            k.batch_norm_grad(code, address(x), address(dy), ...numbers, address(y), n, 0, x.size / n);
            return y;
          },
          { out: 7, scratch: 0, from: 9 },
        );
        const response = (): Tensor => localResponseNormalization(x, 2, 1, 0.5, 0.75);
        splitAgain(response, { out: 2, scratch: 3, from: 12 });
        splitAgain(() => gradient(response, x, dy), { out: 3, scratch: 4, from: 14 });
        const normalized = (): Tensor => layerNorm(x, scale, offset);
        splitAgain(normalized, { out: 4, scratch: 0, from: 8 });
      }
    });
  });

  test.each([
    [1, 5],
    [37, 1],
    [60, 7],
    [1500, 19],
  ])('moments and sums over %i rows of %i channels are right, with the same bits in any split', (rows, n) => {
    tidy(() => {
      // Far from 0, where the variance must not be a difference of squares.
      const x = add(random([rows, n], dtype), 100);
      const dy = random([rows, n], dtype);
      for (let trial = 0; trial < 4; trial++) {
        const [mean, variance, flow, along] = [0, 1, 2, 3].map(() => empty([n], dtype)) as [
          Tensor,
          Tensor,
          Tensor,
          Tensor,
        ];
        const measured = (): Tensor => {
          k.batch_moments(code, address(x), address(mean), address(variance), rows, n, 0, n);
          return variance;
        };
        splitAgain(measured, { out: 3, scratch: 0, from: 6 });
        splitAgain(
          () => {
            k.batch_norm_sums(
              code,
              address(x),
              address(dy),
              address(mean),
              address(flow),
              address(along),
              rows,
              n,
              0,
              n,
            );
            return along;
          },
          { out: 5, scratch: 0, from: 8 },
        );
        const expected = moments(x, 0);
        const digits = dtype === 'float32' ? 4 : 12;
        expected.variance.dataSync().forEach((v, c) => expect(variance.dataSync()[c]).toBeCloseTo(v, digits));
        expected.mean.dataSync().forEach((v, c) => expect(mean.dataSync()[c]).toBeCloseTo(v, digits - 1));
        sum(dy, 0)
          .dataSync()
          .forEach((v, c) => expect(flow.dataSync()[c]).toBeCloseTo(v, digits));
      }
    });
  });

  test.each([
    [1, 5],
    [64, 1],
    [150, 7],
    [1500, 19],
  ])('gradients of layer normalisation of %i rows of %i have the same bits in any split, and each alone', (rows, n) => {
    tidy(() => {
      const [x, dy, gamma] = [random([rows, n], dtype), random([rows, n], dtype), random([n], dtype)];
      const count = Math.ceil(rows / NORM_ROWS);
      const [dx, sums] = [empty([rows, n], dtype), empty([count, n], dtype)];
      const made = (y: Tensor) => (): Tensor => {
        const at = [x, gamma, dy, dx, sums].map(address) as [number, number, number, number, number];
        k.layer_norm_grad(code, ...at, n, rows, 1e-3, 0, count);
        return y;
      };
      for (let trial = 0; trial < 4; trial++) {
        splitAgain(made(dx), { out: 4, scratch: 0, from: 10 });
        splitAgain(made(sums), { out: 5, scratch: 0, from: 10 });
      }
      expect(gradient((y) => layerNorm(y, gamma), x, dy).dataSync()).toEqual(dx.dataSync());
      expect(gradient((scale) => layerNorm(x, scale), gamma, dy).dataSync()).toEqual(sum(sums, 0).dataSync());
    });
  });
});
