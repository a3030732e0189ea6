// One behaviour, one test: a sentence, the TensorFlow tests it comes from, and a check that nothing is left behind.

import { beforeAll, expect, it } from 'vitest';
import { dispose, init, memory, Tensor, tidy } from '../../src/index.js';
import { isRecording } from '../../src/tape/record.js';

beforeAll(() => init());

/** Has something disposed of when the test ends: variables, which tidy() leaves alone. */
export type Own = <T>(x: T) => T;

/** What is held now: equal before and after every behaviour. */
export function held(): { numTensors: number; numDataBuffers: number; numBytes: number } {
  const { numTensors, numDataBuffers, numBytes } = memory();
  return { numTensors, numDataBuffers, numBytes };
}

/** Runs a body in a scope, and asserts that it left no tensor, no block and no active tape. */
export function balanced(body: (own: Own) => void): void {
  const before = held();
  const owned: unknown[] = [];
  const own: Own = (x) => {
    owned.push(x);
    return x;
  };
  try {
    tidy(() => body(own));
  } finally {
    dispose(owned);
  }
  expect(held()).toEqual(before);
  expect(isRecording()).toBe(false);
}

/** A behaviour of gradtape's own. */
export function behaviour(sentence: string, body: (own: Own) => void): void {
  it(sentence, () => balanced(body));
}

/**
 * A behaviour that tests of TensorFlow pin, by their names in eager/backprop_test.py ('testDy', in BackpropTest) or with
 * the class ('JacobianTest.testPfor'). coverage.test.ts compares the names with tensorflow.ts.
 */
export function tf(names: string | readonly string[], sentence: string, body: (own: Own) => void): void {
  it(`${sentence} (${[names].flat().join(', ')})`, () => balanced(body));
}

/** The values of a structure of tensors and nulls, as nested arrays and records. */
export function read(tree: unknown): unknown {
  if (tree instanceof Tensor) return tree.arraySync() as unknown;
  if (Array.isArray(tree)) return tree.map(read);
  if (typeof tree === 'object' && tree !== null)
    return Object.fromEntries(Object.entries(tree).map(([k, v]) => [k, read(v)]));
  return tree;
}

/** Asserts values to a relative distance, in their structure. */
export function expectValues(tree: unknown, expected: unknown, relative = 1e-6): void {
  const compare = (got: unknown, want: unknown): void => {
    if (Array.isArray(want)) {
      expect(got).toHaveLength(want.length);
      want.forEach((w, i) => compare((got as unknown[])[i], w));
    } else if (typeof want === 'number')
      expect(Math.abs((got as number) - want)).toBeLessThanOrEqual(relative * Math.max(1, Math.abs(want)));
    else expect(got).toEqual(want);
  };
  compare(read(tree), expected);
}
