// Errors: their class, their code, the form of their message, and that the library works on as before.

import { beforeAll, describe, expect, it } from 'vitest';
import {
  add,
  ArgumentError,
  cast,
  concat,
  DisposedError,
  DTypeError,
  grad,
  GradientTape,
  GradtapeError,
  init,
  matMul,
  mul,
  ones,
  OutOfMemoryError,
  recomputeGrad,
  reshape,
  scalar,
  ShapeError,
  split,
  square,
  stack,
  sum,
  TapeError,
  type Tensor,
  tensor,
  tidy,
  variable,
  zeros,
} from '../../src/index.js';
import { isRecording } from '../../src/tape/record.js';
import { withFullMemory } from '../memory/full.js';
import { held } from '../tape/behaviour.js';

beforeAll(() => init());

/** `<op>: <what is wrong>: <the values>. <what to do>.` */
const FORM = /^[\w.]+: [^.]*.*\.$/;

/** What an error must be. */
interface Expected {
  class: new (op: string, problem: string, advice?: string) => GradtapeError;
  code: string;
  op: string;
  message: string;
}

/** Runs what must throw; asserts the error, and that nothing is left, no tape records, and ops and tapes work. */
function refuses(run: () => unknown, expected: Expected): void {
  const before = held();
  let error: unknown = null;
  try {
    run();
  } catch (thrown) {
    error = thrown;
  }
  expect(held()).toEqual(before);
  expect(error).toBeInstanceOf(expected.class);
  expect(error).toBeInstanceOf(GradtapeError);
  const { name, code, op, message } = error as GradtapeError;
  expect({ name, code, op }).toEqual({ name: expected.class.name, code: expected.code, op: expected.op });
  expect(message).toContain(expected.message);
  expect(message).toMatch(FORM);
  expect(message.startsWith(`${expected.op}: `)).toBe(true);
  works();
}

/** A program that needs scopes, tapes and memory in order. */
function works(): void {
  const before = held();
  expect(isRecording()).toBe(false);
  tidy(() => {
    const x = tensor([1, 2, 3]);
    const t = new GradientTape();
    t.watch(x);
    const y = sum(mul(x, square(x)));
    expect(t.gradient(y, x)!.arraySync()).toEqual([3, 12, 27]);
  });
  expect(held()).toEqual(before);
}

describe('mismatched shapes', () => {
  it('are a ShapeError that shows both', () => {
    const [a, b] = [ones([2, 3]), ones([4, 5])];
    refuses(() => add(a, b), {
      class: ShapeError,
      code: 'shape',
      op: 'add',
      message: 'a [2, 3] and b [4, 5] have 3 and 5 on axis -1. Sizes must be equal, or one of them 1.',
    });
    refuses(() => matMul(a, b), {
      class: ShapeError,
      code: 'shape',
      op: 'matMul',
      message: 'a [2, 3] gives 3, b [4, 5]',
    });
    refuses(() => stack([a, b]), { class: ShapeError, code: 'shape', op: 'stack', message: '[4, 5]' });
    refuses(() => concat([a, b]), { class: ShapeError, code: 'shape', op: 'concat', message: '[4, 5]' });
    refuses(() => reshape(a, [7]), { class: ShapeError, code: 'shape', op: 'reshape', message: '7 elements, x has 6' });
    refuses(() => add(a, [1, 2]), { class: ShapeError, code: 'shape', op: 'add', message: 'b [2]' });
    refuses(() => tensor([[1, 2], [3]]), {
      class: ShapeError,
      code: 'shape',
      op: 'tensor',
      message: 'values has rows of different lengths',
    });
    a.dispose();
    b.dispose();
  });

  it('of a variable’s value leave the variable as it was', () => {
    const v = variable([1, 2], true, 'v');
    const values = { class: ShapeError, code: 'shape', op: 'assign', message: 'the variable v [2], the value [3]' };
    refuses(() => v.assign([1, 2, 3]), values);
    expect(v.arraySync()).toEqual([1, 2]);
    v.dispose();
  });
});

describe('a wrong dtype', () => {
  it('is a DTypeError that says how to convert', () => {
    const x = tensor([1, 2], [2], 'int32');
    const whole = ones([2, 2], 'int32');
    refuses(() => matMul(whole, whole), {
      class: DTypeError,
      code: 'dtype',
      op: 'matMul',
      message: 'a must be float32 or float64, got int32 [2, 2]. Convert it first: cast(a, ',
    });
    refuses(() => cast(x, 'float16' as never), {
      class: DTypeError,
      code: 'dtype',
      op: 'cast',
      message: 'got float16',
    });
    const v = variable([1, 2], true, 'v');
    refuses(() => v.assign(x), {
      class: DTypeError,
      code: 'dtype',
      op: 'assign',
      message: "the variable v is float32, the value int32. Cast it first: cast(x, 'float32')",
    });
    x.dispose();
    whole.dispose();
    v.dispose();
  });
});

