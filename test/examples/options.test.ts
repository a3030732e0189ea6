// The command line of the main job, and the data files it is pointed at.

import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { readDigits } from '../../examples/digits/digits.js';
import { drawDigits } from '../../examples/digits/draw.js';
import { InputError, parseOptions, usage } from '../../examples/digits/options.js';
import { writeIdx } from '../../src/data/index.js';
import { DataError } from '../../src/errors.js';
import { digitFiles } from './digit-files.js';

describe('parseOptions', () => {
  it('has defaults for everything', () => {
    const { data, epochs, seed, out, help } = parseOptions([]);
    expect({ data, epochs, seed, out, help }).toEqual({ data: null, epochs: 5, seed: 1, out: 'out', help: false });
  });

  it('takes --data DIR --epochs N --seed N and the rest', () => {
    const args = '--data some/dir --epochs 3 --seed 7 --batch 64 --lr 1e-3 --out there'.split(' ');
    const options = { data: 'some/dir', epochs: 3, seed: 7, batch: 64, rate: 0.001, out: 'there' };
    expect(parseOptions(args)).toMatchObject(options);
    expect(parseOptions(['--draw=100', '-h'])).toMatchObject({ draw: 100, help: true });
  });

  it.each([
    [['--epochs', '0'], "--epochs must be a whole number from 1 to 10000, got '0'."],
    [['--epochs', '1.5'], "--epochs must be a whole number from 1 to 10000, got '1.5'."],
    [['--epochs', ''], '--epochs must be a whole number'],
    [['--seed=-1'], '--seed must be a whole number from 0'],
    [['--batch', 'many'], "--batch must be a whole number from 1 to 4096, got 'many'."],
    [['--lr', '0'], "--lr must be a number above 0, got '0'."],
    [['--lr', 'fast'], "--lr must be a number above 0, got 'fast'."],
    [['--data', ''], '--data must name a directory'],
    [['--data', 'x', '--draw', '10'], 'give one of them'],
    [['--epoch', '3'], "Unknown option '--epoch'"],
    [['extra'], "Unexpected argument 'extra'"],
    [['--epochs'], 'argument missing'],
  ])('refuses %j', (args, message) => {
    expect(() => parseOptions(args)).toThrow(InputError);
    expect(() => parseOptions(args)).toThrow(message);
  });

  it('explains every option', () => {
    for (const name of ['data', 'epochs', 'seed', 'batch', 'lr', 'draw', 'out', 'help'])
      expect(usage).toContain(`--${name}`);
  });
});

describe('readDigits', () => {
  let directory = '';
  beforeEach(async () => {
    directory = await mkdtemp(join(tmpdir(), 'digits-'));
  });
  afterEach(() => rm(directory, { recursive: true }));

  const good = digitFiles(20, 8);
  const put = async (changes: Record<string, Uint8Array | null> = {}): Promise<void> => {
    for (const [name, bytes] of Object.entries({ ...good, ...changes }))
      if (bytes !== null) await writeFile(join(directory, name), bytes);
  };
  const bytes = (shape: number[], ...values: number[]): Uint8Array => {
    const data = Uint8Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => values[i] ?? 0);
    return writeIdx({ type: 'uint8', shape, data });
  };

  it('reads four IDX files, plain or gzip', async () => {
    await put({
      'train-images-idx3-ubyte': null,
      'train-images-idx3-ubyte.gz': gzipSync(good['train-images-idx3-ubyte']!),
    });
    const { train, test } = await readDigits(directory);
    expect(train).toEqual(drawDigits(20, 1));
    expect(test).toEqual(drawDigits(8, 2));
  });

  const cut = good['train-images-idx3-ubyte']!.slice(0, -5);
  const text = new TextEncoder().encode('hello there');
  const counts = /train-images-idx3-ubyte has 20 pictures, \S+train-labels-idx1-ubyte has 5 labels/;
  it.each<[string, Record<string, Uint8Array | null>, RegExp]>([
    ['a missing file', { 't10k-labels-idx1-ubyte': null }, /has no t10k-labels-idx1-ubyte, plain or \.gz/],
    [
      'a truncated file',
      { 'train-images-idx3-ubyte': cut },
      /-ubyte is truncated: uint8 \[20, 28, 28\] takes 15696 bytes, it has 15691/,
    ],
    [
      'a wrong magic',
      { 'train-images-idx3-ubyte': text },
      /-ubyte is not an IDX file: it starts with the bytes 68 65 6c 6c/,
    ],
    ['an empty file', { 'train-labels-idx1-ubyte': new Uint8Array(0) }, /train-labels-idx1-ubyte is empty/],
    ['different counts', { 'train-labels-idx1-ubyte': bytes([5]) }, counts],
    [
      'labels in place of images',
      { 'train-images-idx3-ubyte': bytes([2]) },
      /does not hold pictures: it is uint8 \[2\], and pictures/,
    ],
    [
      'a label that is no digit',
      { 't10k-labels-idx1-ubyte': bytes([8], 1, 2, 77) },
      /label number 2 is 77: a digit is 0 to 9/,
    ],
    [
      'no pictures',
      { 't10k-images-idx3-ubyte': bytes([0, 28, 28]), 't10k-labels-idx1-ubyte': bytes([0]) },
      /has no pictures/,
    ],
    [
      'two sizes',
      { 't10k-images-idx3-ubyte': bytes([8, 9, 9]) },
      /to train on are 28 × 28 pixels, those to test with 9 × 9/,
    ],
    ['pictures of a few pixels', { 'train-images-idx3-ubyte': bytes([20, 2, 2]) }, /pictures of 2 × 2 pixels/],
  ])('refuses %s', async (_, changes, message) => {
    await put(changes);
    const refusal: unknown = await readDigits(directory).catch((e: unknown) => e);
    expect(refusal instanceof InputError || refusal instanceof DataError).toBe(true);
    expect((refusal as Error).message).toMatch(message);
    expect((refusal as Error).message).toContain(directory);
  });

  it('refuses a directory that is not there, or is a file', async () => {
    await expect(readDigits(join(directory, 'none'))).rejects.toThrow(/none does not exist\. Give --data a directory/);
    await put();
    await expect(readDigits(join(directory, 'train-labels-idx1-ubyte'))).rejects.toThrow('is not a directory');
  });
});
