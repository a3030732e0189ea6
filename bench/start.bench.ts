// START of the workloads: from before the import of the library to W4's first gradients on the host, in fresh processes.

import { coreBuild } from 'gradtape';
import { execFileSync } from 'node:child_process';
import { PARTS, type Report } from './harness/parts.js';
import { distance, ok, type Suite } from './harness/suite.js';
import { START, TOLERANCE } from './workloads/expected.js';

const start: Suite = {
  title: 'From import to first gradients (W4)',
  unit: 'in a fresh process',
  columns: [],
  time({ rounds, cpu }, wanted) {
    if (!wanted('START')) return Promise.resolve([]);
    const { simd } = coreBuild();
    const seconds: number[][] = [...PARTS, ''].map(() => []);
    let check = '';
    for (let sample = 0; sample < 3 * rounds; sample++) {
      const output = execFileSync(process.execPath, ['build/bench/fresh/harness/fresh.js', simd], { encoding: 'utf8' });
      const report = JSON.parse(output) as Report;
      distance('START loss', report.loss, START.loss, TOLERANCE);
      check = ok(distance('START gradients', report.gradients, START.gradients, TOLERANCE));
      const parts = cpu ? report.cpu : report.wall;
      parts.forEach((part, i) => seconds[i]!.push(part));
      seconds[PARTS.length]!.push(parts.reduce((sum, part) => sum + part));
    }
    const timings = ['START', ...PARTS].map((name, i) => ({
      name: i === 0 ? name : `  ${name}`,
      per: 1,
      work: {},
      beside: '',
      check: i === 0 ? check : '',
      rounds: seconds[i === 0 ? PARTS.length : i - 1]!,
    }));
    return Promise.resolve(timings);
  },
};
export default start;
