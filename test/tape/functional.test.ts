// Gradients of functions: TensorFlow.js's forms, which take the place of gradients_function and implicit_grad.

import { describe, expect } from 'vitest';
import {
  add,
  ArgumentError,
  conv2d,
  div,
  exp,
  grad,
  grads,
  GradientTape,
  less,
  losses,
  mul,
  ones,
  pow,
  Reduction,
  scalar,
  slice,
  ShapeError,
  square,
  sub,
  sum,
  type Tensor,
  tensor,
  valueAndGrad,
  valueAndGrads,
  variable,
  variableGrads,
  vjp,
  where,
  zeros,
} from '../../src/index.js';
import { behaviour, expectValues, held, read, tf } from './behaviour.js';

describe('grad and grads', () => {
  tf('testEmptyParams', 'give one gradient for each argument', () => {
    expect(read(grads((a, b) => mul(a, b))([scalar(1), scalar(2)]))).toEqual([2, 1]);
  });

  tf('testArgsGradientFunction', 'take a function of any number of arguments', () => {
    expect(read(grads((...args) => mul(args[0]!, args[0]!))([1]))).toEqual([2]);
    expect(read(grads((...args) => args.reduce((a, b) => mul(a, b)))([2, 3, 4]))).toEqual([12, 8, 6]);
  });

  tf('testPartial', 'take a function with an argument bound', () => {
    const f = (x: Tensor, y: Tensor) => mul(x, y);
    expect(read(grad(f.bind(null, scalar(2)))(scalar(1)))).toBe(2);
  });

  tf('testSameObjectForMultipleArguments', 'take one object twice as two arguments', (own) => {
    const g = grads((x, y) => mul(x, y));
    const x = scalar(1);
    expect(read(g([x, x]))).toEqual([1, 1]);
    expect(read(g([1, 1]))).toEqual([1, 1]);
    const m = tensor([[1]]);
    expect(read(g([m, m]))).toEqual([[[1]], [[1]]]);
    expect(read(g([[[1]], [[1]]]))).toEqual([[[1]], [[1]]]);
    const v = own(variable(1));
    expect(read(g([v, v]))).toEqual([1, 1]);
  });

  tf('testGradGrad', 'apply to their own results', () => {
    expect(read(grad((x) => grad((y) => mul(y, y))(x)!)(scalar(3)))).toBe(2);
    expect(read(grad((x) => grad((y) => grad((z) => pow(z, 3))(y)!)(x)!)(2))).toBe(6);
  });

  tf('testGradGradExp', 'apply to gradients that are made of saved outputs', () => {
    expect(read(grad((x) => grad(exp)(x)!)(scalar(0)))).toBe(1);
    expect(read(grad((x) => grad((y) => grad(exp)(y)!)(x)!)(0))).toBe(1);
  });

  tf('testSecondGrad', 'apply to the gradient of softmax cross-entropy', () => {
    const first = (x: Tensor) => losses.softmaxCrossEntropy([[0]], x, undefined, 0, Reduction.SUM);
    const second = (x: Tensor) => sum(grad(first)(x)!);
    expect(read(grad(second)([[0.1]]))).toEqual([[0]]);
    const two = (x: Tensor) => losses.softmaxCrossEntropy([[1, 0]], x, undefined, 0, Reduction.SUM);
    // p - 1 in the first place, of which the derivatives are p(1 - p) and -p(1 - p).
    expectValues(grad((x) => slice(grad(two)(x)!, [0, 0], [1, 1]))([[0, 0]]), [[0.25, -0.25]]);
  });

  tf('testMultiValuePreservesIfNotDiffedAgainst', 'compute no gradient of a filter that was not asked for', () => {
    const i = tensor([[[[1]]]]);
    const k = tensor([[[[2]]]]);
    const outer = new GradientTape();
    outer.watch([i, k]);
    expect(read(grad((x) => conv2d(x, k, 1, 'same'))(i))).toEqual([[[[2]]]]);
    const ops = outer.entries().map((e) => e.op);
    expect(ops).toContain('conv2dGradInput');
    expect(ops).not.toContain('conv2dGradFilter');
  });

  tf('testWhereGradient', 'pass a condition, which has no gradient, by', () => {
    const g = grad((x) => where(less(x, 10), x, mul(x, x)));
    expect(read(g(5))).toBe(1);
    expect(read(g(50))).toBe(100);
  });

  behaviour('weigh a result by dy, of its shape', () => {
    const g = grad((x) => square(x));
    expect(read(g([1, 2], [10, 100]))).toEqual([20, 400]);
    expect(() => g([1, 2], [1, 2, 3])).toThrow(ShapeError);
    expect(read(grads((x, y) => mul(x, y))([2, 3], 10))).toEqual([30, 20]);
  });

  behaviour('give null for an argument that the result does not depend on', () => {
    expect(grad(() => scalar(3))(1)).toBeNull();
    expect(read(grads((x, _y) => square(x))([3, 4]))).toEqual([6, null]);
  });

  behaviour('work inside a tape', (own) => {
    const v = own(variable(3));
    const t = new GradientTape();
    const y = grad((x) => mul(square(x), v))(v)!;
    expect(read(y)).toBe(18);
    // d/dv of 2 · v · v
    expect(read(t.gradient(y, v))).toBe(12);
  });

  behaviour('need functions, and tensors back from them', () => {
    expect(() => grad(3 as never)).toThrow(ArgumentError);
    expect(() => grads((x) => x)(scalar(1) as never)).toThrow('the arguments must come as an array');
    expect(() => grad(() => 3 as never)(1)).toThrow('grad: the function must return a tensor: got number.');
  });

  behaviour('leave no tape active and nothing behind when the function throws', () => {
    const bad = (x: Tensor): never => {
      square(x);
      throw new RangeError('mine');
    };
    const before = held();
    for (const run of [
      () => grad(bad)(1),
      () => grads(bad)([1]),
      () => valueAndGrad(bad)(1),
      () => valueAndGrads(bad)([1]),
      () => variableGrads(() => bad(scalar(1))),
      () => vjp(bad, 1),
    ])
      expect(run).toThrow('mine');
    expect(held()).toEqual(before);
    expect(read(grad((x) => square(x))(3))).toBe(6);
  });
});

