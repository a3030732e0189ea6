// The kernels of convolution and pooling: ranges of the output, and what lies beside it.

import { beforeAll, test } from 'vitest';
import { avgPool, conv2d, GradientTape, init, maxPool, tidy, type Tensor } from '../../src/index.js';
import { random, splitAgain } from '../check/split.js';

beforeAll(() => init());

const PRODUCT = { out: 3, scratch: 4, from: 5 };

for (const dtype of ['float32', 'float64'] as const) {
  for (const [x, w, strides, pad, dilations] of [
    [[3, 9, 8, 1], [3, 3, 1, 16], 1, 'same', 1],
    [[2, 9, 8, 5], [3, 3, 5, 9], 1, 'valid', 1],
    [[3, 3, 4, 2], [3, 2, 2, 3], 1, 'same', 1],
    [[2, 9, 8, 6], [3, 3, 6, 7], 2, 'same', 1],
    [[2, 9, 8, 3], [3, 2, 3, 4], 1, 'same', 2],
    [[1, 8, 8, 40], [1, 1, 40, 8], 1, 'same', 1],
    // More than a copy with zeros around holds; more taps than a block of depth.
    [[1, 40, 40, 40], [3, 3, 40, 9], 1, 'same', 1],
    [[1, 6, 300, 2], [2, 2, 2, 9], 1, 'same', 1],
    [[1, 7, 7, 100], [3, 3, 100, 5], 1, 'same', 1],
  ] as const) {
    test(`${dtype} convolution of ${x} with ${w}, strides ${strides}, ${pad}, dilations ${dilations} has the same bits in any split`, () => {
      tidy(() => {
        const image = random([...x], dtype);
        const filter = random([...w], dtype);
        for (let trial = 0; trial < 4; trial++) {
          const run = (): Tensor => conv2d(image, filter, strides, pad, 'NHWC', dilations);
          splitAgain(run, PRODUCT);
          const dy = random(run().shape, dtype);
          for (const source of [image, filter]) {
            const tape = new GradientTape();
            tape.watch(source);
            const y = run();
            splitAgain(() => tape.gradient(y, source, { outputGradients: dy })!, PRODUCT);
          }
        }
      });
    });
  }

  for (const [shape, size, strides, pad] of [
    [[3, 8, 9, 5], 2, 2, 'valid'],
    [[4, 7, 6, 8], 3, 2, 'same'],
    [[2, 5, 5, 1], 3, 1, 'same'],
  ] as const) {
    test(`${dtype} pooling of ${shape} by ${size} has the same bits in any split`, () => {
      tidy(() => {
        const x = random([...shape], dtype);
        for (const [pool, gradient] of [
          [maxPool, { out: 4, scratch: 0, from: 5 }],
          [avgPool, { out: 2, scratch: 0, from: 3 }],
        ] as const) {
          const run = (): Tensor => pool(x, size, strides, pad);
          splitAgain(run, { out: 2, scratch: 0, from: 3 });
          const tape = new GradientTape();
          tape.watch(x);
          const y = run();
          const dy = random(y.shape, dtype);
          splitAgain(() => tape.gradient(y, x, { outputGradients: dy })!, gradient);
        }
      });
    });
  }
}
