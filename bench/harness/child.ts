// The process that a suite is timed in: `node build/bench/harness/child.js <family>` in the project's root. Orders and results are messages.

import { readFileSync } from 'node:fs';
import { time, type Order } from './run.js';

const module = new URL(`../${process.argv[2]}.bench.js`, import.meta.url).href;

process.once('message', (order: Order) => {
  time(module, order, (file) => readFileSync(`dist/${file}`)).then(
    (result) => process.send!(result, () => process.exit(0)),
    (error: unknown) => {
      console.error(error);
      process.exit(1);
    },
  );
});
