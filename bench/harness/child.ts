// The process that a suite is timed in: `node build/bench/harness/child.js <family>` in the project's root. Orders and results are messages.

import { init } from 'gradtape';
import { readFileSync } from 'node:fs';
import type { Description, Suite } from './suite.js';
import type { Effort, Timed } from './timing.js';

/** What the parent asks for. */
export interface Order {
  readonly effort: Effort;
  /** A part of the names of the cases wanted, in lower case; '' for all. */
  readonly only: string;
}

/** What comes back. */
export interface Result extends Description {
  readonly timings: readonly Timed[];
}

process.once('message', (order: Order) => {
  time(order).then(
    (result) => process.send!(result, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});

async function time({ effort, only }: Order): Promise<Result> {
  await init({ wasm: readFileSync('dist/core.wasm') });
  const file = new URL(`../${process.argv[2]}.bench.js`, import.meta.url);
  const { default: suite } = (await import(file.href)) as { default: Suite };
  const timings = await suite.time(effort, (name) => name.toLowerCase().includes(only));
  return { ...suite, timings };
}
