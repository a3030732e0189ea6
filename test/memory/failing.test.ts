// Memory that runs out at every place in turn: whichever allocation fails, a call leaves nothing behind.

import { afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  add,
  compile,
  concat,
  conv2d,
  customGradient,
  dispose,
  gather,
  grad,
  gradPassThrough,
  grads,
  GradientTape,
  hessian,
  init,
  jacobian,
  losses,
  matMul,
  maxPool,
  mean,
  moments,
  mul,
  ones,
  OutOfMemoryError,
  pow,
  randomUniform,
  recomputeGrad,
  softmax,
  split,
  square,
  stack,
  stopGradient,
  sub,
  sum,
  tanh,
  type Tensor,
  tensor,
  tidy,
  unstack,
  valueAndGrads,
  type Variable,
  variable,
  variableGrads,
  vjp,
  where,
  zeros,
} from '../../src/index.js';
import { layers, sequential } from '../../src/nn/index.js';
import { adam } from '../../src/optim/index.js';
import type * as Core from '../../src/runtime/core.js';
import { isRecording } from '../../src/tape/record.js';
import { PROGRAMS } from '../hosts/programs.js';
import { held } from '../tape/behaviour.js';

/** Allocations until the one that fails. */
const countdown = vi.hoisted(() => ({ left: Infinity }));

vi.mock('../../src/runtime/core.js', async (original) => {
  const core = await original<typeof Core>();
  // What fails asks for more than there is, so that it goes all the way.
  const allocBlock = (bytes: number, op: string): number =>
    core.allocBlock(--countdown.left === 0 ? 2 ** 32 - 1 : bytes, op);
  // Its views of memory change: they are read anew each time.
  return new Proxy(core, { get: (target, name) => (name === 'allocBlock' ? allocBlock : Reflect.get(target, name)) });
});

beforeAll(async () => {
  await init();
  // The state of the random numbers takes a block with the first draw, and keeps it.
  randomUniform([1]).dispose();
});
afterEach(() => failAt(Infinity));

/** Has the n-th allocation from now on fail, and no other. */
function failAt(n: number): void {
  countdown.left = n;
}

/**
 * Runs a body with its first allocation failing, then its second, and so on until it succeeds; asserts that each failure
 * is an OutOfMemoryError that leaves everything as it was.
 *
 * @param variables whose values a failure must not change.
 * @returns how many places failed.
 */
function failEverywhere(body: () => unknown, variables: readonly Variable[] = []): number {
  for (let n = 1; n < 2000; n++) {
    const before = held();
    const values = variables.map((w) => w.dataSync());
    let error: unknown = null;
    let result: unknown = null;
    failAt(n);
    try {
      result = body();
    } catch (thrown) {
      error = thrown;
    }
    failAt(Infinity);
    if (error === null) {
      dispose(result);
      expect(held()).toEqual(before);
      return n - 1;
    }
    if (!(error instanceof OutOfMemoryError)) throw error;
    expect(held(), `allocation ${n}`).toEqual(before);
    expect(isRecording(), `allocation ${n}`).toBe(false);
    expect(
      variables.map((w) => w.dataSync()),
      `allocation ${n}`,
    ).toEqual(values);
  }
  throw new Error('it never succeeds');
}

let x: Tensor;
let y: Tensor;
let v: Variable;
beforeAll(() => {
  x = tensor([0.5, 1, 1.5, 2, 2.5, 3], [2, 3]);
  y = tensor([6, 5, 4, 3, 2, 1], [2, 3]);
  v = variable(x, true, 'v');
  v.assignAdd(0);
});

