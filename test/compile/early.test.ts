// Steps with which much memory ends run early, and never before what they must follow.

import { beforeAll, describe, expect, it } from 'vitest';
import * as gt from 'gradtape';
import { adam, clipByGlobalNorm, momentum, sgd, type Optimizer } from 'gradtape/optim';

type Plan = ReturnType<gt.Compiled['plan']>;

beforeAll(() => gt.init());

const WIDTH = 400;
const BYTES = WIDTH * WIDTH * 4;
const bits = (x: gt.Tensor): string => Buffer.from(x.dataSync().buffer).toString('hex');

/** A tensor of values that are no round numbers. */
function values(shape: number[], seed: number): gt.Tensor {
  const size = shape.reduce((n, length) => n * length, 1);
  return gt.tensor(
    Float32Array.from({ length: size }, (_, i) => Math.sin(seed + i * 0.7) * 0.1),
    shape,
  );
}

interface Net {
  readonly ws: gt.Variable[];
  readonly loss: (x: gt.Tensor) => gt.Tensor;
  readonly optimizers: Optimizer[];
  readonly more: gt.Variable[];
}

/** Three large products, with what else a step needs. */
function net(...optimizers: Optimizer[]): Net {
  const ws = [1, 2, 3].map((seed) => gt.variable(values([WIDTH, WIDTH], seed)));
  const loss = (x: gt.Tensor): gt.Tensor =>
    gt.mean(gt.square(ws.reduce<gt.Tensor>((y, w) => gt.tanh(gt.matMul(y, w)), x)));
  return { ws, loss, optimizers, more: [gt.variable(gt.zeros([WIDTH, WIDTH]), false)] };
}

/** Runs a step three times, eagerly and compiled, expects the same bits of results and state, and gives the plan. */
function same(make: () => Net, stepOf: (net: Net) => (x: gt.Tensor) => gt.Tensor | gt.Tensor[]): Plan {
  const run = (made: Net, step: (x: gt.Tensor) => gt.Tensor | gt.Tensor[]): string[] => {
    const seen = [0, 1, 2].flatMap((i) => gt.tidy(() => [step(values([8, WIDTH], i))].flat().map(bits)));
    const state = [...made.ws, ...made.more, ...made.optimizers.flatMap((o) => o.variables)].map(bits);
    for (const x of [...made.optimizers, ...made.ws, ...made.more]) x.dispose();
    return [...seen, ...state];
  };
  const eager = make();
  const wanted = run(eager, stepOf(eager));
  const made = make();
  const compiled = gt.compile(stepOf(made));
  expect(run(made, compiled)).toEqual(wanted);
  const plan = compiled.plan();
  compiled.dispose();
  return plan;
}

/** The places of a kernel among the records. */
const places = (plan: Plan, kernel: string): number[] =>
  plan.records.flatMap(({ kernels }, i) => (kernels.includes(kernel) ? [i] : []));

describe('an update of a large parameter', () => {
  for (const [kernel, make] of [
    ['adam_f32', () => adam(0.01)],
    ['momentum_f32', () => momentum(0.01)],
    ['sgd_f32', () => sgd(0.01)],
    ['adam_f32', () => adam({ learningRate: (n) => gt.div(0.1, gt.add(gt.cast(n, 'float64'), 1)) })],
  ] as const)
    it(`runs behind its gradient, which ends there: ${kernel}`, () => {
      const plan = same(
        () => net(make()),
        ({ optimizers: [o], loss }) =>
          (x) =>
            o!.minimize(() => loss(x)),
      );
      const [first, second, third] = places(plan, kernel) as [number, number, number];
      expect(second - first).toBeGreaterThan(1);
      expect(third - second).toBeGreaterThan(1);
      expect(plan.workspaceBytes).toBeLessThan(2 * BYTES);
    });

  it('waits where all gradients have a say in it', () => {
    const plan = same(
      () => net(adam(0.01)),
      ({ ws, optimizers: [o], loss }) =>
        (x) => {
          const [value, ...grads] = lossAndGradients(() => loss(x), ws);
          const clipped = clipByGlobalNorm(grads, 0.001).list;
          o!.applyGradients(ws.map((w, i) => [clipped[i]!, w]));
          return value;
        },
    );
    expect(plan.workspaceBytes).toBeGreaterThan(3 * BYTES);
  });

  it('follows all that reads the old value, and precedes what reads the new one', () => {
    same(
      () => net(sgd(0.1)),
      ({ ws, optimizers: [o], loss }) =>
        (x) => {
          const before = gt.sum(ws[2]!);
          const [value, ...grads] = lossAndGradients(() => loss(x), ws);
          const also = ws.map((w) => gt.sum(gt.square(w)));
          o!.applyGradients(ws.map((w, i) => [grads[i]!, w]));
          return [before, value, ...also, ...ws.map((w) => gt.sum(w)), loss(x)];
        },
    );
  });

  it('of a variable that is changed twice keeps their order', () => {
    same(
      () => net(momentum(0.1), adam(0.01)),
      ({ ws, optimizers: [first, second], loss }) =>
        (x) => {
          const value = first!.minimize(() => loss(x));
          ws[1]!.assign(gt.mul(ws[1]!, 0.5));
          ws[0]!.assignSub(ws[2]!);
          return [value, second!.minimize(() => loss(gt.neg(x))), gt.identity(ws[0]!)];
        },
    );
  });

  it('of accumulated gradients comes when they are complete', () => {
    same(
      () => net(adam(0.01)),
      ({ ws, more: [sum], optimizers: [o], loss }) =>
        (x) => {
          const once = lossAndGradients(() => loss(x), ws);
          sum!.assignAdd(once[1]!);
          const again = lossAndGradients(() => loss(gt.square(x)), ws);
          sum!.assignAdd(again[1]!);
          o!.applyGradients([[gt.mul(sum!, 0.5), ws[0]!]]);
          sum!.assign(gt.zerosLike(sum!));
          return [once[0]!, again[0]!];
        },
    );
  });

  it('leaves a gradient that is given back, and random numbers, as they are', () => {
    same(
      () => {
        gt.setSeed(3);
        return net(adam(0.01));
      },
      ({ ws, optimizers: [o], loss }) =>
        (x) => {
          const [value, ...grads] = lossAndGradients(() => loss(gt.dropout(x, 0.5)), ws);
          o!.applyGradients(ws.map((w, i) => [grads[i]!, w]));
          return [value, grads[1]!, gt.randomUniform([3])];
        },
    );
  });
});

/** The loss, then its gradients. */
function lossAndGradients(f: () => gt.Tensor, ws: readonly gt.Variable[]): [gt.Tensor, ...gt.Tensor[]] {
  const tape = new gt.GradientTape();
  const value = f();
  return [value, ...(tape.gradient(value, ws) as gt.Tensor[])];
}
