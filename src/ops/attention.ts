// Attention: scaledDotProductAttention, streamed over blocks of keys, and the same made of other ops.

import { convert, type TensorLike } from '../convert.js';
import { byteWidth, codeOf, isFloat, promote, type DType } from '../dtype.js';
import { ArgumentError, DTypeError, ShapeError } from '../errors.js';
import { tidy } from '../memory.js';
import { ATTENTION_BLOCK, TILE_BYTES } from '../runtime/blocking.js';
import * as k from '../runtime/kernels.js';
import { sameShape, showShape, sizeOf, type Shape } from '../shape.js';
import { isRecording, isTracked, record, withoutRecording, type Differentiable } from '../tape/record.js';
import { address, empty, setMaker, Tensor, withScratch, type Spec } from '../tensor.js';
import { besideDType } from './apply.js';
import { add, divNoNan, mul, sub } from './binary.js';
import { broadcastShapes, sumTo } from './broadcast.js';
import { cast } from './cast.js';
import { equal, greaterEqual, where } from './compare.js';
import { needFloat } from './elementwise.js';
import { range } from './fill.js';
import { matMul } from './matmul.js';
import { dropout as drop } from './random.js';
import { max, sum } from './reduce.js';
import { reshape } from './reshape.js';
import { softmax } from './softmax.js';
import { transpose } from './transpose.js';
import { exp } from './unary.js';

const OP = 'scaledDotProductAttention';

/** Options of scaledDotProductAttention. */
export interface AttentionOptions {
  /** bool, true where a key counts; or a float that is added to the scores. It broadcasts to the scores, [..., n, m]. */
  mask?: TensorLike | null;
  /** Whether query i sees only keys 0 to i. It may be combined with a mask. */
  causal?: boolean;
  /** What products of queries and keys are multiplied by; 1 / √d when not given. */
  scale?: number;
  /** Share of the weights that is dropped at random, in [0, 1). */
  dropout?: number;
  /** Seed of the dropout, as for dropout(). */
  seed?: number;
  /** How many heads lie side by side in the last axis of q, k and v; then scores have shape [..., heads, n, m]. */
  heads?: number;
}

/**
 * What queries find in keys, as means of values: softmax(q · kᵀ · scale + mask) · v.
 *
 * Scores are made and used up in blocks of 64 × 64, forward and in the gradient: memory grows with n + m, not with their product.
 * Only dropout, the gradient of a mask, and second derivatives store scores. A query all of whose keys are masked gives zeros.
 *
 * @param q float [..., n, d]: queries.
 * @param k float [..., m, d]: keys.
 * @param v float [..., m, e]: values. The leading axes of `q`, `k` and `v` broadcast.
 * @param options mask, causal, scale, dropout, seed, heads.
 * @returns [..., n, e], of the widest of the dtypes.
 * @throws {ShapeError} when shapes do not go together, or `heads` does not divide the last axes.
 * @throws {DTypeError} when `q`, `k` or `v` is not a float, or `mask` neither bool nor float.
 * @throws {ArgumentError} when `scale` is no number, or `dropout` not in [0, 1).
 * @see torch.nn.functional.scaled_dot_product_attention, whose zeros for masked rows and causal mask these are; Dao et al.,
 *   "FlashAttention: fast and memory-efficient exact attention with IO-awareness", 2022
 * @example scaledDotProductAttention([[1, 0]], [[9, 0], [9, 0]], [[1], [3]]); // [[2]]
 */
export function scaledDotProductAttention(
  q: TensorLike,
  k: TensorLike,
  v: TensorLike,
  options: AttentionOptions = {},
): Tensor {
  const { mask = null, causal = false, scale, dropout = 0, seed, heads } = options;
  return tidy(() => {
    setMaker(OP);
    if (!(dropout >= 0 && dropout < 1))
      throw new ArgumentError(OP, `dropout must be at least 0 and below 1: got ${String(dropout)}`);
    const [tq, tk, tv] = floats([q, k, v]) as [Tensor, Tensor, Tensor];
    const sizes = sizesOf(tq, tk, tv, heads);
    const by = scale ?? 1 / Math.sqrt(sizes.d);
    if (Number.isNaN(by)) throw new ArgumentError(OP, `scale must be a number: got ${String(scale)}`);
    const attrs: Attrs = { sizes, causal, scale: by };
    const inputs: Inputs = [tq, tk, tv, ...maskOf(mask, tq.dtype, sizes)];
    if (dropout > 0 || sizes.d * sizes.e === 0) {
      const [, , , m] = inputs;
      const weights = drop(weightsOf(split(tq, sizes), split(tk, sizes), m, attrs), dropout, null, seed);
      return join(matMul(weights, split(tv, sizes)), sizes);
    }
    return streamed(inputs, attrs);
  });
}

