// The attention kernels: no bit depends on how their range is split, and nothing is written beside the results.

import { beforeAll, expect, test } from 'vitest';
import { codeOf } from '../../src/dtype.js';
import { init, randomNormal, tidy, type Tensor } from '../../src/index.js';
import * as k from '../../src/runtime/kernels.js';
import { address, empty, withScratch } from '../../src/tensor.js';

beforeAll(() => init());

const [UNITS, N, M, D, E] = [3, 150, 70, 5, 9] as const;
const ROWS = [D, D, E, 0, 0, 0];
const META = [N, M, D, E, 1, 1, 0, 0, 0, 1, ...ROWS, ...ROWS, UNITS, N * D, M * D, M * E, 0];

test.each(['float32', 'float64'] as const)('ranges of %s', (dtype) => {
  tidy(() => {
    const draw = (seed: number, rows: number, columns: number): Tensor =>
      randomNormal([UNITS, rows, columns], 0, 1, dtype, seed);
    const [q, key, v, dy] = [draw(1, N, D), draw(2, M, D), draw(3, M, E), draw(4, N, E)];
    const guarded = (count: number): Tensor => {
      const x = empty([count + 5], dtype);
      k.fill(codeOf(dtype), address(x), 77, 0, count + 5);
      return x;
    };
    const run = (cuts: readonly number[], gradCuts: readonly number[]): Tensor[] => {
      const out = [UNITS * N * E, UNITS * N, UNITS * N * D, UNITS * M * D, UNITS * M * E].map(guarded);
      const [y, lse, dq, dk, dv] = out.map(address) as [number, number, number, number, number];
      const [a, b, c] = [q, key, v].map(address) as [number, number, number];
      withScratch(1 << 20, (scratch) => {
        for (let i = 1; i < cuts.length; i++)
          k.attention(codeOf(dtype), a, b, c, a, y, lse, scratch, META, 0.5, cuts[i - 1]!, cuts[i]!);
        for (let i = 1; i < gradCuts.length; i++)
          k.attention_grad(
            codeOf(dtype), a, b, c, a, y, lse, address(dy), dq, dk, dv, scratch, META, 0.5, gradCuts[i - 1]!, gradCuts[i]!,
          ); // prettier-ignore
      });
      return out;
    };
    const whole = run([0, 9], [0, 3]).map((x) => x.dataSync());
    const split = run([0, 1, 2, 5, 9], [0, 1, 3]).map((x) => x.dataSync());
    expect(split).toEqual(whole);
    for (const x of whole) expect([...x.slice(-5)]).toEqual([77, 77, 77, 77, 77]);
    for (const x of whole) expect(x.slice(0, -5).includes(77)).toBe(false);
  });
});
