// Ops with two inputs that broadcast.

import { describe, expect, test } from 'vitest';
import * as gt from '../../src/index.js';
import { checkOp, SPECIAL } from '../check/op.js';

await gt.init();
const { ArgumentError, DTypeError, ShapeError } = gt;

const NUMBERS = ['float32', 'float64', 'int32'] as const;
const flag = (): gt.Tensor => gt.tensor([true, false]);
const ints = (...values: number[]): gt.Tensor => gt.tensor(values, undefined, 'int32');

checkOp({
  name: 'add',
  op: gt.add,
  reference: (a, b) => a + b,
  dtypes: NUMBERS,
  ulp: 0.5,
  special: SPECIAL,
  errors: [
    [() => gt.add([1, 2], [1, 2, 3]), ShapeError, /a \[2\] and b \[3\] have 2 and 3 on axis -1/],
    [() => gt.add('1' as never, 1), ArgumentError],
  ],
});
checkOp({ name: 'sub', op: gt.sub, reference: (a, b) => a - b, dtypes: NUMBERS, ulp: 0.5, special: SPECIAL });
checkOp({ name: 'mul', op: gt.mul, reference: (a, b) => a * b, dtypes: NUMBERS, ulp: 0.5, special: SPECIAL });
checkOp({
  name: 'div',
  op: gt.div,
  reference: (a, b) => a / b,
  inputs: [{}, { domain: [0.5, 3] }],
  ulp: 0.5,
  special: SPECIAL,
});
checkOp({
  name: 'divNoNan',
  op: gt.divNoNan,
  reference: (a, b) => (b === 0 ? 0 : a / b),
  inputs: [{}, { domain: [0.5, 3] }],
  ulp: 0.5,
  special: SPECIAL,
  errors: [[() => gt.divNoNan(ints(1), ints(2)), DTypeError, /a and b must be float32 or float64, got int32/]],
});
checkOp({
  name: 'divNoNan',
  form: 'by zero',
  op: gt.divNoNan,
  reference: (a, b) => (b === 0 ? 0 : a / b),
  cases: [[[5], { shape: [1], data: new Float64Array([0]) }]],
  differentiable: [0],
});
checkOp({
  name: 'floorDiv',
  op: gt.floorDiv,
  reference: (a, b) => Math.floor(a / b),
  inputs: [{ domain: [-9, 9] }, { domain: [1, 3] }],
  dtypes: NUMBERS,
  // Not the denormals: a quotient that rounds to -0 is rounded down to -0 in TensorFlow too.
  special: SPECIAL.filter((x) => Math.abs(x) !== 1e-40 && x !== 2 ** -126),
  differentiable: [],
});
checkOp({
  name: 'floorDiv',
  form: 'negative divisors',
  op: gt.floorDiv,
  reference: (a, b) => Math.floor(a / b),
  inputs: [{ domain: [-9, 9] }, { domain: [-3, -1] }],
  dtypes: NUMBERS,
  differentiable: [],
});

const floorMod = (a: number, b: number): number => {
  const r = a % b;
  return r !== 0 && r < 0 !== b < 0 ? r + b : r;
};
for (const [form, a, b] of [
  ['quotient 2', [4.1, 4.9], [1.9, 2]],
  ['quotient -3', [-4.9, -4.1], [1.9, 2]],
  ['negative divisors', [4.1, 4.9], [-2, -1.9]],
] as const)
  checkOp({
    name: 'mod',
    form,
    op: gt.mod,
    reference: floorMod,
    inputs: [{ domain: a }, { domain: b }],
    tolerance: 1e-6,
  });
checkOp({
  name: 'mod',
  form: 'values',
  op: gt.mod,
  reference: floorMod,
  inputs: [{ domain: [-9, 9] }, { domain: [1, 3] }],
  dtypes: NUMBERS,
  ulp: 0.5,
  tolerance64: 0,
  special: [...SPECIAL, 3, -3, 0.1, 1e9, -1e9, 123456.789],
  order: 1,
  // A remainder jumps where the quotient passes an integer, which these values do.
  differentiable: [0],
  cases: [[[0], [0]]],
});