/** Axes of the operands: q [...batch, n, heads · d], k [...batch, m, heads · d], v [...batch, m, heads · e]. */
interface Sizes {
  /** The leading axes that all broadcast to. */
  readonly batch: Shape;
  /** Whether the scores have an axis for heads. */
  readonly split: boolean;
  readonly heads: number;
  readonly n: number;
  readonly m: number;
  readonly d: number;
  readonly e: number;
}

interface Attrs {
  readonly sizes: Sizes;
  readonly causal: boolean;
  readonly scale: number;
}

type Inputs = readonly [q: Tensor, k: Tensor, v: Tensor, mask?: Tensor];

/** Tensors of the widest dtype among the values. */
function floats(values: readonly TensorLike[]): Tensor[] {
  const beside = values.find((x) => x instanceof Tensor && isFloat(x.dtype)) as Tensor | undefined;
  const xs = values.map((x, i) => convert(x, OP, 'qkv'[i]!, besideDType(x, beside)).tensor);
  xs.forEach((x, i) => needFloat(OP, 'qkv'[i]!, x));
  const dtype = xs.reduce<DType>((widest, x) => promote(widest, x.dtype), 'float32');
  return xs.map((x) => (x.dtype === dtype ? x : cast(x, dtype)));
}

function sizesOf(q: Tensor, k: Tensor, v: Tensor, heads = 0): Sizes {
  for (const [name, x] of Object.entries({ q, k, v }))
    if (x.rank < 2) throw new ShapeError(OP, `${name} must have at least 2 axes, got shape ${showShape(x.shape)}`);
  const [n, d] = q.shape.slice(-2) as [number, number];
  const [m, dK] = k.shape.slice(-2) as [number, number];
  const [mV, e] = v.shape.slice(-2) as [number, number];
  if (d !== dK)
    throw new ShapeError(
      OP,
      `last axes differ: q ${showShape(q.shape)} gives ${d}, k ${showShape(k.shape)} gives ${dK}`,
    );
  if (m !== mV)
    throw new ShapeError(OP, `k ${showShape(k.shape)} has ${m} keys, v ${showShape(v.shape)} has ${mV} values`);
  const count = heads === 0 ? 1 : heads;
  if (!Number.isInteger(count) || count < 1 || d % count !== 0 || e % count !== 0)
    throw new ShapeError(
      OP,
      `heads ${heads} must divide the last axes of q ${showShape(q.shape)} and v ${showShape(v.shape)}`,
    );
  const outer = (x: Tensor): Shape => x.shape.slice(0, -2);
  const keys = broadcastShapes(OP, outer(k), outer(v), ['the leading axes of k', 'those of v']);
  const batch = broadcastShapes(OP, outer(q), keys, ['the leading axes of q', 'those of k and v']);
  return { batch, split: heads !== 0, heads: count, n, m, d: d / count, e: e / count };
}

function scoresShape({ batch, split, heads, n, m }: Sizes): Shape {
  return [...batch, ...(split ? [heads] : []), n, m];
}

/** The mask as a tensor, if there is one. */
function maskOf(mask: TensorLike | null, dtype: DType, sizes: Sizes): [] | [Tensor] {
  if (mask === null) return [];
  let { tensor } = convert(mask, OP, 'mask');
  if (isFloat(tensor.dtype)) tensor = tensor.dtype === dtype ? tensor : cast(tensor, dtype);
  else if (tensor.dtype !== 'bool')
    throw new DTypeError(
      OP,
      `mask must be bool or a float, got ${tensor.dtype} ${showShape(tensor.shape)}`,
      "Convert it first: cast(mask, 'bool').",
    );
  const scores = scoresShape(sizes);
  if (!sameShape(broadcastShapes(OP, tensor.shape, scores, ['mask', 'scores']), scores))
    throw new ShapeError(OP, `mask ${showShape(tensor.shape)} does not broadcast to the scores ${showShape(scores)}`);
  return [tensor];
}

