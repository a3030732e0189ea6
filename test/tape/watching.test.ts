// The life of a tape: what it watches, when it records, what it lets go of.

import { describe, expect } from 'vitest';
import {
  add,
  cast,
  clone,
  GradientTape,
  mul,
  ones,
  onWarning,
  scalar,
  square,
  sub,
  sum,
  TapeError,
  tensor,
  tidy,
  variable,
} from '../../src/index.js';
import { balanced, behaviour, read, tf } from './behaviour.js';

onWarning(() => {});

describe('targets that are sources', () => {
  tf('testTapeNoOpGradient', 'the gradient of a source with respect to itself is one', () => {
    const x = scalar(3);
    const t = new GradientTape();
    t.watch(x);
    expect(read(t.gradient(x, x))).toBe(1);
  });

  behaviour('that holds for a tensor that was never watched too, as in TensorFlow', () => {
    const x = tensor([3, 4]);
    const w = scalar(2);
    const t = new GradientTape({ persistent: true });
    t.watch(w);
    const y = mul(w, x);
    expect(read(t.gradient(x, x))).toEqual([1, 1]);
    expect(t.gradient(y, x)).toBeNull();
  });

  tf('testTapeIdentityGradientIsIdentity', 'the gradient passes through clone()', () => {
    const x = scalar(3);
    const t = new GradientTape();
    t.watch(x);
    expect(read(t.gradient(clone(x), x))).toBe(1);
  });

  tf(
    'testTapeGradientMultiTargetOneIsSource',
    'a target that is the source adds one to the other targets’ gradient',
    () => {
      const x = scalar(2);
      const t = new GradientTape();
      t.watch(x);
      const y = mul(x, x);
      expect(read(t.gradient([x, y], x))).toBe(5);
    },
  );

  tf('testTapeNoOpGradientWithMultiTargetAllSource', 'a target given twice counts twice', () => {
    const x = scalar(3);
    const t = new GradientTape();
    t.watch(x);
    expect(read(t.gradient([x, x], x))).toBe(2);
  });

  tf(
    'testTapeNoOpGradientWithMultiTargetMultiSource',
    'sources among several targets and sources keep to their own',
    () => {
      const x = scalar(3);
      const y = scalar(5);
      const t = new GradientTape();
      t.watch(x);
      t.watch(y);
      const z = mul(y, y);
      expect(read(t.gradient([x, y, z], [x, y]))).toEqual([1, 11]);
    },
  );

  tf('testTapeNoOpGradient2By2', 'a matrix that is target and source gives a matrix of ones', () => {
    const a = tensor([2, 2, 2, 2], [2, 2]);
    const t = new GradientTape({ persistent: true });
    t.watch(a);
    expect(read(t.gradient(a, [a]))).toEqual([
      [
        [1, 1],
        [1, 1],
      ],
    ]);
  });

  tf('testTapeNoOpGradientMultiTarget2By2', 'a matrix given twice as target gives a matrix of twos', () => {
    const a = tensor([2, 2, 2, 2], [2, 2]);
    const t = new GradientTape({ persistent: true });
    t.watch(a);
    expect(read(t.gradient([a, a], [a]))).toEqual([
      [
        [2, 2],
        [2, 2],
      ],
    ]);
  });

  tf('testTapeNoOpOnVariableIsIdentity', 'reading a variable passes the gradient on', (own) => {
    const v = own(variable(1));
    const t = new GradientTape();
    expect(read(t.gradient(v.clone(), v))).toBe(1);
  });

  tf('testGadientTapeCalledOnConstantTarget', 'a variable as target does not depend on another variable', (own) => {
    const x = own(variable([3]));
    const y = own(variable([2]));
    const t = new GradientTape();
    expect(t.gradient(x, y)).toBeNull();
  });
});

