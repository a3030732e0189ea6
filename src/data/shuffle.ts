// Seeded numbers and orders on the host: for what happens to data before it becomes a tensor.

import { ArgumentError } from '../errors.js';

/**
 * A seeded stream of numbers, the same on every host. For shuffling, drawing and augmenting; not for secrets.
 *
 * Streams of one seed are independent: number the rows of a data set, and row 7 gets its numbers whatever was drawn before.
 * Source: sfc32, from PractRand by Chris Doty-Humphrey (public domain); passes its tests and has a period of at least 2³².
 */
export class SeededRandom {
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /**
   * @param seed a whole number from 0 to 2⁵³ - 1.
   * @param stream which of the seed's streams, a whole number from 0 to 2³² - 1.
   * @throws {ArgumentError} when either is not.
   */
  constructor(seed: number, stream = 0) {
    wholeNumber('SeededRandom', 'seed', seed, Number.MAX_SAFE_INTEGER);
    wholeNumber('SeededRandom', 'stream', stream, 2 ** 32 - 1);
    this.#a = seed | 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    this.#c = stream | 0;
    for (let i = 0; i < 15; i++) this.bits(); // until every bit of the seed has reached every bit of the state
  }

  /** The next 32 random bits, as a whole number. */
  bits(): number {
    const sum = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + sum) | 0;
    return sum >>> 0;
  }

  /** A number from `low` up to, but not including, `high`. */
  uniform(low = 0, high = 1): number {
    return low + (high - low) * (this.bits() / 2 ** 32);
  }

  /** A whole number from 0 to `n` - 1. */
  integer(n: number): number {
    return Math.floor(this.uniform(0, n));
  }
}

/**
 * A random order of the numbers 0 … n - 1, each order as likely as any other.
 *
 * @param n how many numbers.
 * @param seed a whole number; the same seed gives the same order on every host.
 * @param epoch which pass over the data: every pass has an order of its own.
 * @throws {ArgumentError} when an argument is not a whole number.
 * @example permutation(5, 1); // Int32Array [4, 0, 3, 2, 1]
 */
export function permutation(n: number, seed: number, epoch = 0): Int32Array {
  wholeNumber('permutation', 'n', n, 2 ** 31 - 1);
  const random = new SeededRandom(seed, epoch);
  const order = new Int32Array(n);
  for (let i = 0; i < n; i++) {
    const j = random.integer(i + 1);
    order[i] = order[j]!;
    order[j] = i;
  }
  return order;
}

/** Refuses what is not a whole number from 0 to `max`. */
export function wholeNumber(op: string, name: string, value: number, max: number): void {
  if (Number.isSafeInteger(value) && value >= 0 && value <= max) return;
  throw new ArgumentError(op, `${name} must be a whole number from 0 to ${max}, got ${value}`);
}
