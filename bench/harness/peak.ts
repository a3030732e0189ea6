// A fresh process whose memory is looked at: `node peak.js nothing|start|eager|compiled` prints what came of it, as JSON.

import type { Way } from '../workloads/training.js';

/** What is printed. */
export interface Peak {
  /** The most bytes that were resident at a time. */
  readonly bytes: number;
  /** W5's loss after 20 updates, when it was trained. */
  readonly loss: number | null;
}

/** By then everything is compiled, by us and by the engine. */
const STEPS = 150;

async function run(what: string): Promise<number | null> {
  if (what === 'nothing') return null;
  const { begin } = await import('../workloads/start.js');
  await begin();
  if (what === 'start') return null;
  const { w5 } = await import('../workloads/w5.js');
  const training = w5('float32', what as Way);
  const losses = Array.from({ length: STEPS }, () => training.step());
  return losses[20]!;
}

const loss = await run(process.argv[2]!);
const peak: Peak = { bytes: process.resourceUsage().maxRSS * 1024, loss };
console.log(JSON.stringify(peak));