/** Runs the kernel, and records it. */
function streamed(inputs: Inputs, attrs: Attrs): Tensor {
  const { batch, heads, n, d, e } = attrs.sizes;
  const [q, k_, v, mask = q] = inputs;
  const y = empty([...batch, n, heads * e], q.dtype);
  const lse = empty([...batch, heads, n], q.dtype);
  const wide = padded(e, q.dtype);
  const elements = BLOCK * (BLOCK + d + 2 * wide + 1);
  const blocks = Math.ceil(n / BLOCK) * sizeOf(batch) * heads;
  withScratch(elements * byteWidth(q.dtype), (scratch) =>
    k.attention(
      codeOf(q.dtype),
      address(q),
      address(k_),
      address(v),
      address(mask),
      address(y),
      address(lse),
      scratch,
      metaOf(inputs, attrs),
      attrs.scale,
      0,
      blocks,
    ),
  );
  if (isRecording()) record(attentionOp, [...inputs] as Tensor[], [y, lse], attrs);
  return y;
}

const BLOCK = ATTENTION_BLOCK;

/** n columns as whole register tiles. */
function padded(n: number, dtype: DType): number {
  const width = TILE_BYTES / byteWidth(dtype);
  return Math.ceil(n / width) * width;
}

/** The Meta of assembly/kernels/attention.ts. */
function metaOf([q, k, v, mask]: Inputs, { sizes, causal }: Attrs): number[] {
  const { batch, split, heads, n, m, d, e } = sizes;
  const full = mask === undefined ? [] : maskAxes(mask, split);
  const [rows = 1, columns = 1] = full.slice(-2);
  const rowsAndStarts = [heads * d, heads * d, heads * e, 0, 0, 0];
  const kind = mask === undefined ? 0 : mask.dtype === 'bool' ? 1 : 2;
  return [
    n, m, d, e, heads, causal ? 1 : 0, kind, rows === 1 ? 0 : columns, columns === 1 ? 0 : 1, batch.length + 1,
    ...rowsAndStarts, ...rowsAndStarts,
    ...batch, heads,
    ...strides(batch, q.shape.slice(0, -2), n * heads * d), d,
    ...strides(batch, k.shape.slice(0, -2), m * heads * d), d,
    ...strides(batch, v.shape.slice(0, -2), m * heads * e), e,
    ...strides([...batch, heads], full.slice(0, -2), rows * columns),
  ]; // prettier-ignore
}

/** The mask's axes with one for heads, and no fewer than three. */
function maskAxes({ shape }: Spec, split: boolean): number[] {
  const axes = [...new Array<number>(Math.max(0, 2 - shape.length)).fill(1), ...shape];
  return split ? axes : [...axes.slice(0, -2), 1, ...axes.slice(-2)];
}

/** Elements from one index to the next on each axis, for an operand with some of them; 0 where it repeats. */
function strides(axes: Shape, own: Shape, step: number): number[] {
  const result: number[] = [];
  for (let i = 1; i <= axes.length; i++) {
    const size = own[own.length - i] ?? 1;
    result.unshift(size === 1 ? 0 : step);
    step *= size;
  }
  return result;
}

const attentionOp: Differentiable = {
  name: OP,
  savesInput: () => true,
  savesOutput: true,
  backward({ inputs, outputs, attrs }, [dy], needed) {
    if (!dy) return inputs.map(() => null);
    const all = inputs as Inputs;
    const [y, lse] = outputs as readonly [Tensor, Tensor];
    const [, , , mask] = all;
    const composed = isTracked(dy, ...inputs) || (needed[3] === true && mask !== undefined && isFloat(mask.dtype));
    const grads = composed ? gradients(all, dy, attrs as Attrs) : streamedGradients(all, y, lse, dy, attrs as Attrs);
    return inputs.map((x, i) => (needed[i] === true && grads[i] ? sumTo(grads[i], x.shape) : null));
  },
};

