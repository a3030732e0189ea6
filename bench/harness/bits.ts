// What a Node computes on so many threads, as a hash: `node build/bench/bits/harness/bits.js THREADS` in the project's root.
//
// The programs of test/hosts run every op, with records cut as finely as can be; then trainings, with records cut as ever.

import { coreBuild, init } from 'gradtape';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { THREADS, THREADS_GRAINS } from '../../src/runtime/abi.js';
import { words } from '../../src/runtime/core.js';
import { runSuite } from '../../test/hosts/suite.js';
import { WORKLOADS } from '../workloads/all.js';

/** What is printed, as JSON. */
export interface Bits {
  readonly threads: number;
  /** Programs that ran, and losses of training steps. */
  readonly programs: number;
  readonly losses: number;
  readonly hash: string;
  readonly problems: readonly string[];
}

const STEPS = 10;

const threads = Number(process.argv[2]);
await init({ threads, wasm: (file) => readFileSync(`dist/${file}`) });
const grains = THREADS / 4 + THREADS_GRAINS;
const usual = words[grains]!;
words[grains] = 1;
const { programs, hash } = await runSuite('bits', pathToFileURL('dist/program.wasm'));
words[grains] = usual;

const losses = (['W4', 'W4T', 'W5', 'W6'] as const).flatMap((name) =>
  (['eager', 'compiled'] as const).flatMap((way) => {
    const training = WORKLOADS[name]('float32', way);
    const losses = Array.from({ length: STEPS }, () => training.step());
    training.dispose();
    return losses;
  }),
);

const bits: Bits = {
  threads: coreBuild().threads,
  programs: programs.length,
  losses: losses.length,
  hash: createHash('sha256').update(hash).update(Float64Array.from(losses)).digest('hex').slice(0, 12),
  problems: programs.flatMap(({ name, problem }) => (problem === null ? [] : [`${name}: ${problem}`])),
};
console.log(JSON.stringify(bits));
process.exit(0);
