// gradient(): orders, structures, several targets and sources, unconnected sources, and its errors.

import { describe, expect } from 'vitest';
import {
  add,
  ArgumentError,
  cast,
  customGradient,
  div,
  DisposedError,
  DTypeError,
  GradientTape,
  losses,
  matMul,
  mean,
  mul,
  neg,
  ones,
  Reduction,
  reshape,
  scalar,
  ShapeError,
  square,
  stack,
  stopGradient,
  sub,
  sum,
  TapeError,
  type Tensor,
  tensor,
  tidy,
  variable,
} from '../../src/index.js';
import { behaviour, expectValues, held, read, tf } from './behaviour.js';

const cube = (x: Tensor): Tensor => mul(x, square(x));

describe('orders', () => {
  tf('testGradientTape', 'an inner tape’s gradient is part of what the outer one differentiates', () => {
    const x = scalar(3);
    const g = new GradientTape();
    g.watch(x);
    let y = mul(x, x);
    const gg = new GradientTape();
    gg.watch(y);
    const z = mul(2, y);
    const [inner] = gg.gradient(z, [y]);
    expect(read(inner)).toBe(2);
    y = add(y, inner!);
    expect(read(g.gradient(y, [x]))).toEqual([6]);
  });

  tf('testPersistentNestedTape', 'persistent tapes nest, and answer for every target', () => {
    const x = scalar(3);
    const g = new GradientTape({ persistent: true });
    g.watch(x);
    let y = mul(x, x);
    const gg = new GradientTape({ persistent: true });
    gg.watch(y);
    const z = mul(2, y);
    let inner: Tensor | null = null;
    for (let i = 0; i < 2; i++) {
      inner = gg.gradient(z, [y])[0]!;
      expect(read(inner)).toBe(2);
    }
    y = add(y, inner!);
    gg.dispose();
    g.stop();
    expect(read(g.gradient(y, [x]))).toEqual([6]);
    expect(read(g.gradient(z, [x]))).toEqual([12]);
  });

  tf('testNestedGradients', 'an intermediate value may be a source beside its own input', () => {
    const x = scalar(3);
    const g = new GradientTape();
    g.watch(x);
    const y = mul(x, x);
    const z = mul(y, y);
    expect(read(g.gradient(z, [x, y]))).toEqual([108, 18]);
  });

  tf('testHigherOrderGradient', 'one persistent tape differentiates its own gradients, to the third order', () => {
    const x = scalar(3);
    const g = new GradientTape({ persistent: true });
    g.watch(x);
    const y = cube(x);
    const d1 = g.gradient(y, x)!;
    const d2 = g.gradient(d1, x)!;
    g.stop();
    const d3 = g.gradient(d2, x)!;
    expect(read([y, d1, d2, d3])).toEqual([27, 27, 18, 6]);
  });

  behaviour('tapes nest to the fourth order', () => {
    const x = scalar(2, 'float64');
    const tapes = [0, 1, 2, 3].map(() => new GradientTape().watch(x));
    let y: Tensor = square(cube(x));
    const orders: unknown[] = [];
    for (const t of tapes.reverse()) orders.push(read((y = t.gradient(y, x)!)));
    expect(orders).toEqual([6 * 2 ** 5, 30 * 2 ** 4, 120 * 2 ** 3, 360 * 2 ** 2]);
  });

  tf('testPersistentTape', 'a persistent tape gives several gradients of one run', () => {
    const x = scalar(3);
    const g = new GradientTape({ persistent: true });
    g.watch(x);
    const y = mul(x, x);
    const z = mul(y, y);
    g.stop();
    expect(read(g.gradient(z, [x]))).toEqual([108]);
    expect(read(g.gradient(y, [x]))).toEqual([6]);
  });

  tf('testGradientTapeVariable', 'variables are sources', (own) => {
    const v = own(variable(1));
    const g = new GradientTape();
    expect(read(g.gradient(mul(v, v), [v]))).toEqual([2]);
  });

  behaviour('a second derivative with respect to another source is the mixed one', () => {
    const x = scalar(3);
    const y = scalar(5);
    const outer = new GradientTape({ persistent: true });
    outer.watch([x, y]);
    const inner = new GradientTape();
    inner.watch([x, y]);
    const [dx, dy] = inner.gradient(mul(square(x), y), [x, y]);
    expect(read(outer.gradient(dx!, [x, y]))).toEqual([10, 6]);
    expect(read(outer.gradient(dy!, [x, y]))).toEqual([6, null]);
  });

  behaviour('a diamond of paths adds up', () => {
    const x = scalar(3);
    const t = new GradientTape();
    t.watch(x);
    const a = square(x);
    const b = mul(a, 2);
    const c = mul(a, x);
    expect(read(t.gradient(mul(b, c), x))).toBe(2 * 5 * 3 ** 4);
  });

  behaviour('a thousand ops in a chain are swept without a deep stack', () => {
    const x = scalar(1);
    const t = new GradientTape();
    t.watch(x);
    let y: Tensor = x;
    for (let i = 0; i < 20_000; i++) y = add(y, x);
    expect(read(t.gradient(y, x))).toBe(20_001);
  });
});

