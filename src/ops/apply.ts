// The only way to run an op: convert the arguments, run forward, record on the tapes that need it.

import { fromValues, type TensorLike } from '../convert.js';
import { isFloat, type DType } from '../dtype.js';
import { isRecording, noteCut, record, type Differentiable } from '../tape/record.js';
import { closeScope, openedScope, openScope, undoTo } from '../runtime/scope.js';
import { setMaker, Tensor, withTemporaries } from '../tensor.js';
import type { ManyOp, Op, VariadicOp } from './define.js';

/**
 * Runs an op. Arguments that are no tensors become temporary ones, of the dtype of the first float tensor beside them
 * (API: a plain number beside a float tensor takes its dtype), and are disposed of afterwards.
 *
 * @param args in the order of `op.inputs`. A tape that records the run keeps the object.
 */
export function apply<I extends string, A>(op: Op<I, A>, args: Record<I, TensorLike>, attrs: A): Tensor {
  for (const name in args) if (!(args[name] instanceof Tensor)) return applyToValues(op, args, attrs);
  return run(op, args as Record<I, Tensor>, attrs);
}

/** Runs an op of which not all arguments are tensors. */
function applyToValues<I extends string, A>(op: Op<I, A>, args: Record<I, TensorLike>, attrs: A): Tensor {
  const names = op.inputs;
  setMaker(op.name);
  const beside = names.map((name) => args[name]).find((x) => x instanceof Tensor && isFloat(x.dtype)) as
    Tensor | undefined;
  const tensors = {} as Record<I, Tensor>;
  return withTemporaries((own) => {
    for (const name of names) {
      const arg: TensorLike = args[name];
      tensors[name] =
        arg instanceof Tensor
          ? arg
          : own(fromValues(arg, undefined, op.dtypes?.[name] ?? besideDType(arg, beside), op.name, name));
    }
    return run(op, tensors, attrs);
  });
}

/** Runs an op over a list of tensors. */
export function applyVariadic<A>(op: VariadicOp<A>, args: readonly TensorLike[], attrs: A): Tensor {
  const beside = args.find((x) => x instanceof Tensor) as Tensor | undefined;
  setMaker(op.name);
  return withTemporaries((own) => {
    const tensors = args.map((arg, i) =>
      arg instanceof Tensor ? arg : own(fromValues(arg, undefined, besideDType(arg, beside), op.name, `tensors[${i}]`)),
    );
    const y = forward(op, tensors, attrs);
    if (isRecording()) record(op, tensors, [y], attrs);
    return y;
  });
}

/** Runs an op of several outputs. */
export function applyMany<A>(op: ManyOp<A>, arg: TensorLike, attrs: A): Tensor[] {
  setMaker(op.name);
  const x = arg instanceof Tensor ? arg : fromValues(arg, undefined, undefined, op.name, 'x');
  try {
    const ys = forward(op, x, attrs);
    if (isRecording()) record(op, [x], [...ys], attrs);
    return ys;
  } finally {
    if (x !== arg) x.dispose();
  }
}

/** Runs an op once more, whichever form it has: its tensors in a list, its results too. */
export function rerun(op: Differentiable, inputs: readonly Tensor[], attrs: unknown): Tensor[] {
  const any = op as Op<string, unknown> | VariadicOp<unknown> | ManyOp<unknown>;
  if ('many' in any) return applyMany(any, inputs[0]!, attrs);
  if (!('differentiable' in any)) return [applyVariadic(any, inputs, attrs)];
  return [apply(any, Object.fromEntries(any.inputs.map((name, i) => [name, inputs[i]!])), attrs)];
}

/** The dtype of plain values beside a tensor; undefined where they keep their own: typed arrays and booleans do. */
export function besideDType(value: TensorLike, beside: Tensor | undefined): DType | undefined {
  if (beside === undefined || !isFloat(beside.dtype) || ArrayBuffer.isView(value)) return undefined;
  let first: unknown = value;
  while (Array.isArray(first)) first = first[0];
  return typeof first === 'number' || first === undefined ? beside.dtype : undefined;
}

/** As apply, for arguments that are tensors. */
export function run<I extends string, A>(op: Op<I, A>, inputs: Record<I, Tensor>, attrs: A): Tensor {
  setMaker(op.name);
  const y = forward(op, inputs, attrs);
  if (isRecording()) {
    const list = new Array<Tensor>(op.inputs.length);
    let n = 0;
    for (const name in inputs) list[n++] = inputs[name];
    if (op.differentiable) record(op, list, [y], attrs, inputs);
    else noteCut(op.name, list, y);
  }
  return y;
}

/** Runs forward, all or nothing: when it throws, the tensors that it had made are disposed of. */
function forward<X, A, Y extends Tensor | Tensor[]>(op: { forward(x: X, attrs: A): Y }, x: X, attrs: A): Y {
  const around = openedScope();
  if (around !== null) {
    const { last } = around;
    try {
      return op.forward(x, attrs);
    } catch (error) {
      undoTo(around, last);
      throw error;
    }
  }
  const scope = openScope();
  let y: Y | null = null;
  try {
    y = op.forward(x, attrs);
    return y;
  } finally {
    closeScope(scope, y && new Set<Tensor>(Array.isArray(y) ? y : [y]));
  }
}
