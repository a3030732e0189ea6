// `npm run bench`: times of gradtape beside the limits of this engine. `npm run bench -- --help` lists the options.

import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { root } from '../scripts/core.js';
import { exitOnSignals } from '../scripts/processes.js';
import { chosen, noneChosen } from './harness/chosen.js';
import { families, OUT, prepare, prepareProfile } from './harness/build.js';
import { facts } from './harness/facts.js';
import { timeInProcess } from './harness/fork.js';
import { suiteReport } from './harness/report.js';
import type { Order, Result } from './harness/run.js';
import { showTable } from './harness/table.js';
import { FULL, merge, QUICK } from './harness/timing.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    json: { type: 'string' },
    profile: { type: 'string' },
    steady: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    cpu: { type: 'boolean', default: false },
    relaxed: { type: 'boolean', default: false },
    repeats: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});

const USAGE = `npm run bench -- [options]
  --only A,B       suites (${families().join(', ')}), or cases by parts of their names
  --json FILE      writes every round and figure, too
  --repeats N      runs the list N times, each suite in a fresh process, and takes all rounds together
  --quick          short rounds, for a first look
  --relaxed        the relaxed build of the core
  --cpu            processor time, not time on the wall: steadier where others work, blind to waiting
  --profile NAME   where the time of a training step goes: W4, W4T, W5 or W6
  --steady         memory and heap over 100,000 training steps`;

/** Times the chosen suites, and shows each as soon as its last repeat is done. */
async function bench(): Promise<void> {
  await prepare();
  const about = { ...facts(), clock: options.cpu ? 'processor time' : 'time on the wall' };
  for (const [name, value] of Object.entries(about)) console.log(`${name.padEnd(10)} ${value}`);

  const { suites: names, only } = chosen(options.only, families());
  const order: Order = {
    effort: { ...(options.quick ? QUICK : FULL), cpu: options.cpu },
    only,
    simd: options.relaxed ? 'relaxed' : 'deterministic',
  };
  const repeats = Math.max(1, Number(options.repeats));
  const results = new Map<string, Result[]>(names.map((family) => [family, []]));
  for (let repeat = 1; repeat <= repeats; repeat++)
    for (const family of names) {
      const result = await timeInProcess(family, order);
      results.get(family)!.push(result);
      if (repeat < repeats || result.timings.length === 0) continue;
      const timings = merge(results.get(family)!.map((r) => r.timings));
      const title = result.build.simd === 'relaxed' ? `${result.title}, relaxed` : result.title;
      console.log(`\n${showTable({ ...result, title }, timings)}`);
    }

  if ([...results.values()].flat().every(({ timings }) => timings.length === 0))
    throw noneChosen(options.only, families());
  if (options.json === undefined) return;
  const suites = [...results].map(([name, all]) => suiteReport(name, all as [Result, ...Result[]]));
  writeFileSync(options.json, `${JSON.stringify({ ...about, effort: order.effort, repeats, suites }, null, 1)}\n`);
}

/** Runs another program of the harness in place of the suites. */
function runTool(file: string, ...args: string[]): void {
  execFileSync(process.execPath, [`${OUT}/${file}`, ...args], { cwd: root, stdio: 'inherit' });
}

exitOnSignals();
if (options.help) console.log(USAGE);
else if (options.steady) {
  await prepare();
  runTool('harness/steady.js');
} else if (options.profile === undefined) await bench();
else {
  await prepareProfile();
  runTool('profile/harness/profile.js', options.profile);
}
