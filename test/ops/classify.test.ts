// One row for each op of src/ops/classify.ts.

import { DTypeError } from '../../src/errors.js';
import { isFinite, isInf, isNaN, logicalNot, tensor } from '../../src/index.js';
import { checkOp, SPECIAL } from '../check/op.js';

const question = { resultDType: 'bool', special: SPECIAL } as const;

checkOp({
  ...question,
  name: 'isNaN',
  op: isNaN,
  reference: (x) => Number(Number.isNaN(x)),
  errors: [[() => isNaN([true]), DTypeError]],
});
checkOp({
  ...question,
  name: 'isInf',
  op: isInf,
  reference: (x) => Number(Math.abs(x) === Infinity),
  errors: [[() => isInf([true]), DTypeError]],
});
checkOp({
  ...question,
  name: 'isFinite',
  op: isFinite,
  reference: (x) => Number(Number.isFinite(x)),
  errors: [[() => isFinite([true]), DTypeError]],
});
checkOp({
  name: 'logicalNot',
  op: logicalNot,
  reference: (x) => 1 - x,
  inputs: { dtype: 'bool' },
  dtypes: ['bool'],
  errors: [[() => logicalNot(tensor([1, 0.5])), DTypeError, /^logicalNot: x must be bool/]],
});
