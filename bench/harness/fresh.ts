// A fresh process of the START workload: `node fresh.js deterministic|relaxed` prints how long each part took, as JSON.

import { dataW4 } from '../workloads/data.js';
import type { CoreBuild } from 'gradtape';
import type { Report } from './parts.js';

const simd = process.argv[2] as CoreBuild['simd'];
const data = dataW4();
const wall: number[] = [];
const cpu: number[] = [];
let wallStart = performance.now();
let cpuStart = process.cpuUsage();
const mark = (): void => {
  wall.push((performance.now() - wallStart) / 1000);
  const { user, system } = process.cpuUsage(cpuStart);
  cpu.push((user + system) / 1e6);
  wallStart = performance.now();
  cpuStart = process.cpuUsage();
};

const { begin, firstGradients } = await import('../workloads/start.js');
mark();
await begin(simd);
mark();
const first = firstGradients(data);
mark();

let gradients = 0;
for (const g of first.gradients) for (const x of g) gradients += Math.abs(x);
const report: Report = { wall, cpu, loss: first.loss, gradients };
console.log(JSON.stringify(report));