describe('a disposed tensor', () => {
  const gone = (): Tensor => {
    const x = tidy(() => square([1, 2, 3]));
    x.dispose();
    return x;
  };
  const expected = (op: string): Expected => ({
    class: DisposedError,
    code: 'disposed',
    op,
    message:
      'a tensor was disposed: float32 [3], made by square. Keep it beyond tidy() with keep(x), or return it from the tidy().',
  });

  it('is a DisposedError that names the op which used it and the op that made it', () => {
    const x = gone();
    const y = ones([3]);
    const uses: Record<string, () => unknown> = {
      add: () => add(y, x),
      mul: () => mul(x, 2),
      square: () => square(x),
      sum: () => sum(x),
      cast: () => cast(x, 'int32'),
      reshape: () => reshape(x, [3, 1]),
      stack: () => stack([y, x]),
      concat: () => concat([y, x]),
      split: () => split(x, 3),
      clone: () => x.clone(),
      dataSync: () => x.dataSync(),
      arraySync: () => x.arraySync(),
      toString: () => x.toString(),
      variable: () => variable(x),
    };
    for (const [op, use] of Object.entries(uses)) refuses(use, expected(op));
    const v = variable([1, 2, 3]);
    refuses(() => v.assign(x), expected('assign'));
    v.dispose();
    y.dispose();
  });

  it('is found inside a tape too, which stays usable', () => {
    const x = gone();
    tidy(() => {
      const y = scalar(3);
      const t = new GradientTape();
      t.watch([x, y]);
      expect(() => mul(x, y)).toThrow(DisposedError);
      expect(t.gradient(square(y), y)!.arraySync()).toBe(6);
    });
    works();
  });

  it('rejects the promises of data() and array()', async () => {
    const x = gone();
    await expect(x.data()).rejects.toThrow(DisposedError);
    await expect(x.array()).rejects.toThrow(DisposedError);
    works();
  });

  it('is told from another one that has its memory now', () => {
    const x = ones([1000]);
    x.dispose();
    const y = zeros([1000]);
    expect(() => x.dataSync()).toThrow(DisposedError);
    y.dispose();
  });

  it('as a variable is one too', () => {
    const v = variable(1, true, 'v');
    v.dispose();
    for (const [op, use] of [
      ['assign', () => v.assign(2)],
      ['assignAdd', () => v.assignAdd(2)],
      ['square', () => square(v)],
    ] as const)
      refuses(use, { class: DisposedError, code: 'disposed', op, message: 'float32 [], made by variable' });
  });
});

describe('a tape used out of turn', () => {
  it('is a TapeError that says to make it persistent', () => {
    const x = scalar(3);
    const t = new GradientTape();
    t.watch(x);
    const y = square(x);
    t.gradient(y, x)!.dispose();
    const again = { gradient: () => t.gradient(y, x), jacobian: () => t.jacobian(y, x) };
    for (const [op, ask] of Object.entries(again))
      refuses(ask, {
        class: TapeError,
        code: 'tape',
        op: `tape.${op}`,
        message:
          'can only be used to compute one set of gradients (or jacobians). Create it with new GradientTape({ persistent: true })',
      });
    refuses(() => t.resume(), { class: TapeError, code: 'tape', op: 'tape.resume', message: 'used up by gradient()' });
    x.dispose();
    y.dispose();
  });
});

describe('an argument of another kind', () => {
  it('is an ArgumentError that names it', () => {
    const bad = { class: ArgumentError, code: 'argument' };
    refuses(() => add({} as never, 1), {
      ...bad,
      op: 'add',
      message: 'a must be a tensor, a number, a boolean or an array',
    });
    refuses(() => add(1, ['x' as never]), {
      ...bad,
      op: 'add',
      message: 'b holds something that is not a number: the string "x"',
    });
    refuses(() => stack([]), { ...bad, op: 'stack', message: 'tensors must be an array of at least one tensor' });
    refuses(() => grad(3 as never), { ...bad, op: 'grad', message: 'f must be a function: got number' });
  });
});

