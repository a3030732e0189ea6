// Comparisons, logic and selection, alone.

import { test } from 'vitest';
import { init } from '../../src/index.js';
import { walkMeta } from '../../src/ops/broadcast.js';
import { BOOL, FLOAT32, FLOAT64, INT32 } from '../../src/runtime/abi.js';
import * as k from '../../src/runtime/kernels.js';
import { uniform } from '../../src/testing/random.js';
import { broadcastShape } from '../check/array.js';
import { Block, expectRange, offsets } from '../check/block.js';
import { BROADCASTS, broadcastStrides } from '../check/broadcast.js';

await init();

const COMPARISONS: [keyof typeof k, (a: number, b: number) => boolean][] = [
  ['equal', (a, b) => a === b],
  ['not_equal', (a, b) => a !== b],
  ['less', (a, b) => a < b],
  ['less_equal', (a, b) => a <= b],
  ['greater', (a, b) => a > b],
  ['greater_equal', (a, b) => a >= b],
];
const LOGIC: [keyof typeof k, (a: number, b: number) => boolean][] = [
  ['logical_and', (a, b) => (a & b) === 1],
  ['logical_or', (a, b) => (a | b) === 1],
  ['logical_xor', (a, b) => (a ^ b) === 1],
];
const VALUES = [0, -0, 1, -1, NaN, Infinity, -Infinity, 2.5];

for (const [name, reference] of [...COMPARISONS, ...LOGIC]) {
  const kernel = k[name] as typeof k.equal;
  test(`${name} writes one 32-bit 0 or 1 for each element, whatever the width of its inputs`, () => {
    const next = uniform(2);
    for (const dtype of name.startsWith('logical') ? [BOOL] : [FLOAT32, FLOAT64, INT32, BOOL])
      for (const [sa, sb] of BROADCASTS) {
        const value = (): number => {
          if (dtype === BOOL) return Number(next() < 0.5);
          return dtype === INT32 ? Math.floor(next() * 5) - 2 : VALUES[Math.floor(next() * VALUES.length)]!;
        };
        const shape = broadcastShape(sa, sb);
        const [va, vb] = [sa, sb].map((s) => Array.from({ length: s.reduce((p, d) => p * d, 1) }, value));
        const [a, b] = [Block.of(dtype, va!), Block.of(dtype, vb!)];
        const [oa, ob] = [sa, sb].map((s) => offsets(shape, broadcastStrides(s, shape)));
        const expected = oa!.map((at, i) => Number(reference(va![at]!, vb![ob![i]!]!)));
        const y = new Block(BOOL, expected.length);
        const meta = walkMeta(shape, [sa, sb]);
        expectRange(
          y,
          y.n,
          (from, to) => kernel(dtype, a.at, b.at, y.at, meta, from, to),
          expected,
          `${name} ${dtype} ${JSON.stringify([sa, sb])}`,
        );
      }
  });
}

test('where chooses by broadcast conditions, in both widths', () => {
  const next = uniform(3);
  for (const [width, dtype] of [FLOAT32, FLOAT64].entries())
    for (const [sa, sb] of BROADCASTS)
      for (const sc of [sa, sb, [], broadcastShape(sa, sb)]) {
        const shape = broadcastShape(sa, sb);
        const size = (s: readonly number[]): number => s.reduce((p, d) => p * d, 1);
        const vc = Array.from({ length: size(sc) }, () => Number(next() < 0.5));
        const va = Array.from({ length: size(sa) }, (_, i) => i + 1);
        const vb = Array.from({ length: size(sb) }, (_, i) => -i - 1);
        const [oc, oa, ob] = [sc, sa, sb].map((s) => offsets(shape, broadcastStrides(s, shape)));
        const expected = oc!.map((at, i) => (vc[at] ? va[oa![i]!]! : vb[ob![i]!]!));
        const [c, a, b] = [Block.of(BOOL, vc), Block.of(dtype, va), Block.of(dtype, vb)];
        const y = new Block(dtype, expected.length);
        const meta = walkMeta(shape, [sc, sa, sb]);
        expectRange(
          y,
          y.n,
          (from, to) => k.where(width, c.at, a.at, b.at, y.at, meta, from, to),
          expected,
          `where ${JSON.stringify([sc, sa, sb])}`,
        );
      }
});
