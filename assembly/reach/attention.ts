// Reaches of attention: see kernels/attention.ts, whose head documents the Meta.

import { ATTENTION_BLOCK, TILE_BYTES } from '../../src/runtime/blocking';
import { word } from './matrix';
import { FAR, over, rows, upTo } from './number';

const HEAD: usize = 22;
const BLOCK: f64 = ATTENTION_BLOCK;
/** Sizes and rows are at most this, so that sums of two do not overflow in the kernels. */
const LARGEST: f64 = 0x10000000;

/** Whether the Meta is whole. */
function whole(meta: usize, words: u32): bool {
  return <usize>words >= HEAD && word(meta, 9) * 5 + <f64>HEAD <= <f64>words;
}

/** Whether the kernels can run with these sizes. */
function runs(meta: usize): bool {
  const heads = word(meta, 4);
  // Packing divides by d and e, and the place in the batch by the heads.
  for (let i: usize = 2; i < 5; i++) if (word(meta, i) == 0 || word(meta, i) * heads > LARGEST) return false;
  if (word(meta, 0) > LARGEST || word(meta, 1) > LARGEST) return false;
  for (let i: usize = 10; i < HEAD; i++) if (word(meta, i) > LARGEST) return false;
  // A row of the mask is read as neighbours, or as one element.
  if (word(meta, 6) > 2 || word(meta, 8) > 1) return false;
  const rank = <usize>load<u32>(meta, 36);
  for (let i: usize = 0; i < rank; i++) if (word(meta, HEAD + i) == 0) return false;
  return true;
}

/** `count` rows of n elements that begin `row` apart, at all places of the batch. */
function box(meta: usize, operand: usize, count: f64, row: f64, n: f64): f64 {
  if (count == 0 || n == 0) return 0;
  const rank = <usize>load<u32>(meta, 36);
  let reach = (count - 1) * row + n;
  for (let i: usize = 0; i < rank; i++) {
    reach += (word(meta, HEAD + i) - 1) * word(meta, HEAD + rank * operand + i);
  }
  return reach;
}

/** Elements of q (1), k (2) or v (3). */
export function attentionOperand(meta: usize, words: u32, operand: u32, to: f64): f64 {
  if (!whole(meta, words)) return FAR;
  if (to == 0) return 0;
  if (!runs(meta)) return FAR;
  const n = word(meta, operand == 3 ? 3 : 2);
  const start = word(meta, 12 + operand);
  return start + box(meta, operand, word(meta, operand == 1 ? 0 : 1), word(meta, 9 + operand), n);
}

/** Bytes of the mask. */
export function attentionMask(meta: usize, words: u32, to: f64, size: f64): f64 {
  if (!whole(meta, words)) return FAR;
  const kind = word(meta, 6);
  if (to == 0 || kind == 0) return 0;
  const keys = word(meta, 1);
  const n = keys == 0 ? 0 : (keys - 1) * word(meta, 8) + 1;
  return box(meta, 4, word(meta, 0), word(meta, 7), n) * (kind == 1 ? 4 : size);
}

/** Heads of the batch, under so many blocks of queries. */
export function attentionHeads(meta: usize, words: u32, blocks: f64): f64 {
  return whole(meta, words) ? over(blocks, over(word(meta, 0), BLOCK)) : FAR;
}

/** Elements of y, over so many heads of the batch. */
export function attentionRows(meta: usize, words: u32, heads: f64): f64 {
  if (!whole(meta, words)) return FAR;
  if (heads == 0) return 0;
  const side = word(meta, 4);
  return word(meta, 0) * side * word(meta, 3) * over(heads, side);
}

/** Elements of the gradient of q (0), k (1) or v (2), over so many heads of the batch. */
export function attentionGradient(meta: usize, words: u32, operand: usize, heads: f64): f64 {
  if (!whole(meta, words)) return FAR;
  if (heads == 0) return 0;
  const side = word(meta, 4);
  const count = word(meta, operand == 0 ? 0 : 1) * over(heads, side);
  if (count == 0) return 0;
  const row = side * word(meta, operand == 2 ? 3 : 2);
  return word(meta, 19 + operand) + (count - 1) * word(meta, 16 + operand) + row;
}

/** Elements of what has one for each query, over so many heads of the batch. */
export function attentionSums(meta: usize, words: u32, heads: f64): f64 {
  return whole(meta, words) ? rows(word(meta, 0), heads) : FAR;
}

/** Bytes of scratch: streamed() of src/ops/attention.ts. */
export function attentionScratch(meta: usize, words: u32, to: f64, size: f64): f64 {
  if (!whole(meta, words)) return FAR;
  return to == 0 ? 0 : BLOCK * (BLOCK + word(meta, 2) + 2 * upTo(word(meta, 3), TILE_BYTES / size) + 1) * size;
}

/** Bytes of the gradient's scratch: streamedGradients() of src/ops/attention.ts. */
export function attentionGradScratch(meta: usize, words: u32, to: f64, size: f64): f64 {
  if (!whole(meta, words)) return FAR;
  if (to == 0) return 0;
  const d = word(meta, 2);
  const e = word(meta, 3);
  const wide = upTo(d, TILE_BYTES / size);
  const wideE = upTo(e, TILE_BYTES / size);
  const elements = BLOCK * (2 * BLOCK + d + e + 3 * wide + 2 * wideE) + upTo(word(meta, 0), 4) * (wide + 1);
  return elements * size;
}
