// The digits to train on and to test with: from IDX files, or drawn.

import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readIdx, type IdxArray } from 'gradtape/data';
import { drawDigits, type DigitSet } from './draw.js';
import { InputError } from './options.js';

/** Two sets of digits of one size. */
export interface Digits {
  train: DigitSet;
  test: DigitSet;
  /** Where they come from, for people. */
  from: string;
}

/** Draws `count` digits to train on and a quarter as many to test with, no two alike. */
export function drawnDigits(count: number, seed: number): Digits {
  const train = drawDigits(count, seed);
  const test = drawDigits(Math.ceil(count / 4), seed, count);
  return { train, test, from: 'drawn by the program' };
}

/**
 * Reads the four IDX files of a directory, plain or gzip.
 *
 * @throws {InputError} when one is missing, or they do not belong together; {DataError} when one is broken.
 */
export async function readDigits(directory: string): Promise<Digits> {
  const isDirectory = await stat(directory).then(
    (s) => s.isDirectory(),
    () => null,
  );
  if (isDirectory === null) throw new InputError(`${directory} does not exist. Give --data a directory of IDX files.`);
  if (!isDirectory)
    throw new InputError(`${directory} is not a directory. Give --data the directory that holds the IDX files.`);
  const train = await readSet(directory, 'train');
  const test = await readSet(directory, 't10k');
  const size = ({ images }: DigitSet): string => images.shape.slice(1).join(' × ');
  if (size(train) !== size(test))
    throw new InputError(
      `${directory}: pictures to train on are ${size(train)} pixels, those to test with ${size(test)}.`,
    );
  return { train, test, from: directory };
}

async function readSet(directory: string, prefix: string): Promise<DigitSet> {
  const [imagesName, images] = await readFirst(directory, [
    `${prefix}-images-idx3-ubyte`,
    `${prefix}-images.idx3-ubyte`,
  ]);
  const [labelsName, labels] = await readFirst(directory, [
    `${prefix}-labels-idx1-ubyte`,
    `${prefix}-labels.idx1-ubyte`,
  ]);
  const [count, height, width] = expect(images, imagesName, 3, 'pictures') as [number, number, number];
  const [labelled] = expect(labels, labelsName, 1, 'labels') as [number];
  if (count !== labelled)
    throw new InputError(
      `${imagesName} has ${count} pictures, ${labelsName} has ${labelled} labels. They do not belong together.`,
    );
  if (count === 0) throw new InputError(`${imagesName} has no pictures.`);
  if (height < 8 || width < 8)
    throw new InputError(`${imagesName} has pictures of ${height} × ${width} pixels: at least 8 × 8 are needed.`);
  const data = labels.data as Uint8Array;
  const odd = data.findIndex((label) => label > 9);
  if (odd >= 0) throw new InputError(`${labelsName}: label number ${odd} is ${data[odd]}: a digit is 0 to 9.`);
  return {
    images: { data: images.data as Uint8Array, shape: [count, height, width] },
    labels: { data, shape: [count] },
  };
}

/** The first file there is of several names, plain before gzip. */
async function readFirst(directory: string, names: string[]): Promise<[path: string, content: IdxArray]> {
  for (const name of names.flatMap((n) => [n, `${n}.gz`])) {
    const path = join(directory, name);
    const bytes = await readFile(path).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return null;
      throw new InputError(`${path} cannot be read: ${error.message}.`);
    });
    if (bytes !== null) return [path, await readIdx(bytes, path)];
  }
  throw new InputError(`${directory} has no ${names[0]}, plain or .gz.`);
}

function expect(file: IdxArray, path: string, rank: number, what: string): readonly number[] {
  if (file.type === 'uint8' && file.shape.length === rank) return file.shape;
  const found = `${file.type} [${file.shape.join(', ')}]`;
  throw new InputError(`${path} does not hold ${what}: it is ${found}, and ${what} are uint8 of rank ${rank}.`);
}
