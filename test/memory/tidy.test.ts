// Scopes: tidy, keep, dispose, using, and the counters of memory().

import { beforeAll, describe, expect, it } from 'vitest';
import {
  add,
  ArgumentError,
  dispose,
  GradientTape,
  init,
  keep,
  memory,
  mul,
  ones,
  reshape,
  resetPeak,
  scalar,
  square,
  sum,
  type Tensor,
  tensor,
  tidy,
  variable,
  zeros,
} from '../../src/index.js';
import { isRecording } from '../../src/tape/record.js';
import { held } from '../tape/behaviour.js';

beforeAll(() => init());

/** Runs a body and asserts that it leaves as much as it found. */
const even = (body: () => void) => () => {
  const before = held();
  body();
  expect(held()).toEqual(before);
  expect(isRecording()).toBe(false);
};

describe('tidy', () => {
  it(
    'gives back what is made in it, but for what it returns',
    even(() => {
      const before = held().numTensors;
      let inner: Tensor | null = null;
      const y = tidy(() => {
        inner = square([1, 2, 3]);
        return sum(inner);
      });
      expect(inner!.isDisposed).toBe(true);
      expect(y.arraySync()).toBe(14);
      expect(held().numTensors).toBe(before + 1);
      y.dispose();
    }),
  );

  it(
    'takes a name before the function, as TensorFlow.js does',
    even(() => {
      const y = tidy('named', () => ones([2]));
      expect(y.arraySync()).toEqual([1, 1]);
      y.dispose();
      expect(() => tidy('only a name')).toThrow(ArgumentError);
      expect(() => tidy(undefined as never)).toThrow('tidy: there is no function to run.');
    }),
  );

  it(
    'lets any structure out: arrays, records, maps, sets and what they hold',
    even(() => {
      const out = tidy(() => {
        const made = {
          list: [ones([1]), [ones([2])]],
          map: new Map([['k', ones([3])]]),
          set: new Set([ones([4])]),
          plain: 7,
          text: 'x',
          none: null,
          data: new Float32Array(2),
        };
        zeros([100]);
        return made;
      });
      expect(out.plain).toBe(7);
      const all = [...out.list.flat(), ...out.map.values(), ...out.set];
      expect(all.map((x) => x.isDisposed)).toEqual([false, false, false, false]);
      dispose(out);
      expect(all.map((x) => x.isDisposed)).toEqual([true, true, true, true]);
    }),
  );

  it(
    'hands out structures that hold one tensor twice, or themselves',
    even(() => {
      const out = tidy(() => {
        const x = ones([1]);
        const made: { a: Tensor; b: Tensor; self?: unknown } = { a: x, b: x };
        made.self = made;
        return made;
      });
      expect(out.a.isDisposed).toBe(false);
      dispose(out);
    }),
  );

  it(
    'nests: what comes out of an inner scope belongs to the one around it',
    even(() => {
      let fromInner: Tensor | null = null;
      let dropped: Tensor | null = null;
      const y = tidy(() => {
        fromInner = tidy(() => {
          dropped = ones([2]);
          return mul(dropped, 3);
        });
        expect(dropped!.isDisposed).toBe(true);
        expect(fromInner.isDisposed).toBe(false);
        return add(fromInner, 1);
      });
      expect(fromInner!.isDisposed).toBe(true);
      expect(y.arraySync()).toEqual([4, 4]);
      y.dispose();
    }),
  );

  it(
    'gives everything back when the function throws, at any depth',
    even(() => {
      expect(() =>
        tidy(() => {
          ones([2]);
          tidy(() => {
            ones([3]);
            new GradientTape();
            throw new RangeError('mine');
          });
        }),
      ).toThrow('mine');
      // The scope around is open again: nothing adopts into one that is gone.
      const x = tidy(() => ones([1]));
      expect(x.isDisposed).toBe(false);
      x.dispose();
    }),
  );

  it('refuses a promise, gives back what it had made, and leaves no rejection without a handler', async () => {
    const before = held();
    let late: unknown = null;
    const unhandled = (error: unknown): void => {
      late = error;
    };
    process.on('unhandledRejection', unhandled);
    expect(() =>
      tidy(async () => {
        const x = ones([2]);
        await Promise.resolve();
        return square(x);
      }),
    ).toThrow('tidy: the function returned a promise. Await first, and use tidy() around what is synchronous.');
    await new Promise((done) => setTimeout(done, 5));
    process.off('unhandledRejection', unhandled);
    expect(late).toBeNull();
    expect(held()).toEqual(before);
  });

  it(
    'leaves alone what was made outside it, and variables made inside',
    even(() => {
      const x = ones([2]);
      const v = tidy(() => {
        square(x);
        return [variable([1, 2])];
      })[0]!;
      const w = tidy(() => ({ v: variable(1) })).v;
      let made: Tensor | null = null;
      tidy(() => {
        made = variable(3);
      });
      expect([x, v, w, made!].map((t) => t.isDisposed)).toEqual([false, false, false, false]);
      dispose([x, v, w, made]);
    }),
  );

  it(
    'ends tapes that were begun in it, unless it returns them',
    even(() => {
      const x = scalar(3);
      let inner: GradientTape | null = null;
      const out = tidy(() => {
        inner = new GradientTape({ persistent: true });
        inner.watch(x);
        square(x);
        const kept = new GradientTape({ persistent: true });
        kept.watch(x);
        return { kept, y: square(x) };
      });
      expect(inner!.recording).toBe(false);
      expect(inner!.entries()).toEqual([]);
      expect(out.kept.recording).toBe(true);
      const dx = out.kept.gradient(out.y, x);
      expect(dx!.arraySync()).toBe(6);
      dispose([out, dx, x]);
      expect(out.kept.recording).toBe(false);
    }),
  );

  it(
    'may dispose inside what it would give back',
    even(() => {
      tidy(() => {
        const x = ones([2]);
        x.dispose();
        x.dispose();
        expect(x.isDisposed).toBe(true);
      });
    }),
  );
});

