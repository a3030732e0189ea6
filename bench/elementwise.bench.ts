// Elementwise ops beside copies of memory, for 10³ and 10⁶ elements. A part of it is W2 of the workloads.

import { add, mul, tensor, tidy, type Tensor } from 'gradtape';
import { copy } from './harness/probe.js';
import { distance, ok, suite, type Suite } from './harness/suite.js';
import type { Case } from './harness/timing.js';
import { ELEMENTWISE, TOLERANCE } from './workloads/expected.js';
import { uniform } from './workloads/generator.js';

type Op = (a: Tensor, b: Tensor) => Tensor;

/** By name: the op, and how many tensors of the output's size it reads. */
const OPS: readonly (readonly [string, Op, number])[] = [
  ['add', add, 2],
  ['mul', mul, 2],
];

function cases(size: number, wanted: (name: string) => boolean): Case[] {
  const make = (seed: number, shape: number[]): Tensor =>
    tensor(uniform(seed, 3, shape.reduce((n, d) => n * d)), shape); // prettier-ignore
  const flat = [make(201, [size]), make(202, [size])] as const;
  const rows = make(201, [Math.max(4, Math.floor(size / 256)), 256]);
  const limit = copy('loop', size);
  const chosen = OPS.filter(([name]) => wanted(`${name} @${size}`)).map(([name, op, inputs]): Case => {
    const [a, b] = name === 'softmax' ? [rows, rows] : flat;
    const expected = ELEMENTWISE[name]?.[size];
    let sum = 0;
    for (const y of tidy(() => op(a, b).dataSync())) sum += Math.abs(y);
    return {
      name: `${name} @${size}`,
      per: a.size,
      work: { bytes: 4 * (inputs + 1) * a.size },
      beside: limit.name,
      check: expected === undefined ? '' : ok(distance(name, sum, expected, TOLERANCE)),
      run: () => tidy(() => void op(a, b)),
    };
  });
  return chosen.length === 0 ? [] : [...chosen, limit, { ...copy('bulk', size), beside: limit.name }];
}

const elementwise: Suite = suite(
  {
    title: 'Elementwise, float32, with a fresh output',
    unit: 'per element',
    columns: [
      { title: 'GB/s', kind: 'giga', work: 'bytes' },
      { title: '× copy loop', kind: 'times' },
    ],
  },
  (wanted) => [...cases(1000, wanted), ...cases(1_000_000, wanted)],
);
export default elementwise;
