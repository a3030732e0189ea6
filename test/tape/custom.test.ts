// customGradient, recomputeGrad, gradPassThrough and stopGradient.

import { describe, expect } from 'vitest';
import {
  add,
  argMax,
  ArgumentError,
  cast,
  customGrad,
  customGradient,
  dispose,
  div,
  gather,
  grad,
  gradPassThrough,
  GradientTape,
  type GradSaver,
  log,
  matMul,
  mul,
  ones,
  pow,
  onWarning,
  recomputeGrad,
  scalar,
  ShapeError,
  square,
  stopGradient,
  sub,
  sum,
  type Tensor,
  tensor,
  tidy,
  transpose,
  type Variable,
  variable,
  zeros,
} from '../../src/index.js';
import { behaviour, expectValues, held, type Own, read, tf } from './behaviour.js';

onWarning(() => {});

/** The gradients of f's output with respect to its arguments. */
function gradientsOf(f: (...xs: Tensor[]) => Tensor, ...xs: Tensor[]): unknown {
  const t = new GradientTape();
  t.watch(xs);
  return read(t.gradient(f(...xs), xs));
}

describe('customGradient', () => {
  tf('testCustomGradient', 'its rule trains a variable down in even steps', (own) => {
    const myMul = customGradient((x, y) => ({ value: mul(x, y), gradFunc: (dr) => [mul(dr, y), mul(dr, x)] }));
    const x = own(variable(2));
    const losses: unknown[] = [];
    for (let i = 0; i < 5; i++)
      tidy(() => {
        const t = new GradientTape();
        const loss = myMul(2, x);
        losses.push(read(loss));
        for (const v of t.watchedVariables()) v.assignSub(mul(0.25, t.gradient(loss, v)!));
      });
    expect(losses).toEqual([4, 3, 2, 1, 0]);
  });

  tf('testCustomGradientIdentity', 'the rule given by hand wins over the ops inside', () => {
    const f = customGradient((x) => ({ value: x, gradFunc: (dy) => [mul(2, dy)] }));
    expect(gradientsOf(f, scalar(1))).toEqual([2]);
  });

  tf('testCustomGradientInEagerAndGraph', 'where those ops are x · x too', () => {
    const f = customGradient((x) => ({ value: mul(x, x), gradFunc: (dy) => [mul(4, dy)] }));
    expect(gradientsOf(f, scalar(1))).toEqual([4]);
  });

  tf('CustomGradientTest.testCustomGradientTrivial', 'a custom function of itself has the product of its rules', () => {
    const f = customGradient((x) => ({ value: x, gradFunc: (dy) => [mul(3, dy)] }));
    expect(gradientsOf((x) => f(f(x)), scalar(3))).toEqual([9]);
  });

  tf('CustomGradientTest.testCustomGradient', 'gradients go to the arguments in the order they are given', () => {
    const f = customGradient((a, b) => ({ value: mul(a, b), gradFunc: (dy) => [mul(dy, a), mul(dy, b)] }));
    expect(gradientsOf(f, scalar(3), scalar(5))).toEqual([3, 5]);
  });

  tf('CustomGradientTest.testCustomGradientClass', 'a method may be one', () => {
    class Model {
      multiply = customGradient((a, b) => ({ value: mul(a, b), gradFunc: (dy) => [mul(dy, a), mul(dy, b)] }));
    }
    expect(gradientsOf(new Model().multiply, scalar(3), scalar(5))).toEqual([3, 5]);
  });

  tf(
    ['testCustomGradientEmptyError', 'testInvalidRecordOperationMessage'],
    'a wrong number of gradients is an error that names the function',
    (own) => {
      const x = own(variable(1));
      const empty = customGradient(function myIdentity(y: Tensor) {
        return { value: y, gradFunc: () => [] };
      });
      const t = new GradientTape();
      const y = empty(x);
      expect(() => t.gradient(y, [x])).toThrow(
        'myIdentity: gradFunc must return one gradient for each argument: 1 arguments, 0 gradients.',
      );
      expect(t.recording).toBe(false);
      const many = customGradient((a) => ({ value: a, gradFunc: (dy) => [dy, dy] }));
      const other = new GradientTape();
      const z = many(x);
      expect(() => other.gradient(z, x)).toThrow(ArgumentError);
    },
  );

  tf(['testErrors', 'CustomGradientTest.testCustomGradientErrors'], 'an error in the rule reaches the caller', () => {
    const f = customGradient((x) => ({
      value: x,
      gradFunc: () => {
        throw new RangeError('mine');
      },
    }));
    expect(() => gradientsOf(f, scalar(1))).toThrow(RangeError);
    expect(() => grad(f)(1)).toThrow('mine');
  });

  behaviour(
    'one tensor may be the gradient of several arguments, made by the rule or passed on, beside other ways to them',
    () => {
      const same = (rule: (dy: Tensor) => Tensor) =>
        customGradient((x, y) => ({
          value: add(x, y),
          gradFunc: (dy) => {
            const dx = rule(dy);
            return [dx, dx];
          },
        }));
      const f = (rule: (dy: Tensor) => Tensor) => (x: Tensor, y: Tensor) =>
        add(same(rule)(mul(x, y), mul(y, x)), add(same(rule)(x, x), mul(x, y)));
      const [x, y] = [scalar(2), scalar(3)];
      const tenfold = (dy: Tensor): Tensor => mul(dy, 10);
      const passed = (dy: Tensor): Tensor => dy;
      expect(gradientsOf(f(tenfold), x, y)).toEqual([83, 42]);
      expect(gradientsOf(f(passed), x, y)).toEqual([11, 6]);
      dispose([x, y]);
    },
  );

  behaviour('an error in the function itself reaches the caller, and leaves nothing', () => {
    const f = customGradient((x): never => {
      square(x);
      throw new RangeError('mine');
    });
    const x = scalar(1);
    const t = new GradientTape({ persistent: true });
    t.watch(x);
    const before = held();
    expect(() => f(x)).toThrow('mine');
    expect(() => f(x, 'two' as never)).toThrow(ArgumentError);
    expect(held().numTensors).toBe(before.numTensors + 1);
    expect(t.entries().map((e) => e.op)).toEqual(['square']);
  });

  behaviour('what a function must return is said when it does not', () => {
    const call = (f: unknown) => () => customGradient(f as never)(scalar(1));
    expect(call(() => undefined)).toThrow('the function returned no value');
    expect(call((x: Tensor) => ({ value: x }))).toThrow('gradFunc is missing');
    expect(call((x: Tensor) => ({ value: [x, 3], gradFunc: () => x }))).toThrow(
      'value[1] must be a tensor: got number',
    );
    const f = customGradient((x) => ({ value: x, gradFunc: () => [3 as never] }));
    expect(() => gradientsOf(f, scalar(1))).toThrow('gradFunc must return tensors or null: got number');
  });

  tf('testGradientsFunctionInCustomGradient', 'a tape may stand in the function', () => {
    const f = customGradient((x) => {
      const t = new GradientTape();
      t.watch(x);
      return { value: t.gradient(mul(x, x), x)!, gradFunc: (dy) => mul(2, dy) };
    });
    expect(read(f(1))).toBe(2);
    expect(gradientsOf(f, scalar(1))).toEqual([2]);
  });

  tf(
    'testImplicitGradientsCustomGradientAndCachedVariableValue',
    'a variable as argument gets what the rule gives',
    (own) => {
      const mySquare = customGradient((x) => ({ value: square(x), gradFunc: (dr) => add(mul(mul(2, dr), x), 1) }));
      const x = own(variable(3));
      const t = new GradientTape();
      const y = mySquare(x);
      expect(t.watchedVariables()).toEqual([x]);
      expect(read(t.gradient(y, x))).toBe(7);
    },
  );

  tf('testJacobianCustomGradient', 'a jacobian may stand in the rule, and variables are captured', (own) => {
    const [a, b, c] = [own(variable(1)), own(variable(2)), own(variable(3))];
    const f = (x: Tensor): Tensor => add(add(mul(mul(a, x), x), mul(b, x)), c);
    const call = (x: Tensor): Tensor =>
      customGradient(() => ({
        value: f(x),
        gradFunc: (dy, variables) => {
          const g = new GradientTape({ persistent: true });
          g.watch(variables);
          const y = f(x);
          const found = variables.map((v) => mul(2, sum(mul(dy, g.jacobian(y, v)!))));
          g.dispose();
          return { inputs: [], variables: found };
        },
      }))();
    const x = tensor([1, 2, 3]);
    const g = new GradientTape({ persistent: true });
    g.watch([a, b, c]);
    const y = call(x);
    expect(g.gradient(y, x)).toBeNull();
    expect(read(g.gradient(y, [a, b, c]))).toEqual([28, 12, 6]);
  });

  tf('testOverrideSecondOrderWithCustomGradient', 'a rule that is custom itself has a second order by hand', () => {
    const f = customGradient((x) => ({
      value: add(x, 10),
      gradFunc: (dz) => {
        const first = customGradient(() => ({ value: scalar(-1.1), gradFunc: (ddz) => mul(-2.1, ddz) }));
        return mul(dz, first(x));
      },
    }));
    const c = scalar(1);
    const outer = new GradientTape();
    const inner = new GradientTape();
    outer.watch(c);
    inner.watch(c);
    const d = pow(f(c), 4);
    const dd = inner.gradient(d, c)!;
    expectValues(dd, 4 * 11 ** 3 * -1.1);
    expectValues(outer.gradient(dd, c), 3 * 4 * 11 ** 2 * -1.1 * -1.1 + 4 * 11 ** 3 * -2.1);
  });

  tf('testCustomGradientForwardprop', 'second order and transpose of a nested rule are told apart', () => {
    const f = customGradient((x) => ({
      value: scalar(2 * (x.arraySync() as number)),
      gradFunc: (dz) => {
        const first = customGradient(() => ({ value: scalar(2.1), gradFunc: () => [scalar(2.2), scalar(3.1)] }));
        return first(x, dz);
      },
    }));
    const t = new GradientTape({ persistent: true });
    const tt = new GradientTape();
    const c = scalar(1);
    t.watch(c);
    tt.watch(c);
    const outputGrad = ones([]);
    t.watch(outputGrad);
    const output = f(c);
    expect(read(output)).toBe(2);
    const gc = tt.gradient(output, c, { outputGradients: outputGrad })!;
    expectValues(gc, 2.1);
    t.stop();
    expectValues(t.gradient(gc, c), 2.2);
    expectValues(t.gradient(gc, outputGrad), 3.1);
  });

  tf(
    'CustomGradientTest.testCustomGradientWithVariables',
    'the rule may differentiate the function’s own output with a tape, and give the variables what it likes',
    (own) => {
      const w = own(variable(mul(ones([4, 3]), 0.5)));
      const f = customGradient((x) => {
        const inner = new GradientTape({ persistent: true });
        inner.watch(x);
        const out = matMul(x, w);
        inner.stop();
        return {
          value: out,
          gradFunc: (dy, variables) => {
            expect(variables).toEqual([w]);
            return { inputs: inner.gradient(out, x, { outputGradients: dy }), variables: [ones([4, 3])] };
          },
        };
      });
      const x = ones([2, 4]);
      const t = new GradientTape();
      t.watch(x);
      const y = f(x);
      const [dx, dw] = t.gradient(y, [x, w]);
      expect(read(dx)).toEqual(read(mul(ones([2, 4]), 1.5)));
      expect(read(sum(dw!))).toBe(12);
    },
  );

  tf(
    'CustomGradientTest.testCustomGradientWithVariablesNoFalsePositives',
    'variables that are read outside the function are not handed to its rule',
    (own) => {
      const [w1, w2, w3, w4] = [1, 2, 3, 4].map(() => own(variable(ones([3, 3])))) as [
        Variable,
        Variable,
        Variable,
        Variable,
      ];
      const f = customGradient((x) => ({
        value: matMul(x, w4),
        gradFunc: (dy, variables) => {
          expect(variables).toEqual([w4]);
          return { inputs: matMul(dy, w4, false, true), variables: [ones([3, 3])] };
        },
      }));
      const t = new GradientTape();
      const b = matMul(ones([2, 3]), w1);
      const c = matMul(b, w2);
      const x = add(matMul(b, w3), c);
      const grads = t.gradient(f(x), [x, w1, w2, w3, w4]);
      expect(grads.every((g) => g !== null)).toBe(true);
      expect(read(sum(grads[4]!))).toBe(9);
    },
  );

  tf(
    'CustomGradientTest.testCustomGradientWithVariablesEager',
    'the rule decides over inputs and variables alike',
    (own) => {
      const w = own(variable(ones([2, 4])));
      const f = customGradient((x) => ({
        value: matMul(x, w),
        gradFunc: () => ({ inputs: ones([3, 2]), variables: [ones([2, 4])] }),
      }));
      const x = add(ones([3, 2]), 2);
      const t = new GradientTape();
      t.watch(x);
      const [dx, dw] = t.gradient(f(x), [x, w]);
      expect(read(sum(dx!))).toBe(6);
      expect(read(sum(dw!))).toBe(8);
    },
  );

  tf(
    'CustomGradientTest.testCustomGradientVariablesKwonlyArgs',
    'an argument is not among the captured variables',
    (own) => {
      const captured = own(variable(3));
      const f = customGradient((x) => ({
        value: mul(x, captured),
        gradFunc: (dy, variables) => {
          expect(variables).toHaveLength(1);
          expect(variables[0]).toBe(captured);
          return { inputs: mul(mul(4, captured), dy), variables: [mul(mul(5, x), dy)] };
        },
      }));
      const x = own(variable(6));
      const g = new GradientTape({ persistent: true });
      const y = f(x);
      g.stop();
      expect(read(g.gradient(y, x))).toBe(12);
      expect(read(g.gradient(y, captured))).toBe(30);
    },
  );

  behaviour('a function that reads trainable variables must give gradients for them', (own) => {
    const v = own(variable(3, true, 'v'));
    const x = own(variable(2));
    const f = customGradient((a) => ({ value: mul(a, v), gradFunc: (dy) => dy }));
    const few = customGradient((a) => ({ value: mul(a, v), gradFunc: (dy) => ({ inputs: dy, variables: [] }) }));
    const t = new GradientTape({ persistent: true });
    const [y, z] = [f(x), few(x)];
    expect(() => t.gradient(y, x)).toThrow(
      'the function reads trainable variables (v), and gradFunc gives no gradient for them. Return { inputs, variables }',
    );
    expect(() => t.gradient(z, x)).toThrow('one gradient for each variable: 1 variables, 0 gradients');
  });

  tf('CustomGradientTest.testWithNumpyInputs', 'numbers, nested and typed arrays are taken as arguments', () => {
    const f = customGradient((x) => ({ value: x, gradFunc: () => [null, null] }));
    expect(read(f(new Float32Array([1, 2])))).toEqual([1, 2]);
    expect(read(f([[1], [2]]))).toEqual([[1], [2]]);
    expect(read(f(3))).toBe(3);
  });

  tf('CustomGradientTest.testRecursiveCustomGradient', 'one inside another has the outer one’s gradient', (own) => {
    const w = own(variable(ones([4, 3])));
    const rule = (f: (x: Tensor) => Tensor) =>
      customGradient((x) => ({
        value: f(x),
        gradFunc: (dy, variables) => {
          expect(variables).toEqual([w]);
          return { inputs: matMul(dy, w, false, true), variables: [ones([4, 3])] };
        },
      }));
    const inner = rule((x) => matMul(x, w));
    const outer = rule((x) => inner(x));
    const x = ones([2, 4]);
    const t = new GradientTape();
    t.watch(x);
    const [dx, dw] = t.gradient(outer(x), [x, w]);
    expect(dx!.shape).toEqual([2, 4]);
    expect(read(sum(dw!))).toBe(12);
  });

  tf(
    'CustomGradientTest.testCustomGradientWithCapture',
    'tensors that the function takes from around it are constants to its rule',
    () => {
      const x = scalar(3);
      const y = scalar(5);
      const f = customGradient((b) => ({ value: mul(x, b), gradFunc: (dy) => mul(dy, b) }));
      const t = new GradientTape();
      t.watch([x, y]);
      expect(read(t.gradient(f(y), [x, y]))).toEqual([null, 5]);
    },
  );

  tf(
    'CustomGradientTest.testCustomGradientStructuralInputOutput',
    'arguments and values come in any structure of arrays and records',
    () => {
      const x = [scalar(1), [], { a: scalar(2), b: [[scalar(3)]] }] as const;
      const f = customGradient((first: Tensor[], rest: { p: readonly Tensor[]; q: typeof x }) => {
        expect(first).toHaveLength(2);
        expect(rest.q[1]).toEqual([]);
        return {
          value: { sum: add(first[0]!, first[1]!), all: [rest.p[0]!, [rest.q[2].b[0]![0]!], []] },
          gradFunc: (dy: { sum: Tensor; all: unknown[] }) => {
            expect(read(dy.sum)).toBe(1);
            expect(dy.all).toHaveLength(3);
            return [1, 2, 3, 4, 5, 6].map((g) => mul(dy.sum, g));
          },
        };
      });
      const first = [scalar(4), scalar(5)];
      const p = [scalar(6)];
      const t = new GradientTape({ persistent: true });
      t.watch([first, p, x]);
      const y = f(first, { p, q: x });
      t.stop();
      expect(read(y)).toEqual({ sum: 9, all: [6, [3], []] });
      expect(read(t.gradient(y.sum, [first, p, x]))).toEqual([[1, 2], [3], [4, [], { a: 5, b: [[6]] }]]);
    },
  );

  behaviour('values of the function live as long as a tape may ask its rule', () => {
    const f = customGradient((x) => {
      const e = add(1, x);
      return { value: log(e), gradFunc: (dy) => div(dy, e) };
    });
    const x = scalar(3);
    const t = new GradientTape({ persistent: true });
    t.watch(x);
    const y = tidy(() => f(x));
    expectValues(t.gradient(y, x), 0.25);
    expectValues(t.gradient(y, x), 0.25);
    const before = held().numTensors;
    t.dispose();
    expect(held().numTensors).toBeLessThan(before);
  });

  behaviour('those values go at once where no tape asks', () => {
    const f = customGradient((x) => ({ value: log(add(1, x)), gradFunc: (dy) => dy }));
    const before = held().numTensors;
    f(scalar(1));
    expect(held().numTensors).toBe(before + 2);
  });

  behaviour('rules made of ops are differentiated to any order, by the values of the function too', () => {
    const cube = customGradient((x) => {
      const x2 = square(x);
      return { value: mul(x, x2), gradFunc: (dy) => mul(dy, mul(3, x2)) };
    });
    const x = scalar(2);
    const tapes = [0, 1, 2].map(() => new GradientTape().watch(x));
    let y = cube(x);
    const orders = tapes.reverse().map((t) => read((y = t.gradient(y, x)!)));
    expect(orders).toEqual([12, 12, 6]);
  });

  behaviour('customGrad takes TensorFlow.js’s form, with save', () => {
    const cube = customGrad((x, save) => {
      save([x]);
      return { value: mul(x, square(x)), gradFunc: (dy, [s]) => mul(dy, mul(3, square(s!))) };
    });
    expect(gradientsOf(cube, scalar(2))).toEqual([12]);
    expect(read(grad((x) => grad(cube)(x)!)(2))).toBe(12);
    const typed = customGrad((a: Tensor, b: Tensor, save: GradSaver) => {
      save([a, b]);
      return { value: mul(a, b), gradFunc: (dy, [p, q]) => [mul(dy, q!), mul(dy, p!)] };
    });
    expect(gradientsOf(typed, scalar(2), scalar(5))).toEqual([5, 2]);
  });
});

