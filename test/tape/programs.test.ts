// Small whole programs, as the TensorFlow guides have them, with their results.

import { beforeAll, describe, expect } from 'vitest';
import {
  add,
  cos,
  GradientTape,
  matMul,
  mul,
  ones,
  pow,
  randomUniform,
  relu,
  scalar,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  variable,
} from '../../src/index.js';
import { layers } from '../../src/nn/index.js';
import { behaviour, expectValues, read } from './behaviour.js';

// The state of the random numbers takes a block with the first draw, and keeps it.
beforeAll(() => randomUniform([1]).dispose());

describe('programs', () => {
  behaviour('z = (Σx)² on ones has the gradient 8 everywhere', () => {
    const x = ones([2, 2]);
    const t = new GradientTape();
    t.watch(x);
    const y = sum(x);
    const z = mul(y, y);
    expect(read(z)).toBe(16);
    expect(read(t.gradient(z, x))).toEqual([
      [8, 8],
      [8, 8],
    ]);
  });

  behaviour('its intermediate value has the gradient 8 too', () => {
    const x = ones([2, 2]);
    const t = new GradientTape();
    t.watch(x);
    const y = sum(x);
    const z = mul(y, y);
    expect(read(t.gradient(z, y))).toBe(8);
  });

  behaviour('x² at 3 has 6', () => {
    const x = scalar(3);
    const t = new GradientTape();
    t.watch(x);
    expect(read(t.gradient(mul(x, x), x))).toBe(6);
  });

  behaviour('nested tapes give 6 and 2', () => {
    const x = scalar(3);
    const outer = new GradientTape();
    outer.watch(x);
    const inner = new GradientTape();
    inner.watch(x);
    const y = mul(x, x);
    const dy = inner.gradient(y, x)!;
    const d2y = outer.gradient(dy, x);
    expect(read([dy, d2y])).toEqual([6, 2]);
  });

  behaviour('a persistent tape gives 108 and 6 at 3', () => {
    const x = scalar(3);
    using t = new GradientTape({ persistent: true });
    t.watch(x);
    const y = mul(x, x);
    const z = mul(y, y);
    expect(read(t.gradient(z, x))).toBe(108);
    expect(read(t.gradient(y, x))).toBe(6);
  });

  behaviour('z = x·y + cos x at (0.5, 4.5) has 4.0205746 and 0.5', () => {
    const x = scalar(0.5);
    const y = scalar(4.5);
    const t = new GradientTape();
    t.watch([x, y]);
    const z = add(mul(x, y), cos(x));
    const [dx, dy] = t.gradient(z, [x, y]);
    expectValues(dx, 4.0205746, 1e-7);
    expect(read(dy)).toBe(0.5);
  });

  behaviour('with watchAccessedVariables off, a² that is watched has a gradient and b³ has none', (own) => {
    const a = own(variable(2, true, 'a'));
    const b = own(variable(3, true, 'b'));
    const t = new GradientTape({ watchAccessedVariables: false });
    t.watch(a);
    const y = square(a);
    const z = pow(b, 3);
    expect(t.watchedVariables()).toEqual([a]);
    expect(read(t.gradient([y, z], [a, b]))).toEqual([4, null]);
  });

  behaviour(
    'two dense layers, one watched before it is built: its gradients are null, and not once it is built',
    (own) => {
      const a = layers.dense({ units: 4 });
      const b = layers.dense({ units: 2 });
      const x = ones([3, 5]);
      const before = new GradientTape({ watchAccessedVariables: false });
      expect(a.variables).toEqual([]);
      before.watch(a.variables);
      const early = b.apply(a.apply(x));
      own([a.variables, b.variables]);
      expect(a.variables.map((v) => v.shape)).toEqual([[5, 4], [4]]);
      expect(before.gradient(early, a.variables)).toEqual([null, null]);

      const after = new GradientTape({ watchAccessedVariables: false });
      after.watch(a.variables);
      const late = b.apply(a.apply(x));
      const [dw, db] = after.gradient(late, a.variables);
      expect([dw!.shape, db!.shape]).toEqual([[5, 4], [4]]);
      expect(after.watchedVariables()).toEqual(a.variables);

      const all = new GradientTape();
      const found = all.gradient(b.apply(a.apply(x)), [a.trainableVariables, b.trainableVariables]);
      expect(found.flat().every((g) => g !== null)).toBe(true);
      expect(read(found[1]![1])).toEqual([3, 3]);
    },
  );

  behaviour('the derivative of relu where it is off is 0, and where it is on 1', () => {
    const x = tensor([-1, 0, 2]);
    const t = new GradientTape();
    t.watch(x);
    expect(read(t.gradient(relu(x), x))).toEqual([0, 0, 1]);
  });

  behaviour('a dense layer by hand has gradients of the shapes of its weights', (own) => {
    const w = own(variable(mul(ones([3, 2]), 0.5), true, 'w'));
    const b = own(variable([0, 0], true, 'b'));
    const x = tensor([[1, 2, 3]]);
    const t = new GradientTape({ persistent: true });
    const y = add(matMul(x, w), b);
    const loss = sum(square(y));
    t.stop();
    const { dw, db } = t.gradient(loss, { dw: w, db: b });
    expect(dw!.shape).toEqual([3, 2]);
    expect(read(db)).toEqual([6, 6]);
    expect(read(dw)).toEqual([
      [6, 6],
      [12, 12],
      [18, 18],
    ]);
  });

  behaviour('gradient descent fits a line', (own) => {
    const w = own(variable(5, true, 'w'));
    const b = own(variable(0, true, 'b'));
    const x = tensor([-2, -1, 0, 1, 2]);
    const target = add(mul(x, 3), 2);
    let first: unknown = null;
    let last: Tensor | null = null;
    for (let step = 0; step < 60; step++) {
      const t = new GradientTape();
      const loss = mul(sum(square(sub(target, add(mul(w, x), b)))), 0.2);
      const [dw, db] = t.gradient(loss, [w, b]);
      w.assignSub(mul(0.1, dw!));
      b.assignSub(mul(0.1, db!));
      first ??= read(loss);
      last = loss;
    }
    expect(first).toBeGreaterThan(10);
    expectValues([w, b, last], [3, 2, 0], 1e-4);
  });

  behaviour('a Hessian by two tapes, one row for each second derivative', () => {
    const x = tensor([1, 2], [2], 'float64');
    const outer = new GradientTape({ persistent: true });
    outer.watch(x);
    const inner = new GradientTape();
    inner.watch(x);
    const y = sum(mul(pow(x, 3), tensor([1, 2], [2], 'float64')));
    const g = inner.gradient(y, x)!;
    outer.stop();
    expectValues(outer.jacobian(g, x), [
      [6, 0],
      [0, 24],
    ]);
  });
});
