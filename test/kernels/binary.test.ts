// Binary kernels and the walker under them, alone: every op over every kind of broadcasting.

import { test } from 'vitest';
import { init } from '../../src/index.js';
import { walkMeta } from '../../src/ops/broadcast.js';
import { FLOAT32, FLOAT64, INT32 } from '../../src/runtime/abi.js';
import * as k from '../../src/runtime/kernels.js';
import { uniform } from '../../src/testing/random.js';
import { broadcastShape } from '../check/array.js';
import { Block, expectRange, offsets } from '../check/block.js';
import { BROADCASTS, broadcastStrides } from '../check/broadcast.js';

await init();

const floorMod = (a: number, b: number): number => {
  const r = a % b;
  return r !== 0 && r < 0 !== b < 0 ? r + b : r;
};
const power = (a: number, b: number): number =>
  b < 0 ? (Math.abs(a) === 1 ? a ** (b & 1) : 0) : Number(BigInt.asIntN(32, BigInt(a) ** BigInt(b)));

/** Each op in f64 and, rounded, in f32; and in i32 where it has that. */
const OPS: [keyof typeof k, (a: number, b: number) => number, ((a: number, b: number) => number)?][] = [
  ['add', (a, b) => a + b, (a, b) => a + b],
  ['sub', (a, b) => a - b, (a, b) => a - b],
  ['mul', (a, b) => a * b, Math.imul],
  ['div', (a, b) => a / b],
  ['div_no_nan', (a, b) => (b === 0 ? 0 : a / b)],
  ['mod', floorMod, (a, b) => (b === 0 ? 0 : floorMod(a, b))],
  ['maximum', (a, b) => Math.max(a, b), (a, b) => Math.max(a, b)],
  ['minimum', (a, b) => Math.min(a, b), (a, b) => Math.min(a, b)],
  ['prelu', (a, b) => (a < 0 ? a * b : a)],
];

const SPECIAL = [0, -0, 1, -1, Infinity, -Infinity, NaN, 3, -3, 0.5, 1e30, -1e-40];

for (const [name, reference, integer] of OPS) {
  const kernel = k[name] as typeof k.add;
  test(`${name} broadcasts, splits anywhere and stays within its output`, () => {
    const next = uniform(1);
    for (const dtype of integer ? [FLOAT32, FLOAT64, INT32] : [FLOAT32, FLOAT64]) {
      const f = dtype === INT32 ? integer! : reference;
      const value = (): number => {
        if (dtype === INT32) return Math.floor(next() * 41) - 20;
        return next() < 0.2
          ? SPECIAL[Math.floor(next() * SPECIAL.length)]!
          : (next() - 0.5) * (next() < 0.2 ? 1e12 : 20);
      };
      for (const [sa, sb] of BROADCASTS) {
        const shape = broadcastShape(sa, sb);
        const fresh = (s: readonly number[]): Block =>
          Block.of(dtype, Array.from({ length: s.reduce((p, d) => p * d, 1) }, value));
        const [a, b] = [fresh(sa), fresh(sb)];
        const [va, vb] = [a.view().slice(), b.view().slice()];
        const [oa, ob] = [sa, sb].map((s) => offsets(shape, broadcastStrides(s, shape)));
        const n = oa!.length;
        const y = new Block(dtype, n);
        const expected = y
          .view()
          .slice()
          .map((_, i) => f(va[oa![i]!]!, vb[ob![i]!]!));
        const meta = walkMeta(shape, [sa, sb]);
        expectRange(
          y,
          n,
          (from, to) => kernel(dtype, a.at, b.at, y.at, meta, from, to),
          expected,
          `${name} ${dtype} ${JSON.stringify([sa, sb])}`,
        );
      }
    }
  });
}

test('add works in place', () => {
  for (const n of [1, 3, 4, 7, 33]) {
    const y = Block.of(
      FLOAT32,
      Array.from({ length: n }, (_, i) => i),
    );
    const b = Block.of(
      FLOAT32,
      Array.from({ length: n }, () => 1),
    );
    k.add(FLOAT32, y.at, b.at, y.at, [1, n, 1, 1], 0, n);
    y.expect(
      Array.from({ length: n }, (_, i) => i + 1),
      `n = ${n}`,
    );
  }
});

test('squared_difference rounds the difference first', () => {
  const [a, b] = [0.1, 1e-8].map((v) => Block.of(FLOAT32, [v]));
  const y = new Block(FLOAT32, 1);
  k.squared_difference(FLOAT32, a!.at, b!.at, y.at, [1, 1, 1, 1], 0, 1);
  const d = Math.fround(Math.fround(0.1) - Math.fround(1e-8));
  y.expect([Math.fround(d * d)], 'one element');
});

test('integer division, remainder and power are exact at the ends of the range', () => {
  const ends = [-2147483648, -2147483647, -7, -2, -1, 0, 1, 2, 7, 2147483646, 2147483647];
  const a = ends.flatMap((x) => ends.map(() => x));
  const b = ends.flatMap(() => ends);
  const n = a.length;
  const [pa, pb, y] = [Block.of(INT32, a), Block.of(INT32, b), new Block(INT32, n)];
  const meta = [1, n, 1, 1];
  const check = (name: string, kernel: typeof k.add, f: (a: number, b: number) => number): void => {
    kernel(INT32, pa.at, pb.at, y.at, meta, 0, n);
    y.expect(
      a.map((x, i) => f(x, b[i]!) | 0),
      name,
    );
  };
  check('floor_div', k.floor_div, (x, d) => (d === 0 ? 0 : Math.floor(x / d)));
  check('mod', k.mod, (x, d) => (d === 0 ? 0 : floorMod(x, d)));
  const small = b.map((e) => Math.max(-9, Math.min(9, e)));
  pb.view().set(small);
  k.pow(INT32, pa.at, pb.at, y.at, meta, 0, n);
  y.expect(
    a.map((x, i) => power(x, small[i]!)),
    'pow',
  );
});

test('f32 mod is exact for large quotients and for quotients next to an integer', () => {
  const next = uniform(5);
  const n = 20_000;
  const a = Float32Array.from({ length: n }, () => (next() - 0.5) * 2 ** Math.floor(next() * 60));
  const b = a.map((x) => {
    const q = Math.floor(next() * 2 ** Math.floor(next() * 30)) + 1;
    return next() < 0.5 ? x / q : (next() - 0.5) * 10;
  });
  const [pa, pb, y] = [Block.of(FLOAT32, a), Block.of(FLOAT32, b), new Block(FLOAT32, n)];
  k.mod(FLOAT32, pa.at, pb.at, y.at, [1, n, 1, 1], 0, n);
  y.expect(
    a.map((x, i) => floorMod(x, b[i]!)),
    'mod',
  );
});