describe('recomputeGrad', () => {
  tf('testRecomputeGradWithDifferentShape', 'takes and gives arrays and records', (own) => {
    const x = [own(variable([1, 2], true, 'a')), own(variable(1, true, 'b'))];
    const outer = recomputeGrad((xs: readonly Tensor[]) => [add(xs[0]!, 1), add(xs[1]!, 1)]);
    const t = new GradientTape();
    const y = outer(x);
    expect(read(y)).toEqual([[2, 3], 2]);
    expect(read(t.gradient(y, x))).toEqual([[1, 1], 1]);

    const record = recomputeGrad((xs: { a: Tensor; b: Tensor }) => ({ a: add(xs.a, 1), b: add(xs.b, 1) }));
    const u = new GradientTape();
    const z = record({ a: x[0]!, b: x[1]! });
    expect(read(z)).toEqual({ a: [2, 3], b: 2 });
    expect(read(u.gradient(z, x))).toEqual([[1, 1], 1]);
  });

  tf('testRecomputeGradWithNestedFunctionAndWhileLoop', 'leaves nothing behind in any of five rounds', (own) => {
    const outer = recomputeGrad((x: Tensor) => {
      let y = x;
      for (let i = 0; i < 10; i++) y = add(y, 1);
      return y;
    });
    let after: unknown = null;
    for (let round = 0; round < 5; round++) {
      tidy(() => {
        const x = own(variable(1, true, 'x'));
        const _t = new GradientTape();
        expect(read(outer(x))).toBe(11);
        x.dispose();
      });
      if (round > 0) expect(held()).toEqual(after);
      after = held();
    }
  });

  /** Gradients through recomputeGrad and without it, of f(inputs, asked) with respect to `asked`. */
  const both = (f: (a: Tensor, b: Tensor) => Tensor | Tensor[], inputs: Tensor, asked: Tensor): void => {
    const t = new GradientTape({ persistent: true });
    t.watch(asked);
    const again = recomputeGrad(f)(inputs, asked);
    const plain = f(inputs, asked);
    t.stop();
    expect(read(t.gradient(again, asked))).toEqual(read(t.gradient(plain, asked)));
  };

  tf('VariablesGradientTest.testFnRecompute', 'gives the function’s gradients, of arguments and variables', (own) => {
    const v = own(variable(ones([10])));
    const x = ones([10, 10]);
    const one = (a: Tensor, b: Tensor) => mul(a, b);
    const two = (a: Tensor, b: Tensor) => [mul(a, b), mul(mul(a, b), 2)];
    for (const f of [one, two]) for (const asked of [x, v]) both(f, x, asked);
  });

  tf('VariablesGradientTest.testFnRecomputeSameTensor', 'counts an argument that is given twice once for each', () => {
    const x = tensor([3, 3, 3]);
    both((a, b) => mul(a, b), x, x);
    both((a) => a, x, x);
    const t = new GradientTape();
    t.watch(x);
    expect(read(t.gradient(recomputeGrad((a: Tensor, b: Tensor) => mul(a, square(b)))(x, x), x))).toEqual([27, 27, 27]);
  });

  tf('VariablesGradientTest.testFnRecomputeWithScopeGradient', 'finds the variables that the function reads', (own) => {
    const v = own(variable(ones([10])));
    const f = (x: Tensor) => mul(x, v);
    const x = mul(ones([10, 10]), 3);
    const t = new GradientTape({ persistent: true });
    const again = recomputeGrad(f)(x);
    const plain = f(x);
    expect(t.watchedVariables()).toEqual([v]);
    t.stop();
    expect(read(t.gradient(again, v))).toEqual(new Array(10).fill(30));
    expect(read(t.gradient(plain, v))).toEqual(new Array(10).fill(30));
  });

  tf('VariablesGradientTest.testRecomputeGradZeroSizeInput', 'takes empty tensors', () => {
    const x = zeros([0]);
    const t = new GradientTape({ persistent: true });
    t.watch(x);
    const y = recomputeGrad((a: Tensor) => mul(2, a))(x);
    expect(read(t.gradient(y, x))).toEqual([]);
  });

  tf('VariablesGradientTest.testRecomputeGradDifferentDtypesInputs', 'takes int32 beside float32', () => {
    const f = recomputeGrad((a: Tensor, b: Tensor) => [add(a, a), add(b, b)]);
    const a = scalar(1, 'int32');
    const b = scalar(1);
    const t = new GradientTape({ persistent: true });
    t.watch([a, b]);
    const y = f(a, b);
    expect(y[0]!.dtype).toBe('int32');
    expect(read(t.gradient(y, [a, b], { unconnectedGradients: 'zero' }))).toEqual([0, 2]);
  });

  tf(
    'VariablesGradientTest.testCustomGradientRecomputeGradHigherOrder',
    'is differentiated to the third order',
    (own) => {
      const w = own(variable(scalar(3, 'float64')));
      const f = (x: Tensor) => mul(w, pow(x, 3.5));
      const again = recomputeGrad(f);
      const third = (g: (x: Tensor) => Tensor): unknown => {
        const x = scalar(1.25, 'float64');
        const tapes = [0, 1, 2].map(() => new GradientTape({ persistent: true }).watch([x, w]));
        let y = g(x);
        for (const t of tapes.reverse()) y = t.gradient(y, x)!;
        return read([y, tapes[2]!.gradient(y, [x, w])]);
      };
      expectValues(third(again), third(f), 1e-12);
      expect(third(f)).not.toContain(null);
    },
  );

  behaviour('keeps only the arguments alive between forward and backward', () => {
    const deep = (x: Tensor) => {
      let y = x;
      for (let i = 0; i < 20; i++) y = square(y);
      return y;
    };
    const x = ones([1000]);
    const t = new GradientTape();
    t.watch(x);
    const before = held();
    const y = tidy(() => recomputeGrad(deep)(x));
    expect(held().numDataBuffers).toBe(before.numDataBuffers + 1);
    expectValues(t.gradient(sum(y), x), new Array(1000).fill(2 ** 20));
  });

  behaviour('runs the function again once for each sweep', () => {
    let runs = 0;
    const f = recomputeGrad((x: Tensor) => {
      runs++;
      return square(x);
    });
    const x = scalar(3);
    const t = new GradientTape({ persistent: true });
    t.watch(x);
    const y = f(x);
    expect(runs).toBe(1);
    t.gradient(y, x);
    t.gradient(y, x);
    expect(runs).toBe(3);
    t.stop();
    f(x);
    expect(runs).toBe(4);
  });

  behaviour('an error when the function runs again leaves nothing', () => {
    let runs = 0;
    const f = recomputeGrad((x: Tensor) => {
      const y = square(x);
      if (++runs > 1) throw new Error('mine');
      return y;
    });
    const x = scalar(3);
    const t = new GradientTape();
    t.watch(x);
    const y = f(x);
    expect(() => t.gradient(y, x)).toThrow('mine');
  });

  behaviour('may stand in itself', () => {
    const inner = recomputeGrad((x: Tensor) => square(x));
    const outer = recomputeGrad((x: Tensor) => inner(mul(x, inner(x))));
    const x = scalar(2);
    const t = new GradientTape();
    t.watch(x);
    expect(read(t.gradient(outer(x), x))).toBe(6 * 2 ** 5);
  });
});

