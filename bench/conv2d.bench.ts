// Convolutions of W5's layers and their gradients, beside the arithmetic peak of this engine.

import { conv2d, GradientTape, tensor4d, tidy } from 'gradtape';
import { peak } from './harness/probe.js';
import { suite, type Suite } from './harness/suite.js';
import type { Case } from './harness/timing.js';
import { uniform } from './workloads/generator.js';

/** Batch, size, channels and filters: 3 × 3 windows, stride 1, zeros around. */
const LAYERS = [
  [32, 28, 1, 16],
  [32, 14, 16, 32],
] as const;

function layer([batch, size, channels, filters]: (typeof LAYERS)[number], limit: Case): Case[] {
  const x = tensor4d(uniform(501, 1, batch * size * size * channels), [batch, size, size, channels]);
  const w = tensor4d(uniform(511, 1, 9 * channels * filters), [3, 3, channels, filters]);
  const dy = tensor4d(uniform(521, 1, batch * size * size * filters), [batch, size, size, filters]);
  const tape = new GradientTape({ persistent: true });
  tape.watch([x, w]);
  const y = conv2d(x, w, 1, 'same');
  tape.stop();

  const name = `${batch} × ${size} × ${size}, ${channels} → ${filters}`;
  const common = { work: { flops: 2 * batch * size * size * 9 * channels * filters }, beside: limit.name };
  const options = { outputGradients: dy };
  return [
    { ...common, name, run: () => tidy(() => void conv2d(x, w, 1, 'same')) },
    { ...common, name: `${name}, by input`, run: () => tidy(() => void tape.gradient(y, x, options)) },
    { ...common, name: `${name}, by filter`, run: () => tidy(() => void tape.gradient(y, w, options)) },
  ];
}

const convolutions: Suite = suite(
  {
    title: 'conv2d 3 × 3, float32, and its gradients',
    columns: [
      { title: 'GFLOP/s', kind: 'giga', work: 'flops' },
      { title: '% of peak', kind: 'percent', work: 'flops' },
    ],
  },
  (wanted) => {
    const limit = peak('float32');
    const cases = LAYERS.flatMap((shape) => layer(shape, limit)).filter(({ name }) => wanted(`conv2d ${name}`));
    return cases.length === 0 ? [] : [limit, ...cases];
  },
);
export default convolutions;