checkOp({
  name: 'pow',
  op: gt.pow,
  reference: (a, b) => a ** b,
  inputs: [{ domain: [0.3, 2] }, { domain: [-2, 2] }],
  ulp: 2,
  special: [...SPECIAL, 2, 0.5, 3, -3],
  specialCases: [
    [1, NaN, 1],
    [1, Infinity, 1],
    [1, -Infinity, 1],
    [-1, Infinity, 1],
    [-1, -Infinity, 1],
  ],
});
checkOp({
  name: 'pow',
  form: 'whole exponents of any base',
  op: gt.pow,
  reference: (a, b) => a ** b,
  inputs: [
    { domain: [-2, 2], avoid: [0] },
    { dtype: 'int32', domain: [0, 4] },
  ],
  ulp: 2,
});
checkOp({
  name: 'pow',
  form: 'base 0',
  op: (x) => gt.pow(x, [0, 1, 2, 3]),
  arrays: (x) => ({ shape: [4], data: x.data.map((v, i) => v ** i) }),
  cases: [[{ shape: [4], data: new Float64Array(4) }]],
});
checkOp({
  name: 'maximum',
  op: gt.maximum,
  reference: (a, b) => Math.max(a, b),
  dtypes: NUMBERS,
  special: SPECIAL,
  ulp: 0,
});
checkOp({
  name: 'minimum',
  op: gt.minimum,
  reference: (a, b) => Math.min(a, b),
  dtypes: NUMBERS,
  special: SPECIAL,
  ulp: 0,
});
checkOp({
  name: 'squaredDifference',
  op: gt.squaredDifference,
  reference: (a, b) => (a - b) ** 2,
  dtypes: NUMBERS,
  special: SPECIAL.filter((x) => Math.abs(x) !== 1e-40),
});
checkOp({
  name: 'atan2',
  op: gt.atan2,
  reference: Math.atan2,
  inputs: [{ avoid: [0] }, { avoid: [0] }],
  ulp: 2,
  special: SPECIAL,
  errors: [[() => gt.atan2(ints(1), ints(1)), DTypeError]],
});
checkOp({
  name: 'prelu',
  op: gt.prelu,
  reference: (x, alpha) => (x < 0 ? alpha * x : x),
  inputs: [{ avoid: [0] }, {}],
  special: SPECIAL,
  errors: [
    [() => gt.prelu(ints(1), ints(1)), DTypeError, /x and alpha must be/],
    [() => gt.prelu([1, 2], [1, 2, 3]), ShapeError, /x \[2\] and alpha \[3\]/],
  ],
});
checkOp({
  name: 'addN',
  op: (a, b, c) => gt.addN([a!, b!, c!]),
  reference: (a, b, c) => a! + b! + c!,
  dtypes: NUMBERS,
  cases: [
    [[], [], []],
    [[5], [5], [5]],
    [
      [2, 0],
      [2, 0],
      [2, 0],
    ],
    [
      [3, 7],
      [3, 7],
      [3, 7],
    ],
  ],
  errors: [
    [() => gt.addN([]), ArgumentError],
    [() => gt.addN([[1], [1, 2]]), ShapeError, /tensors\[0\] \[1\], tensors\[1\] \[2\]/],
    [() => gt.addN([ints(1), gt.tensor([1])]), DTypeError, /tensors\[0\] int32, tensors\[1\] float32/],
    [() => gt.addN([flag()]), DTypeError],
  ],
});

