// Threads: a record that is worth it is cut into chunks, which the main thread and the workers take until none is left.

// A second entry beside index.ts, of the builds with shared memory alone. The main thread publishes a job: a record and how
// it is cut. Each thread has a share of the chunks, the same part of every record, so that it finds in its cache what it made; when
// its own are taken it helps others. So a worker that sleeps, is late or died while idle costs nothing.
//
//   main     plan ─ publish ─ take … take ─ spin until all are done ─ next record
//   worker   spin ──────────── take … take ─ spin, for some 2 ms ─ sleep until a job is worth waking it
//
// The main thread never blocks: browsers forbid it. Chunks are pieces of the range that a kernel computes anyway, each result
// belongs to one of them, and no bit depends on how many there are, or on who takes which.
//
// A thread runs chunks from a copy of the record in a room of its own, with `from` and `to` of the chunk; in workers' copies
// the working memory is their room's, too:
//
//   rooms   │ copy │ copy · strips · working memory │ copy · strips · working memory │
//             main   worker 1                          worker 2

import {
  GROUP_OP,
  RECORD_BYTES,
  SLOT_JOB,
  SLOT_LEFT,
  SLOT_STATE,
  THREADS,
  THREADS_CHUNK,
  THREADS_CHUNKS,
  THREADS_COUNT,
  THREADS_DONE,
  THREADS_FROM,
  THREADS_GRAINS,
  THREADS_JOB,
  THREADS_MICROSECONDS,
  THREADS_RECORD,
  THREADS_ROOMS,
  THREADS_ROOM_BYTES,
  THREADS_SLOTS,
  THREADS_SLOT_WORDS,
  THREADS_TO,
  WORKER_ABSENT,
  WORKER_ASLEEP,
  WORKER_AWAKE,
} from '../src/runtime/abi';
import { reserve, unreserve } from './arena';
import { dispatch } from './dispatch';
import { GROUP_HEAD, GROUP_ROW, runGroup, unitsOf } from './group';
import { grain, placesOf, roomOf, setup, workOf } from './split-table';

/** Called now and then while the main thread waits: throws when a worker no longer works. */
declare function stalled(): void;
/** Milliseconds of a clock. */
declare function now(): f64;

// Nanoseconds, as in `@split`.
/** Work that is not worth the exchange of cache lines, some 0.5 µs for each thread. */
const LEAST_WORK: f64 = 8000;
const LEAST_CHUNK: f64 = 2500;
/** Work without help after which sleeping workers are woken: that takes the main thread some 5 µs. */
const WAKING_WORK: f64 = 60000;
/** Work that workers who are woken for it come in time for: they need some 50 µs, and others do their share until then. */
const LONG_WORK: f64 = 80000;
/** Chunks in a thread's share, where their setup allows it: what others can take over when it is late. */
const CHUNKS_EACH: u32 = 4;
/** Part of all work that may be lost to setting up more chunks than there are threads. */
const LOSS: f64 = 0.06;

/**
 * Milliseconds that a worker looks for the next job before it sleeps: longer than what runs on one thread between two jobs, and
 * than what a training loop does between two steps.
 */
const AWAKE_MS: f64 = 2;
/** Looks of an idle worker between two at the clock: some 10 µs. */
const LOOKS: u32 = 5000;
/** Looks of the main thread between two calls of stalled(): a few milliseconds. */
const PATIENCE: u32 = 1000000;

const SHARED: usize = THREADS;
const JOB: usize = SHARED + 4 * THREADS_JOB;
const DONE: usize = SHARED + 4 * THREADS_DONE;

// Of this thread alone: each has an instance, with globals of its own.
/** The job whose record this thread has a copy of. */
let copied: u32 = 0;
/** Work that was done without help while there were sleeping workers. */
let alone: f64 = 0;
/** The block of the rooms. */
let rooms: usize = 0;

function word(i: u32): u32 {
  return load<u32>(SHARED + ((<usize>i) << 2));
}

