// Matrix products of N × N, beside the arithmetic peak of this engine. The float32 part is W1 of the workloads.

import { matMul, tensor2d, tidy } from 'gradtape';
import { peak } from './harness/probe.js';
import { distance, ok, suite, type Suite } from './harness/suite.js';
import type { Case } from './harness/timing.js';
import { PRODUCTS, TOLERANCE } from './workloads/expected.js';
import { uniform } from './workloads/generator.js';

const SIZES = [64, 128, 256, 512, 1024];

function product(dtype: 'float32' | 'float64', n: number): Case {
  const a = tensor2d(uniform(101, 1, n * n), [n, n], dtype);
  const b = tensor2d(uniform(102, 1, n * n), [n, n], dtype);
  const name = `matMul ${dtype} ${n}`;
  let sum = 0;
  for (const x of tidy(() => matMul(a, b).dataSync())) sum += Math.abs(x);
  return {
    name,
    work: { flops: 2 * n ** 3 },
    beside: `peak ${dtype}`,
    check: ok(distance(name, sum, PRODUCTS[n]!, TOLERANCE)),
    run: () => tidy(() => void matMul(a, b)),
  };
}

const gemm: Suite = suite(
  {
    title: 'Matrix product, N × N',
    columns: [
      { title: 'GFLOP/s', kind: 'giga', work: 'flops' },
      { title: '% of peak', kind: 'percent', work: 'flops' },
    ],
  },
  (wanted) =>
    (['float32', 'float64'] as const).flatMap((dtype) => {
      const sizes = SIZES.filter((n) => wanted(`matMul ${dtype} ${n}`));
      return sizes.length === 0 ? [] : [peak(dtype), ...sizes.map((n) => product(dtype, n))];
    }),
);
export default gemm;
