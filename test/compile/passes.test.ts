// The passes over a program: each leaves the bits as they are, and does what it is for.

import { beforeAll, describe, expect, it } from 'vitest';
import * as gt from 'gradtape';

beforeAll(() => gt.init());

const bits = (x: gt.Tensor): string => Buffer.from(x.dataSync().buffer).toString('hex');

/** Values that are no round numbers. */
function values(n: number, seed: number, dtype: gt.DType = 'float32'): gt.Tensor {
  return gt.tensor(
    Float64Array.from({ length: n }, (_, i) => Math.sin(seed + i * 0.7) * 2),
    [n],
    dtype,
  );
}

/** Compares three compiled runs with eager ones, and gives the plan. */
function same(f: (...xs: gt.Tensor[]) => gt.Tensor | gt.Tensor[], ...make: ((i: number) => gt.Tensor)[]) {
  const compiled = gt.compile(f);
  for (let i = 0; i < 3; i++) {
    gt.tidy(() => {
      const xs = make.map((m) => m(i));
      const wanted = [f(...xs)].flat().map(bits);
      expect([compiled(...xs)].flat().map(bits)).toEqual(wanted);
    });
  }
  const plan = compiled.plan();
  compiled.dispose();
  return plan;
}

const after = (plan: ReturnType<typeof same>, pass: string): number =>
  plan.stages.find((s) => s.pass.startsWith(pass))!.records;

describe('dead code', () => {
  it('goes, and what is seen outside stays', () => {
    const v = gt.variable(0);
    const f = gt.compile((x: gt.Tensor) => {
      gt.exp(gt.square(x));
      v.assign(gt.sum(x));
      return gt.neg(x);
    });
    gt.tidy(() => {
      for (const k of [1, 2, 3]) {
        expect(f(gt.tensor([k, k])).arraySync()).toEqual([-k, -k]);
        expect(v.arraySync()).toBe(2 * k);
      }
    });
    expect(f.plan().records.flatMap((r) => r.kernels)).not.toContain('exp_f32');
    v.dispose();
    f.dispose();
  });
});

describe('common parts', () => {
  it('are computed once', () => {
    const plan = same(
      (x) => gt.add(gt.exp(x), gt.exp(x)),
      (i) => values(9, i),
    );
    expect(plan.records.flatMap((r) => r.kernels).filter((k) => k === 'exp_f32')).toHaveLength(1);
  });

  it('are found whatever their records are padded with', () => {
    const plan = same(
      (x) => [gt.matMul(gt.transpose(x), gt.exp(x)), gt.exp(gt.transpose(x))],
      (i) => gt.reshape(values(12, i), [3, 4]),
    );
    expect(after(plan, 'common')).toBe(after(plan, 'dead') - 1);
  });

  it('are not shared across a change of what they read', () => {
    const v = gt.variable([1, 2]);
    const f = gt.compile(() => {
      const a = gt.square(v);
      v.assignAdd(1);
      return gt.sub(gt.square(v), a);
    });
    gt.tidy(() => {
      expect(f().arraySync()).toEqual([3, 5]);
      expect(f().arraySync()).toEqual([5, 7]);
      expect(f().arraySync()).toEqual([7, 9]);
    });
    v.dispose();
    f.dispose();
  });

  it('leaves random numbers apart', () => {
    const f = gt.compile(() => [gt.randomUniform([4]), gt.randomUniform([4])]);
    gt.tidy(() => {
      const seen = [f(), f(), f()].flat().map(bits);
      expect(new Set(seen).size).toBe(6);
    });
    f.dispose();
  });
});

describe('constants', () => {
  it('are folded: what is made from them alone runs once', () => {
    const plan = same(
      (x) => gt.mul(x, gt.exp(gt.add(gt.ones([3]), 1))),
      (i) => values(3, i),
    );
    expect(plan.records.map((r) => r.kernels)).toEqual([['mul_f32']]);
  });
});

