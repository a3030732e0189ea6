// Stands in for src/runtime/launch.ts in the profiler's bundle: the same door, with a clock on both sides of it.

import { RECORD } from '../../src/runtime/abi.js';
import { words } from '../../src/runtime/core.js';
import { launch as open } from '../../src/runtime/launch.js';

export * from '../../src/runtime/launch.js';

/** What was launched since it was last emptied: op ID, milliseconds of the clock before, and after, for each launch. */
export const marks: number[] = [];

/** Where copies of the records go; null when nobody wants them. */
export const listener: { records: Uint32Array[] | null } = { records: null };

/** As launch(). */
export function launch(header: number): void {
  const before = performance.now();
  open(header);
  marks.push(header & 0xffff, before, performance.now());
  listener.records?.push(words.slice(RECORD / 4, RECORD / 4 + (header >>> 16)));
}