describe('structures', () => {
  tf('testTwoTargets', 'each of two targets reaches its own source', () => {
    const x = scalar(3);
    const y = scalar(2);
    const t = new GradientTape();
    t.watch([x, y]);
    expect(read(t.gradient([mul(2, x), mul(3, y)], [x, y]))).toEqual([2, 3]);
  });

  tf('testGradientTapeStructure', 'the gradients come in the structure of the sources', () => {
    const x1 = scalar(3);
    const x2 = scalar(3.5);
    const x3 = scalar(3.25);
    const g = new GradientTape({ persistent: true });
    g.watch([x1, x2, x3]);
    const y = add(x1, add(mul(2, x2), mul(3, x3)));
    g.stop();
    expect(read(g.gradient(y, x1))).toBe(1);
    expect(read(g.gradient(y, [x1]))).toEqual([1]);
    expect(read(g.gradient(y, [x1, x2]))).toEqual([1, 2]);
    expect(
      read(
        g.gradient(y, [
          [x1, x2],
          [x2, x3],
        ]),
      ),
    ).toEqual([
      [1, 2],
      [2, 3],
    ]);
    expect(read(g.gradient(y, [x1, x2, [x1, x3]]))).toEqual([1, 2, [1, 3]]);
    expect(read(g.gradient(y, [x1, { x2, x3 }]))).toEqual([1, { x2: 2, x3: 3 }]);
    expect(g.gradient(y, [])).toEqual([]);
    expect(g.gradient(y, {})).toEqual({});
  });

  behaviour('targets come in any structure too', () => {
    const x = scalar(3);
    const t = new GradientTape();
    t.watch(x);
    expect(read(t.gradient({ a: square(x), more: [mul(2, x), [x]] }, x))).toBe(6 + 2 + 1);
  });

  tf('testGradientTapeRepeatedSource', 'a source given twice gets its whole gradient twice', () => {
    const x = scalar(3);
    const g = new GradientTape();
    g.watch(x);
    expect(read(g.gradient(mul(2, x), [x, x]))).toEqual([2, 2]);
  });

  tf('testPersistentGradientTapeRepeatedSource', 'on a persistent tape likewise, in any order of sources', () => {
    const x = scalar(3);
    const y = scalar(5);
    const g = new GradientTape({ persistent: true });
    g.watch(x);
    g.watch(y);
    const z = add(mul(x, x), mul(x, y));
    g.stop();
    expect(read(g.gradient(z, [x, x]))).toEqual([11, 11]);
    expect(read(g.gradient(z, [y, x]))).toEqual([3, 11]);
  });

  tf('testOutput', 'the gradients of several outputs add up', () => {
    const x = tensor([0, 1, 2]);
    const t = new GradientTape();
    t.watch(x);
    expect(read(t.gradient([add(x, 2), mul(x, x)], x))).toEqual([1, 3, 5]);
  });

  tf('testReturnSameThing', 'the input itself may be one of the outputs', () => {
    const x = scalar(1);
    const t = new GradientTape();
    t.watch(x);
    expect(read(t.gradient([x, mul(2, x)], x))).toBe(3);
  });

  tf('testMulType', 'one tensor in both places of an op gets both gradients', () => {
    const x = scalar(3);
    const t = new GradientTape();
    t.watch(x);
    expect(read(t.gradient(mul(x, x), x))).toBe(6);
  });

  tf('testCPU', 'constants between do not matter', () => {
    const x = scalar(1);
    const t = new GradientTape();
    t.watch(x);
    expect(read(t.gradient(add(add(x, scalar(2)), scalar(3)), x))).toBe(1);
  });

  tf('testMultiValueConvertToTensor', 'a stack of one value twice gives the sum of the parts', (own) => {
    const x = own(variable([1]));
    const t = new GradientTape();
    const a = add(x, 1);
    const b = stack([a, a], 0);
    const mean = div(sum(b), b.size);
    expect(t.watchedVariables()).toEqual([x]);
    expect(read(t.gradient(mean, x))).toEqual([1]);
  });

  tf('testGradientNone', 'an output that nothing depends on does not disturb the others', () => {
    const logits = tensor([[0, 0]]);
    const g = new GradientTape();
    g.watch(logits);
    const loss = mean(losses.softmaxCrossEntropy([[1, 0]], logits, undefined, 0, Reduction.NONE));
    expectValues(g.gradient(loss, logits), [[-0.5, 0.5]]);

    const twice = customGradient((x) => ({
      value: [mul(2, x), mul(3, x)],
      gradFunc: ([da, db]: Tensor[]) => add(mul(2, da!), mul(3, db!)),
    }));
    const x = tensor([[1, 5]]);
    const t = new GradientTape({ persistent: true });
    t.watch(x);
    const [a, b] = twice(x);
    t.stop();
    expect(read(t.gradient(a!, x))).toEqual([[2, 2]]);
    expect(read(t.gradient(b!, x))).toEqual([[3, 3]]);
    expect(read(t.gradient([a!, b!], x))).toEqual([[5, 5]]);
  });

  tf('testPythonMax', 'a choice in JavaScript is no op: only the chosen has a gradient', (own) => {
    const x = [2, 3, 5].map((v) => own(variable(v)));
    const t = new GradientTape();
    const f = x.reduce((a, b) => ((a.arraySync() as number) > (b.arraySync() as number) ? a : b));
    expect(read(f)).toBe(5);
    expect(read(t.gradient(f, x))).toEqual([null, null, 1]);
  });
});