describe('keep', () => {
  it(
    'holds a tensor beyond every scope, until it is disposed',
    even(() => {
      let kept: Tensor | null = null;
      tidy(() => {
        tidy(() => {
          kept = keep(ones([2]));
        });
        expect(kept!.isDisposed).toBe(false);
      });
      expect(kept!.arraySync()).toEqual([1, 1]);
      kept!.dispose();
      expect(() => keep(3 as never)).toThrow(ArgumentError);
    }),
  );
});

describe('dispose and using', () => {
  it(
    'takes a tensor, a variable, a tape, any nesting of them, and nothing',
    even(() => {
      const x = ones([2]);
      const v = variable(1);
      const t = new GradientTape();
      dispose({ a: [x, null, undefined, 3, 'x'], b: new Map([[1, v]]), t });
      dispose(null);
      dispose(undefined);
      expect(x.isDisposed && v.isDisposed).toBe(true);
      expect(t.recording).toBe(false);
    }),
  );

  it(
    'using ends a tensor with its block, and when the block throws',
    even(() => {
      let seen: Tensor | null = null;
      expect(() => {
        using x = ones([2]);
        seen = x;
        throw new Error('mine');
      }).toThrow('mine');
      expect(seen!.isDisposed).toBe(true);
    }),
  );
});

describe('memory', () => {
  it(
    'counts tensors, blocks, and bytes in steps of 64',
    even(() => {
      const before = memory();
      const x = ones([3]);
      const y = ones([17], 'float64');
      const empty = ones([0]);
      const after = memory();
      expect(after.numTensors - before.numTensors).toBe(3);
      expect(after.numDataBuffers - before.numDataBuffers).toBe(3);
      expect(after.numBytes - before.numBytes).toBe(64 + 192 + 64);
      dispose([x, y, empty]);
    }),
  );

  it(
    'counts views as tensors, not as blocks',
    even(() => {
      const x = ones([4]);
      const before = memory();
      const y = reshape(x, [2, 2]);
      expect(memory().numTensors - before.numTensors).toBe(1);
      expect(memory().numDataBuffers).toBe(before.numDataBuffers);
      x.dispose();
      expect(memory().numDataBuffers).toBe(before.numDataBuffers);
      expect(y.arraySync()).toEqual([
        [1, 1],
        [1, 1],
      ]);
      y.dispose();
    }),
  );

  it(
    'keeps the peak, until resetPeak()',
    even(() => {
      resetPeak();
      const { numBytes } = memory();
      tidy(() => {
        zeros([1024]);
      });
      expect(memory().peakBytes).toBe(numBytes + 4096);
      resetPeak();
      expect(memory().peakBytes).toBe(numBytes);
    }),
  );

  it(
    'reserves no more when the same work is done again',
    even(() => {
      const work = (): void =>
        tidy(() => {
          const x = tensor(new Float32Array(5000));
          const t = new GradientTape();
          t.watch(x);
          t.gradient(sum(square(square(x))), x);
        });
      work();
      const { reservedBytes } = memory();
      for (let i = 0; i < 200; i++) work();
      expect(memory().reservedBytes).toBe(reservedBytes);
    }),
  );
});
