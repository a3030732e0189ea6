// Elementwise ops in few words: one kernel, one derivative for each input.

import type { TensorLike } from '../convert.js';
import { constant, letGo } from '../constant.js';
import { fromValues } from '../convert.js';
import { codeOf, codesOf, FLOATS, isFloat, NUMBERS, promote, type DType } from '../dtype.js';
import { DTypeError } from '../errors.js';
import type { Meta } from '../runtime/launch.js';
import { showShape } from '../shape.js';
import { isTracked } from '../tape/record.js';
import { address, empty, setMaker, Tensor, withTemporaries } from '../tensor.js';
import { besideDType, run } from './apply.js';
import { mul } from './binary.js';
import { broadcastShapes, pairMeta, sumTo } from './broadcast.js';
import { cast } from './cast.js';
import { defineOp, type Op, type Rule, type Saved } from './define.js';

/** Throws unless the dtype is a float. */
export function needFloat(op: string, name: string, x: Tensor): void {
  if (!isFloat(x.dtype))
    throw new DTypeError(
      op,
      `${name} must be float32 or float64, got ${x.dtype} ${showShape(x.shape)}`,
      `Convert it first: cast(${name}, 'float32').`,
    );
}

/** One input, same shape out. */
export interface UnarySpec<S extends 'x' | 'y', A> {
  readonly name: string;
  /** y = f(x) over a range of elements; the variant by dtype code. */
  readonly kernel: (dtype: number, x: number, y: number, from: number, to: number, attrs: A) => void;
  /** dtypes it takes; floats when not said. */
  readonly dtypes?: readonly DType[];
  readonly saves?: readonly S[];
  /** dy/dx, made with public ops: the truth in both directions. */
  readonly dydx: (saved: Saved<'x', S>, attrs: A) => TensorLike;
  /** dx = dy · dydx in one pass, from the one saved value; used only when no tape records it. */
  readonly fused?: (dtype: number, saved: number, dy: number, dx: number, from: number, to: number, attrs: A) => void;
}

/** Makes an elementwise op of one input. */
export function defineUnary<const S extends 'x' | 'y' = never, A = void>(spec: UnarySpec<S, A>): Op<'x', A> {
  const { name, kernel, dtypes, dydx, fused } = spec;
  const fusedReads = spec.saves?.[0];
  const takes = codesOf(dtypes ?? FLOATS);
  const rule: Rule<'x', S, A> = (dy, saved, attrs) => {
    const read = fusedReads && (saved[fusedReads] as Tensor);
    if (fused === undefined || !read || isTracked(dy, read)) return mul(dy, dydx(saved, attrs));
    const dx = empty(dy.shape, dy.dtype);
    fused(codeOf(dy.dtype), address(read), address(dy), address(dx), 0, dy.size, attrs);
    return dx;
  };
  return defineOp<'x', S, A>({
    name,
    elementwise: true,
    inputs: ['x'],
    ...(spec.saves ? { saves: spec.saves } : {}),
    forward({ x }, attrs) {
      const code = codeOf(x.dtype);
      if (!takes[code]) {
        if (dtypes === undefined) needFloat(name, 'x', x);
        else throw new DTypeError(name, `x must be ${dtypes.join(' or ')}, got ${x.dtype} ${showShape(x.shape)}`);
      }
      const y = empty(x.shape, x.dtype);
      kernel(code, address(x), address(y), 0, x.size, attrs);
      return y;
    },
    vjp: { x: rule },
    jvp: { x: rule },
  });
}

/** Two inputs that broadcast, of one dtype. */
export interface BinarySpec<S extends 'a' | 'b' | 'y'> {
  readonly name: string;
  /** What the public function calls its arguments, for messages; a and b when not said. */
  readonly names?: readonly [string, string];
  readonly kernel: (dtype: number, a: number, b: number, y: number, meta: Meta, from: number, to: number) => void;
  /** dtypes it takes; float32, float64 and int32 when not said. */
  readonly dtypes?: readonly DType[];
  /** dtype of the result, where it is not that of the inputs. */
  readonly result?: DType;
  readonly saves?: readonly S[];
  /** The cotangent of a, of the output's shape: summing over broadcast axes is not the rule's affair. null: none. */
  readonly da: ((dy: Tensor, saved: Saved<'a' | 'b', S>) => Tensor) | null;
  /** The cotangent of b, likewise. */
  readonly db: ((dy: Tensor, saved: Saved<'a' | 'b', S>) => Tensor) | null;
}