describe('fusion', () => {
  const N = 100_003;

  it('makes one group of a chain, and keeps nothing in between in memory', () => {
    const plan = same(
      (x) => gt.tanh(gt.add(gt.mul(gt.square(x), 0.5), gt.exp(gt.neg(x)))),
      (i) => values(N, i),
    );
    expect(plan.groups.map((g) => g.kernels)).toEqual([
      ['square_f32', 'mul_f32', 'neg_f32', 'exp_f32', 'add_f32', 'tanh_f32'],
    ]);
    expect(plan.workspaceBytes).toBeLessThan(65536);
  });

  it('takes in rows, columns and scalars from outside', () => {
    const plan = same(
      (x, row, column) => gt.relu(gt.add(gt.mul(gt.reshape(x, [500, 20]), row), gt.reshape(column, [500, 1]))),
      (i) => values(10_000, i),
      (i) => values(20, i + 1),
      (i) => values(500, i + 2),
    );
    expect(plan.groups).toHaveLength(1);
  });

  it('ends where a value is broadcast that the group makes', () => {
    const plan = same(
      (x) => {
        const y = gt.reshape(gt.mul(gt.exp(x), 2), [100, 100]);
        return gt.add(y, gt.slice(gt.neg(y), [0, 0], [1, 100]));
      },
      (i) => values(10_000, i),
    );
    expect(plan.records.length).toBeGreaterThan(1);
  });

  it('keeps values that are needed outside', () => {
    same(
      (x) => {
        const a = gt.exp(x);
        const b = gt.mul(a, 3);
        return [gt.sqrt(b), a, gt.sum(b)];
      },
      (i) => values(N, i),
    );
  });

  it('works in float64, with casts and comparisons inside', () => {
    const plan = same(
      (x, y) => gt.where(gt.greater(x, y), gt.cast(gt.cast(x, 'float32'), 'float64'), gt.mul(y, 2)),
      (i) => values(N, i, 'float64'),
      (i) => values(N, i + 5, 'float64'),
    );
    expect(plan.groups).toHaveLength(1);
  });

  it('goes through a gradient', () => {
    same(
      (x) => {
        const tape = new gt.GradientTape();
        tape.watch(x);
        return tape.gradient(gt.sum(gt.tanh(gt.mul(gt.sin(x), x))), x)!;
      },
      (i) => values(N, i),
    );
  });
});

describe('chains', () => {
  const SIZES = [4096, 4097, 4127, 8191, 100_003];

  for (const dtype of ['float32', 'float64'] as const)
    it(`of cheap ops are one pass over memory, in ${dtype}`, () => {
      for (const n of SIZES) {
        const plan = same(
          (x, y) => gt.relu(gt.sub(1, gt.div(gt.mul(gt.add(gt.square(x), y), 0.5), gt.sqrt(gt.abs(y))))),
          (i) => values(n, i, dtype),
          (i) => values(n, i + 2, dtype),
        );
        // sqrt(|y|) is a chain of its own.
        expect(plan.records).toHaveLength(1);
        expect(plan.groups[0]!.kernels).toHaveLength(8);
      }
    });

  it('need no memory at all where one runs through', () => {
    const plan = same(
      (x) => gt.add(gt.mul(gt.minimum(gt.neg(x), 0.4), 3), 1),
      (i) => values(100_003, i),
    );
    expect(plan.groups.map((g) => g.kernels)).toEqual([['neg_f32', 'minimum_f32', 'mul_f32', 'add_f32']]);
    expect(plan.workspaceBytes).toBeLessThan(4096);
  });

  it('keep the order in which a variable is read and changed', () => {
    const v = gt.variable(new Float32Array(5000).fill(1));
    const f = gt.compile((x: gt.Tensor) => {
      const before = gt.mul(v, 2);
      v.assign(gt.add(x, 1));
      return gt.add(before, gt.mul(v, 10));
    });
    gt.tidy(() => {
      for (const [x, y] of [
        [1, 22],
        [2, 34],
        [3, 46],
      ] as const)
        expect(f(gt.fill([5000], x)).dataSync()).toEqual(new Float32Array(5000).fill(y));
    });
    v.dispose();
    f.dispose();
  });

  it('of many ops and operands are cut into several', () => {
    same(
      (...xs) => {
        let y = xs[0]!;
        for (let i = 0; i < 40; i++) y = gt.add(gt.mul(y, xs[(i % 11) + 1]!), i % 3 === 0 ? xs[i % 12]! : 0.01 * i);
        return y;
      },
      ...Array.from({ length: 12 }, (_, seed) => (i: number) => values(5000, i + seed)),
    );
  });

  it('take a value twice, and results of one in another', () => {
    same(
      (x, y) => {
        const a = gt.mul(gt.add(x, y), 0.5);
        const b = gt.sub(a, gt.mul(a, a));
        return [gt.add(gt.squaredDifference(b, x), gt.neg(y)), gt.maximum(a, b)];
      },
      (i) => values(4099, i),
      (i) => values(4099, i + 4),
    );
  });
});