function setWord(i: u32, value: u32): void {
  store<u32>(SHARED + ((<usize>i) << 2), value);
}

function slotOf(thread: u32): usize {
  return SHARED + ((<usize>(THREADS_SLOTS + thread * THREADS_SLOT_WORDS)) << 2);
}

function isGroup(record: usize): bool {
  return load<u16>(record) == GROUP_OP;
}

function bytesOf(record: usize): usize {
  return (<usize>load<u16>(record, 2)) << 2;
}

function runAlone(record: usize): void {
  if (isGroup(record)) runGroup(record, 0, unitsOf(record));
  else dispatch(record);
}

/** Bytes as a room has them: whole cache lines. */
function lines(bytes: f64): u32 {
  return (<u32>bytes + 63) & ~63;
}

// What plan() found.
let unitWork: f64 = 0;
let chunkSetup: f64 = 0;
let unitGrain: u32 = 1;
let first: u32 = 0;
let last: u32 = 0;

/** Finds how a record splits. False when it does not, or is too large for a copy. */
function plan(record: usize): bool {
  if (bytesOf(record) > <usize>RECORD_BYTES) return false;
  if (isGroup(record)) return planGroup(record);
  const places = placesOf(load<u16>(record));
  if (places == 0) return false;
  const range = record + ((<usize>(places & 0xff)) << 2);
  first = load<u32>(range);
  last = load<u32>(range, 4);
  if (first >= last) return false;
  unitWork = workOf(record);
  if (unitWork == 0) return false;
  unitGrain = grain;
  chunkSetup = setup;
  return true;
}

/** Likewise for a group, which splits where all of its records do: whole strips are its grain. */
function planGroup(group: usize): bool {
  const end = group + GROUP_HEAD + <usize>load<u32>(group, 12) * GROUP_ROW;
  unitWork = 0;
  for (let row = group + GROUP_HEAD; row < end; row += GROUP_ROW) {
    const work = workOf(group + (load<u32>(row) << 2));
    if (work == 0) return false;
    unitWork += work * <f64>load<u32>(row, 8);
  }
  chunkSetup = 0;
  unitGrain = load<u32>(group, 8);
  first = 0;
  last = unitsOf(group);
  return true;
}

/** Bytes of working memory that a planned record needs in a worker's room. */
function roomFor(record: usize): f64 {
  if (!isGroup(record)) return roomOf(record);
  const end = record + GROUP_HEAD + <usize>load<u32>(record, 12) * GROUP_ROW;
  let most: f64 = 0;
  for (let row = record + GROUP_HEAD; row < end; row += GROUP_ROW) {
    most = max(most, roomOf(record + (load<u32>(row) << 2)));
  }
  return <f64>lines(<f64>load<u32>(record, 24)) + most;
}

/** Makes rooms of at least so many bytes for all threads. False when there is no memory for them. */
function provide(bytes: f64): bool {
  const each = <f64>RECORD_BYTES + bytes;
  if (each <= <f64>word(THREADS_ROOM_BYTES)) return true;
  const all = <f64>RECORD_BYTES + <f64>(word(THREADS_COUNT) - 1) * (each + 64);
  if (all >= 4294901760) return false;
  if (rooms != 0) unreserve(rooms);
  setWord(THREADS_ROOM_BYTES, 0);
  rooms = reserve(<u32>all);
  if (rooms == 0) return false;
  setWord(THREADS_ROOMS, <u32>load<usize>(rooms));
  setWord(THREADS_ROOM_BYTES, lines(each));
  return true;
}

/** How many threads a job of so much work can count on. Wakes workers when it is time. */
function muster(work: f64): u32 {
  let awake: u32 = 1;
  let asleep: u32 = 0;
  for (let thread: u32 = 1, count = word(THREADS_COUNT); thread < count; thread++) {
    const state = atomic.load<u32>(slotOf(thread), 4 * SLOT_STATE);
    if (state == WORKER_AWAKE) awake++;
    else if (state == WORKER_ASLEEP) asleep++;
  }
  if (asleep == 0) return awake;
  alone += work;
  if (alone < WAKING_WORK) return awake;
  alone = 0;
  atomic.notify(JOB, asleep);
  return work < LONG_WORK ? awake : awake + asleep;
}

