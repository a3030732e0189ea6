// The threads that work beside the caller's: started, watched and replaced. Loaded when init is asked for threads.

import { host } from '#host';
import { ThreadError } from '../errors.js';
import { warn } from '../warn.js';
import * as abi from './abi.js';
import { threadsFile, type CoreBuild } from './build.js';
import { isStarted, startCore } from './core.js';
import type { Worker, Workers, WasmSource } from './host.js';
import { KERNELS } from './kernel-table.js';
import { moduleOf, pagesWithin } from './source.js';

/** As many threads as 'auto' takes: more share too little work, and one memory. */
const MOST_AUTO = 8;
/** Milliseconds without progress after which a worker is given up, and times that a chunk may take what it should. */
const PATIENCE_MS = 5000;
const PATIENCE_TIMES = 50;
/** A pause of the whole machine counts as no more than this, in milliseconds. */
const LONGEST_LOOK_MS = 100;
/** Workers in a row that may end before a thread is given up. */
const MOST_LOSSES = 3;

let pool: Pool | null = null;

/**
 * Starts the core on several threads. False, with a warning, where that cannot be.
 *
 * @param given the user's source of a file, if there is one.
 */
export async function startThreads(
  simd: CoreBuild['simd'],
  asked: number | 'auto',
  given: (file: string) => WasmSource | PromiseLike<WasmSource> | undefined,
  maxMemory: number | undefined,
): Promise<boolean> {
  const one = (why: string): false => {
    warn('init', `one thread works, not ${asked === 'auto' ? 'several' : asked}: ${why}.`);
    return false;
  };
  if (host.workers === undefined) return one('there are no workers here');
  const workers = await host.workers();
  const refusal = workers.refusal();
  if (refusal !== '') return one(refusal);
  const threads = countOf(asked, workers);
  if (threads === 1) return false;
  const file = threadsFile(simd);
  const module = await moduleOf('init', file, { load: workers.load, fetch: host.fetch }, given(file));
  const memory = sharedMemory(maxMemory);
  if (memory === null) return one('this host gives no shared memory');
  if (isStarted()) return true;
  pool = new Pool(workers, module, memory);
  startCore(module, file, maxMemory, {
    env: { memory },
    threads: { stalled: () => pool!.stalled(), now: () => performance.now() },
  });
  await pool.resize(threads);
  return true;
}

/** Changes the number of threads of a core that runs. */
export async function changeThreads(asked: number | 'auto'): Promise<void> {
  if (pool !== null) await pool.resize(countOf(asked, pool.workers));
  else if (asked !== 'auto')
    warn('init', `one thread works, not ${asked}: the core was started for one. Ask for threads in the first init().`);
}

function countOf(asked: number | 'auto', workers: Workers): number {
  return asked === 'auto' ? Math.max(Math.min(workers.processors(), MOST_AUTO), 1) : asked;
}

/** Memory that workers can share: as much as may be wanted, or as the host has addresses for. */
function sharedMemory(maxMemory?: number): WebAssembly.Memory | null {
  const least = abi.SHARED_PAGES;
  for (let most = pagesWithin('init', maxMemory); ; most >>= 1) {
    try {
      return new WebAssembly.Memory({ shared: true, initial: least, maximum: Math.max(most, least) });
    } catch {
      if (most <= least) return null;
    }
  }
}

class Pool {
  readonly workers: Workers;
  private readonly module: WebAssembly.Module;
  private readonly memory: WebAssembly.Memory;
  /** What the threads share: it begins memory, so that growth changes nothing. */
  private readonly shared: Int32Array;
  /** By thread; none for the main thread and for those that are being started. */
  private readonly running: (Worker | undefined)[] = [];
  private readonly losses: number[] = [];
  // What stalled() saw last.
  private progress = '';
  private seenAt = 0;
  private waitedMs = 0;

  constructor(workers: Workers, module: WebAssembly.Module, memory: WebAssembly.Memory) {
    this.workers = workers;
    this.module = module;
    this.memory = memory;
    this.shared = new Int32Array(memory.buffer, abi.THREADS, abi.RECORD / 4 - abi.THREADS / 4);
  }