describe('dtypes without gradients', () => {
  tf('testGradientInteger', 'an int32 source has no gradient', () => {
    const x = scalar(1, 'int32');
    const t = new GradientTape();
    t.watch(x);
    expect(t.gradient(add(x, x), x)).toBeNull();
  });

  tf('testTapeGradientStringTarget', 'a target that is not float gives no gradient', () => {
    const s = scalar(7, 'int32');
    const x = scalar(3);
    const t = new GradientTape();
    t.watch([x, s]);
    expect(t.gradient(s, x)).toBeNull();
  });

  tf('testTapeNoOpGradientStringSourceAndTarget', 'not even with respect to itself', () => {
    const s = scalar(true);
    const t = new GradientTape();
    t.watch(s);
    expect(t.gradient(s, s)).toBeNull();
  });

  tf(
    'testTapeNoOpGradientWithMultiTargetMultiSourceIncludeString',
    'a source that is not float leaves the others’ gradients alone',
    () => {
      const x = scalar(3);
      const y = scalar(5);
      const s = scalar(7, 'int32');
      const t = new GradientTape();
      t.watch([x, y, s]);
      const z = mul(y, y);
      expect(read(t.gradient([x, y, z, s], [x, y, s]))).toEqual([1, 11, null]);
    },
  );

  behaviour('watching an int32 tensor warns once for each dtype, and watches nothing', () => {
    const heard: string[] = [];
    onWarning((message) => heard.push(message));
    const t = new GradientTape();
    for (let i = 0; i < 3; i++) t.watch(cast(tensor([1]), 'bool'));
    onWarning(() => {});
    // Another test may have heard it first.
    expect(heard.length).toBeLessThanOrEqual(1);
    expect(t.watchedVariables()).toEqual([]);
  });

  behaviour('a gradient that goes through int32 is cut there', () => {
    const x = scalar(2.5);
    const t = new GradientTape();
    t.watch(x);
    const y = mul(cast(cast(x, 'int32'), 'float32'), 3);
    expect(t.gradient(y, x)).toBeNull();
  });
});

