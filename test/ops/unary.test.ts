// One row for each op of src/ops/unary.ts.

import { ArgumentError, DTypeError } from '../../src/errors.js';
import {
  abs,
  ceil,
  clipByValue,
  exp,
  expm1,
  floor,
  log,
  log1p,
  neg,
  reciprocal,
  round,
  rsqrt,
  sign,
  sqrt,
  square,
  step,
} from '../../src/index.js';
import { checkOp, SPECIAL } from '../check/op.js';

const NUMBERS = ['float32', 'float64', 'int32'] as const;

checkOp({
  name: 'abs',
  op: abs,
  reference: Math.abs,
  dtypes: NUMBERS,
  avoid: [0],
  ulp: 0,
  special: SPECIAL,
  errors: [[() => abs([true]), DTypeError, /^abs: x must be float32 or float64 or int32, got bool \[1\]/]],
});
checkOp({
  name: 'neg',
  op: neg,
  reference: (x) => -x,
  dtypes: NUMBERS,
  ulp: 0,
  special: SPECIAL,
  errors: [[() => neg(true), DTypeError]],
});
checkOp({
  name: 'square',
  op: square,
  reference: (x) => x * x,
  dtypes: NUMBERS,
  ulp: 0.5,
  special: SPECIAL,
  errors: [[() => square(true), DTypeError]],
});
checkOp({
  name: 'reciprocal',
  op: reciprocal,
  reference: (x) => 1 / x,
  domain: [0.3, 3],
  ulp: 0.5,
  special: SPECIAL,
  errors: [[() => reciprocal([true]), DTypeError]],
});
checkOp({
  name: 'sqrt',
  op: sqrt,
  reference: Math.sqrt,
  domain: [0.1, 4],
  ulp: 0.5,
  special: SPECIAL,
  errors: [[() => sqrt([true]), DTypeError, /^sqrt: x must be float32 or float64, got bool \[1\]/]],
});
checkOp({
  name: 'rsqrt',
  op: rsqrt,
  reference: (x) => 1 / Math.sqrt(x),
  domain: [0.2, 4],
  ulp: 2,
  special: SPECIAL,
  errors: [[() => rsqrt([true]), DTypeError]],
});
checkOp({
  name: 'sign',
  op: sign,
  reference: (x) => (x > 0 ? 1 : x < 0 ? -1 : x === 0 ? 0 : x),
  dtypes: NUMBERS,
  avoid: [0],
  ulp: 0,
  special: SPECIAL,
  errors: [[() => sign(true), DTypeError]],
});

const rounding = {
  differentiable: [],
  domain: [-9, 9],
  ulp: 0,
  special: [...SPECIAL, 0.5, -0.5, 1.5, 2.5, -2.5],
} as const;
checkOp({ ...rounding, name: 'floor', op: floor, reference: Math.floor, errors: [[() => floor([true]), DTypeError]] });
checkOp({ ...rounding, name: 'ceil', op: ceil, reference: Math.ceil, errors: [[() => ceil([true]), DTypeError]] });
checkOp({
  ...rounding,
  name: 'round',
  op: round,
  reference: (x) => {
    const below = Math.floor(x);
    const up = x - below > 0.5 || (x - below === 0.5 && below % 2 !== 0);
    const y = up ? below + 1 : below;
    return y === 0 && (x < 0 || Object.is(x, -0)) ? -0 : y;
  },
  errors: [[() => round([true]), DTypeError]],
});

const stepAt = (x: number, alpha: number): number => (x > 0 ? 1 : Number.isNaN(x) ? x : alpha);
checkOp({
  name: 'step',
  op: (x) => step(x!),
  reference: (x) => stepAt(x, 0),
  avoid: [0],
  ulp: 0,
  special: SPECIAL,
  errors: [[() => step([true]), DTypeError]],
});
checkOp({
  name: 'step',
  form: 'with alpha',
  op: (x) => step(x!, -0.5),
  reference: (x) => stepAt(x, -0.5),
  avoid: [0],
  ulp: 0,
  special: SPECIAL,
});
checkOp({
  name: 'clipByValue',
  op: (x) => clipByValue(x!, -1, 1.5),
  reference: (x) => Math.max(Math.min(x, 1.5), -1),
  domain: [-3, 3],
  avoid: [-1, 1.5],
  ulp: 0,
  special: SPECIAL,
  errors: [
    [() => clipByValue([1], 2, 1), ArgumentError, /^clipByValue: clipValueMin must not be above clipValueMax: 2 and 1/],
    [() => clipByValue([1], NaN, 1), ArgumentError],
    [() => clipByValue([true], 0, 1), DTypeError],
  ],
});
checkOp({
  name: 'clipByValue',
  form: 'int32',
  op: (x) => clipByValue(x!, -2.5, Infinity),
  reference: (x) => Math.max(x, -2),
  inputs: { dtype: 'int32', domain: [-9, 9] },
  dtypes: ['int32'],
});

checkOp({
  name: 'exp',
  op: exp,
  reference: Math.exp,
  ulp: 2,
  special: [...SPECIAL, 88.72283, 88.72284, -87.4, -103.97, -104.1],
  errors: [[() => exp([true]), DTypeError]],
});
checkOp({
  name: 'expm1',
  op: expm1,
  reference: Math.expm1,
  ulp: 2,
  special: [...SPECIAL, 88.72283, -17, -20],
  errors: [[() => expm1([true]), DTypeError]],
});
checkOp({
  name: 'log',
  op: log,
  reference: Math.log,
  domain: [0.1, 4],
  ulp: 2,
  special: SPECIAL,
  errors: [[() => log([true]), DTypeError]],
});
checkOp({
  name: 'log1p',
  op: log1p,
  reference: Math.log1p,
  domain: [-0.8, 3],
  ulp: 2,
  special: SPECIAL,
  errors: [[() => log1p([true]), DTypeError]],
});
