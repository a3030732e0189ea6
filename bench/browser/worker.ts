// The worker that a suite is timed in: one for each, as a process in Node. Its message is what to time, its answer the result.

import { time, type Order, type Result } from '../harness/run.js';

/** What the page asks for. */
export interface PageOrder extends Order {
  readonly family: string;
}

/** What comes back. */
export type Answer = { readonly result: Result } | { readonly problem: string };

const answer = (value: Answer): void => postMessage(value);

addEventListener('message', ({ data: order }: MessageEvent<PageOrder>) => {
  const module = new URL(`/${order.family}.bench.js`, location.href).href;
  time(module, order, (file) => new URL(`/dist/${file}`, location.href)).then(
    (result) => answer({ result }),
    (error: unknown) => answer({ problem: error instanceof Error ? (error.stack ?? error.message) : String(error) }),
  );
});