/** How many chunks to cut a planned record into, for so many threads: as many as their setup allows. */
function chunksFor(work: f64, threads: u32): u32 {
  for (let each = CHUNKS_EACH; each > 1; each >>= 1) {
    const chunks = <f64>(threads * each);
    if (work >= chunks * LEAST_CHUNK && chunkSetup * chunks <= work * LOSS) return threads * each;
  }
  // One for each: fewer where they would be too short, none where setting up eats what is won.
  const chunks = min(<f64>threads, floor(work / LEAST_CHUNK));
  return chunkSetup * chunks + work < chunks * work ? <u32>chunks : 1;
}

/** Units of a chunk of a planned record; 0 when it is not worth splitting. */
function chunkOf(units: u32): u32 {
  const forced = word(THREADS_GRAINS);
  if (forced != 0) {
    muster(LONG_WORK);
    return forced * unitGrain;
  }
  const work = unitWork * <f64>units;
  if (work < LEAST_WORK) return 0;
  const threads = muster(work);
  if (threads < 2) return 0;
  const chunks = chunksFor(work, threads);
  const chunk = (units + chunks - 1) / chunks + unitGrain - 1;
  return chunk - (chunk % unitGrain);
}

/** Runs a record or a group, on as many threads as it is worth. */
export function share(record: usize): void {
  if (word(THREADS_COUNT) < 2 || !plan(record)) return runAlone(record);
  const units = last - first;
  const chunk = chunkOf(units);
  const chunks = chunk == 0 ? 0 : (units + chunk - 1) / chunk;
  if (chunks < 2 || !provide(roomFor(record))) return runAlone(record);

  setWord(THREADS_RECORD, <u32>record);
  setWord(THREADS_FROM, first);
  setWord(THREADS_TO, last);
  setWord(THREADS_CHUNK, chunk);
  setWord(THREADS_CHUNKS, chunks);
  setWord(THREADS_MICROSECONDS, <u32>min<f64>((unitWork * <f64>chunk + chunkSetup) * 0.001, 4e9));
  // 0 would be no job.
  const number = max<u32>(atomic.load<u32>(JOB) + 1, 1);
  const job = (<u64>number) << 32;
  atomic.store<u64>(DONE, job);
  const count = word(THREADS_COUNT);
  for (let thread: u32 = 0, start: u32 = 0; thread < count; thread++) {
    const end = shareEnd(thread);
    atomic.store<u64>(slotOf(thread), job | (end - start), 4 * SLOT_LEFT);
    start = end;
  }
  atomic.store<u32>(JOB, number);
  if (word(THREADS_GRAINS) != 0) takeForAbsent();
  takeAll(0);
  for (let looks: u32 = 1; atomic.load<u64>(DONE) != (job | chunks); looks++) if (looks % PATIENCE == 0) stalled();
}

/** The chunk before which a thread's share ends. */
function shareEnd(thread: u32): u32 {
  return ((thread + 1) * word(THREADS_CHUNKS)) / word(THREADS_COUNT);
}

/** Runs what is left of a thread's share, then of others' shares. */
function takeAll(thread: u32): void {
  const count = word(THREADS_COUNT);
  for (let i: u32 = 0, owner = thread; i < count; i++) {
    while (take(thread, owner)) {}
    if (++owner >= count) owner = 0;
  }
}

/** Runs the shares of absent workers, each in its own room. */
function takeForAbsent(): void {
  for (let thread = word(THREADS_COUNT) - 1; thread > 0; thread--) {
    if (atomic.load<u32>(slotOf(thread), 4 * SLOT_STATE) != WORKER_ABSENT) continue;
    copied = 0;
    while (take(thread, thread)) {}
  }
  copied = 0;
}