describe('control flow', () => {
  tf('testGradientTapeWithCond', 'an if takes the gradient of the branch that ran', () => {
    const x = scalar(3);
    const g = new GradientTape();
    g.watch(x);
    const y = (x.arraySync() as number) < 3 ? x : mul(x, x);
    expect(read(g.gradient(y, [x]))).toEqual([6]);
  });

  tf('testGradientTapeWithWhileLoop', 'a loop is as long as it ran', () => {
    let x: Tensor = scalar(2);
    const source = x;
    const g = new GradientTape();
    g.watch([x]);
    for (let i = 1; i < 3; i++) x = mul(x, 2);
    expect(read(g.gradient(x, [source]))).toEqual([4]);
  });

  tf('testGradientInsideLoop', 'a tape for each round of a loop sees the variable read before it', (own) => {
    const v = own(variable(1));
    for (let i = 0; i < 3; i++) {
      add(v, 1);
      const t = new GradientTape();
      expect(read(t.gradient(mul(v, 2), v))).toBe(2);
    }
  });
});

describe('output gradients', () => {
  tf('testOutputGradUsedInComputation', 'weigh the targets, a target that is a source too', () => {
    const x = scalar(3);
    const y = scalar(2);
    const t = new GradientTape({ persistent: true });
    t.watch([x, y]);
    const loss = mul(x, y);
    t.stop();
    expect(read(t.gradient([loss, x], [x], { outputGradients: [scalar(1), scalar(2)] }))).toEqual([4]);
    expect(read(t.gradient([loss, x], [x], { outputGradients: [1, 2] }))).toEqual([4]);
  });

  tf('testDy', 'reach a source that is the target', () => {
    const x = scalar(1);
    const t = new GradientTape();
    t.watch(x);
    expect(read(t.gradient(x, x, { outputGradients: scalar(2) }))).toBe(2);
  });

  behaviour('null stands for ones, and the structure is the targets’', () => {
    const x = scalar(3);
    const t = new GradientTape({ persistent: true });
    t.watch(x);
    const y = { a: square(x), b: mul(x, 5) };
    t.stop();
    expect(read(t.gradient(y, x, { outputGradients: { a: null, b: scalar(2) } }))).toBe(16);
    expect(read(t.gradient(y, x, { outputGradients: null }))).toBe(11);
  });

  behaviour('are themselves differentiated', () => {
    const x = scalar(3);
    const dy = scalar(2);
    const outer = new GradientTape();
    outer.watch(dy);
    const inner = new GradientTape();
    inner.watch(x);
    const dx = inner.gradient(square(x), x, { outputGradients: dy })!;
    expect(read(outer.gradient(dx, dy))).toBe(6);
  });

  behaviour('must fit their targets in number, kind, shape, dtype and life', () => {
    const x = tensor([1, 2]);
    const t = new GradientTape({ persistent: true });
    t.watch(x);
    const y = square(x);
    const ask = (outputGradients: never) => () => t.gradient(y, x, { outputGradients });
    const before = held();
    expect(ask(ones([3]) as never)).toThrow(ShapeError);
    expect(ask([ones([2]), ones([2])] as never)).toThrow('outputGradients has 2 tensors, target has 1');
    expect(ask('x' as never)).toThrow(ArgumentError);
    expect(ask(2 as never)).toThrow('outputGradients[0] must be a tensor: got number');
    expect(ask(ones([2], 'float64') as never)).toThrow(DTypeError);
    const gone = ones([2]);
    gone.dispose();
    expect(ask(gone as never)).toThrow('tape.gradient: a tensor was disposed: float32 [2], made by ones.');
    expect(ask(gone as never)).toThrow(DisposedError);
    expect(held().numTensors - before.numTensors).toBe(4);
    expect(read(t.gradient(y, x))).toEqual([2, 4]);
  });
});