describe('a budget of memory that is used up', () => {
  const isOutOfMemory = (op: string): Omit<Expected, 'message'> & { message: string } => ({
    class: OutOfMemoryError,
    code: 'out-of-memory',
    op,
    message: 'bytes are in use, the budget is',
  });

  it('is an OutOfMemoryError, and what is there can be used', async () => {
    const x = ones([100]);
    await withFullMemory(8192, () => {
      refuses(() => zeros([1 << 20]), isOutOfMemory('zeros'));
      refuses(() => tensor(new Float32Array(1 << 16)), isOutOfMemory('tensor'));
      const y = square(x);
      expect(y.arraySync()).toEqual(new Array(100).fill(1));
      y.dispose();
    });
    works();
    const big = zeros([1 << 20]);
    expect(big.size).toBe(1 << 20);
    big.dispose();
    x.dispose();
  });

  it('in an op that has made its output and needs working memory, leaves neither', async () => {
    const [a, b] = [ones([64, 64]), ones([64, 64])];
    // Room for the product, 16 KiB, and not for the packed panels.
    await withFullMemory(20480, () => {
      refuses(() => matMul(a, b), isOutOfMemory('matMul'));
      refuses(() => tidy(() => matMul(a, b)), isOutOfMemory('matMul'));
    });
    const y = matMul(a, b);
    expect(y.dataSync()[0]).toBe(64);
    [a, b, y].forEach((x) => x.dispose());
  });

  it('in an op of several outputs, leaves none', async () => {
    const x = ones([6, 1024]);
    await withFullMemory(12288, () => {
      refuses(() => split(x, 6), isOutOfMemory('split'));
      refuses(() => tidy(() => split(x, 6)), isOutOfMemory('split'));
    });
    x.dispose();
  });

  it('inside a recording, leaves the tape as it was', async () => {
    const x = ones([1024]);
    await withFullMemory(24576, () => {
      const before = held();
      tidy(() => {
        const t = new GradientTape();
        t.watch(x);
        const y = tidy(() => sum(square(x)));
        expect(() => matMul(reshape(x, [1024, 1]), reshape(x, [1, 1024]))).toThrow(OutOfMemoryError);
        expect(t.recording).toBe(true);
        expect(t.gradient(y, x)!.dataSync()[5]).toBe(2);
      });
      expect(held()).toEqual(before);
    });
    works();
    x.dispose();
  });

  it('in the middle of a backward sweep, leaves nothing of it', async () => {
    const x = ones([2048]);
    const cube = recomputeGrad((v: Tensor) => mul(v, square(v)));
    for (const f of [(v: Tensor) => mul(square(v), square(square(v))), cube])
      await withFullMemory(131072, () => {
        const before = held();
        for (const persistent of [false, true])
          tidy(() => {
            const t = new GradientTape({ persistent });
            t.watch(x);
            const y = f(x);
            const rest: Tensor[] = [];
            try {
              for (;;) rest.push(zeros([2048]));
            } catch {
              // Full: the sweep has no room for a single cotangent.
            }
            expect(() => t.gradient(y, x)).toThrow(OutOfMemoryError);
            expect(t.recording).toBe(persistent);
            rest.forEach((r) => r.dispose());
            if (persistent) expect(t.gradient(y, x)!.dataSync()[0]).toBeGreaterThan(2);
          });
        expect(held()).toEqual(before);
      });
    works();
    x.dispose();
  });

  it('while a variable is assigned, leaves its values', async () => {
    const v = variable(ones([4096]), true, 'v');
    await withFullMemory(4096, () => {
      refuses(() => v.assignAdd(1), isOutOfMemory('add'));
      expect(v.dataSync()[4095]).toBe(1);
    });
    v.assignAdd(1);
    expect(v.dataSync()[4095]).toBe(2);
    v.dispose();
  });

  it('below one page is refused', () => {
    expect(() => init({ maxMemory: 1000 })).toThrow('init: maxMemory must be at least 65536 bytes: got 1000.');
    works();
  });
});

describe('an exception inside a recording block', () => {
  const mine = (): never => {
    throw new RangeError('mine');
  };

  it('leaves no tape active, whatever kind of block it was', () => {
    const x = scalar(3);
    const blocks: Record<string, () => unknown> = {
      run: () => {
        const t = new GradientTape();
        t.stop();
        try {
          t.run(() => {
            t.watch(x);
            using _y = square(x);
            mine();
          });
        } finally {
          expect(t.recording).toBe(false);
          t.dispose();
        }
      },
      tidy: () => tidy(() => [new GradientTape().watch(x), square(x), mine()]),
      using: () => {
        using t = new GradientTape();
        t.watch(x);
        using _y = square(x);
        mine();
      },
      grad: () => grad(() => mine())(x),
      stopRecording: () => tidy(() => new GradientTape().stopRecording(mine)),
      recompute: () =>
        tidy(() => {
          new GradientTape().watch(x);
          recomputeGrad((v: Tensor) => mine() ?? v)(x);
        }),
    };
    const before = held();
    for (const [name, block] of Object.entries(blocks)) {
      expect(block, name).toThrow('mine');
      expect(isRecording(), name).toBe(false);
      expect(held(), name).toEqual(before);
      works();
    }
    x.dispose();
  });
});

describe('error classes', () => {
  it('have names, codes and ops, and are errors', () => {
    const error = new ShapeError('add', 'shapes differ: [2] and [3]', 'Make them equal.');
    expect(error).toBeInstanceOf(Error);
    expect({ ...error, name: error.name, message: error.message }).toEqual({
      name: 'ShapeError',
      code: 'shape',
      op: 'add',
      message: 'add: shapes differ: [2] and [3]. Make them equal.',
    });
    expect(new TapeError('t', 'x').message).toBe('t: x.');
  });
});
