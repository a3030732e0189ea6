// What compiling does for chains of elementwise ops: eager, compiled, and a copy of what goes in and out.

import { add, compile, exp, maximum, mul, square, sub, tensor, tidy, type Tensor } from 'gradtape';
import { copy } from './harness/probe.js';
import { suite, type Suite } from './harness/suite.js';
import type { Case } from './harness/timing.js';
import { uniform } from './workloads/generator.js';

const SIZE = 1_000_000;

/** By name: five ops on two tensors of SIZE elements. */
const CHAINS: readonly (readonly [name: string, chain: (a: Tensor, b: Tensor) => Tensor])[] = [
  ['5 cheap ops', (a, b) => maximum(mul(square(sub(a, b)), 0.5), add(a, 0.25))],
  ['4 cheap ops and exp', (a, b) => mul(exp(mul(sub(a, b), 0.5)), add(b, 2))],
];

const chains: Suite = suite(
  {
    title: 'Chains of five elementwise ops on 10⁶ elements, two tensors in and one out',
    unit: 'per element',
    columns: [
      { title: 'GB/s', kind: 'giga', work: 'bytes' },
      { title: '× copy loop', kind: 'times' },
    ],
  },
  (wanted) => {
    const a = tensor(uniform(201, 3, SIZE));
    const b = tensor(uniform(202, 3, SIZE));
    // A copy reads one and writes one: half as much again moves as many bytes as a chain does.
    const limit = copy('loop', (3 * SIZE) / 2);
    const cases = CHAINS.flatMap(([name, chain]) =>
      [['eager', chain] as const, ['compiled', compile(chain)] as const].map(([way, run]): Case => {
        return {
          name: `${name}, ${way}`,
          per: SIZE,
          work: { bytes: 12 * SIZE },
          beside: limit.name,
          run: () => tidy(() => void run(a, b)),
        };
      }),
    );
    return [...cases.filter(({ name }) => wanted(name)), { ...limit, per: SIZE }];
  },
);
export default chains;