describe('recording', () => {
  tf('testTapeStopRecording', 'what is done in stopRecording() has no gradient', (own) => {
    const x = own(variable(1));
    const t = new GradientTape();
    const y = t.stopRecording(() => mul(x, x));
    expect(t.gradient(y, x)).toBeNull();
  });

  tf('testTapeStopStartRecording', 'what was done before stopRecording() still counts after it', (own) => {
    const x = own(variable(1));
    const t = new GradientTape({ persistent: true });
    const x2 = mul(x, 2);
    const y = t.stopRecording(() => mul(x2, x2));
    const z = mul(x2, x2);
    expect(t.gradient(y, x2)).toBeNull();
    expect(read(t.gradient(z, x2))).toBe(4);
    expect(read(t.gradient(z, x))).toBe(8);
  });

  behaviour('stopRecording() stops one tape, not the others', () => {
    const x = scalar(3);
    const outer = new GradientTape();
    const inner = new GradientTape();
    outer.watch(x);
    inner.watch(x);
    const y = inner.stopRecording(() => square(x));
    expect(inner.gradient(y, x)).toBeNull();
    expect(read(outer.gradient(y, x))).toBe(6);
  });

  behaviour('a tape that ends inside another’s stopRecording() stays ended', () => {
    const x = scalar(3);
    const outer = new GradientTape();
    const inner = new GradientTape();
    outer.watch(x);
    inner.watch(x);
    const y = square(x);
    const dx = outer.stopRecording(() => inner.gradient(y, x));
    expect(read(dx)).toBe(6);
    expect(inner.recording).toBe(false);
    expect(outer.recording).toBe(true);
  });

  behaviour('a tape that begins inside another’s stopRecording() goes on after it', () => {
    const x = scalar(3);
    const outer = new GradientTape();
    outer.watch(x);
    const inner = outer.stopRecording(() => new GradientTape());
    inner.watch(x);
    const y = square(x);
    expect(read(inner.gradient(y, x))).toBe(6);
    expect(read(outer.gradient(y, x))).toBe(6);
  });

  behaviour('stopRecording() on a tape that does not record is an error, and so is resume() inside it', () => {
    const t = new GradientTape();
    t.stopRecording(() => {
      expect(t.recording).toBe(false);
      expect(() => t.resume()).toThrow(TapeError);
    });
    expect(t.recording).toBe(true);
    t.stop();
    expect(() => t.stopRecording(() => 0)).toThrow('tape.stopRecording: the tape is not recording.');
  });

  behaviour('an exception in stopRecording() passes, and recording goes on', () => {
    const x = scalar(3);
    const t = new GradientTape();
    t.watch(x);
    expect(() =>
      t.stopRecording(() => {
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(read(t.gradient(square(x), x))).toBe(6);
  });

  tf('testTapeReset', 'after reset() only what follows counts', (own) => {
    const v = own(variable(1));
    const t = new GradientTape();
    let loss = mul(v, v);
    t.reset();
    loss = add(loss, mul(v, v));
    expect(read(t.gradient(loss, v))).toBe(2);
  });

  tf('testNestedSelfContexts', 'entering a tape that records is an error', (own) => {
    const v = own(variable(1));
    const t = new GradientTape();
    expect(() => t.resume()).toThrow(TapeError);
    expect(() => t.run(() => mul(v, 2))).toThrow('tape.resume: the tape is already recording. Call stop() first.');
    expect(t.recording).toBe(true);
  });

  tf('testGradientTapeReEnterContext', 'a tape that is left and entered again goes on where it was', () => {
    const g = new GradientTape();
    const x = scalar(3);
    g.watch(x);
    const y = mul(2, x);
    g.stop();
    const between = mul(5, y);
    const z = g.run(() => mul(2, y));
    expect(read(g.gradient(z, [x]))).toEqual([4]);
    expect(between.isDisposed).toBe(false);
  });

  behaviour('run() gives back what the function returns, and stops whatever happens', () => {
    const x = scalar(3);
    const t = new GradientTape();
    t.stop();
    expect(() =>
      t.run(() => {
        t.watch(x);
        square(x);
        throw new Error('mine');
      }),
    ).toThrow('mine');
    expect(t.recording).toBe(false);
    const y = t.run(() => square(x));
    expect(read(t.gradient(y, x))).toBe(6);
  });

  tf('testGradientWithinTapeBlock', 'gradient() may be called while the tape records, persistent or not', (own) => {
    const v = own(variable(1));
    const once = new GradientTape();
    expect(read(once.gradient(mul(2, v), v))).toBe(2);
    expect(once.recording).toBe(false);
    const often = new GradientTape({ persistent: true });
    expect(read(often.gradient(mul(2, v), v))).toBe(2);
    expect(often.recording).toBe(true);
  });

  tf('testExceptionSafety', 'a function that throws leaves no tape active', () => {
    const f = (): never => {
      throw new RangeError('mine');
    };
    for (const begin of [
      () => new GradientTape().stopRecording(f),
      () => tidy(() => [new GradientTape(), f()]),
      () => {
        using _t = new GradientTape();
        f();
      },
    ])
      expect(() => balanced(begin)).toThrow(RangeError);
    const x = scalar(1);
    const t = new GradientTape();
    t.watch(x);
    expect(read(t.gradient(mul(x, x), x))).toBe(2);
  });

  behaviour('using ends a tape at the end of its block', () => {
    const x = scalar(3);
    let kept: GradientTape;
    {
      using t = new GradientTape({ persistent: true });
      kept = t;
      t.watch(x);
      expect(read(t.gradient(square(x), x))).toBe(6);
    }
    expect(kept.recording).toBe(false);
    expect(() => kept.gradient(x, x)).toThrow(TapeError);
  });

  behaviour('a persistent tape holds what it saved until it is disposed', () => {
    const x = scalar(3);
    const t = new GradientTape({ persistent: true });
    t.watch(x);
    const y = tidy(() => square(square(x)));
    expect(t.entries().map((e) => e.op)).toEqual(['square', 'square']);
    expect(read(t.gradient(y, x))).toBe(108);
    expect(read(t.gradient(y, x))).toBe(108);
    t.dispose();
    expect(t.entries()).toEqual([]);
  });

  behaviour('a tape writes down only what depends on something watched', () => {
    const x = scalar(3);
    const c = scalar(4);
    const t = new GradientTape();
    square(c);
    t.watch(x);
    square(c);
    mul(c, square(x));
    square(c);
    expect(t.entries().map((e) => e.op)).toEqual(['square', 'mul']);
    expect(t.entries()[1]!.inputs.map((v) => v.id)).toEqual([c.id, t.entries()[0]!.outputs[0]!.id]);
  });
});

describe('variables', () => {
  tf('testAutomaticWatchedVariables', 'variables are listed when they are read, and forgotten by reset()', (own) => {
    const t = new GradientTape();
    expect(t.watchedVariables()).toEqual([]);
    const v = own(variable(1));
    mul(v, v);
    expect(t.watchedVariables()).toEqual([v]);
    t.reset();
    expect(t.watchedVariables()).toEqual([]);
    mul(v, v);
    expect(t.watchedVariables()).toEqual([v]);
  });

  tf('testExplicitWatchedVariables', 'variables are listed when they are watched', (own) => {
    const t = new GradientTape();
    const v = own(variable(1));
    t.watch(v);
    expect(t.watchedVariables()).toEqual([v]);
    t.reset();
    expect(t.watchedVariables()).toEqual([]);
    t.watch(v);
    expect(t.watchedVariables()).toEqual([v]);
  });

  tf('testWatchedVariablesAfterNonPersistentGradientCall', 'the list survives gradient()', (own) => {
    const x = own(variable(1));
    const t = new GradientTape();
    t.watch(x);
    t.gradient(x, x);
    expect(t.watchedVariables()).toEqual([x]);
  });

  tf('testWatchedVariablesOnlyHasVariablesFromLastTape', 'a tape’s list is its own', (own) => {
    const x = own(variable(1));
    const first = new GradientTape();
    first.watch(x);
    first.stop();
    const z = own(variable(2));
    const second = new GradientTape();
    second.watch(z);
    second.gradient(z, z);
    expect(second.watchedVariables()).toEqual([z]);
  });

  tf('testWatchedVariablesRespectReset', 'reset() drops what was watched before', (own) => {
    const x = own(variable(1));
    const z = own(variable(2));
    const t = new GradientTape();
    t.watch(x);
    expect(t.watchedVariables()).toEqual([x]);
    t.reset();
    t.watch(z);
    expect(t.watchedVariables()).toEqual([z]);
    t.gradient(z, z);
    expect(t.watchedVariables()).toEqual([z]);
  });

  tf('testImplicitGradOrdering', 'variables are listed in the order they were made, not read', (own) => {
    const v0 = own(variable(1));
    const v1 = own(variable(2));
    const t = new GradientTape();
    const x = mul(v1, v1);
    const y = mul(v0, v0);
    const loss = add(x, y);
    const variables = t.watchedVariables();
    expect(variables[0]).toBe(v0);
    expect(variables[1]).toBe(v1);
    expect(read(t.gradient(loss, variables))).toEqual([2, 4]);
  });

  tf(
    'testSelectivelyWatchVariables',
    'with watchAccessedVariables off, only watched variables have gradients',
    (own) => {
      const x1 = own(variable(1));
      const x2 = own(variable(1));
      const t = new GradientTape({ watchAccessedVariables: false });
      t.watch(x2);
      const y = square(x1);
      const z = mul(x2, square(x2));
      expect(t.watchedVariables()).toEqual([x2]);
      expect(read(t.gradient([y, z], [x1, x2]))).toEqual([null, 3]);
    },
  );

  tf('testWatchingIsTapeLocal', 'watching on one tape does not watch on another', (own) => {
    const x1 = own(variable(2, false));
    const x2 = own(variable(2, false));
    const tape1 = new GradientTape();
    const tape2 = new GradientTape();
    tape1.watch(x1);
    tape2.watch([x1, x2]);
    const y = mul(x1, square(x1));
    const z = square(x2);
    const [dy, dz] = tape2.gradient([y, z], [x1, x2]);
    expect(read(tape1.gradient([dy!, dz!], [x1, x2]))).toEqual([12, null]);
  });

  behaviour('a variable that is not trainable is watched only by watch()', (own) => {
    const v = own(variable(3, false));
    const t = new GradientTape({ persistent: true });
    expect(t.gradient(square(v), v)).toBeNull();
    t.watch(v);
    expect(read(t.gradient(square(v), v))).toBe(6);
  });

  tf(
    ['testDifferentiatingScalarCache', 'testVariablesAndConstantsProduceTheSameGradients'],
    'equal constants are distinct, as equal variables are',
    (own) => {
      const x1 = scalar(3);
      const x2 = scalar(3);
      const g = new GradientTape();
      g.watch([x1, x2]);
      expect(read(g.gradient(add(x1, x2), [x1]))).toEqual([1]);

      for (const [a, b] of [
        [scalar(2), scalar(2)],
        [own(variable(2)), own(variable(2))],
      ] as const) {
        const t = new GradientTape();
        t.watch([a, b]);
        const y = mul(a, square(a));
        const z = square(b);
        expect(read(t.gradient([y, z], [a, b]))).toEqual([12, 4]);
      }
    },
  );

  tf('testNoOpBehaviorConsistent', 'clone(x), x + 0, x - 0 and x · 1 are tensors of their own', () => {
    const x = scalar(10);
    const x1 = clone(x);
    const x2 = add(x, 0);
    const x3 = sub(x, 0);
    const x4 = mul(x, 1);
    const t = new GradientTape();
    t.watch([x, x1, x2, x3, x4]);
    const loss = [mul(x, 2), mul(x1, 3), mul(x2, 3), mul(x3, 3), mul(x4, 3)].reduce((a, b) => add(a, b));
    expect(read(t.gradient(loss, [x, x1, x2, x3, x4]))).toEqual([2, 3, 3, 3, 3]);
  });

  behaviour(
    'a variable that is assigned between two readings gets the sum of both gradients, each at its value',
    (own) => {
      const v = own(variable(3));
      const t = new GradientTape();
      const y = square(v);
      v.assign(5);
      const z = square(v);
      expect(read(t.gradient([y, z], v))).toBe(6 + 10);
    },
  );

  behaviour('assigning is no op: the value before is not differentiated through it', (own) => {
    const v = own(variable(3));
    const w = own(variable(1));
    const t = new GradientTape();
    w.assign(square(v));
    const y = mul(w, 2);
    expect(read(t.gradient(y, [v, w]))).toEqual([null, 2]);
  });
});

describe('watch', () => {
  tf('testWatchBadThing', 'watching what is no tensor is an error that names its type and place', () => {
    const t = new GradientTape();
    const watch = (x: unknown) => t.watch(x as never);
    expect(() => watch(new Float32Array(1))).toThrow('tape.watch: it takes tensors: got Float32Array.');
    expect(() => watch(3)).toThrow('got number');
    expect(() => watch({ a: [scalar(1), 'x'] })).toThrow('got the string "x" at .a[1]');
    expect(t.watchedVariables()).toEqual([]);
  });

  tf('testWatchComposite', 'watching a structure watches the tensors in it', () => {
    const s = { values: tensor([1, 2]), more: [scalar(3)] };
    const t = new GradientTape();
    t.watch(s);
    const z = mul(sum(s.values), s.more[0]!);
    expect(read(t.gradient(z, s))).toEqual({ values: [3, 3], more: [3] });
  });

  behaviour('watch() gives back the tape', () => {
    const x = ones([2]);
    expect(read(new GradientTape().watch(x).gradient(x, x))).toEqual([1, 1]);
  });

  behaviour('watching an intermediate value does not cut it off from what came before', () => {
    const x = scalar(3);
    const t = new GradientTape();
    t.watch(x);
    const y = square(x);
    t.watch(y);
    expect(read(t.gradient(square(y), [x, y]))).toEqual([108, 18]);
  });
});
