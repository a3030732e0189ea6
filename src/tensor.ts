// Tensor: a shape, a dtype, and a handle on a block of the arena.

import { byteWidth, type DType, type DTypeArrays } from './dtype.js';
import { DisposedError } from './errors.js';
import { clone } from './ops/clone.js';
import { formatTensor } from './print.js';
import {
  addressOf,
  allocBlock,
  doubles,
  floats,
  generationOf,
  ints,
  releaseBlock,
  retainBlock,
  words,
} from './runtime/core.js';
import { tracer } from './runtime/trace.js';
import { BLOCK_GENERATION } from './runtime/abi.js';
import { adopt, finalize, live, type Lease, type Scoped } from './runtime/scope.js';
import { showShape, sizeOf, type Shape } from './shape.js';

/** What is known of a tensor without its values. */
export interface Spec {
  readonly shape: number[];
  readonly dtype: DType;
  readonly size: number;
  readonly rank: number;
}

/** Nested arrays of numbers, as deep as a tensor's rank. */
export type NestedArray = number | readonly NestedArray[];

let newestId = 0;
/** The op that runs now, as error messages and leak reports name it. */
let maker = 'tensor';

/** Names the op that makes the next tensors. */
export function setMaker(op: string): void {
  maker = op;
}

/** The op that runs now. */
export function currentMaker(): string {
  return maker;
}

/** Hears of every tensor that takes memory, and of the op that made it; null when nobody listens. */
let witness: ((x: Tensor) => void) | null = null;

/** Sets who hears of new tensors: the leak report does. */
export function setWitness(next: ((x: Tensor) => void) | null): void {
  witness = next;
}

/**
 * An array of numbers of one dtype and shape, in the arena. Made by ops, never by `new`.
 *
 * Its values never change (a Variable's do). Its memory goes back when it is disposed, when the tidy() around it ends,
 * or, for a tensor made outside any scope, some time after it can no longer be reached.
 */
export class Tensor implements Spec, Scoped {
  /** What tapes know the value by: two tensors with one id are the same value. */
  readonly id: number;
  /** Sizes of the axes, outermost first. */
  readonly shape: number[];
  readonly dtype: DType;
  /** Number of elements. */
  readonly size: number;
  /** The block's descriptor; 0 when the memory is given back. @internal */
  _block: number;
  /** The block's generation when it was taken. @internal */
  _generation: number;
  /** What the finalizer releases, for a tensor outside any scope. @internal */
  _lease: Lease | null = null;
  /** keep() was called: scopes leave it alone. @internal */
  _kept = false;
  /** @internal */
  _before: Scoped | null = null;
  /** The op that made it. @internal */
  readonly _maker: string;