describe('gradPassThrough', () => {
  tf('GradPassThroughTest.test_gradients_v2', 'gives assign() the gradient of the identity', (own) => {
    const x = own(variable(1, true, 'x'));
    const z = own(variable(3, true, 'z'));
    const t = new GradientTape();
    expect(t.gradient(x.assign(square(z)), z)).toBeNull();

    const u = new GradientTape();
    const y = gradPassThrough((v) => x.assign(v))(square(z));
    expect(read(x)).toBe(9);
    expect(read(u.gradient(y, z))).toBe(6);

    const w = new GradientTape();
    expect(w.gradient(gradPassThrough((v) => mul(x, v))(z), x)).toBeNull();
  });

  behaviour('passes what arrives through a function that has no gradient', () => {
    const x = tensor([1.4, 2.6]);
    const t = new GradientTape();
    t.watch(x);
    const y = gradPassThrough((v) => cast(cast(v, 'int32'), 'float32'))(x);
    expect(read(y)).toEqual([1, 2]);
    expect(read(t.gradient(mul(y, [3, 5]), x))).toEqual([3, 5]);
  });

  behaviour('between different shapes it is an error', () => {
    const x = tensor([1, 2]);
    const t = new GradientTape();
    t.watch(x);
    const y = gradPassThrough(function total(v) {
      return sum(v);
    })(x);
    expect(() => t.gradient(y, x)).toThrow(ShapeError);
    const u = new GradientTape({ persistent: true });
    u.watch(x);
    const z = gradPassThrough(function total(v) {
      return sum(v);
    })(x);
    expect(() => u.gradient(z, x)).toThrow(
      'total: the gradient passes only between equal shapes: argument [2], value [].',
    );
  });
});

