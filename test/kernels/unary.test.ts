// Kernels of one input, and pow and atan2: error in ulp over the whole of float32, special values, ranges.

import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { codeOf, type DType } from '../../src/dtype.js';
import { init, mul, tensor, tidy, type Tensor } from '../../src/index.js';
import { walkMeta } from '../../src/ops/broadcast.js';
import * as k from '../../src/runtime/kernels.js';
import { address, empty } from '../../src/tensor.js';
import { uniform } from '../../src/testing/random.js';
import * as special from '../check/special.js';
import { ulpError32 } from '../check/ulp.js';

type Kernel = (dtype: number, x: number, y: number, from: number, to: number) => void;
type Range = readonly [number, number];

const logistic = (x: number): number => (x < 0 ? Math.exp(x) / (1 + Math.exp(x)) : 1 / (1 + Math.exp(-x)));
const bend = (x: number): number => Math.log1p(Math.exp(-Math.abs(x)));
const tanhSoftplus = (x: number): number => {
  const n = Math.exp(x) * (Math.exp(x) + 2);
  return x > 20 ? 1 : n / (n + 2);
};

interface Row {
  name: string;
  kernel: Kernel;
  reference: (x: number) => number;
  /** Largest error in float32. */
  ulp: number;
  /** Where to look closely: thresholds between branches, and where results are denormal. */
  ranges: readonly Range[];
  /** Largest float64 error relative to the reference. Default 1e-15, a few ulp: Math.* is not exact either. */
  relative64?: number;
}

/** Computed as f64 and rounded once, but for rare cases near a tie. */
const WIDE = 0.501;

// prettier-ignore
const rows: readonly Row[] = [
  { name: 'sqrt', kernel: k.sqrt, reference: Math.sqrt, ulp: 0.5, ranges: [[0, 2]] },
  { name: 'rsqrt', kernel: k.rsqrt, reference: (x) => 1 / Math.sqrt(x), ulp: 1.5, ranges: [[1, 4]] },
  { name: 'reciprocal', kernel: k.reciprocal, reference: (x) => 1 / x, ulp: 0.5, ranges: [[1, 2]] },
  { name: 'exp', kernel: k.exp, reference: Math.exp, ulp: 1, ranges: [[-105, -80], [-1, 1], [80, 89]] },
  { name: 'expm1', kernel: k.expm1, reference: Math.expm1, ulp: 1.6, ranges: [[-18.5, -1], [-1, 1], [80, 89]] },
  { name: 'log', kernel: k.log, reference: Math.log, ulp: 1, ranges: [[0, 2], [0.6, 1.4], [0, 2e-38]] },
  { name: 'log1p', kernel: k.log1p, reference: Math.log1p, ulp: 1.6, ranges: [[-1, 1], [-0.4, 0.4], [1, 9]] },
  { name: 'sin', kernel: k.sin, reference: Math.sin, ulp: 1.6, ranges: [[-9, 9], [-210, 210], [-1e6, 1e6], [5e7, 8e7]] },
  { name: 'cos', kernel: k.cos, reference: Math.cos, ulp: 1.6, ranges: [[-9, 9], [-210, 210], [-1e6, 1e6], [5e7, 8e7]] },
  { name: 'tan', kernel: k.tan, reference: Math.tan, ulp: WIDE, ranges: [[-9, 9], [-1e6, 1e6], [5e7, 8e7]] },
  { name: 'asin', kernel: k.asin, reference: Math.asin, ulp: WIDE, ranges: [[-1, 1]] },
  { name: 'acos', kernel: k.acos, reference: Math.acos, ulp: WIDE, ranges: [[-1, 1]] },
  { name: 'atan', kernel: k.atan, reference: Math.atan, ulp: WIDE, ranges: [[-2, 2]] },
  { name: 'sinh', kernel: k.sinh, reference: Math.sinh, ulp: WIDE, ranges: [[-2, 2], [85, 90]] },
  { name: 'cosh', kernel: k.cosh, reference: Math.cosh, ulp: WIDE, ranges: [[-2, 2], [85, 90]] },
  { name: 'tanh', kernel: k.tanh, reference: Math.tanh, ulp: 1.7, ranges: [[0, 0.3], [0.3, 0.7], [-9.5, 9.5]] },
  { name: 'asinh', kernel: k.asinh, reference: Math.asinh, ulp: WIDE, ranges: [[-2, 2]] },
  { name: 'acosh', kernel: k.acosh, reference: Math.acosh, ulp: WIDE, ranges: [[1, 1.01], [1, 3]] },
  { name: 'atanh', kernel: k.atanh, reference: Math.atanh, ulp: WIDE, ranges: [[-1, 1]] },
  { name: 'sigmoid', kernel: k.sigmoid, reference: logistic, ulp: 2, ranges: [[-104, -80], [-9, 9], [-2, 0]] },
  { name: 'log_sigmoid', kernel: k.log_sigmoid, reference: (x) => Math.min(x, 0) - bend(x), ulp: 2, ranges: [[-9, 9], [-2, 2], [80, 104]] },
  { name: 'softplus', kernel: k.softplus, reference: (x) => Math.max(x, 0) + bend(x), ulp: 2, ranges: [[-104, -80], [-9, 9], [-2, 2]] },
  { name: 'softsign', kernel: k.softsign, reference: (x) => (Math.abs(x) === Infinity ? Math.sign(x) : x / (1 + Math.abs(x))), ulp: 1.5, ranges: [[-9, 9]] },
  { name: 'elu', kernel: k.elu, reference: (x) => (x > 0 ? x : Math.expm1(x)), ulp: 1.6, ranges: [[-18, 1]] },
  { name: 'selu', kernel: k.selu, reference: (x) => (x > 0 ? 1.0507009873554805 * x : 1.7580993408473766 * Math.expm1(x)), ulp: 2, ranges: [[-18, 1]] },
  { name: 'silu', kernel: k.silu, reference: (x) => (x === -Infinity ? -0 : x * logistic(x)), ulp: WIDE, ranges: [[-110, -80], [-9, 9]] },
  { name: 'mish', kernel: k.mish, reference: (x) => (x === -Infinity ? -0 : x * tanhSoftplus(x)), ulp: WIDE, ranges: [[-110, -80], [-9, 9]] },
  { name: 'gelu', kernel: k.gelu, reference: special.gelu, ulp: WIDE, ranges: [[-15, -12], [-9, 9]], relative64: 2e-15 },
  { name: 'gelu_tanh', kernel: k.gelu_tanh, reference: special.geluTanh, ulp: 2, ranges: [[-12, -8], [-9, 9]], relative64: 2e-13 },
  { name: 'erf', kernel: k.erf, reference: special.erf, ulp: WIDE, ranges: [[-0.6, 0.6], [-4, 4]] },
  { name: 'erfc', kernel: k.erfc, reference: special.erfc, ulp: WIDE, ranges: [[-4, 4], [8, 10.1]], relative64: 2e-15 },
  { name: 'lgamma', kernel: k.lgamma, reference: special.lgamma, ulp: WIDE, ranges: [[0.5, 2.5], [0, 12], [-2, 0]], relative64: 1e-14 },
  { name: 'digamma', kernel: (d, x, y, from, to) => k.polygamma(d, x, y, 0, from, to), reference: special.digamma, ulp: 0.51, ranges: [[1.6, 12], [-0.45, 0], [0, 1.4]], relative64: 2e-14 },
];