describe('reductions at the end of a group', () => {
  const SIZES = [4096, 4097, 5000, 6145, 8191, 9216, 100_003];

  for (const dtype of ['float32', 'float64'] as const) {
    it(`take everything in parts, and the chain is never stored, in ${dtype}`, () => {
      for (const n of SIZES) {
        const make = [0, 2].map((seed) => (i: number) => values(n, i + seed, dtype));
        const plan = same((x, y) => [gt.sum(gt.square(gt.sub(x, y))), gt.mean(gt.exp(gt.sub(x, y)))], ...make);
        expect(plan.records).toHaveLength(1);
        expect(plan.workspaceBytes).toBeLessThan(32768);
        const tape = same(
          (x, y) => {
            const tape = new gt.GradientTape();
            tape.watch(x);
            return tape.gradient(gt.mean(gt.mul(gt.tanh(gt.mul(x, y)), y)), x)!;
          },
          ...make,
        );
        expect(tape.records.length).toBeGreaterThan(0);
      }
    });

    it(`take rows of any length, in ${dtype}`, () => {
      for (const [rows, n] of [
        [4096, 1],
        [2000, 3],
        [1500, 7],
        [63, 129],
        [9, 1023],
        [3, 4095],
        [2, 4096],
      ] as const) {
        const make = [0, 2].map((seed) => (i: number) => gt.reshape(values(rows * n, i + seed, dtype), [rows, n]));
        for (const fold of [gt.sum, gt.mean, gt.max, gt.min, gt.prod])
          same(
            (x, y) => {
              const z = gt.mul(gt.exp(gt.sub(x, y)), 0.5);
              return [fold(z, -1), gt.add(fold(gt.mul(z, z), 1, true), z)];
            },
            ...make,
          );
      }
      const plan = same(
        (x) => gt.sum(gt.mul(gt.exp(gt.reshape(x, [100, 50])), 0.5), 1),
        (i) => values(5000, i, dtype),
      );
      expect(plan.groups.map((g) => g.kernels.length)).toEqual([3]);
      expect(plan.workspaceBytes).toBeLessThan(32768);
    });
  }

  it('stay apart where rows and everything are asked for of one chain, or columns', () => {
    same(
      (x) => {
        const z = gt.mul(gt.sin(gt.reshape(x, [70, 90])), 2);
        return [gt.sum(z, 1), gt.sum(z), gt.sum(z, 0), gt.sub(z, gt.mean(z)), gt.max(z)];
      },
      (i) => values(6300, i),
    );
  });
});

describe('memory', () => {
  it('is at most 1.15 times the lower bound', () => {
    const plan = same(
      (a, b) => {
        let x = gt.matMul(gt.reshape(a, [60, 50]), gt.reshape(b, [50, 70]));
        for (let i = 0; i < 5; i++) x = gt.add(gt.softmax(x), gt.mean(gt.exp(x), 1, true));
        return gt.sum(gt.matMul(x, gt.transpose(x)));
      },
      (i) => values(3000, i),
      (i) => values(3500, i),
    );
    expect(plan.workspaceBytes).toBeLessThanOrEqual(1.15 * plan.lowerBoundBytes);
  });

  it('is written over in place where an operand ends', () => {
    const plan = same(
      (x) => gt.sum(gt.exp(gt.neg(gt.square(x)))),
      (i) => values(1000, i),
    );
    expect(plan.workspaceBytes).toBe(Math.ceil(4000 / 64) * 64);
  });
});

