// What an eager op on 4 elements is made of: ever more of it, from its kernel alone to its gradient, and what each part adds.

import { add, GradientTape, keep, matMul, mul, square, tensor, tidy, type Tensor } from 'gradtape';
import type { Op } from '../src/ops/define.js';
import { RECORD } from '../src/runtime/abi.js';
import { core, words } from '../src/runtime/core.js';
import { empty } from '../src/tensor.js';
import { chain, OPS, taped } from './harness/chain.js';
import { suite, type Suite } from './harness/suite.js';
import type { Case } from './harness/timing.js';

/** Does something as often as a case counts ops, and gives back what it makes. */
function often(part: () => unknown): () => void {
  return () =>
    tidy(() => {
      for (let i = 0; i < OPS; i++) part();
    });
}

/** An op of which each case does more than the one before. */
function piecesOf(name: string, x: Tensor, run: (x: Tensor) => Tensor): Case[] {
  const first = new GradientTape({ persistent: true });
  first.watch(x);
  const y = keep(run(x));
  first.stop();
  const record = words.slice(RECORD / 4, RECORD / 4 + (words[RECORD / 4]! >>> 16));
  const entry = first._log.entries[0]!;
  const op = entry.op as Op<string, unknown>;
  const needed = entry.inputs.map((_, i) => i === 0);

  const steps: readonly (readonly [part: string, run: () => void])[] = [
    [
      'kernel, called from JavaScript',
      () => {
        words.set(record, RECORD / 4);
        for (let i = 0; i < OPS; i++) core.run(RECORD);
      },
    ],
    [
      '+ tensor and its memory, in a scope',
      often(() => {
        empty(y.shape, y.dtype);
        core.run(RECORD);
      }),
    ],
    ['+ checks, record written', often(() => op.forward(entry.values!, entry.attrs))],
    ['+ arguments: the op', () => tidy(() => void chain(x, run))],
    ['+ entry on a tape', taped(x, run)],
    [
      '+ rule of its gradient',
      taped(x, run, (tape) => {
        tape.stop();
        for (let i = 0; i < OPS; i++) op.backward(entry, [y], needed);
      }),
    ],
    ['+ sweep: the op with its gradient', taped(x, run, (tape, y) => void tape.gradient(y, x))],
  ];
  const named = (at: number): string => `${name}: ${steps[at]![0]}`;
  return steps.map(([, run], i) => ({ name: named(i), per: OPS, run, ...(i > 0 ? { beside: named(i - 1) } : {}) }));
}

const pieces: Suite = suite(
  {
    title: 'Pieces of an eager op on 4 float32 elements',
    unit: 'per op',
    columns: [{ title: 'ns added', kind: 'added' }],
  },
  (wanted) => {
    // Entries have stand-ins for tensors that may go.
    const x = keep(tensor([0.1, 0.2, 0.3, 0.4]));
    const c = keep(tensor([1, 1.001, 0.999, 1]));
    const m = keep(tensor([[1, 0], [0, 1]])); // prettier-ignore
    const s = keep(tensor([[1, 0.1], [0.1, 0.9]])); // prettier-ignore
    return [
      ...piecesOf('square', x, (y) => square(y)),
      ...piecesOf('add', x, (y) => add(y, c)),
      ...piecesOf('mul by a number', x, (y) => mul(y, 1.001)),
      ...piecesOf('matMul 2 × 2', m, (y) => matMul(y, s)),
    ].filter(({ name }) => wanted(name));
  },
);
export default pieces;