  /** Starts or stops workers until there are so many threads, the caller's among them. */
  async resize(threads: number): Promise<void> {
    const before = this.count;
    // No job runs while JavaScript does.
    for (let thread = threads; thread < before; thread++) this.dismiss(thread);
    this.count = threads;
    if (threads > before) this.forgetRooms();
    const starts = [];
    for (let thread = Math.max(before, 1); thread < threads; thread++) starts.push(this.hire(thread));
    await Promise.all(starts);
  }

  /**
   * Called by the core while it waits for the end of a job.
   *
   * @throws {ThreadError} when a worker has failed, or none gets on.
   */
  stalled(): void {
    const { shared } = this;
    const job = shared[abi.THREADS_JOB]!;
    const busy: number[] = [];
    let failed = -1;
    for (let thread = 1; thread < this.count; thread++) {
      const slot = slotOf(thread);
      if (Atomics.load(shared, slot + abi.SLOT_JOB) !== job) continue;
      busy.push(thread);
      if (Atomics.load(shared, slot + abi.SLOT_STATE) === abi.WORKER_FAILED) failed = thread;
    }
    const now = performance.now();
    const progress = `${job} ${Atomics.load(shared, abi.THREADS_DONE)}`;
    if (progress !== this.progress) this.waitedMs = 0;
    else this.waitedMs += Math.min(now - this.seenAt, LONGEST_LOOK_MS);
    this.progress = progress;
    this.seenAt = now;
    const patience = Math.max(PATIENCE_MS, (shared[abi.THREADS_MICROSECONDS]! / 1000) * PATIENCE_TIMES);
    if (failed < 0 && this.waitedMs < patience) return;
    const lost = failed < 0 ? busy : [failed];
    for (const thread of lost) {
      this.dismiss(thread);
      void this.hire(thread);
    }
    const what = lost.length === 1 ? `worker ${lost[0]}` : `workers ${lost.join(', ')}`;
    const why = failed < 0 ? `did not get on for ${Math.round(this.waitedMs / 100) / 10} s` : 'stopped with an error';
    this.waitedMs = 0;
    throw new ThreadError(
      this.recordName(),
      `a thread no longer works: ${what} ${why}, and its part of the result is missing`,
      'Run it again: the other threads go on, and a new worker is on its way.',
    );
  }

  private get count(): number {
    return this.shared[abi.THREADS_COUNT]!;
  }

  private set count(threads: number) {
    this.shared[abi.THREADS_COUNT] = threads;
  }

  /** Has the core make rooms for all threads when it needs them next. */
  private forgetRooms(): void {
    this.shared[abi.THREADS_ROOM_BYTES] = 0;
  }

  /** The kernel of the job, or what stands for a group of them. */
  private recordName(): string {
    const record = this.shared[abi.THREADS_RECORD]! >>> 0;
    const id = new Uint32Array(this.memory.buffer, record, 1)[0]! & 0xffff;
    return id === abi.GROUP_OP ? 'compiled step' : (KERNELS[id]?.split(' ')[0] ?? `kernel ${id}`);
  }

  private dismiss(thread: number): void {
    this.running[thread]?.stop();
    delete this.running[thread];
    this.shared.fill(0, slotOf(thread), slotOf(thread) + abi.SLOT_LEFT);
  }

  private async hire(thread: number): Promise<void> {
    const { module, memory } = this;
    let worker: Worker | undefined;
    const ended = (why: string): void => {
      // Before it was ready, the promise below tells.
      if (worker === undefined || this.running[thread] !== worker) return;
      this.dismiss(thread);
      warn('threads', `worker ${thread} ended: ${why}; a new one takes its place.`);
      void this.hire(thread);
    };
    try {
      if (thread >= this.count) return;
      worker = await this.workers.start({ module, memory, thread }, ended);
      if (thread < this.count && this.running[thread] === undefined) this.running[thread] = worker;
      else worker.stop();
    } catch (error) {
      this.losses[thread] = (this.losses[thread] ?? 0) + 1;
      if (this.losses[thread]! < MOST_LOSSES) await this.hire(thread);
      else {
        const why = error instanceof Error ? error.message : String(error);
        warn('threads', `worker ${thread} does not start: ${why}; the other threads work without it.`);
      }
    }
  }
}

function slotOf(thread: number): number {
  return abi.THREADS_SLOTS + thread * abi.THREADS_SLOT_WORDS;
}