/** Makes an elementwise op of two inputs. Run it with applyBinary, which brings both to one dtype. */
export function defineBinary<const S extends 'a' | 'b' | 'y' = never>(spec: BinarySpec<S>): Op<'a' | 'b', void> {
  const { name, names = ['a', 'b'], kernel, da, db, dtypes = NUMBERS, result } = spec;
  const takes = codesOf(dtypes);
  return defineOp<'a' | 'b', S, void>({
    name,
    elementwise: true,
    jvp: { a: da, b: db },
    inputs: ['a', 'b'],
    ...(spec.saves ? { saves: spec.saves } : {}),
    forward({ a, b }) {
      const code = codeOf(a.dtype);
      if (!takes[code])
        throw new DTypeError(
          name,
          `${names[0]} and ${names[1]} must be ${dtypes.join(' or ')}, got ${a.dtype} after promotion`,
          `Convert them first: cast(${names[0]}, '${dtypes[0]!}').`,
        );
      const shape = broadcastShapes(name, a.shape, b.shape, names);
      const y = empty(shape, result ?? a.dtype);
      kernel(code, address(a), address(b), address(y), pairMeta(shape, a.shape, b.shape), 0, y.size);
      return y;
    },
    vjp:
      da === null && db === null
        ? null
        : {
            a: da && ((dy, saved) => sumTo(da(dy, saved), saved.a.shape)),
            b: db && ((dy, saved) => sumTo(db(dy, saved), saved.b.shape)),
          },
  });
}

type Pair = Record<'a' | 'b', Tensor>;

/**
 * Runs an op of two inputs on what both are promoted to: bool < int32 < float32 < float64. A plain number or nested
 * array beside a float tensor takes its dtype.
 *
 * @param least dtype that both have at least: 'int32' for ops on numbers, to which bool is 0 and 1.
 */
export function applyBinary<A = void>(
  op: Op<'a' | 'b', A>,
  a: TensorLike,
  b: TensorLike,
  least?: DType,
  attrs?: A,
): Tensor {
  if (goTogether(a, b, least)) return run(op, { a, b } as Pair, attrs as A);
  const ca = constantBeside(op.name, a, b);
  const cb = constantBeside(op.name, b, a);
  const c = ca ?? cb;
  if (c !== null) {
    try {
      return run(op, { a: ca ?? a, b: cb ?? b } as Pair, attrs as A);
    } finally {
      letGo(c);
    }
  }
  return promoted(op.name, a, b, least, (a, b) => run(op, { a, b }, attrs as A));
}

/** A plain number beside a float tensor, the commonest mixture, which needs no search for dtypes; null for others. */
function constantBeside(op: string, value: TensorLike, beside: TensorLike): Tensor | null {
  if (typeof value !== 'number' || !(beside instanceof Tensor) || !isFloat(beside.dtype)) return null;
  setMaker(op);
  return constant(value, beside.dtype);
}

/** Whether two values are tensors of one dtype that needs no promotion. */
function goTogether(a: TensorLike, b: TensorLike, least: DType | undefined): boolean {
  return (
    a instanceof Tensor && b instanceof Tensor && a.dtype === b.dtype && (a.dtype !== 'bool' || least === undefined)
  );
}

/** Calls `use` with both values as tensors of the dtype that applyBinary promotes them to, then disposes of what it made. */
export function promoted<R>(
  op: string,
  a: TensorLike,
  b: TensorLike,
  least: DType | undefined,
  use: (a: Tensor, b: Tensor) => R,
): R {
  if (goTogether(a, b, least)) return use(a as Tensor, b as Tensor);
  setMaker(op);
  return withTemporaries((own) => {
    const tensorOf = (value: TensorLike, name: string, beside: TensorLike): Tensor => {
      if (value instanceof Tensor) return value;
      const dtype = besideDType(value, beside instanceof Tensor ? beside : undefined);
      return own(fromValues(value, undefined, dtype, op, name));
    };
    const ta = tensorOf(a, 'a', b);
    const tb = tensorOf(b, 'b', a);
    const dtype = promote(promote(ta.dtype, tb.dtype), least ?? 'bool');
    const promotedTo = (x: Tensor): Tensor => (x.dtype === dtype ? x : own(cast(x, dtype)));
    return use(promotedTo(ta), promotedTo(tb));
  });
}
