// A worker: an instance of the core that takes its part of the jobs, for good.

import { SLOT_STATE, THREADS, THREADS_SLOT_WORDS, THREADS_SLOTS, WORKER_AWAKE, WORKER_FAILED } from './abi.js';
import type { WorkerData } from './host.js';
import { lacking } from './lacking.js';

const now = (): number => performance.now();

/** Works, and does not come back. */
export function workIn({ module, memory, thread }: WorkerData, ready: () => void): void {
  const words = new Int32Array(memory.buffer);
  const { exports } = new WebAssembly.Instance(module, {
    ...{ env: { memory }, threads: { stalled() {}, now } },
    ...lacking(module, 'core', () => words),
  });
  const state = THREADS / 4 + THREADS_SLOTS + thread * THREADS_SLOT_WORDS + SLOT_STATE;
  Atomics.store(words, state, WORKER_AWAKE);
  ready();
  try {
    (exports['work'] as (thread: number) => void)(thread);
  } catch (error) {
    Atomics.store(words, state, WORKER_FAILED);
    throw error;
  }
}