describe('the plan', () => {
  it('reads as text and as a page of its own', () => {
    const plan = same(
      (x) => gt.sum(gt.exp(gt.mul(x, 2))),
      (i) => values(5000, i),
    );
    expect(plan.toString()).toMatch(/traced +\d+ records/);
    expect(plan.toString()).toMatch(/× the lower bound/);
    const page = plan.toHTML();
    expect(page).toMatch(/^<!doctype html>/);
    expect(page).not.toMatch(/https?:\/\/|<script/);
    expect(after(plan, 'results in place')).toBe(plan.records.length);
  });
});

it('the gradient of a product is no reduction, whatever its kernel is called', () => {
  const plan = same(
    (x) => {
      const tape = new gt.GradientTape();
      tape.watch(x);
      return tape.gradient(gt.prod(gt.mul(gt.add(x, 0.5), 1.1), 1), x)!;
    },
    (i) => gt.reshape(values(12000, i), [600, 20]),
  );
  expect(plan.toString()).toMatch(/^ +\d+ +prod +prod_grad_f32$/m);
});

describe('transposes', () => {
  const matrix =
    (dtype: gt.DType, ...shape: number[]) =>
    (i: number): gt.Tensor =>
      gt.reshape(
        values(
          shape.reduce((a, b) => a * b, 1),
          i + shape[0]!,
          dtype,
        ),
        shape,
      );
  const copies = (plan: ReturnType<typeof same>): number => plan.toString().match(/copy_x/g)?.length ?? 0;
  const dropped = (plan: ReturnType<typeof same>): number =>
    after(plan, 'constants') - after(plan, 'transposes into products');

  it.each(['float32', 'float64'] as const)('of either operand become strides, in %s', (dtype) => {
    for (const [m, k, n] of [
      [3, 5, 7],
      [65, 130, 33],
      [100, 3, 17],
    ] as const) {
      const f = (a: gt.Tensor, b: gt.Tensor): gt.Tensor[] => [
        gt.matMul(gt.transpose(a), gt.transpose(b)),
        gt.matMul(gt.transpose(b), gt.transpose(a), true, true),
      ];
      const plan = same(f, matrix(dtype, k, m), matrix(dtype, n, k));
      expect(dropped(plan), `${m}, ${k}, ${n}`).toBe(2);
    }
  });

  it('of heads before attention become strides, with their gradients', () => {
    const heads = (x: gt.Tensor): gt.Tensor => gt.transpose(gt.reshape(x, [2, 9, 4, 8]), [0, 2, 1, 3]);
    const f = (q: gt.Tensor, k: gt.Tensor, v: gt.Tensor): gt.Tensor[] => {
      const tape = new gt.GradientTape();
      tape.watch([q, k, v]);
      const y = gt.matMul(gt.softmax(gt.matMul(heads(q), heads(k), false, true)), heads(v));
      return [y, ...tape.gradient(y, [q, k, v]).map((g) => g!)];
    };
    const plan = same(f, matrix('float32', 2, 9, 32), matrix('float32', 2, 9, 32), matrix('float32', 2, 9, 32));
    expect(dropped(plan)).toBe(3);
  });

  it('stay where something else reads them, where what they read is changed, and before products with a vector', () => {
    const v = gt.variable(gt.reshape(values(12, 3), [3, 4]));
    const b = matrix('float32', 3, 5);
    expect(
      dropped(same((x, y) => [gt.exp(gt.transpose(x)), gt.matMul(gt.transpose(x), y)], matrix('float32', 3, 4), b)),
    ).toBe(0);
    expect(dropped(same((x) => gt.matMul(gt.transpose(x), gt.ones([3, 1])), matrix('float32', 3, 4)))).toBe(0);
    const f = gt.compile((y: gt.Tensor) => {
      const before = gt.transpose(v);
      v.assign(gt.mul(v, 2));
      return gt.matMul(before, y);
    });
    gt.tidy(() => {
      for (let i = 0; i < 3; i++) {
        const wanted = bits(gt.matMul(gt.transpose(v), b(i)));
        expect(bits(f(b(i)))).toBe(wanted);
      }
    });
    f.dispose();
    v.dispose();
  });

  it('that reverse, slice or merge axes stay', () => {
    const merged = (x: gt.Tensor, y: gt.Tensor): gt.Tensor =>
      gt.matMul(gt.reshape(gt.transpose(gt.reshape(x, [3, 4, 5]), [1, 0, 2]), [12, 5]), y);
    expect(copies(same(merged, matrix('float32', 12, 5), matrix('float32', 5, 3)))).toBe(1);
    same((x, y) => gt.matMul(gt.reverse(x, 0), y), matrix('float32', 4, 5), matrix('float32', 5, 3));
    same(
      (x, y) => gt.matMul(gt.transpose(gt.slice(x, [0, 1], [4, 3])), y),
      matrix('float32', 4, 5),
      matrix('float32', 4, 3),
    );
  });
});