/** Takes a chunk of a thread's share, and runs it. False when there is none. */
function take(thread: u32, owner: u32): bool {
  const shared = slotOf(owner);
  let left = atomic.load<u64>(shared, 4 * SLOT_LEFT);
  for (;;) {
    if (<u32>left == 0) return false;
    const seen = atomic.cmpxchg<u64>(shared, left, left - 1, 4 * SLOT_LEFT);
    if (seen == left) break;
    left = seen;
  }
  // The job's words stay as they are until this chunk is done.
  const job = <u32>(left >> 32);
  const slot = slotOf(thread);
  atomic.store<u32>(slot, job, 4 * SLOT_JOB);
  let copy = <usize>word(THREADS_ROOMS);
  if (thread != 0) copy += <usize>(RECORD_BYTES + (thread - 1) * word(THREADS_ROOM_BYTES));
  if (copied != job) {
    copyRecord(word(THREADS_RECORD), copy, thread);
    copied = job;
  }
  const chunk = word(THREADS_CHUNK);
  const from = word(THREADS_FROM) + (shareEnd(owner) - <u32>left) * chunk;
  const to = word(THREADS_TO) - from < chunk ? word(THREADS_TO) : from + chunk;
  if (isGroup(copy)) runGroup(copy, from, to);
  else {
    const range = copy + ((<usize>(placesOf(load<u16>(copy)) & 0xff)) << 2);
    store<u32>(range, from);
    store<u32>(range, to, 4);
    dispatch(copy);
  }
  atomic.store<u32>(slot, 0, 4 * SLOT_JOB);
  // A job that was given up has another number by now, and wants no count.
  let done = atomic.load<u64>(DONE);
  while (<u32>(done >> 32) == job) {
    const seen = atomic.cmpxchg<u64>(DONE, done, done + 1);
    if (seen == done) break;
    done = seen;
  }
  return true;
}

/** A record or group as a thread runs it: in a worker with working memory of its own. */
function copyRecord(record: usize, copy: usize, thread: u32): void {
  memory.copy(copy, record, bytesOf(record));
  if (thread == 0) return;
  let scratch = copy + RECORD_BYTES;
  if (!isGroup(copy)) {
    moveScratch(copy, scratch);
    return;
  }
  store<u32>(copy, <u32>scratch, 20);
  scratch += lines(<f64>load<u32>(copy, 24));
  const end = copy + GROUP_HEAD + <usize>load<u32>(copy, 12) * GROUP_ROW;
  for (let row = copy + GROUP_HEAD; row < end; row += GROUP_ROW) {
    moveScratch(copy + (load<u32>(row) << 2), scratch);
  }
}

function moveScratch(record: usize, to: usize): void {
  const place = placesOf(load<u16>(record)) >> 8;
  if (place != 0) store<u32>(record + ((<usize>place) << 2), <u32>to);
}

/** A worker's life. It ends with the worker. */
export function work(thread: u32): void {
  const slot = slotOf(thread);
  for (let job: u32 = 0; ;) {
    atomic.store<u32>(slot, WORKER_AWAKE, 4 * SLOT_STATE);
    // What others still have of the last job counts, too.
    let end: f64 = 0;
    do {
      let took = end == 0;
      for (let looks: u32 = 0; looks < LOOKS; looks++) {
        const next = atomic.load<u32>(JOB);
        if (next == job) continue;
        job = next;
        // One that is no longer counted on has no room; it is about to be stopped.
        if (thread < word(THREADS_COUNT)) takeAll(thread);
        took = true;
      }
      if (took) end = now() + AWAKE_MS + <f64>word(THREADS_MICROSECONDS) * 0.001;
    } while (now() < end);
    atomic.store<u32>(slot, WORKER_ASLEEP, 4 * SLOT_STATE);
    atomic.wait<u32>(JOB, job, -1);
  }
}