/** Every exponent and sign, with the least and largest mantissas and 2016 between: zeros, denormals, ±∞ and NaN too. */
function everywhere(): Float32Array<ArrayBuffer> {
  const bits = new Uint32Array(2 * 256 * 2048);
  const next = uniform(7);
  let at = 0;
  for (let sign = 0; sign < 2; sign++)
    for (let exponent = 0; exponent < 256; exponent++)
      for (let i = 0; i < 2048; i++) {
        const mantissa = i < 16 ? i : i < 32 ? 0x7fffff - (i - 16) : i * 4096 + Math.floor(4096 * next());
        bits[at++] = ((sign << 31) | (exponent << 23) | mantissa) >>> 0;
      }
  return new Float32Array(bits.buffer);
}

function evenly([low, high]: Range, n: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: n }, (_, i) => low + ((high - low) * (i + 0.5)) / n);
}

function results(kernel: Kernel, x: Tensor): Tensor {
  const y = empty(x.shape, x.dtype);
  kernel(codeOf(x.dtype), address(x), address(y), 0, x.size);
  return y;
}

const report: string[] = [];
let sweep: Float32Array<ArrayBuffer>;

beforeAll(async () => {
  await init();
  sweep = everywhere();
});
afterAll(() => console.log(`float32, largest error in ulp: ${report.join(', ')}`));

/** The largest error, 0 where the result is the nearest float32; its place in the message when it is above the bound. Zeros must agree in sign. */
function largestError(
  name: string,
  ulp: number,
  data: ArrayLike<number>,
  reference: (i: number) => number,
  place: (i: number) => string,
): number {
  let worst = 0;
  for (let i = 0; i < data.length; i++) {
    const expected = reference(i);
    const actual = data[i]!;
    const error =
      actual === 0 && expected === 0 && !Object.is(actual, expected) ? Infinity : ulpError32(actual, expected);
    if (error <= worst) continue;
    worst = error;
    if (worst > ulp) throw new Error(`${name}(${place(i)}) is ${actual}, reference ${expected}: ${worst} ulp`);
  }
  return worst;
}

