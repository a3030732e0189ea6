// Going through rows of arrays in batches, in order or shuffled.

import { ArgumentError, DataError } from '../errors.js';
import { permutation, wholeNumber } from './shuffle.js';
import type { IdxData } from './idx.js';

/** Rows of numbers: the first size of `shape` counts the rows. What readIdx returns is one. */
export interface RowArray {
  readonly data: IdxData;
  readonly shape: readonly number[];
}

/** How `batches` goes through the rows. */
export interface BatchOptions {
  /** Rows in a batch; the last batch may have fewer. */
  batchSize: number;
  /** Shuffles with this seed. Without it, rows come in order. */
  seed?: number;
  /** Which pass over the data, from 0: every pass is shuffled in an order of its own. */
  epoch?: number;
  /** Leaves a last batch out when it is smaller than the others. */
  dropRemainder?: boolean;
}

/**
 * Goes once through arrays that have the same number of rows, a batch of rows at a time.
 *
 * @param arrays arrays by name, [rows, …] each.
 * @returns for each batch, arrays under the same names: [batch, …], of the same kind, copied.
 * @throws {DataError} when the arrays differ in rows, or hold more or fewer numbers than their shape says.
 * @throws {ArgumentError} when the batch size, the seed or the epoch is not a whole number, or the batch size is 0.
 * @see tf.data.Dataset.batch
 * @example [...batches({ x: { data: new Int32Array([5, 6, 7]), shape: [3] } }, { batchSize: 2 })].length; // 2
 */
export function batches<T extends Record<string, RowArray>>(
  arrays: T,
  { batchSize, seed, epoch = 0, dropRemainder = false }: BatchOptions,
): Iterable<T> {
  wholeNumber('batches', 'batchSize', batchSize, 2 ** 31 - 1);
  if (batchSize === 0) throw new ArgumentError('batches', 'batchSize is 0', 'Take at least 1.');
  const rows = commonRows(arrays);
  const order = seed === undefined ? null : permutation(rows, seed, epoch);
  const end = dropRemainder ? rows - (rows % batchSize) : rows;

  return {
    *[Symbol.iterator]() {
      for (let from = 0; from < end; from += batchSize) {
        const to = Math.min(from + batchSize, end);
        yield Object.fromEntries(Object.entries(arrays).map(([name, a]) => [name, takeRows(a, order, from, to)])) as T;
      }
    },
  };
}

function commonRows(arrays: Record<string, RowArray>): number {
  const all = Object.entries(arrays);
  const first = all[0];
  if (first === undefined) throw new ArgumentError('batches', 'arrays is empty', 'Give at least one array.');
  for (const [name, { data, shape }] of all) {
    const size = shape.reduce((a, b) => a * b, 1);
    if (shape.length === 0 || size !== data.length)
      throw new DataError('batches', `${name} has shape [${shape.join(', ')}] and ${data.length} numbers`);
    if (shape[0] !== first[1].shape[0])
      throw new DataError(
        'batches',
        `the arrays have different numbers of rows: ${first[0]} ${first[1].shape[0]}, ${name} ${shape[0]}`,
      );
  }
  return first[1].shape[0]!;
}

/** Rows order[from … to - 1], or from … to - 1 without an order. */
function takeRows({ data, shape }: RowArray, order: Int32Array | null, from: number, to: number): RowArray {
  const rowShape = shape.slice(1);
  const size = rowShape.reduce((a, b) => a * b, 1);
  const taken = [to - from, ...rowShape];
  if (order === null) return { data: copy(data, from * size, to * size), shape: taken };
  const rows = copy(data, 0, (to - from) * size);
  for (let i = from; i < to; i++) {
    const row = order[i]! * size;
    rows.set(data.subarray(row, row + size), (i - from) * size);
  }
  return { data: rows, shape: taken };
}

/** Elements from … to - 1, copied. Node's Buffer is a Uint8Array whose own slice() copies nothing. */
function copy<T extends IdxData>(data: T, from: number, to: number): T {
  return (Object.getPrototypeOf(Uint8Array.prototype) as Uint8Array).slice.call(data, from, to) as T;
}