describe('outside any scope', () => {
  const calls: Record<string, () => unknown> = {
    'an elementwise op': () => add(x, y),
    'an op on numbers': () => mul(x, 2),
    'an op on two arrays': () => sub([1, 2], [3, 4]),
    'promotion of dtypes': () => add(x, tensorOf('int32')),
    where: () => where(tensorOf('bool'), x, 1),
    'a reduction': () => sum(x, 0),
    'a composed reduction': () => moments(x, [0]),
    softmax: () => softmax(x),
    loss: () => losses.softmaxCrossEntropy(y, x),
    matMul: () => matMul(x, y, false, true),
    conv2d: () => conv2d(reshaped(), filter(), 1, 'same'),
    stack: () => stack([x, 1, y].map((t) => (t === 1 ? ones2 : t)) as Tensor[]),
    concat: () => concat([x, [[7, 8, 9]]]),
    split: () => split(x, 3, 1),
    gather: () => gather(x, [1, 0]),
    'a new variable': () => variable([1, 2, 3]),
    assign: () =>
      void v.assign([
        [1, 2, 3],
        [4, 5, 6],
      ]),
    assignAdd: () => void v.assignAdd(1),
    assignSub: () => void v.assignSub(x),
    grad: () => grad((a) => sum(tanh(a)))(x),
    grads: () => grads((a, b) => mul(a, square(b)))([x, y]),
    valueAndGrads: () => valueAndGrads((a, b) => pow(a, b))([x, y], ones2),
    variableGrads: () => variableGrads(() => mean(square(v))),
    jacobian: () => jacobian((a) => mul(a, square(a)))(x),
    hessian: () => hessian((a) => sum(pow(a, 3)))(x),
    vjp: () => {
      const f = vjp((a) => square(a), x);
      try {
        return [f.value, f.pullback(ones2)];
      } catch (error) {
        f.value.dispose();
        throw error;
      } finally {
        f.dispose();
      }
    },
    customGradient: () => customGradient((a) => ({ value: square(tanh(a)), gradFunc: (dy) => dy }))(x),
    recomputeGrad: () => recomputeGrad((a: Tensor) => square(tanh(a)))(x),
    gradPassThrough: () => gradPassThrough((a) => square(tanh(a)))([1, 2]),
    stopGradient: () => stopGradient([1, 2]),
  };
  let ones2: Tensor;
  const kinds: Partial<Record<'int32' | 'bool', Tensor>> = {};
  const tensorOf = (dtype: 'int32' | 'bool'): Tensor => kinds[dtype]!;
  let image: Tensor;
  let kernel: Tensor;
  const reshaped = (): Tensor => image;
  const filter = (): Tensor => kernel;
  beforeAll(() => {
    ones2 = ones([2, 3]);
    kinds.int32 = ones([2, 3], 'int32');
    kinds.bool = ones([2, 3], 'bool');
    image = ones([1, 4, 4, 2]);
    kernel = ones([3, 3, 2, 2]);
  });

  for (const [name, call] of Object.entries(calls))
    it(`${name} leaves nothing, whichever allocation fails`, () => {
      expect(failEverywhere(call, name.startsWith('assign') ? [v] : [])).toBeGreaterThan(0);
    });

  it('gradient() with zeros for unconnected sources leaves nothing', () => {
    const places = failEverywhere(() => {
      const t = new GradientTape();
      t.watch(x);
      let z: Tensor | null = null;
      try {
        z = square(x);
        return t.gradient(z, [x, y], { unconnectedGradients: 'zero' });
      } finally {
        t.dispose();
        z?.dispose();
      }
    });
    expect(places).toBeGreaterThan(3);
  });
});