describe('unconnected sources', () => {
  tf('testUnconnectedGradientsDefault', 'have the gradient null', () => {
    const x = scalar(1);
    const y = scalar(3);
    const g = new GradientTape();
    g.watch([x, y]);
    expect(g.gradient(mul(y, 2), x)).toBeNull();
  });

  tf('testUnconnectedGradientsZeros', 'have zeros of the source’s shape and dtype where that is asked for', () => {
    const x = ones([2, 2]);
    const y = scalar(3);
    const d = ones([3], 'float64');
    const g = new GradientTape();
    g.watch([x, y]);
    const [dx, dd] = g.gradient(mul(y, 2), [x, d], { unconnectedGradients: 'zero' });
    expect(read(dx)).toEqual([
      [0, 0],
      [0, 0],
    ]);
    expect(read(dd)).toEqual([0, 0, 0]);
    expect(dd!.dtype).toBe('float64');
  });

  tf('testUnconnectedGradientsVariablesZeros', 'and zeros of a variable’s', (own) => {
    const x = own(variable(ones([2, 2])));
    const y = own(variable(3));
    const g = new GradientTape();
    g.watch([x, y]);
    expect(read(g.gradient(mul(y, 2), x, { unconnectedGradients: 'zero' }))).toEqual([
      [0, 0],
      [0, 0],
    ]);
  });

  tf('testUnknownUnconnectedGradientsValueGiven', 'no other word is taken, and the tape can still be asked', () => {
    const x = scalar(1);
    const g = new GradientTape();
    g.watch(x);
    const z = mul(x, 2);
    const ask = (value: string) => () => g.gradient(z, x, { unconnectedGradients: value as 'zero' });
    expect(ask('nonsense')).toThrow("tape.gradient: Unknown value for unconnectedGradients: 'nonsense'.");
    expect(ask('nonsense')).toThrow(ArgumentError);
    expect(read(g.gradient(z, x))).toBe(2);
  });

  tf('testUnconnectedGradientsNestedDefunZeros', 'are those behind stopGradient too', () => {
    const x = scalar(1);
    const g = new GradientTape();
    g.watch(x);
    const f = (y: Tensor) => mul(y, y);
    const h = (y: Tensor) => stopGradient(f(y));
    expect(read(g.gradient(h(add(x, 2)), x, { unconnectedGradients: 'zero' }))).toBe(0);
  });

  tf('testUnconnectedNone', 'are variables that were read for nothing', (own) => {
    const v = own(variable(1));
    const t = new GradientTape();
    v.clone();
    const [found] = t.watchedVariables();
    expect(found).toBe(v);
    expect(t.gradient(scalar(1), found!)).toBeNull();
  });
});

