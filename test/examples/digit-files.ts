// IDX files of drawn digits under MNIST's names, for tests.

import { drawDigits } from '../../examples/digits/draw.js';
import { writeIdx } from '../../src/data/index.js';

/** Content of the four files by name, with so many digits to train on and to test with. */
export function digitFiles(train: number, test: number): Record<string, Uint8Array> {
  const file = ({ data, shape }: { data: Uint8Array; shape: readonly number[] }): Uint8Array =>
    writeIdx({ type: 'uint8', data, shape });
  const [a, b] = [drawDigits(train, 1), drawDigits(test, 2)];
  return {
    'train-images-idx3-ubyte': file(a.images),
    'train-labels-idx1-ubyte': file(a.labels),
    't10k-images-idx3-ubyte': file(b.images),
    't10k-labels-idx1-ubyte': file(b.labels),
  };
}
