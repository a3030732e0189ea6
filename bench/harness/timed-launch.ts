// Stands in for src/runtime/launch.ts in the profiler's bundle: the same door, with a clock on both sides of it.

import { launch as open } from '../../src/runtime/launch.js';

export * from '../../src/runtime/launch.js';

/** Calls and seconds of one kernel. */
export interface KernelTime {
  calls: number;
  seconds: number;
}

/** By op ID, what was launched since it was last cleared. */
export const kernelTimes: Map<number, KernelTime> = new Map();

/** As launch(). */
export function launch(header: number): void {
  const start = performance.now();
  open(header);
  const seconds = (performance.now() - start) / 1000;
  const id = header & 0xffff;
  const entry = kernelTimes.get(id);
  if (entry === undefined) kernelTimes.set(id, { calls: 1, seconds });
  else {
    entry.calls++;
    entry.seconds += seconds;
  }
}
