// Pooling and normalisation, which go over memory, and their gradients, beside a copy of as many bytes.

import { avgPool, GradientTape, layerNorm, localResponseNormalization, maxPool, ones, tensor4d, tidy } from 'gradtape';
import { batchNorm, type Tensor } from 'gradtape';
import { layers } from 'gradtape/nn';
import { copy } from './harness/probe.js';
import { suite, type Suite } from './harness/suite.js';
import type { Case } from './harness/timing.js';
import { uniform } from './workloads/generator.js';

type Images = [batch: number, height: number, width: number, channels: number];

/** In memory, and in the cache: the first two of these are what W5 pools. */
const IN_MEMORY: Images = [32, 28, 28, 64];
const IN_CACHE: readonly Images[] = [
  [32, 28, 28, 16],
  [32, 14, 14, 32],
  [8, 28, 28, 1],
  [8, 28, 28, 8],
  [8, 28, 28, 33],
];

/** By name: the op, and how often it must read or write as many elements as x has: forward, and in the gradient. */
type Op = readonly [name: string, forward: number, gradient: number, op: (x: Tensor) => Tensor];

function norms(channels: number): readonly Op[] {
  const gamma = ones([channels]);
  const beta = ones([channels]);
  const training = layers.batchNormalization();
  return [
    ['layerNorm', 2, 3, (x) => layerNorm(x, gamma, beta)],
    ['batchNorm', 2, 2, (x) => batchNorm(x, beta, gamma, beta, gamma)],
    ['batchNorm in training', 3, 5, (x) => training.apply(x, { training: true })],
    ['localResponseNormalization', 2, 3, (x) => localResponseNormalization(x)],
  ];
}

const POOLS: readonly Op[] = [
  ['maxPool 2 × 2', 1.25, 2.5, (x) => maxPool(x, 2, 2, 'valid')],
  ['avgPool 2 × 2', 1.25, 1.25, (x) => avgPool(x, 2, 2, 'valid')],
  ['maxPool 3 × 3 / 2', 1.25, 2.5, (x) => maxPool(x, 3, 2, 'same')],
  ['maxPool 3 × 3 / 1', 2, 4, (x) => maxPool(x, 3, 1, 'same')],
  ['avgPool 3 × 3 / 1', 2, 2, (x) => avgPool(x, 3, 1, 'same')],
];

/** The ops and their gradients on images of a shape, beside a copy of as many elements. */
function cases(shape: Images, ops: readonly Op[], wanted: (name: string) => boolean): Case[] {
  const size = shape.reduce((a, b) => a * b);
  const limit = copy('loop', size);
  const x = tensor4d(uniform(571, 1, size), shape);
  const timed = ops.flatMap(([op, forward, gradient, run]): Case[] => {
    const name = `${op}, ${shape.join(' × ')}`;
    if (!wanted(name)) return [];
    const tape = new GradientTape({ persistent: true });
    tape.watch(x);
    const y = run(x);
    tape.stop();
    const dy = tensor4d(uniform(581, 1, y.size), y.shape as Images);
    const bytes = (passes: number): Pick<Case, 'work' | 'beside'> => ({
      work: { bytes: 4 * passes * size },
      beside: limit.name,
    });
    const back = (): Tensor | null => tape.gradient(y, x, { outputGradients: dy });
    return [
      { ...bytes(forward), name, run: () => tidy(() => void run(x)) },
      { ...bytes(gradient), name: `${name}, gradient`, run: () => tidy(() => void back()) },
    ];
  });
  return timed.length === 0 ? [] : [limit, ...timed];
}

const normalisation: Suite = suite(
  {
    title: 'Pooling and normalisation, float32',
    columns: [
      { title: 'GB/s', kind: 'giga', work: 'bytes' },
      { title: '% of a copy', kind: 'percent', work: 'bytes' },
    ],
  },
  (wanted) => [
    ...cases(IN_MEMORY, [...norms(IN_MEMORY[3]), ...POOLS], wanted),
    ...IN_CACHE.flatMap((shape) => cases(shape, POOLS, wanted)),
  ],
);
export default normalisation;