describe('stopGradient', () => {
  tf(['testStopGradient', 'testArgmax'], 'of argMax has no gradient, as argMax has none', () => {
    expect(grad((x) => stopGradient(argMax(x)))([0])).toBeNull();
    expect(grad((x) => cast(argMax(x), 'float32'))([0])).toBeNull();
  });

  behaviour('is a constant in the eyes of tapes', () => {
    const x = tensor([1, 2]);
    const t = new GradientTape({ persistent: true });
    t.watch(x);
    const y = mul(x, stopGradient(square(x)));
    expect(read(t.gradient(y, x))).toEqual([1, 4]);
    expect(t.gradient(stopGradient(x), x)).toBeNull();
  });

  behaviour('has the values, and shares their memory', () => {
    const x = tensor([[1, 2]]);
    const before = held();
    const y = stopGradient(x);
    expect(read(y)).toEqual([[1, 2]]);
    expect(held().numDataBuffers).toBe(before.numDataBuffers);
    expect(read(stopGradient([3, 4]))).toEqual([3, 4]);
  });

  behaviour('stops every tape, to any order', () => {
    const x = scalar(3);
    const outer = new GradientTape();
    const inner = new GradientTape();
    outer.watch(x);
    inner.watch(x);
    const dx = inner.gradient(mul(stopGradient(square(x)), square(x)), x)!;
    expect(read(dx)).toBe(9 * 6);
    expect(read(outer.gradient(dx, x))).toBe(9 * 2);
  });
});