describe('splits before attention, and joins of its gradients', () => {
  const moves = (plan: ReturnType<typeof same>): number => plan.toString().match(/copy_x|place_x/g)?.length ?? 0;
  const joined =
    (dtype: gt.DType, n: number, width: number) =>
    (i: number): gt.Tensor =>
      gt.reshape(values(2 * n * width, i + n, dtype), [2, n, width]);
  type Attend = (q: gt.Tensor, k: gt.Tensor, v: gt.Tensor) => gt.Tensor;
  const both = (attend: Attend, sizes: number | number[]) => (x: gt.Tensor) => {
    const f = (t: gt.Tensor): gt.Tensor => {
      const [q, k, v] = gt.split(t, sizes, -1) as [gt.Tensor, gt.Tensor, gt.Tensor];
      return attend(q, k, v);
    };
    return [f(x), gt.grad(f)(x)!];
  };

  it.each(['float32', 'float64'] as const)('become longer rows, in %s', (dtype) => {
    for (const n of [1, 7, 64, 70])
      for (const causal of [false, true]) {
        const attend: Attend = (q, k, v) => gt.scaledDotProductAttention(q, k, v, { causal, heads: 4 });
        expect(moves(same(both(attend, 3), joined(dtype, n, 3 * 20))), `${n}`).toBe(0);
        expect(moves(same(both(attend, [8, 8, 12]), joined(dtype, n, 28))), `${n}`).toBe(0);
      }
  });

  it('stay where something else reads them, and where what they read is changed', () => {
    const mask = gt.tidy(() => gt.reshape(values(49, 5), [7, 7]));
    const twice: Attend = (q, k, v) =>
      gt.add(gt.scaledDotProductAttention(q, k, v, { mask }), gt.scaledDotProductAttention(gt.mul(q, 2), v, k));
    expect(moves(same(both(twice, 3), joined('float32', 7, 24)))).toBeGreaterThan(0);
    const w = gt.variable(gt.reshape(values(7 * 24, 3), [7, 24]));
    const f = gt.compile(() => {
      const [q, k, v] = gt.split(w, 3, -1) as [gt.Tensor, gt.Tensor, gt.Tensor];
      w.assign(gt.mul(w, 0.5));
      return gt.scaledDotProductAttention(q, k, v);
    });
    gt.tidy(() => {
      for (let i = 0; i < 3; i++) {
        const [q, k, v] = gt.split(w, 3, -1) as [gt.Tensor, gt.Tensor, gt.Tensor];
        const wanted = bits(gt.scaledDotProductAttention(q, k, v));
        expect(bits(f())).toBe(wanted);
      }
    });
    f.dispose();
    w.dispose();
    mask.dispose();
  });
});

