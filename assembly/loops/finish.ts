// What is done to a product's rows while they are in registers or in the cache: a bias and an activation.

import { RELU } from '../../src/runtime/blocking';
import { loadOne, storeOne } from './walk';

/** A vector of the bias, `offset` bytes on. Of none, -0: to add it changes nothing. */
export function biasAt<T extends number>(bias: usize, offset: usize): v128 {
  return bias != 0 ? v128.load(bias + offset) : v128.splat<T>(<T>-0.0);
}

/** What an activation leaves nothing below of. */
export function leastOf<T extends number>(activation: u32): v128 {
  return v128.splat<T>(activation == RELU ? <T>0 : <T>-Infinity);
}

/** What it adds then: relu's 0 makes 0 of -0. */
export function zeroOf<T extends number>(activation: u32): v128 {
  return v128.splat<T>(activation == RELU ? <T>0 : <T>-0.0);
}

/** The activation of x + bias, as the ops one by one would have it. */
export function finished<T extends number>(x: v128, bias: v128, least: v128, zero: v128): v128 {
  return v128.add<T>(v128.pmax<T>(v128.add<T>(x, bias), least), zero);
}

/**
 * c = activation(c + bias) on rows of so many columns, which lie cStep bytes apart.
 *
 * @param bias an element for each column; 0 is none.
 */
export function finish<T extends number>(
  c: usize,
  cStep: u32,
  rows: u32,
  columns: u32,
  bias: usize,
  activation: u32,
): void {
  if ((bias | activation) == 0) return;
  const bytes = columns * <u32>sizeof<T>();
  const whole = bytes & ~15;
  const least = leastOf<T>(activation);
  const zero = zeroOf<T>(activation);
  for (; rows > 0; rows--, c += cStep) {
    let q: u32 = 0;
    if (whole != 0) {
      do {
        v128.store(c + q, finished<T>(v128.load(c + q), biasAt<T>(bias, q), least, zero));
        q += 16;
      } while (q < whole);
    }
    for (; q < bytes; q += sizeof<T>()) {
      const b = bias != 0 ? loadOne<T>(bias + q) : v128.splat<T>(<T>-0.0);
      storeOne<T>(c + q, finished<T>(loadOne<T>(c + q), b, least, zero));
    }
  }
}