describe('what is computed', () => {
  tf('test_stop_gradient_hides_downstream_ops', 'rules of ops behind stopGradient never run', () => {
    const refuses = customGradient((x) => ({
      value: x,
      gradFunc: () => {
        throw new Error('the rule ran');
      },
    }));
    const x = scalar(1);
    const t = new GradientTape();
    t.watch(x);
    expect(t.gradient(refuses(stopGradient(x)), x)).toBeNull();
  });

  behaviour('rules run only on the way from a source to a target', () => {
    const ran: string[] = [];
    const noted = (name: string) =>
      customGradient((x) => ({
        value: mul(2, x),
        gradFunc: (dy) => {
          ran.push(name);
          return mul(2, dy);
        },
      }));
    const x = scalar(3);
    const w = scalar(4);
    const t = new GradientTape();
    t.watch([x, w]);
    const a = noted('a')(x);
    const b = noted('b')(w);
    const y = mul(a, b);
    noted('after')(y);
    expect(read(t.gradient(y, x))).toBe(2 * 8);
    expect(ran).toEqual(['a']);
  });

  behaviour('only the gradient of the operand that was asked for is computed', () => {
    const a = ones([2, 3]);
    const b = ones([3, 4]);
    const outer = new GradientTape();
    const inner = new GradientTape();
    outer.watch([a, b]);
    inner.watch([a, b]);
    const y = matMul(a, b);
    const before = outer.entries().length;
    const da = inner.gradient(y, a)!;
    expect(
      outer
        .entries()
        .slice(before)
        .filter((e) => e.op === 'matMul').length,
    ).toBe(1);
    expect(da.shape).toEqual([2, 3]);
  });

  behaviour('a float64 source has a float64 gradient, through a cast too', () => {
    const x = tensor(new Float64Array([1, 2]));
    const t = new GradientTape();
    t.watch(x);
    const dx = t.gradient(square(cast(x, 'float32')), x)!;
    expect(dx.dtype).toBe('float64');
    expect(read(dx)).toEqual([2, 4]);
  });

  behaviour('gradients have the sources’ shapes when ops broadcast', () => {
    const x = tensor([[1], [2], [3]]);
    const y = tensor([10, 20]);
    const s = scalar(2);
    const t = new GradientTape();
    t.watch([x, y, s]);
    const z = mul(s, mul(x, y));
    expect(read(t.gradient(z, [x, y, s]))).toEqual([[[60], [60], [60]], [12, 12], 180]);
  });

  behaviour('empty tensors have empty gradients', () => {
    const x = ones([0, 3]);
    const w = ones([3]);
    const t = new GradientTape();
    t.watch([x, w]);
    const y = mul(x, w);
    expect(read(t.gradient(y, [x, w]))).toEqual([[], [0, 0, 0]]);
  });

  behaviour('views are seen through', () => {
    const x = tensor([1, 2, 3, 4]);
    const t = new GradientTape();
    t.watch(x);
    const y = square(reshape(x, [2, 2]));
    expect(read(t.gradient(y, x))).toEqual([2, 4, 6, 8]);
  });

  behaviour('inputs may be disposed before the gradient is asked for', () => {
    const x = scalar(3);
    const t = new GradientTape();
    t.watch(x);
    const a = square(x);
    const y = square(a);
    a.dispose();
    x.dispose();
    y.dispose();
    expect(read(t.gradient(y, x))).toBe(108);
  });
});

describe('the end of a tape', () => {
  tf('testGradientTapeGradientCalledMultipleTimes', 'a tape that is not persistent answers once', () => {
    const x = scalar(3);
    const g = new GradientTape();
    g.watch(x);
    const y = mul(x, x);
    const z = mul(y, y);
    g.gradient(z, [x]);
    expect(() => g.gradient(y, [x])).toThrow(TapeError);
    expect(() => g.gradient(y, [x])).toThrow(
      'tape.gradient: A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians). ' +
        'Create it with new GradientTape({ persistent: true }).',
    );
    expect(() => g.resume()).toThrow(TapeError);
  });

  behaviour('what a tape saved goes back as gradient() passes it', () => {
    const x = ones([1024]);
    const t = new GradientTape();
    t.watch(x);
    const y = tidy(() => sum(square(square(square(x)))));
    const before = held().numTensors;
    const dx = t.gradient(y, x);
    expect(before - held().numTensors).toBeGreaterThanOrEqual(1);
    expectValues(dx, new Array(1024).fill(8));
  });

  behaviour('gradients outlive their tape', () => {
    const x = scalar(3);
    const t = new GradientTape({ persistent: true });
    t.watch(x);
    const dx = t.gradient(square(x), x);
    t.dispose();
    expect(read(dx)).toBe(6);
  });

  behaviour('a rule that throws in an inner tape leaves the outer one whole', () => {
    const refuses = customGradient((x) => ({
      value: x,
      gradFunc: () => {
        throw new Error('mine');
      },
    }));
    const x = scalar(3);
    const outer = new GradientTape();
    const inner = new GradientTape();
    outer.watch(x);
    inner.watch(x);
    const y = refuses(square(x));
    const z = square(square(neg(sub(0, x))));
    expect(() => inner.gradient([y, z], x)).toThrow('mine');
    expect(inner.recording).toBe(false);
    expect(read(outer.gradient(z, x))).toBe(108);
  });

  behaviour('arguments that are no tensors are named', () => {
    const x = scalar(3);
    const t = new GradientTape();
    t.watch(x);
    const y = square(x);
    expect(() => t.gradient(3 as never, x)).toThrow('tape.gradient: target must be a tensor: got number.');
    expect(() => t.gradient(y, [x, null] as never)).toThrow('tape.gradient: sources[1] must be a tensor: got null.');
    expect(read(t.gradient(y, x))).toBe(6);
  });
});
