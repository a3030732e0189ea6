// A full arena, for tests of what happens when memory runs out.

import { dispose, init, memory, OutOfMemoryError, type Tensor, zeros } from '../../src/index.js';

/** Lifts the limit again: what the host gives. */
export const ALL: number = 65535 * 65536;

/** Runs `fn` while the arena cannot grow, and has one free block of about `room` bytes. */
export async function withFullMemory<T>(room: number, fn: () => T): Promise<T> {
  const hole = zeros([room / 4]);
  const fillers: Tensor[] = [];
  await init({ maxMemory: memory().reservedBytes });
  try {
    for (let bytes = 2 ** 26; bytes >= 64; bytes /= 2)
      for (;;) {
        try {
          fillers.push(zeros([bytes / 4]));
        } catch (error) {
          if (!(error instanceof OutOfMemoryError)) throw error;
          break;
        }
      }
    hole.dispose();
    return fn();
  } finally {
    dispose(fillers);
    hole.dispose();
    await init({ maxMemory: ALL });
  }
}
