// compile(): the same bits as eager, nothing allocated, and clear words about what cannot be compiled.

import { beforeAll, describe, expect, it } from 'vitest';
import * as gt from 'gradtape';
import * as nn from 'gradtape/nn';
import * as optim from 'gradtape/optim';

beforeAll(() => gt.init());

const bits = (x: gt.Tensor): string => Buffer.from(x.dataSync().buffer).toString('hex');

/** A small network, its optimizer and its step, from a seed. */
function network(make: () => optim.Optimizer, dropout = 0) {
  gt.setSeed(5);
  const model = nn.sequential([
    nn.layers.dense({ units: 7, activation: 'tanh' }),
    nn.layers.dropout({ rate: dropout }),
    nn.layers.dense({ units: 3 }),
  ]);
  const optimizer = make();
  const step = (x: gt.Tensor, y: gt.Tensor): gt.Tensor =>
    optimizer.minimize(() => gt.losses.sparseSoftmaxCrossEntropy(y, model.apply(x, { training: true })));
  const state = (): string[] => [...model.variables, ...optimizer.variables].map(bits);
  const dispose = (): void => {
    model.dispose();
    optimizer.dispose();
  };
  return { step, state, dispose };
}

/** What f gives when x cannot be read. */
function readOr(x: gt.Tensor, f: (x: gt.Tensor) => gt.Tensor): gt.Tensor {
  try {
    return gt.tensor(x.dataSync());
  } catch {
    return f(x);
  }
}

/** Batch number i. */
function batch(i: number): [gt.Tensor, gt.Tensor] {
  const x = Float32Array.from({ length: 20 }, (_, j) => Math.sin(i * 31 + j));
  return [gt.tensor(x, [5, 4]), gt.tensor(Int32Array.from({ length: 5 }, (_, j) => (i + j) % 3))];
}

describe.each([
  ['sgd', () => optim.sgd(0.1)],
  ['momentum', () => optim.momentum(0.1)],
  ['adam', () => optim.adam(0.01)],
  ['a schedule', () => optim.sgd({ learningRate: (n) => gt.div(0.5, gt.add(1, gt.cast(n, 'float64'))) })],
])('a training step with %s', (_, make) => {
  it('has the bits of the eager one, step by step, in loss, weights and optimizer state', () => {
    const run = (
      wrap: (f: (x: gt.Tensor, y: gt.Tensor) => gt.Tensor) => (x: gt.Tensor, y: gt.Tensor) => gt.Tensor,
    ): string[] => {
      const net = network(make);
      const step = wrap(net.step);
      const seen: string[] = [];
      for (let i = 0; i < 12; i++) {
        const [x, y] = batch(i);
        const loss = step(x, y);
        seen.push(bits(loss), ...net.state());
        gt.dispose([x, y, loss]);
      }
      net.dispose();
      return seen;
    };
    expect(run((f) => gt.compile(f))).toEqual(run((f) => f));
  });
});

it('draws new random numbers on each run, the same as eager', () => {
  const losses = (compiled: boolean): number[] => {
    const net = network(() => optim.sgd(0), 0.5);
    const step = compiled ? gt.compile(net.step) : net.step;
    const [x, y] = batch(0);
    const seen = Array.from({ length: 6 }, () => gt.tidy(() => Number(step(x, y).arraySync())));
    gt.dispose([x, y]);
    net.dispose();
    return seen;
  };
  const compiled = losses(true);
  expect(new Set(compiled).size).toBe(6);
  expect(compiled).toEqual(losses(false));
});

it('holds the same memory after many runs', () => {
  const net = network(() => optim.adam(0.01));
  const step = gt.compile(net.step);
  const [x, y] = batch(0);
  for (let i = 0; i < 3; i++) step(x, y).dispose();
  const before = { ...gt.memory(), peakBytes: 0 };
  for (let i = 0; i < 2000; i++) step(x, y).dispose();
  expect({ ...gt.memory(), peakBytes: 0 }).toEqual(before);
  gt.dispose([x, y]);
  net.dispose();
  step.dispose();
});

it('keeps a program for each signature, and warns when there are too many', () => {
  const said: string[] = [];
  gt.onWarning((text) => said.push(text));
  let traces = 0;
  const f = gt.compile(
    (x: gt.Tensor) => {
      traces++;
      return gt.mul(x, 2);
    },
    { name: 'twice' },
  );
  gt.tidy(() => {
    for (let n = 1; n <= 3; n++)
      for (let i = 0; i < 3; i++) expect(f(gt.ones([n])).arraySync()).toEqual(new Array(n).fill(2));
    expect(traces).toBe(3);
    for (let n = 4; n < 20; n++) f(gt.ones([n]));
  });
  expect(said).toEqual([expect.stringContaining('twice: it was called with more than 16 signatures')]);
  f.dispose();
});