describe('gathered rows', () => {
  /** Where a table's gradient is compared with central differences. */
  const table = (own: Own): Variable => own(variable(tensor([0.5, 0.25, 0.75, 0.1, 0.3, 0.6, 0.9, 0.2], [4, 2])));

  tf('testAggregateGradients', 'gathered several times, rows get the sum of their gradients', (own) => {
    const x = table(own);
    const t = new GradientTape();
    const [g1, g2, g3] = [
      [0, 1],
      [2, 3],
      [1, 3],
    ].map((rows) => gather(x, tensor(rows, [2], 'int32'))) as [Tensor, Tensor, Tensor];
    const v = (r: number, c: number) => [0.5, 0.25, 0.75, 0.1, 0.3, 0.6, 0.9, 0.2][2 * r + c]!;
    const expected = [0, 1].map((c) => [
      v(2, c) * v(1, c),
      v(3, c) * v(3, c) + v(0, c) * v(2, c),
      v(0, c) * v(1, c),
      2 * v(1, c) * v(3, c),
    ]);
    expectValues(transpose(t.gradient(mul(mul(g1, g2), g3), x)!), expected);
  });

  tf('testAggregateGradientsWithTensor', 'beside a dense gradient too', (own) => {
    const x = table(own);
    const t = new GradientTape();
    const g1 = gather(x, tensor([0, 1], [2], 'int32'));
    const g2 = sum(mul(x, 2));
    const total = 3.6;
    const first = 0.5 + 0.25 + 0.75 + 0.1;
    const both = 2 * total + 2 * first;
    expectValues(t.gradient(mul(g1, g2), x), [
      [both, both],
      [both, both],
      [2 * first, 2 * first],
      [2 * first, 2 * first],
    ]);
  });

  tf('testFunctionIndexedSlicesGradient', 'behind another op', () => {
    const x = tensor([1]);
    const t = new GradientTape();
    t.watch(x);
    expect(read(t.gradient(gather(add(x, 1), tensor([0], [1], 'int32')), x))).toEqual([1]);
  });

  tf(
    'testImplicitGradOverEmbeddingLookup',
    'a row that is looked up eight times is trained eight times as far',
    (own) => {
      const embedding = own(variable(mul(ones([10, 3]), 0.5)));
      const t = new GradientTape();
      const y = sub(1, gather(embedding, tensor(new Array<number>(8).fill(1), [8], 'int32')));
      const [v] = t.watchedVariables();
      const dv = t.gradient(y, v!)!;
      v!.assignSub(mul(0.1, dv));
      const expected = Array.from({ length: 10 }, (_, i) => new Array(3).fill(i === 1 ? 0.5 + 0.8 : 0.5));
      expectValues(embedding, expected);
    },
  );
});