function streamedGradients(inputs: Inputs, y: Tensor, lse: Tensor, dy: Tensor, attrs: Attrs): Tensor[] {
  const { batch, heads, n, m, d, e } = attrs.sizes;
  const [q, k_, v, mask = q] = inputs;
  const dq = empty([...batch, n, heads * d], q.dtype);
  const dk = empty([...batch, m, heads * d], q.dtype);
  const dv = empty([...batch, m, heads * e], q.dtype);
  const [wide, wideE] = [padded(d, q.dtype), padded(e, q.dtype)];
  const rows = 4 * Math.ceil(n / 4);
  const elements = BLOCK * (2 * BLOCK + d + e + 3 * wide + 2 * wideE) + rows * (wide + 1);
  withScratch(elements * byteWidth(q.dtype), (scratch) =>
    k.attention_grad(
      codeOf(q.dtype),
      address(q),
      address(k_),
      address(v),
      address(mask),
      address(y),
      address(lse),
      address(dy),
      address(dq),
      address(dk),
      address(dv),
      scratch,
      metaOf(inputs, attrs),
      attrs.scale,
      0,
      sizeOf(batch) * heads,
    ),
  );
  return [dq, dk, dv];
}

/** The cotangents of q, k, v and a float mask, made of ops that can be differentiated again. Axes that repeat are not summed. */
function gradients([q, k, v, mask]: Inputs, dy: Tensor, attrs: Attrs): Tensor[] {
  const { sizes, scale } = attrs;
  const [xq, xk, xv, xdy] = [q, k, v, dy].map((x) => split(x, sizes)) as [Tensor, Tensor, Tensor, Tensor];
  const p = weightsOf(xq, xk, mask, attrs);
  const dp = matMul(xdy, xv, false, true);
  const ds = mul(p, sub(dp, sum(mul(p, dp), -1, true)));
  const scaled = mul(ds, scale);
  return [
    join(matMul(scaled, xk), sizes),
    join(matMul(scaled, xq, true), sizes),
    join(matMul(p, xdy, true), sizes),
    ...(mask && isFloat(mask.dtype) ? [ds] : []),
  ];
}

/** softmax(q · kᵀ · scale + mask) of operands whose heads are apart; zeros where a whole row is masked. */
function weightsOf(q: Tensor, k: Tensor, mask: Tensor | undefined, { sizes, causal, scale }: Attrs): Tensor {
  const { n, m } = sizes;
  let scores = mul(matMul(q, k, false, true), scale);
  if (mask !== undefined) scores = mask.dtype === 'bool' ? where(mask, scores, -Infinity) : add(scores, mask);
  if (causal) {
    const seen = greaterEqual(reshape(range(0, n, 1, 'int32'), [n, 1]), range(0, m, 1, 'int32'));
    scores = where(seen, scores, -Infinity);
  }
  if (mask === undefined && m > 0) return softmax(scores);
  const top = max(scores, -1, true);
  const shift = withoutRecording(() => where(equal(top, -Infinity), 0, top));
  const e = exp(sub(scores, shift));
  return divNoNan(e, sum(e, -1, true));
}

/** [..., t, heads · w] → [..., heads, t, w]. */
function split(x: Tensor, { split, heads }: Sizes): Tensor {
  if (!split) return x;
  const [t, w] = x.shape.slice(-2) as [number, number];
  return swapped(reshape(x, [...x.shape.slice(0, -2), t, heads, w / heads]));
}

/** [..., heads, t, w] → [..., t, heads · w]. */
function join(x: Tensor, { split, heads }: Sizes): Tensor {
  if (!split) return x;
  const [t, w] = x.shape.slice(-2) as [number, number];
  return reshape(swapped(x), [...x.shape.slice(0, -3), t, heads * w]);
}

/** With the second and third axis from the end swapped. */
function swapped(x: Tensor): Tensor {
  const axes = [...x.shape.keys()];
  const at = x.rank - 3;
  return transpose(x, [...axes.slice(0, at), at + 1, at, at + 2]);
}
