// The core's one instance: its exports, the views of its memory, and blocks with owners.

import { instantiateSync } from '@assemblyscript/loader';
import { LoadError, OutOfMemoryError } from '../errors.js';
import { coreFile, type CoreBuild, type CoreFile } from './build.js';
import { lacking } from './lacking.js';
import { ALL_PAGES, checkAbi, notWasm, pagesWithin } from './source.js';
import { tracer } from './trace.js';
import {
  ARENA_STATE,
  BLOCK_ADDRESS,
  BLOCK_ALIGN,
  BLOCK_BYTES,
  BLOCK_GENERATION,
  BLOCK_NEXT,
  BLOCK_OWNERS,
  BUILD_RELAXED,
  BUILD_THREADS,
  STATE_LIVE_BLOCKS,
  STATE_LIVE_BYTES,
  STATE_PEAK_BYTES,
  THREADS,
  THREADS_COUNT,
} from './abi.js';

/** What core.wasm exports. Kernels are not among them: they are reached through `run`. */
export interface Core {
  readonly memory: WebAssembly.Memory;
  abi(): number;
  /** Which build it is, as bits: BUILD_RELAXED and BUILD_THREADS. */
  build(): number;
  /** A block of at least `bytes`, by its descriptor's address; 0 when there is no room. */
  alloc(bytes: number): number;
  free(block: number): void;
  run(record: number): void;
  /** Runs the records from an address to another. */
  run_program(start: number, end: number): void;
  /** Which kernels there are, and under which op IDs, as one number. */
  kernels(): number;
  set_budget(pages: number): void;
  reset_peak(): void;
}

const ALL_BYTES = 2 ** 32;

function notStarted(): never {
  throw new LoadError(
    'gradtape',
    'the core is not loaded',
    'Call await init() once before anything else, or initSync(module).',
  );
}

/** Reading any of it says that there is no core. */
const unstarted: Core = /* @__PURE__ */ new Proxy({} as Core, { get: notStarted });

/** The core's exports; until it is started, each call says so. */
export let core: Core = unstarted;
/** Linear memory as 32-bit words. Grown memory gets new views: read these names anew after any allocation. */
export let words: Uint32Array = new Uint32Array(0);
/** Linear memory as float32 elements. */
export let floats: Float32Array = new Float32Array(0);
/** Linear memory as float64 elements. */
export let doubles: Float64Array = new Float64Array(0);
/** Linear memory as int32 elements. */
export let ints: Int32Array = new Int32Array(0);

let budgetBytes = ALL_BYTES;

/** Whether the core is loaded. */
export function isStarted(): boolean {
  return core !== unstarted;
}

/**
 * Makes an instance of a module the core.
 *
 * @param file which build it must be.
 * @param imports the memory of a build with threads, and what it calls.
 */
export function startCore(
  source: WebAssembly.Module | BufferSource,
  file: CoreFile,
  maxMemory?: number,
  imports: WebAssembly.Imports = {},
): void {
  let exports: Core;
  try {
    const module = source instanceof WebAssembly.Module ? source : new WebAssembly.Module(source);
    const all = { ...imports, ...lacking(module, file, () => words) };
    exports = instantiateSync<Record<string, unknown> & Core>(module, all).instance.exports as Record<string, unknown> &
      Core;
  } catch (error) {
    throw notWasm(file, source, error);
  }
  checkAbi(file, exports);
  const made = fileOf(exports);
  if (made !== file)
    throw new LoadError(file, `the module that was given is ${made}`, `Give ${file}, or other options of init.`);
  core = exports;
  setBudget(maxMemory);
  refreshViews();
}

function simdOf({ build }: Core): CoreBuild['simd'] {
  return build() & BUILD_RELAXED ? 'relaxed' : 'deterministic';
}

function fileOf(core: Core): CoreFile {
  return coreFile({ simd: simdOf(core), threads: core.build() & BUILD_THREADS });
}

/**
 * Which build of the core runs: the one that init was asked for, or what it took in its place.
 *
 * @returns its kind of arithmetic, and how many threads work.
 * @throws {LoadError} when the core is not loaded.
 * @example coreBuild(); // { simd: 'deterministic', threads: 1 }
 */
export function coreBuild(): CoreBuild {
  return { simd: simdOf(core), threads: words[THREADS / 4 + THREADS_COUNT]! || 1 };
}

/** Limits linear memory; without a number, to what the host gives. */
export function setBudget(maxMemory?: number): void {
  const pages = pagesWithin('init', maxMemory);
  budgetBytes = Math.min(maxMemory ?? ALL_BYTES, ALL_BYTES);
  core.set_budget(Math.min(pages, ALL_PAGES - 1));
}

function refreshViews(): void {
  const buffer = core.memory.buffer;
  words = new Uint32Array(buffer);
  floats = new Float32Array(buffer);
  doubles = new Float64Array(buffer);
  ints = new Int32Array(buffer);
}

// Small blocks that are given back wait for the next request of their size: neither is worth a search in the arena, to which
// they stay taken. To users they are free: the counters say so, and no handle fits them. A larger request finds none waiting,
// so that they keep no neighbours from merging.