it('returns what the function returns: structures, variables, inputs, one tensor twice', () => {
  const v = gt.variable([1, 2]);
  const f = gt.compile((x: gt.Tensor) => {
    const y = gt.add(x, v);
    return { list: [y, y], same: x, variable: v, note: 'text', nothing: null };
  });
  gt.tidy(() => {
    for (const k of [1, 5]) {
      const x = gt.tensor([k, k]);
      const out = f(x);
      expect(out.list.map((t) => t.arraySync())).toEqual([
        [k + 1, k + 2],
        [k + 1, k + 2],
      ]);
      expect(out.same.arraySync()).toEqual([k, k]);
      expect(out.variable).toBe(v);
      expect([out.note, out.nothing]).toEqual(['text', null]);
    }
  });
  v.dispose();
  f.dispose();
});

it('results of one run stay as they are when the next one runs', () => {
  const f = gt.compile((x: gt.Tensor) => gt.square(x));
  gt.tidy(() => {
    const results = [1, 2, 3, 4].map((k) => f(gt.scalar(k)));
    expect(results.map((r) => r.arraySync())).toEqual([1, 4, 9, 16]);
  });
  f.dispose();
});

describe('tapes inside', () => {
  it('gives second derivatives, persistent tapes and jacobians', () => {
    const f = gt.compile((x: gt.Tensor) => {
      const outer = new gt.GradientTape({ persistent: true });
      outer.watch(x);
      const inner = new gt.GradientTape();
      inner.watch(x);
      const g = inner.gradient(gt.sum(gt.mul(x, gt.square(x))), x)!;
      const out = [g, outer.gradient(gt.sum(g), x)!, outer.jacobian(g, x)!] as const;
      outer.dispose();
      return out;
    });
    gt.tidy(() => {
      for (const k of [1, 2, 3]) {
        const [g, h, j] = f(gt.tensor([k, 2 * k]));
        expect(g.arraySync()).toEqual([3 * k * k, 12 * k * k]);
        expect(h.arraySync()).toEqual([6 * k, 12 * k]);
        expect(j.arraySync()).toEqual([
          [6 * k, 0],
          [0, 12 * k],
        ]);
      }
    });
    f.dispose();
  });

  it('runs as it is inside an outer tape, so that gradients flow through it', () => {
    const f = gt.compile((x: gt.Tensor) => gt.square(x));
    gt.tidy(() => {
      const x = gt.scalar(3);
      f(x);
      f(x);
      const tape = new gt.GradientTape();
      tape.watch(x);
      expect(tape.gradient(f(x), x)!.arraySync()).toBe(6);
    });
    f.dispose();
  });
});

describe('variables', () => {
  it('are read as they are now, and changed by assign and assignAdd', () => {
    const v = gt.variable([1, 1]);
    const f = gt.compile((x: gt.Tensor) => {
      v.assignAdd(x);
      const y = gt.mul(v, 10);
      v.assign(gt.add(v, 1));
      return y;
    });
    gt.tidy(() => {
      const x = gt.tensor([1, 2]);
      expect(f(x).arraySync()).toEqual([20, 30]);
      expect(f(x).arraySync()).toEqual([40, 60]);
      v.assign([0, 0]);
      const old = gt.clone(v);
      expect(f(x).arraySync()).toEqual([10, 20]);
      expect(v.arraySync()).toEqual([2, 3]);
      expect(old.arraySync()).toEqual([0, 0]);
    });
    v.dispose();
    f.dispose();
  });

  it('are not made inside', () => {
    const f = gt.compile(() => gt.variable(1), { name: 'maker' });
    expect(f).toThrow(/maker: the function makes the variable .*compile\.test\.ts/);
  });
});

describe('what it refuses', () => {
  it('names the tensor that is read, and the line', () => {
    const f = gt.compile((x: gt.Tensor) => (Number(gt.sum(x).dataSync()[0]) > 0 ? x : gt.neg(x)), { name: 'choose' });
    const before = gt.memory().numTensors;
    const x = gt.ones([2]);
    expect(() => f(x)).toThrow(
      /^choose: dataSync reads the values of a tensor made by sum, at .*compile\.test\.ts:\d+/,
    );
    x.dispose();
    expect(gt.memory().numTensors).toBe(before);
    expect(gt.tidy(() => gt.add(1, 2).arraySync())).toBe(3);
  });

  it.each([
    [
      'a promise of values that nobody awaits',
      (x: gt.Tensor) => (void x.data().catch(() => {}), gt.neg(x)),
      /reads the values/,
    ],
    ['a read whose error is caught', (x: gt.Tensor) => readOr(x, gt.neg), /reads the values of a tensor made by ones/],
    ['an async function', async (x: gt.Tensor) => Promise.resolve(gt.neg(x)), /is async: it returned a promise/],
    [
      'a size that depends on values',
      (x: gt.Tensor) => gt.unique(x).values,
      /unique reads the values .*compile\.test\.ts:\d+/,
    ],
    [
      'an async op',
      (x: gt.Tensor) => (void gt.whereAsync(gt.greater(x, 0)).catch(() => {}), x),
      /whereAsync reads the values .*compile\.test\.ts:\d+/,
    ],
  ])('refuses %s', (_, fn: (x: gt.Tensor) => unknown, message) => {
    const f = gt.compile(fn);
    const x = gt.ones([2]);
    const before = gt.memory().numTensors;
    expect(() => f(x)).toThrow(gt.CompileError);
    expect(() => f(x)).toThrow(message);
    expect(gt.memory().numTensors).toBe(before);
    x.dispose();
  });

  it('says when a captured tensor was disposed', () => {
    const c = gt.tensor([1, 2]);
    const f = gt.compile((x: gt.Tensor) => gt.mul(x, c), { name: 'scale' });
    gt.tidy(() => {
      expect(f(gt.ones([2])).arraySync()).toEqual([1, 2]);
      expect(f(gt.ones([2])).arraySync()).toEqual([1, 2]);
      c.dispose();
      expect(() => f(gt.ones([2]))).toThrow('scale: a tensor that the function captured was disposed: made by tensor.');
    });
    f.dispose();
  });
});