describe('dtypes of two inputs', () => {
  const f32 = gt.keep(gt.tensor([1, 2]));
  const f64 = gt.keep(gt.tensor([1, 2], [2], 'float64'));
  const i32 = gt.keep(ints(7, -7));
  const bool = gt.keep(flag());

  test('go up: bool, int32, float32, float64', () => {
    expect(gt.add(f32, f64).dtype).toBe('float64');
    expect(gt.add(i32, f32).dtype).toBe('float32');
    expect(gt.add(i32, f64).dtype).toBe('float64');
    expect(gt.add(bool, f32).dtype).toBe('float32');
    expect(gt.add(bool, i32).arraySync()).toEqual([8, -7]);
    expect(gt.add(bool, bool).dtype).toBe('int32');
    expect(gt.add(bool, bool).arraySync()).toEqual([2, 0]);
  });

  test('a plain number or array takes the dtype of a float tensor beside it', () => {
    for (const plain of [2, [2, 3], [[2], [3]]]) {
      expect(gt.mul(f64, plain).dtype).toBe('float64');
      expect(gt.mul(plain, f64).dtype).toBe('float64');
      expect(gt.mul(f32, plain).dtype).toBe('float32');
    }
    expect(gt.mul(f64, 0.1).dataSync()[0]).toBe(0.1);
  });

  test('a plain number beside an int32 tensor is float32, so that a fraction is kept', () => {
    const y = gt.mul(i32, 0.5);
    expect(y.dtype).toBe('float32');
    expect(y.arraySync()).toEqual([3.5, -3.5]);
  });

  test('int32 over int32 is rounded down, int32 over a number is not', () => {
    const quotient = gt.div(i32, ints(2, 2));
    expect(quotient.dtype).toBe('int32');
    expect(quotient.arraySync()).toEqual([3, -4]);
    expect(gt.div(i32, 2).arraySync()).toEqual([3.5, -3.5]);
  });

  test('int32 arithmetic wraps, and division by 0 gives 0', () => {
    const big = ints(2147483647, -2147483648);
    expect(gt.add(big, ints(1, -1)).arraySync()).toEqual([-2147483648, 2147483647]);
    expect(gt.mul(big, ints(2, 3)).arraySync()).toEqual([-2, -2147483648]);
    expect(gt.floorDiv(big, ints(-1, -1)).arraySync()).toEqual([-2147483647, -2147483648]);
    expect(gt.floorDiv(big, ints(0, 0)).arraySync()).toEqual([0, 0]);
    expect(gt.mod(big, ints(0, 0)).arraySync()).toEqual([0, 0]);
    expect(gt.mod(big, ints(10, -10)).arraySync()).toEqual([7, -8]);
    expect(gt.mod(big, ints(-10, 10)).arraySync()).toEqual([-3, 2]);
    expect(gt.pow(ints(3, -2, 1, -1, 5), ints(4, 3, -7, -7, -1)).arraySync()).toEqual([81, -8, 1, -1, 0]);
  });

  test('the gradient of a float beside an int32 tensor has the dtype of the float', () => {
    const tape = new gt.GradientTape();
    tape.watch(f32);
    const [df, di] = tape.gradient(gt.mul(f32, i32), [f32, i32]);
    expect(df!.arraySync()).toEqual([7, -7]);
    expect(di).toBeNull();
  });
});

describe('gradients where an op has a kink', () => {
  const gradients = (f: (a: gt.Tensor, b: gt.Tensor) => gt.Tensor, a: gt.Tensor, b: gt.Tensor): unknown[] => {
    const tape = new gt.GradientTape();
    tape.watch([a, b]);
    return tape.gradient(f(a, b), [a, b]).map((g) => g?.arraySync() ?? null);
  };

  test('ties of maximum and minimum go to the first input, as in TensorFlow', () => {
    const a = gt.tensor([1, 2, 3]);
    const b = gt.tensor([2, 2, 2]);
    expect(gradients(gt.maximum, a, b)).toEqual([
      [0, 1, 1],
      [1, 0, 0],
    ]);
    expect(gradients(gt.minimum, a, b)).toEqual([
      [1, 1, 0],
      [0, 0, 1],
    ]);
  });

  test('floorDiv and comparisons give null and do not throw', () => {
    const a = gt.tensor([1, 2, 3]);
    const b = gt.tensor([2, 2, 2]);
    expect(gradients(gt.floorDiv, a, b)).toEqual([null, null]);
    expect(gradients((a, b) => gt.cast(gt.greater(a, b), 'float32'), a, b)).toEqual([null, null]);
    expect(gradients((a, b) => gt.mul(a, gt.floorDiv(a, b)), a, b)).toEqual([[0, 1, 1], null]);
  });

  test('the gradient of pow by its exponent is 0 where the base is not positive', () => {
    const [, dExp] = gradients(gt.pow, gt.tensor([0, -2, 2]), gt.tensor([2, 2, 1]));
    expect((dExp as number[]).map((g) => g + 0)).toEqual([0, 0, Math.fround(2 * Math.LN2)]);
  });

  test('pow by constant exponents has every derivative at base 0', () => {
    const x = gt.scalar(0, 'float64');
    const derivative = (f: (x: gt.Tensor) => gt.Tensor) => (x: gt.Tensor) => {
      const tape = new gt.GradientTape();
      tape.watch(x);
      return tape.gradient(f(x), x)!;
    };
    let f = (x: gt.Tensor): gt.Tensor => gt.pow(x, 3);
    const orders = [0, 0, 0, 6, 0, 0].map((expected) => {
      const value = f(x).arraySync() as number;
      f = derivative(f);
      return [value + 0, expected];
    });
    for (const [value, expected] of orders) expect(value).toBe(expected);
  });
});
