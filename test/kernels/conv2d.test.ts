// The kernels of convolution and pooling: ranges of the output, and what lies beside it.

import { beforeAll, expect, test } from 'vitest';
import { avgPool, conv2d, GradientTape, init, maxPool, tidy, type Tensor } from '../../src/index.js';
import { fromValues, write } from '../../src/convert.js';
import { RECORD } from '../../src/runtime/abi.js';
import { core, words } from '../../src/runtime/core.js';
import { setRecorder } from '../../src/runtime/launch.js';
import { sizeOf } from '../../src/shape.js';
import { address, empty, withScratch } from '../../src/tensor.js';
import { uniform } from '../../src/testing/random.js';

beforeAll(() => init());

const next = uniform(3);
const random = (shape: number[], dtype: 'float32' | 'float64'): Tensor =>
  fromValues(
    Float64Array.from({ length: sizeOf(shape) }, () => 2 * next() - 1),
    shape,
    dtype,
    'test',
  );

/**
 * Runs the one launch of `f` again, in two ranges cut at a random place, the later one first, into a tensor with a
 * guard behind.
 *
 * @param at words of the record: the output, the scratch memory (0: none), and `from`; `to` is behind it.
 */
function splitAgain(f: () => Tensor, at: { out: number; scratch: number; from: number }): void {
  let record = new Uint32Array();
  setRecorder((header) => {
    record = words.slice(RECORD / 4, RECORD / 4 + (header >>> 16));
  });
  let y: Tensor;
  try {
    y = f();
  } finally {
    setRecorder(null);
  }
  const parts = empty([y.size + 4], y.dtype);
  write(parts, new Float64Array(parts.size).fill(77));
  withScratch(1 << 20, (scratch) => {
    const count = record[at.from + 1]!;
    const cut = Math.floor(next() * (count + 1));
    for (const [from, to] of [
      [cut, count],
      [0, cut],
    ] as const) {
      words.set(record, RECORD / 4);
      words[RECORD / 4 + at.out] = address(parts);
      if (at.scratch > 0) words[RECORD / 4 + at.scratch] = scratch;
      words[RECORD / 4 + at.from] = from;
      words[RECORD / 4 + at.from + 1] = to;
      core.run(RECORD);
    }
  });
  expect(parts.dataSync().slice(0, y.size), `${y.shape}`).toEqual(y.dataSync());
  expect([...parts.dataSync().slice(y.size)], 'beyond the result').toEqual([77, 77, 77, 77]);
}

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
    [[2, 40, 40, 40], [3, 3, 40, 9], 1, 'same', 1],
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