describe('arguments', () => {
  it('given twice are traced apart from two different ones', () => {
    const f = gt.compile((a: gt.Tensor, b: gt.Tensor) => gt.sub(gt.mul(a, 2), b));
    gt.tidy(() => {
      const [x, y] = [gt.scalar(5), gt.scalar(1)];
      for (let i = 0; i < 2; i++) {
        expect(f(x, x).arraySync()).toBe(5);
        expect(f(x, y).arraySync()).toBe(9);
        expect(f(y, x).arraySync()).toBe(-3);
      }
    });
    f.dispose();
  });

  it('in records and lists are found by name and place', () => {
    const f = gt.compile(({ a, rest }: { a: gt.Tensor; rest: gt.Tensor[] }) => ({ y: gt.sub(a, rest[0]!), rest }));
    gt.tidy(() => {
      const [five, one, two] = [gt.scalar(5), gt.scalar(1), gt.scalar(2)];
      for (let i = 0; i < 2; i++) {
        expect(f({ a: five, rest: [one] }).y.arraySync()).toBe(4);
        expect(f({ rest: [one], a: two }).y.arraySync()).toBe(1);
        const { y, rest } = f({ a: two, rest: [five, one] });
        expect([y, ...rest].map((x) => x.arraySync())).toEqual([-3, 5, 1]);
      }
    });
    f.dispose();
  });

  it('that are no tensors are part of the signature: numbers as they are, typed arrays by values, objects as themselves', () => {
    class Scale {
      readonly by: number;
      constructor(by: number) {
        this.by = by;
      }
    }
    let traces = 0;
    const f = gt.compile((x: gt.Tensor, scale: Scale, power: number, offsets: Float32Array) => {
      traces++;
      return gt.add(gt.mul(gt.pow(x, power), scale.by), offsets);
    });
    gt.tidy(() => {
      const x = gt.tensor([3, 1]);
      const [twice, thrice] = [new Scale(2), new Scale(3)];
      const offsets = Float32Array.of(1, 0);
      for (let i = 0; i < 2; i++) {
        expect(f(x, twice, 1, offsets).arraySync()).toEqual([7, 2]);
        expect(f(x, thrice, 1, offsets).arraySync()).toEqual([10, 3]);
        expect(f(x, twice, 2, offsets).arraySync()).toEqual([19, 2]);
        expect(f(x, twice, 1, Float32Array.of(0, 1)).arraySync()).toEqual([6, 3]);
      }
      expect(traces).toBe(4);
      offsets[0] = 5;
      expect(f(x, twice, 1, offsets).arraySync()).toEqual([11, 2]);
    });
    f.dispose();
  });

  it('may be what a variable was just assigned', () => {
    const v = gt.variable([1, 2]);
    const f = gt.compile((x: gt.Tensor) => gt.add(x, v));
    gt.tidy(() => {
      const x = gt.tensor([10, 20]);
      v.assign(x);
      expect(f(x).arraySync()).toEqual([20, 40]);
      expect(f(gt.tensor([1, 1])).arraySync()).toEqual([11, 21]);
      v.assign([0, 1]);
      expect(f(x).arraySync()).toEqual([10, 21]);
    });
    gt.dispose(v);
    f.dispose();
  });

  it('that are variables stand for themselves', () => {
    const a = gt.variable(1);
    const b = gt.variable(10);
    const f = gt.compile((v: gt.Variable) => {
      v.assignAdd(1);
    });
    for (let i = 0; i < 3; i++) {
      f(a);
      f(b);
    }
    expect([a.arraySync(), b.arraySync()]).toEqual([4, 13]);
    gt.dispose([a, b]);
    f.dispose();
  });
});

it('takes in compiled functions that it calls', () => {
  const inner = gt.compile((x: gt.Tensor) => gt.neg(x));
  const outer = gt.compile((x: gt.Tensor) => gt.mul(inner(x), 3));
  gt.tidy(() => {
    for (const k of [1, 2, 3]) expect(outer(gt.scalar(k)).arraySync()).toBe(-3 * k);
  });
  outer.dispose();
});