describe('inside a scope', () => {
  it('nested tapes with rules by hand, recomputation and jacobians leave nothing', () => {
    const cube = customGradient((a) => {
      const a2 = square(a);
      return { value: mul(a, a2), gradFunc: (dy) => mul(dy, mul(3, a2)) };
    });
    const block = recomputeGrad((a: Tensor) => tanh(matMul(a, v, false, true)));
    const program = (): void =>
      tidy(() => {
        using outer = new GradientTape({ persistent: true });
        const inner = new GradientTape();
        outer.watch(x);
        inner.watch(x);
        const parts = unstack(block(cube(x)));
        const z = sum(stack(parts));
        const [dx, dv] = inner.gradient(z, [x, v]);
        outer.gradient([dx!, dv!], [x, v]);
        outer.jacobian(dx!, v);
        outer.batchJacobian(dx!, x);
      });
    expect(failEverywhere(program)).toBeGreaterThan(100);
  });

  it('building a model leaves nothing', () => {
    const images = ones([2, 6, 6, 1]);
    const places = failEverywhere(() => {
      const model = sequential({
        layers: [layers.conv2d({ filters: 2, kernelSize: 3 }), layers.flatten(), layers.dense({ units: 3 })],
      });
      try {
        tidy(() => {
          model.apply(images);
        });
      } finally {
        dispose(model.variables);
      }
    });
    expect(places).toBeGreaterThan(5);
    images.dispose();
  });

  it('a training step of a small convolutional network leaves nothing, and no variable half written', () => {
    const model = sequential({
      layers: [
        layers.conv2d({ filters: 2, kernelSize: 3, activation: 'relu' }),
        layers.flatten(),
        layers.dense({ units: 3 }),
      ],
    });
    const optimizer = adam(0.01);
    const images = ones([2, 6, 6, 1]);
    const labels = tensor([
      [1, 0, 0],
      [0, 1, 0],
    ]);
    const step = (): void =>
      tidy(() => {
        const pooled = maxPool(images, 2, 1, 'same');
        optimizer.minimize(() => losses.softmaxCrossEntropy(labels, model.apply(pooled)), model.trainableVariables);
      });
    tidy(() => model.apply(images));
    step();
    expect(failEverywhere(step, [...model.variables, ...optimizer.variables])).toBeGreaterThan(20);
    // With an optimizer of its own each time, whose state is made in the step.
    const places = failEverywhere(() => {
      const fresh = adam(0.01);
      try {
        tidy(() => {
          fresh.minimize(() => mean(square(v)), [v]);
        });
      } finally {
        fresh.dispose();
      }
    });
    expect(places).toBeGreaterThan(10);
    dispose([model.variables, optimizer.variables, images, labels]);
  });
});

describe('compiled', () => {
  /** Two results beside a variable, which changes, and constants that are folded. */
  const work = (a: Tensor): { made: Tensor[]; v: Variable } => {
    v.assignAdd(square(a));
    return { made: [mul(add(a, sum(square([1, 2, 3]))), v), sum(a, 0)], v };
  };

  // It runs the function op by op, whose assignments before the failure stay, as they would without compile.
  it('a first call leaves nothing, whichever allocation fails', () => {
    const places = failEverywhere(() => {
      const step = compile(work);
      try {
        return step(x).made;
      } finally {
        step.dispose();
      }
    });
    expect(places).toBeGreaterThan(5);
  });

  it('a later call leaves nothing, whichever allocation fails', () => {
    const step = compile(work);
    dispose(step(x).made);
    expect(failEverywhere(() => step(x).made, [v])).toBe(2);
    step.dispose();
  });
});

it('a tensor of more bytes than 32 bits count is refused, by its true size', () => {
  const before = held();
  expect(() => zeros([2 ** 29 + 2], 'float64')).toThrow(`no room for ${2 ** 32 + 16} bytes`);
  expect(() => tidy(() => add(zeros([2 ** 16, 1]), zeros([1, 2 ** 15 + 1])))).toThrow(OutOfMemoryError);
  expect(held()).toEqual(before);
});

describe('every op, with its gradients', () => {
  /** Allocations of a program that are made to fail: all of them would take minutes. */
  const PLACES = 40;
  const keepsVariables = /^(W4T|optimizers|a compiled step)/;

  for (const [name, program] of Object.entries(PROGRAMS))
    if (!keepsVariables.test(name))
      it(`${name}: leaves nothing, whichever of ${PLACES} allocations fails`, () => {
        const run = (): void => tidy(() => program(() => {}));
        failAt(1e9);
        run();
        const allocations = 1e9 - countdown.left;
        expect(allocations).toBeGreaterThan(10);
        const before = held();
        for (let place = 0; place < Math.min(PLACES, allocations); place++) {
          const n = 1 + Math.floor((place * allocations) / Math.min(PLACES, allocations));
          failAt(n);
          expect(run, `allocation ${n}`).toThrow(OutOfMemoryError);
          failAt(Infinity);
          expect(held(), `allocation ${n}`).toEqual(before);
          expect(isRecording(), `allocation ${n}`).toBe(false);
        }
      });
});