  /** @internal */
  constructor(id: number, shape: Shape, dtype: DType, size: number, block: number, generation: number, made: string) {
    this.id = id;
    this.shape = shape as number[];
    this.dtype = dtype;
    this.size = size;
    this._block = block;
    this._generation = generation;
    this._maker = made;
    if (block !== 0) live.tensors++;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** Whether its memory was given back. */
  get isDisposed(): boolean {
    return this._block === 0;
  }

  /** Whether tapes watch it when it is read: trainable variables. @internal */
  // eslint-disable-next-line @typescript-eslint/class-literal-property-style -- a field would stand in every tensor
  get _autoWatch(): boolean {
    return false;
  }

  /**
   * The values, in row-major order, as a copy.
   *
   * @throws {DisposedError} when the memory was given back.
   * @example tensor([[1, 2], [3, 4]]).dataSync(); // Float32Array [1, 2, 3, 4]
   */
  dataSync<D extends DType = DType>(): DTypeArrays[D] {
    return read(this, 'dataSync') as DTypeArrays[D];
  }

  /** As dataSync, as a promise. */
  async data<D extends DType = DType>(): Promise<DTypeArrays[D]> {
    return this.dataSync<D>();
  }

  /**
   * The values as nested arrays; a scalar as a number.
   *
   * @example tensor([[1, 2], [3, 4]]).arraySync(); // [[1, 2], [3, 4]]
   */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- the nesting depth is the rank, known at run time only
  arraySync(): any {
    return nest(read(this, 'arraySync'), this.shape, this.dtype);
  }

  /** As arraySync, as a promise. */
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- as arraySync
  async array(): Promise<any> {
    return this.arraySync();
  }

  /** The same values as a new tensor, which gradients pass through. */
  clone(): Tensor {
    return clone(this);
  }

  /** Gives the memory back. Doing it twice is allowed; using the tensor afterwards is a DisposedError. */
  dispose(): void {
    const block = this._block;
    if (block === 0) return;
    this._block = 0;
    live.tensors--;
    if (this._lease !== null) {
      this._lease.block = 0;
      this._lease = null;
    }
    releaseBlock(block);
  }

  /** dispose(), for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal */
  _settle(): void {
    this._lease = finalize(this, this._block);
  }

  /** The values, laid out as nested brackets. @param verbose also shape and dtype. */
  toString(verbose = false): string {
    return formatTensor(this, read(this, 'toString'), verbose);
  }

  /** Writes toString() to the console. */
  print(verbose = false): void {
    // eslint-disable-next-line no-console -- printing is what it is for
    console.log(this.toString(verbose));
  }
}

/** A tensor over a block that the caller owns; the tensor takes over that ownership. */
export function wrap(shape: Shape, dtype: DType, size: number, block: number): Tensor {
  const t = new Tensor(++newestId, shape, dtype, size, block, generationOf(block), maker);
  adopt(t);
  if (witness !== null) witness(t);
  return t;
}

/** The tape identity given last. */
export function lastId(): number {
  return newestId;
}

/** The next tape identity. */
export function nextId(): number {
  return ++newestId;
}

/** A tensor whose values are yet to be written by a kernel. */
export function empty(shape: Shape, dtype: DType): Tensor {
  const size = sizeOf(shape);
  return wrap(shape, dtype, size, allocBlock(size * byteWidth(dtype), maker));
}

/** Another tensor on the same memory, with a value of its own in the eyes of tapes. */
export function view(x: Tensor, shape: Shape): Tensor {
  address(x);
  retainBlock(x._block);
  return wrap(shape, x.dtype, x.size, x._block);
}

/** The same value, in the eyes of tapes, held once more. It belongs to no scope; its owner disposes it. */
export function alias(x: Tensor): Tensor {
  if (x._block === 0) return standIn(x);
  retainBlock(x._block);
  return new Tensor(x.id, x.shape, x.dtype, x.size, x._block, x._generation, x._maker);
}

/** A stand-in for a value in the eyes of tapes: id, shape and dtype, and no memory. */
export function standIn(x: Tensor): Tensor {
  return new Tensor(x.id, x.shape, x.dtype, x.size, 0, 0, x._maker);
}

/** Holds a tensor's memory for a tape, whatever becomes of the tensor. It counts as one. */
export function hold(x: Tensor): void {
  retainBlock(x._block);
  live.tensors++;
}

/** Lets go of memory that hold() took. */
export function unhold(block: number): void {
  live.tensors--;
  releaseBlock(block);
}

/** The same value as a tensor that no longer has the memory: an alias that takes over what hold() took. */
export function heir(x: Tensor, block: number): Tensor {
  live.tensors--;
  return new Tensor(x.id, x.shape, x.dtype, x.size, block, generationOf(block), x._maker);
}

/**
 * Address of a tensor's first byte: what kernels take.
 *
 * @throws {DisposedError} when its memory was given back, whoever did it.
 */
export function address(x: Tensor): number {
  const block = x._block;
  if (block === 0 || words[(block >>> 2) + BLOCK_GENERATION] !== x._generation) throw disposedError(x);
  const at = addressOf(block);
  return tracer === null ? at : tracer.used(x, at);
}

/** The error for a tensor that is no more. */
function disposedError(x: Tensor): DisposedError {
  return new DisposedError(
    maker,
    `a tensor was disposed: ${x.dtype} ${showShape(x.shape)}, made by ${x._maker}`,
    'Keep it beyond tidy() with keep(x), or return it from the tidy().',
  );
}

/**
 * Working memory for kernels, released when `use` returns or throws.
 *
 * @param use gets the address of `bytes` bytes.
 */
export function withScratch<R>(bytes: number, use: (at: number) => R): R {
  const block = allocBlock(bytes, maker);
  try {
    return use(addressOf(block));
  } finally {
    releaseBlock(block);
  }
}

/** Runs `use`, and disposes afterwards of the tensors that it hands to `own`. */
export function withTemporaries<R>(use: (own: (x: Tensor) => Tensor) => R): R {
  const made: Tensor[] = [];
  try {
    return use((x) => {
      made.push(x);
      return x;
    });
  } finally {
    for (const x of made) x.dispose();
  }
}

/**
 * A copy of a tensor's values, for an op whose result depends on them.
 *
 * @throws {CompileError} inside compile(): it names the op.
 */
export function read(x: Tensor, op: string): Float32Array | Float64Array | Int32Array | Uint8Array {
  setMaker(op);
  if (tracer !== null) tracer.reading(x, op);
  const { dtype } = x;
  const from = address(x) / byteWidth(dtype);
  const to = from + x.size;
  return dtype === 'bool' ? Uint8Array.from(words.subarray(from, to)) : elements(dtype).slice(from, to);
}

/** Linear memory as elements of a dtype: bool as int32. */
export function elements(dtype: DType): Float32Array | Float64Array | Int32Array {
  return dtype === 'float32' ? floats : dtype === 'float64' ? doubles : ints;
}

function nest(values: ArrayLike<number>, shape: Shape, dtype: DType): unknown {
  let at = 0;
  const level = (axis: number): unknown => {
    if (axis === shape.length) {
      const value = values[at++]!;
      return dtype === 'bool' ? value !== 0 : value;
    }
    return Array.from({ length: shape[axis]! }, () => level(axis + 1));
  };
  return level(0);
}
