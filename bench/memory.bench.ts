// Peak memory of W5's process, eager and compiled, beside a Node that does nothing, and one that has only started the core.

import { execFileSync } from 'node:child_process';
import type { Peak } from './harness/peak.js';
import { distance, ok, type Suite } from './harness/suite.js';
import type { Timed } from './harness/timing.js';
import { LOSSES, TOLERANCE } from './workloads/expected.js';

const NOTHING = 'a Node that does nothing';

/** Cases by name, as harness/peak.ts knows them. */
const CASES = { [NOTHING]: 'nothing', 'core started': 'start', 'W5, eager': 'eager', 'W5, compiled': 'compiled' };

function measure(name: string, what: string, samples: number): Timed {
  const rounds: number[] = [];
  let check = '';
  for (let i = 0; i < samples; i++) {
    const output = execFileSync(process.execPath, ['build/bench/peak/harness/peak.js', what], { encoding: 'utf8' });
    const { bytes, loss } = JSON.parse(output) as Peak;
    rounds.push(bytes);
    if (loss !== null) check = ok(distance(`${name}, loss`, loss, LOSSES.W5[20]!, TOLERANCE));
  }
  return { name, per: 1, work: {}, beside: name === NOTHING ? '' : NOTHING, check, rounds };
}

const memory: Suite = {
  title: 'Peak memory of a process',
  unit: 'resident',
  counts: 'bytes',
  columns: [{ title: 'MB more than nothing', kind: 'more' }],
  time({ rounds }, wanted) {
    const chosen = Object.entries(CASES).filter(([name]) => wanted(`memory, ${name}`));
    return Promise.resolve(chosen.map(([name, what]) => measure(name, what, rounds)));
  },
};
export default memory;