describe('bias and relu', () => {
  for (const dtype of ['float32', 'float64'] as const)
    it(`become part of the product before them, in ${dtype}`, () => {
      for (const [m, k, n] of [
        [1, 3, 7],
        [5, 9, 1],
        [1, 1, 1],
        [3, 0, 5],
        [0, 3, 5],
        [33, 300, 7],
        [130, 17, 260],
      ] as const) {
        const make = (...shape: number[]) => {
          const size = shape.reduce((p, d) => p * d, 1);
          return (i: number) => gt.reshape(values(size, i + size, dtype), shape);
        };
        const plan = same((a, b, c) => gt.relu(gt.add(gt.matMul(a, b), c)), make(m, k), make(k, n), make(n));
        if (m > 0 && n > 1) expect(plan.records).toHaveLength(1);
        same((a, b, c) => [gt.add(c, gt.matMul(a, b))], make(m, k), make(k, n), make(n));
        same((a, b) => gt.relu(gt.matMul(a, b, false, true)), make(2, m, k), make(n, k));
      }
      const plan = same(
        (x, w, c) => gt.relu(gt.add(gt.conv2d(x, w, 1, 'same'), c)),
        (i) => gt.reshape(values(2 * 9 * 7 * 3, i, dtype), [2, 9, 7, 3]),
        (i) => gt.reshape(values(3 * 3 * 3 * 5, i + 1, dtype), [3, 3, 3, 5]),
        (i) => values(5, i + 2, dtype),
      );
      expect(plan.records).toHaveLength(1);
      expect(after(plan, 'bias and relu')).toBe(after(plan, 'constants') - 2);
    });

  it('stay apart where the product is seen, read twice, or the bias changes in between', () => {
    const v = gt.variable([1, -2]);
    const compiled = gt.compile((a: gt.Tensor) => {
      const seen = gt.matMul(a, a);
      const twice = gt.matMul(a, gt.square(a));
      const late = gt.matMul(gt.square(a), a);
      v.assign(gt.mul(v, 2));
      return [seen, gt.relu(seen), gt.add(gt.relu(twice), twice), gt.add(late, v)];
    });
    gt.tidy(() => {
      for (const [i, bias] of [
        [2, -4],
        [4, -8],
        [8, -16],
      ].entries()) {
        const a = gt.reshape(values(4, i), [2, 2]);
        const [seen, twice, late] = [gt.matMul(a, a), gt.matMul(a, gt.square(a)), gt.matMul(gt.square(a), a)];
        const wanted = [seen, gt.relu(seen), gt.add(gt.relu(twice), twice), gt.add(late, bias)];
        expect(compiled(a).map(bits)).toEqual(wanted.map(bits));
      }
    });
    v.dispose();
    compiled.dispose();
  });
});

describe("a rectifier's gradient behind that of a max pool", () => {
  const image = (i: number): gt.Tensor => gt.reshape(values(2 * 9 * 10 * 3, i), [2, 9, 10, 3]);
  const gradient = (f: (x: gt.Tensor) => gt.Tensor) => (x: gt.Tensor) => gt.grad(f)(x)!;
  const elements = (plan: ReturnType<typeof same>): string[] =>
    plan.records.flatMap((r) => r.kernels).filter((name) => /_grad_f/.test(name));

  it('comes before it, with the same bits, also where windows overlap, are cut, or hold no number', () => {
    for (const [size, step, pad] of [
      [2, 2, 'valid'],
      [3, 1, 'same'],
      [3, 2, 'same'],
    ] as const) {
      const plan = same(
        gradient((x) => gt.sum(gt.exp(gt.maxPool(gt.relu(x), size, step, pad)))),
        (i) => (i < 2 ? image(i) : gt.where(gt.greater(image(i), 1.5), NaN, image(i))),
      );
      expect(elements(plan)).toEqual(['relu_grad_f32', 'max_pool_grad_f32']);
    }
  });

  it('stays where something else flows to the rectifier, too', () => {
    const plan = same(
      gradient((x) => {
        const y = gt.relu(x);
        return gt.add(gt.sum(gt.maxPool(y, 2, 2, 'valid')), gt.sum(gt.square(y)));
      }),
      image,
    );
    expect(elements(plan)).toEqual(['max_pool_grad_f32', 'relu_grad_f32']);
  });
});
