// What a single op costs beside its arithmetic: ops on 4 elements inside tidy, a hundred at a time, and W3 of the workloads.

import { add, compile, matMul, mul, scalar, square, tanh, tensor, tidy, type Tensor } from 'gradtape';
import { chain, OPS, taped } from './harness/chain.js';
import { distance, ok, suite, type Suite } from './harness/suite.js';
import type { Case } from './harness/timing.js';
import { TOLERANCE, W3 } from './workloads/expected.js';
import { w3 } from './workloads/w3.js';

/** The same op not recorded, recorded, and recorded with its backward sweep; freeing it all is in the time. */
function ways(name: string, x: Tensor, op: (x: Tensor) => Tensor): Case[] {
  return [
    { name, per: OPS, run: () => tidy(() => void chain(x, op)) },
    { name: `${name}, recorded`, per: OPS, beside: name, run: taped(x, op) },
    {
      name: `${name}, with backward`,
      per: OPS,
      beside: name,
      run: taped(x, op, (tape, y) => void tape.gradient(y, x)),
    },
  ];
}

/** W3, with value and gradient read to the host. */
function w3Cases(): Case[] {
  const start = scalar(0.5);
  const uncompiled = (): [Tensor, Tensor] => w3(start);
  const compiled = compile(uncompiled);
  const read = (way: () => [Tensor, Tensor]): [number, number] =>
    tidy(() => {
      const [value, gradient] = way();
      return [value.dataSync()[0]!, gradient.dataSync()[0]!];
    });
  return (['eager', 'compiled'] as const).map((way) => {
    const run = way === 'eager' ? uncompiled : compiled;
    read(run);
    const [value, gradient] = read(run);
    const worst = Math.max(
      distance('W3 value', value, W3.value, TOLERANCE),
      distance('W3 gradient', gradient, W3.gradient, TOLERANCE),
    );
    return { name: `W3: 100 scalar ops, with backward, ${way}`, per: 100, check: ok(worst), run: () => void read(run) };
  });
}

/** The same op a thousand times as a program: what a record costs, the call's own overhead spread thin. */
function record(name: string, x: Tensor, op: (x: Tensor) => Tensor): Case {
  const program = compile((start: Tensor): Tensor => chain(start, op, 10 * OPS));
  tidy(() => void program(x));
  return { name: `${name}, a record of a program`, per: 10 * OPS, run: () => tidy(() => void program(x)) };
}

const eager: Suite = suite(
  {
    title: 'An eager op on 4 float32 elements',
    unit: 'per op',
    columns: [{ title: '× not recorded', kind: 'times' }],
  },
  (wanted) => {
    const x = tensor([0.1, 0.2, 0.3, 0.4]);
    const c = tensor([1, 1.001, 0.999, 1]);
    const s = tensor([[1, 0.1], [0.1, 0.9]]); // prettier-ignore
    return [
      ...ways('square', x, (y) => square(y)),
      ...ways('tanh', x, (y) => tanh(y)),
      ...ways('add', x, (y) => add(y, c)),
      ...ways('mul', x, (y) => mul(y, c)),
      ...ways('mul by a number', x, (y) => mul(y, 1.001)),
      ...ways('matMul 2 × 2', tensor([[1, 0], [0, 1]]), (y) => matMul(y, s)), // prettier-ignore
      record('add', x, (y) => add(y, c)),
      record('tanh', x, (y) => tanh(y)),
      ...w3Cases(),
    ].filter(({ name }) => wanted(name));
  },
);
export default eager;
