// tidy, keep, dispose, memory and the leak report: what users know of the arena.

import type { DType } from './dtype.js';
import { ArgumentError } from './errors.js';
import { arenaCounters, blockBytes, core } from './runtime/core.js';
import { closeScope, live, openScope, type Scoped } from './runtime/scope.js';
import { setWitness, Tensor } from './tensor.js';
import { leaves } from './tree.js';

/** Tensors, and any nesting of arrays and records that hold some. */
export type TensorContainer = unknown;

/**
 * Runs `fn` and gives back the memory of every tensor made in it, but for those it returns. Variables stay, and so does
 * what keep() was called on. A tape begun inside is stopped and released too, unless it is returned.
 *
 * @param nameOrFn a name for the scope, as TensorFlow.js takes one, or `fn`.
 * @returns what `fn` returns: tensors in any nesting of arrays, records, maps and sets.
 * @throws {ArgumentError} when `fn` returns a promise: its tensors would be gone before it settles.
 * @see tf.tidy of TensorFlow.js
 * @example tidy(() => sum(square(tensor([1, 2, 3])))).arraySync(); // 14
 */
export function tidy<T>(nameOrFn: string | (() => T), fn?: () => T): T {
  const body = typeof nameOrFn === 'function' ? nameOrFn : fn;
  if (typeof body !== 'function') throw new ArgumentError('tidy', 'there is no function to run');
  const scope = openScope();
  let escaping: Set<Scoped> | null = null;
  try {
    const result = body();
    if (result instanceof Promise) {
      // What goes on in it fails for want of its tensors; the error below is the one to see.
      result.catch(() => {});
      throw new ArgumentError(
        'tidy',
        'the function returned a promise',
        'Await first, and use tidy() around what is synchronous.',
      );
    }
    if (result !== undefined) escaping = new Set(leaves(result));
    return result;
  } finally {
    closeScope(scope, escaping);
  }
}

/**
 * Keeps a tensor from the tidy() around it: from now on only dispose() gives its memory back.
 *
 * @example const x = tidy(() => { const y = ones([2]); keep(y); return y; });
 */
export function keep<T extends Tensor>(x: T): T {
  if (!(x instanceof Tensor)) throw new ArgumentError('keep', `it takes a Tensor: got ${typeof x}`);
  x._kept = true;
  return x;
}

/** Gives back the memory of every tensor in a tensor or any nesting of arrays and records. */
export function dispose(container: TensorContainer): void {
  for (const x of leaves(container)) x.dispose();
}

/** What the arena holds. */
export interface MemoryInfo {
  /** Tensors whose memory is held, those that tapes saved among them. */
  numTensors: number;
  /** Blocks: tensors that share memory count once. */
  numDataBuffers: number;
  /** Bytes of those blocks, each rounded up to 64. */
  numBytes: number;
  /** The highest numBytes so far. */
  peakBytes: number;
  /** Bytes of linear memory taken from the host. They are reused, and never given back. */
  reservedBytes: number;
}

/**
 * What the arena holds now.
 *
 * @example memory().numTensors; // for example 12
 */
export function memory(): MemoryInfo {
  const { blocks, liveBytes, peakBytes, reservedBytes } = arenaCounters();
  return { numTensors: live.tensors, numDataBuffers: blocks, numBytes: liveBytes, peakBytes, reservedBytes };
}

/** Lets peakBytes start again from what is held now. */
export function resetPeak(): void {
  core.reset_peak();
}

/** A tensor that is still alive, and where it was made. */
export interface Leak {
  op: string;
  dtype: DType;
  shape: number[];
  /** Bytes of its block. */
  bytes: number;
  /** The first line of the caller outside this library, as the host writes stack frames. */
  where: string;
}

interface Sighting {
  id: number;
  tensor: WeakRef<Tensor>;
  stack: string;
}
let sightings: Sighting[] | null = null;

/**
 * Begins, or ends, noting where each tensor is made. It costs microseconds for each tensor: for debugging.
 *
 * @example trackLeaks(true);
 */
export function trackLeaks(on: boolean): void {
  sightings = on ? [] : null;
  setWitness(
    on
      ? (x) => {
          sightings?.push({ id: x.id, tensor: new WeakRef(x), stack: deepStack() });
        }
      : null,
  );
}

/**
 * Tensors made since trackLeaks(true) whose memory is still held, oldest first.
 *
 * @throws {ArgumentError} when tracking is off.
 * @example leakReport(); // such as [{ op: 'mul', dtype: 'float32', shape: [2], bytes: 64, where: 'train (app.js:12:9)' }]
 */
export function leakReport(): Leak[] {
  if (sightings === null) throw new ArgumentError('leakReport', 'nothing was noted', 'Call trackLeaks(true) first.');
  sightings = sightings.filter(({ tensor }) => tensor.deref()?.isDisposed === false);
  return sightings.flatMap(({ tensor, stack }) => {
    const x = tensor.deref();
    if (!x) return [];
    return [{ op: x._maker, dtype: x.dtype, shape: [...x.shape], bytes: blockBytes(x._block), where: callerOf(stack) }];
  });
}

/** Where a tensor was made, if it was noted: it may be gone. */
export function whereMade(id: number): string | null {
  const found = sightings?.findLast((sighting) => sighting.id === id);
  return found ? callerOf(found.stack) : null;
}

/** Where we are, from far enough up the stack to see the caller through ops made of ops. */
export function deepStack(): string {
  const host = Error as { stackTraceLimit?: number };
  const limit = host.stackTraceLimit;
  if (limit !== undefined) host.stackTraceLimit = 100;
  const stack = new Error().stack ?? '';
  if (limit !== undefined) host.stackTraceLimit = limit;
  return stack;
}

/** The first frame of a stack, or of the one we are on, that is not in this library. */
export function callerOf(stack: string = deepStack()): string {
  const frames = framesOf(stack);
  // This function stands in the library's own directory.
  const here = frameFile(framesOf(deepStack())[0] ?? '').replace(/[^/\\]*$/, '');
  const outside = frames.find((line) => !frameFile(line).startsWith(here) && !line.includes('/gradtape/dist/'));
  return (outside ?? frames.at(-1) ?? 'unknown').replace(/^\s*at\s+/, '').trim();
}

/** The lines of a stack that name a file. */
function framesOf(stack: string): string[] {
  return stack.split('\n').filter((line) => frameFile(line) !== '');
}

/** The file of a stack frame, V8's `at f (file:1:2)` or `f@file:1:2`; '' for other lines. */
function frameFile(line: string): string {
  return /(?:\(|@|at )((?:[a-z]+:\/\/|\/|[A-Za-z]:\\)[^()]*?):\d+:\d+\)?$/.exec(line.trim())?.[1] ?? '';
}