describe.each(rows)('$name', ({ name, kernel, reference, ulp, ranges, relative64 = 1e-15 }) => {
  test('is right over the whole of float32', () => {
    let worst = 0;
    for (const inputs of [sweep, ...ranges.map((range) => evenly(range, 1 << 16))])
      tidy(() => {
        const data = results(kernel, tensor(inputs)).dataSync();
        const error = largestError(
          name,
          ulp,
          data,
          (i) => reference(inputs[i]!),
          (i) => String(inputs[i]),
        );
        worst = Math.max(worst, error);
      });
    report.push(`${name} ${worst.toFixed(2)}`);
  });

  test('is right in float64', () => {
    tidy(() => {
      const points = ranges.flatMap((range) => [...evenly(range, 1 << 10)].map((x) => x * (1 + 1e-9)));
      const x = tensor(
        [...points, ...[0, -0, Infinity, -Infinity, NaN, 5e-324, -5e-324, 1e300, -1e300]],
        undefined,
        'float64',
      );
      const inputs = x.dataSync();
      const data = results(kernel, x).dataSync();
      for (let i = 0; i < data.length; i++) {
        const expected = reference(inputs[i]!);
        const same = Object.is(data[i], expected) || Math.abs(data[i]! - expected) <= relative64 * Math.abs(expected);
        if (!same) throw new Error(`${name}(${inputs[i]}) is ${data[i]}, reference ${expected}`);
      }
    });
  });

  test('gives the same bits however its range is split', () => {
    tidy(() => {
      for (const dtype of ['float32', 'float64'] as const) {
        const x = tensor([...evenly([-3, 3], 37)], undefined, dtype);
        const whole = results(kernel, x).dataSync();
        const y = empty(x.shape, dtype);
        for (const [from, to] of [
          [24, 37],
          [0, 4],
          [4, 24],
        ] as const)
          // prettier-ignore
          kernel(codeOf(dtype), address(x), address(y), from, to);
        expect(y.dataSync()).toEqual(whole);
      }
    });
  });
});

/** C's and TensorFlow's pow: 1 to any power, and -1 to an infinite one, is 1. */
function power(a: number, b: number): number {
  return a === 1 || (a === -1 && Math.abs(b) === Infinity) ? 1 : a ** b;
}

describe.each([
  { name: 'pow', kernel: k.pow, reference: power },
  { name: 'atan2', kernel: k.atan2, reference: Math.atan2 },
])('$name', ({ name, kernel, reference }) => {
  function pairs(
    dtype: DType,
    a: readonly number[] | Float32Array<ArrayBuffer>,
    b: readonly number[] | Float32Array<ArrayBuffer>,
  ): [Tensor, Tensor, Tensor] {
    const [x, z] = [tensor([...a], undefined, dtype), tensor([...b], undefined, dtype)];
    const y = empty(x.shape, dtype);
    kernel(codeOf(dtype), address(x), address(z), address(y), walkMeta(x.shape, [x.shape, z.shape]), 0, x.size);
    return [x, z, y];
  }

  test('is right over the whole of float32', () => {
    tidy(() => {
      const n = 1 << 18;
      const next = uniform(11);
      // Exponents at random, then bases for which the power is within float32.
      const a = Float32Array.from({ length: n }, (_, i) =>
        i % 2 ? sweep[Math.floor(next() * sweep.length)]! : Math.exp(160 * next() - 80),
      );
      const b = Float32Array.from(a, (x, i) =>
        i % 2 ? sweep[Math.floor(next() * sweep.length)]! : (170 * next() - 85) / Math.log(x),
      );
      const data = pairs('float32', a, b)[2].dataSync();
      report.push(
        `${name} ${largestError(
          name,
          WIDE,
          data,
          (i) => reference(a[i]!, b[i]!),
          (i) => `${a[i]}, ${b[i]}`,
        ).toFixed(2)}`,
      );
    });
  });

  test('is right at special values', () => {
    tidy(() => {
      const values = [0, -0, 1, -1, 2, -2, 0.5, -0.5, 3, -3, 2.5, 1e-45, -1e-45, 16777217, Infinity, -Infinity, NaN];
      const [a, b] = [values.flatMap((x) => values.map(() => x)), values.flatMap(() => values)];
      for (const dtype of ['float32', 'float64'] as const) {
        const [x, z, y] = pairs(dtype, a, b).map((t) => t.dataSync());
        for (let i = 0; i < y!.length; i++) {
          const expected = reference(x![i]!, z![i]!);
          const target = dtype === 'float32' ? Math.fround(expected) : expected;
          const same =
            Object.is(y![i], target) ||
            Math.abs(y![i]! - target) <= (dtype === 'float32' ? 1e-7 : 1e-15) * Math.abs(target);
          if (!same) throw new Error(`${dtype} ${name}(${x![i]}, ${z![i]}) is ${y![i]}, reference ${expected}`);
        }
      }
    });
  });
});

test('sin_grad is dy times the cosine, written over either of its inputs too', () => {
  tidy(() => {
    const ramp = [...evenly([-3, 3], 33), 1e9, 250];
    for (const dtype of ['float32', 'float64'] as const) {
      const copies = (): [x: Tensor, dy: Tensor] => [
        tensor(ramp, undefined, dtype),
        tensor([...ramp].reverse(), undefined, dtype),
      ];
      const code = codeOf(dtype);
      const expected = mul(copies()[1], results(k.cos, copies()[0])).dataSync();
      for (const over of ['neither', 'x', 'dy'] as const) {
        const [x, dy] = copies();
        const dx = over === 'x' ? x : over === 'dy' ? dy : empty(x.shape, dtype);
        k.sin_grad(code, address(x), address(dy), address(dx), 0, x.size);
        expect(dx.dataSync()).toEqual(expected);
      }
    }
  });
});