describe('valueAndGrad and valueAndGrads', () => {
  tf('testEmptyParamsForValueAndGradFunction', 'give the value too', () => {
    const { value, grads: found } = valueAndGrads((a, b) => mul(a, b))([2, 3]);
    expect(read(value)).toBe(6);
    expect(read(found)).toEqual([3, 2]);
  });

  tf('testNonEmptyParamsForValueAndGradFunction', 'of a function of the arguments that are asked for', () => {
    const a = scalar(2);
    const { value, grad: found } = valueAndGrad((b) => mul(a, b))(3);
    expect(read([value, found])).toEqual([6, 2]);
  });

  tf('testDifferentiatingFunctionThatReturnsNone', 'say so when the function returns nothing', () => {
    const message = 'Cannot differentiate a function that returns None; did you forget to return a value from fn?';
    const f = (() => undefined) as never;
    const calls = {
      grad: () => grad(f)(1),
      grads: () => grads(f)([1]),
      valueAndGrad: () => valueAndGrad(f)(1),
      valueAndGrads: () => valueAndGrads(f)([1, 2]),
      variableGrads: () => variableGrads(f),
      vjp: () => vjp(f, 1),
    };
    for (const [name, call] of Object.entries(calls)) {
      expect(call).toThrow(`${name}: ${message}`);
      expect(call).toThrow(ArgumentError);
    }
  });
});

describe('variableGrads', () => {
  tf('testImplicitGradWithResourceVariable', 'finds the variables that are read', (own) => {
    const x = own(variable(1, true, 'x'));
    const { value, grads: found } = variableGrads(() => add(add(x, scalar(2)), scalar(3)));
    expect(read(value)).toBe(6);
    expect(read(found)).toEqual({ x: 1 });
  });

  behaviour('keeps to a list of variables, of which only the trainable have gradients', (own) => {
    const [a, b, c] = [own(variable(2, true, 'a')), own(variable(3, true, 'b')), own(variable(4, false, 'c'))];
    const f = () => mul(mul(a, b), c);
    expect(read(variableGrads(f, [b, c]).grads)).toEqual({ b: 8 });
    expect(read(variableGrads(f).grads)).toEqual({ a: 12, b: 8 });
    expect(read(variableGrads(() => square(a), [b]).grads)).toEqual({ b: null });
  });

  behaviour('needs a scalar, a list that is not empty, and names that differ', (own) => {
    const v = own(variable([1, 2], true, 'v'));
    const w = own(variable([1, 2], true, 'v'));
    expect(() => variableGrads(() => v)).toThrow('variableGrads: the function must return a scalar: got shape [2].');
    expect(() => variableGrads(() => sum(v), [])).toThrow(ArgumentError);
    expect(() => variableGrads(() => sum(mul(v, w)))).toThrow('two variables have the name v');
    expect(read(variableGrads(() => sum(v)).grads)).toEqual({ v: [1, 1] });
  });
});

describe('vjp', () => {
  tf('testMakeVJP', 'gives the value and the way back', () => {
    const { value, pullback, dispose } = vjp((x) => mul(x, x), scalar(3));
    expect(read(value)).toBe(9);
    expect(read(pullback(2))).toEqual([12]);
    dispose();
  });

  tf('testPersistentMakeVJP', 'which may be gone as often as wanted', () => {
    const { pullback, dispose } = vjp((x) => mul(x, x), scalar(3));
    expect(read(pullback(2))).toEqual([12]);
    expect(read(pullback(2))).toEqual([12]);
    dispose();
    expect(() => pullback(2)).toThrow('tape.gradient');
  });

  behaviour('of several arguments, the same one twice among them', () => {
    const x = tensor([1, 2]);
    const { value, pullback, dispose } = vjp((a, b) => div(a, b), x, x);
    expect(read(value)).toEqual([1, 1]);
    expect(read(pullback([1, 1]))).toEqual([
      [1, 0.5],
      [-1, -0.5],
    ]);
    dispose();
  });
});

describe('shared constants', () => {
  tf('testZerosCacheDoesntLeakAcrossGraphs', 'gradients that are zero in part are whole each time', () => {
    const once = (): unknown => {
      const x = mul(ones([4, 2]), 2);
      const t = new GradientTape();
      t.watch(x);
      const y = add(mul(square(x), [[1, 0]]), zeros([4, 2]));
      const dx = t.gradient(y, x)!;
      const values = read(dx);
      // Writing to what was given must not change what is given next.
      dx.dispose();
      return values;
    };
    const first = once();
    expect(first).toEqual([
      [4, 0],
      [4, 0],
      [4, 0],
      [4, 0],
    ]);
    expect(once()).toEqual(first);
    const t = new GradientTape({ persistent: true });
    const [a, b] = [ones([2]), ones([2])];
    t.watch([a, b]);
    const zero = { unconnectedGradients: 'zero' } as const;
    const [, z1] = t.gradient(a, [a, b], zero);
    const [, z2] = t.gradient(a, [a, b], zero);
    z1!.dispose();
    expect(read(sub(z2!, 0))).toEqual([0, 0]);
  });
});
