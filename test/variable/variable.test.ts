// Variables: assignment, copy on write, and what tapes and views keep.

import { beforeAll, describe, expect, it } from 'vitest';
import {
  cast,
  DTypeError,
  GradientTape,
  init,
  mul,
  ones,
  reshape,
  square,
  stopGradient,
  sum,
  Tensor,
  tensor,
  tidy,
  Variable,
  variable,
  zeros,
} from '../../src/index.js';
import { floats } from '../../src/runtime/core.js';
import { held } from '../tape/behaviour.js';

beforeAll(() => init());

const even = (body: () => void) => () => {
  const before = held();
  tidy(body);
  expect(held()).toEqual(before);
};

describe('variable', () => {
  it(
    'copies its first values on write: the tensor it came from stays',
    even(() => {
      const x = tensor([1, 2]);
      const buffers = held().numDataBuffers;
      const v = variable(x);
      expect(held().numDataBuffers).toBe(buffers);
      v.assignAdd([10, 10]);
      expect(x.arraySync()).toEqual([1, 2]);
      expect(v.arraySync()).toEqual([11, 12]);
      x.dispose();
      expect(v.arraySync()).toEqual([11, 12]);
      v.dispose();
    }),
  );

  it(
    'has a name, is trainable unless told otherwise, and takes its dtype from its values or the argument',
    even(() => {
      const v = variable([1, 2], false, 'weights');
      expect([v.name, v.trainable, v.dtype, v.shape]).toEqual(['weights', false, 'float32', [2]]);
      const w = variable(3, true, undefined, 'float64');
      expect([w.trainable, w.dtype]).toEqual([true, 'float64']);
      expect(w.name).toMatch(/^Variable_\d+$/);
      const n = variable(tensor([1], [1], 'int32'));
      expect(n.dtype).toBe('int32');
      expect(() => variable(tensor([1]), true, 'x', 'float64')).toThrow(DTypeError);
      expect(v).toBeInstanceOf(Tensor);
      expect(v).toBeInstanceOf(Variable);
      [v, w, n].forEach((x) => x.dispose());
    }),
  );

  it(
    'assigns numbers, arrays, tensors and other variables, and gives itself back',
    even(() => {
      const v = variable([1, 2]);
      const w = variable([7, 8]);
      expect(v.assign([3, 4])).toBe(v);
      expect(v.arraySync()).toEqual([3, 4]);
      expect(v.assign(w).arraySync()).toEqual([7, 8]);
      w.assignSub(1);
      expect(v.arraySync()).toEqual([7, 8]);
      expect(v.assignSub([1, 2]).arraySync()).toEqual([6, 6]);
      expect(v.assign(v).assignAdd(v).arraySync()).toEqual([12, 12]);
      v.dispose();
      w.dispose();
    }),
  );

  it(
    'keeps its identity when it is assigned',
    even(() => {
      const v = variable(1);
      const { id } = v;
      v.assign(2);
      expect(v.id).toBe(id);
      v.dispose();
    }),
  );
});

describe('copy on write', () => {
  it(
    'a value that a tape saved survives assign()',
    even(() => {
      const v = variable([1, 2, 3]);
      const t = new GradientTape();
      const y = square(v);
      v.assign([100, 100, 100]);
      expect(t.gradient(y, v)!.arraySync()).toEqual([2, 4, 6]);
      v.dispose();
    }),
  );

  it(
    'a view of a variable keeps the old values',
    even(() => {
      const v = variable([1, 2, 3, 4]);
      const views = [reshape(v, [2, 2]), v.clone(), stopGradient(v), cast(v, 'float32')];
      v.assignAdd(10);
      expect(views.map((x) => [...x.dataSync()])).toEqual(new Array(4).fill([1, 2, 3, 4]));
      expect(v.arraySync()).toEqual([11, 12, 13, 14]);
      v.dispose();
    }),
  );

  it(
    'the tensor that was assigned keeps its values when the variable changes',
    even(() => {
      const v = variable([1, 2]);
      const x = tensor([5, 6]);
      v.assign(x);
      write(v, 9);
      expect(x.arraySync()).toEqual([5, 6]);
      expect(v.arraySync()).toEqual([9, 9]);
      v.dispose();
    }),
  );

  /** Writes a variable in place, as an optimizer's kernel does. */
  function write(v: Variable, value: number): number {
    const at = v._writable();
    floats.fill(value, at / 4, at / 4 + v.size);
    return at;
  }

  it(
    'a variable that owns its memory alone is written in place',
    even(() => {
      const v = variable(zeros([4]));
      const at = write(v, 1);
      expect(write(v, 2)).toBe(at);
      expect(v.arraySync()).toEqual([2, 2, 2, 2]);
      v.dispose();
    }),
  );

  it(
    'an optimizer’s write moves the variable away from what shares its memory, once',
    even(() => {
      const v = variable(tensor([1, 2]));
      const t = new GradientTape({ persistent: true });
      const y = mul(v, v);
      const old = v.clone();
      const before = v.dataSync();
      const moved = write(v, 7);
      expect(write(v, 8)).toBe(moved);
      expect(old.dataSync()).toEqual(before);
      expect(v.arraySync()).toEqual([8, 8]);
      expect(t.gradient(y, v)!.arraySync()).toEqual([2, 4]);
      v.dispose();
      expect(old.arraySync()).toEqual([1, 2]);
    }),
  );

  it(
    'copying keeps every value, whatever the size',
    even(() => {
      for (const n of [0, 1, 16, 17, 1000]) {
        const values = Float32Array.from({ length: n }, (_, i) => i);
        const v = variable(values);
        const x = v.clone();
        v._writable();
        expect(v.dataSync()).toEqual(values);
        expect(x.dataSync()).toEqual(values);
        v.dispose();
      }
    }),
  );
});

describe('variables and memory', () => {
  it('a thousand updates hold no more than one', () => {
    const v = variable(ones([100]));
    const step = (): void =>
      tidy(() => {
        const t = new GradientTape();
        const loss = sum(square(v));
        v.assignSub(mul(0.1, t.gradient(loss, v)!));
      });
    step();
    const after = held();
    for (let i = 0; i < 1000; i++) step();
    expect(held()).toEqual(after);
    v.dispose();
  });
});
