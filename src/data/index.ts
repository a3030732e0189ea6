// gradtape/data: reading data sets and going through them in batches.

export { readIdx, writeIdx } from './idx.js';
export type { ByteSource, IdxArray, IdxData, IdxType } from './idx.js';
export { batches } from './batch.js';
export type { BatchOptions, RowArray } from './batch.js';
export { permutation, SeededRandom } from './shuffle.js';
