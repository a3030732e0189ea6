// What the processors do beside a round: looked at on as many of them as a peer has threads, at the same time.

import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { here } from './build.js';
import { PEERS } from './list.js';

/** Instructions in a cycle of the processor that takes the fewest just now. */
export type Look = () => Promise<number>;

/** Makes ready to look. To be called when prepare() has made what is looked by. */
export async function looker(): Promise<Look> {
  const { instructionsPerCycle } = await import('../harness/probe.js');
  const processors = Math.min(Math.max(...PEERS.map(({ options }) => options.threads)), availableParallelism());
  const others = Array.from({ length: processors - 1 }, () => new Worker(join(here, 'build/looker.js')));
  for (const other of others) other.unref();
  return async () => {
    const answers = others.map((other) => once(other, 'message') as Promise<[number]>);
    for (const other of others) other.postMessage('look');
    const own = instructionsPerCycle();
    return Math.min(own, ...(await Promise.all(answers)).flat());
  };
}