/** Bytes of the largest block that waits. */
const SMALL = 4096;
/** Bytes that may wait. */
const MOST_WAITING = 2 ** 20;
const COUNTERS = ARENA_STATE / 4;
/** By size in lines, the newest block that waits, whose descriptor leads to the others; 0: none does. */
const waiting = /* @__PURE__ */ new Uint32Array(SMALL / BLOCK_ALIGN + 1);
let waitingBytes = 0;

/** A block with one owner, by its descriptor's address. `op` is who asks, for the error. */
export function allocBlock(bytes: number, op: string): number {
  const block = waitingBlock(bytes) || newBlock(bytes, op);
  if (tracer !== null) tracer.allocated(addressOf(block), bytes);
  return block;
}

/** A block that waited; 0 when none of the size does. */
function waitingBlock(bytes: number): number {
  if (bytes > SMALL) return 0;
  const lines = (bytes + BLOCK_ALIGN - 1) >>> 6 || 1;
  const block = waiting[lines]!;
  if (block === 0) return 0;
  unwait(block, lines);
  const live = words[COUNTERS + STATE_LIVE_BYTES]!;
  if (live > words[COUNTERS + STATE_PEAK_BYTES]!) words[COUNTERS + STATE_PEAK_BYTES] = live;
  return block;
}

/** Takes the newest block of a size from those that wait. */
function unwait(block: number, lines: number): void {
  const bytes = lines * BLOCK_ALIGN;
  waiting[lines] = words[(block >>> 2) + BLOCK_NEXT]!;
  waitingBytes -= bytes;
  words[COUNTERS + STATE_LIVE_BLOCKS]!++;
  words[COUNTERS + STATE_LIVE_BYTES]! += bytes;
}

/** Frees all blocks that wait. */
function freeWaiting(): void {
  for (let lines = 1; waitingBytes > 0; lines++)
    for (let block = waiting[lines]!; block !== 0; block = waiting[lines]!) {
      unwait(block, lines);
      core.free(block);
    }
}

/** A block of the arena. */
function newBlock(bytes: number, op: string): number {
  if (bytes > SMALL) freeWaiting();
  // The arena's sizes are of 32 bits: what is more than all memory must not become little.
  const size = Math.min(bytes, ALL_BYTES - 1);
  let block = core.alloc(size);
  if (block === 0) {
    if (words.length === 0) refreshViews();
    freeWaiting();
    block = core.alloc(size);
  }
  if (block === 0) {
    if (words.length === 0) refreshViews();
    const live = words[COUNTERS + STATE_LIVE_BYTES]!;
    throw new OutOfMemoryError(
      op,
      `no room for ${bytes} bytes: ${live} bytes are in use, the budget is ${budgetBytes} bytes`,
      'Dispose of tensors, wrap steps in tidy(), or raise maxMemory in init().',
    );
  }
  // A grown memory's old views have length 0, or end below the new block when the memory is shared.
  if ((block >>> 2) + 8 > words.length || (addressOf(block) + bytes) / 4 > words.length) refreshViews();
  return block;
}

/** The address of a block's first byte. */
export function addressOf(block: number): number {
  return words[(block >>> 2) + BLOCK_ADDRESS]!;
}

/** The block's generation: with its descriptor's address, a handle. */
export function generationOf(block: number): number {
  return words[(block >>> 2) + BLOCK_GENERATION]!;
}

/** The number of owners of a block. */
export function ownersOf(block: number): number {
  return words[(block >>> 2) + BLOCK_OWNERS]!;
}

/** Adds an owner. */
export function retainBlock(block: number): void {
  words[(block >>> 2) + BLOCK_OWNERS]!++;
}

/** Takes an owner away; with the last one the block is free. */
export function releaseBlock(block: number): void {
  const at = block >>> 2;
  const owners = words[at + BLOCK_OWNERS]! - 1;
  if (owners > 0) {
    words[at + BLOCK_OWNERS] = owners;
    return;
  }
  const bytes = words[at + BLOCK_BYTES]!;
  if (bytes > SMALL || waitingBytes >= MOST_WAITING) {
    core.free(block);
    return;
  }
  words[at + BLOCK_GENERATION]!++;
  words[at + BLOCK_NEXT] = waiting[bytes / BLOCK_ALIGN]!;
  waiting[bytes / BLOCK_ALIGN] = block;
  waitingBytes += bytes;
  words[COUNTERS + STATE_LIVE_BLOCKS]!--;
  words[COUNTERS + STATE_LIVE_BYTES]! -= bytes;
}

/** The arena's counters, in bytes. */
export function arenaCounters(): { blocks: number; liveBytes: number; peakBytes: number; reservedBytes: number } {
  return {
    blocks: words[COUNTERS + STATE_LIVE_BLOCKS] ?? 0,
    liveBytes: words[COUNTERS + STATE_LIVE_BYTES] ?? 0,
    peakBytes: words[COUNTERS + STATE_PEAK_BYTES] ?? 0,
    reservedBytes: isStarted() ? core.memory.buffer.byteLength : 0,
  };
}

/** Capacity of a block in bytes. */
export function blockBytes(block: number): number {
  return words[(block >>> 2) + BLOCK_BYTES]!;
}
