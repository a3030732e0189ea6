// Hostile programs: mutated ones are refused with a named error, or run inside their own slots.

import { beforeAll, expect, it } from 'vitest';
import * as gt from 'gradtape';
import { loadProgram, type SavedProgram } from 'gradtape/program';
import type { DType, TypedArray } from '../../src/dtype.js';
import { checksum, FORMAT, HEADER_WORDS, MAGIC, SLOT_WORDS, UNCHECKED_WORDS } from '../../src/program/format.js';
import { ABI_VERSION } from '../../src/runtime/abi.js';
import { blockBytes, core, words } from '../../src/runtime/core.js';
import { KERNELS } from '../../src/runtime/kernel-table.js';
import { EXAMPLES } from './steps.js';

const MUTANTS = 50_000;
const BUDGET = 4 * 2 ** 20;

beforeAll(() => gt.init({ maxMemory: BUDGET }));

/** Mulberry32: the same mutants each time. */
function generator(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

const random = generator(20);
const EDGES = [0, 1, 2, 3, 4, 7, 16, 63, 64, 65, 0x7fffffff, 0x80000000, 0xfffffffc, 0xffffffff, 0x40000000, 0x10000];

/** A damaged copy. Most damage is to slots and records, where it can do harm; half of the files keep a right checksum. */
function mutate(bytes: Uint8Array): Uint8Array {
  const file = new Uint32Array(Uint8Array.from(bytes).buffer);
  const slots = HEADER_WORDS + file[5]! * SLOT_WORDS;
  const records = slots + file[6]!;
  const signature = records + file[7]!;
  const place = (): number => {
    const kind = random(20);
    if (kind === 0) return random(HEADER_WORDS);
    if (kind < 4) return HEADER_WORDS + random(slots - HEADER_WORDS);
    if (kind === 4) return records + random(signature - records);
    if (kind === 5) return random(file.length);
    return slots + random(records - slots);
  };
  for (let n = 1 + random(3); n > 0; n--) {
    const at = place();
    const other = random(2) ? place() : Math.min(at + 1 + random(4), file.length - 1);
    const kind = random(6);
    if (kind === 0) file[at]! ^= 1 << random(32);
    else if (kind === 1) file[at]! ^= 1 << random(8);
    else if (kind === 2) [file[at], file[other]] = [file[other]!, file[at]!];
    else if (kind === 3) file[at] = EDGES[random(EDGES.length)]!;
    else if (kind === 4) file[at] = file[at]! + random(9) - 4;
    else file[at] = file[other]!;
  }
  if (random(2)) file[4] = checksum(file, UNCHECKED_WORDS);
  const all = new Uint8Array(file.buffer);
  return random(25) === 0 ? all.subarray(0, random(all.length)) : all;
}

const ARRAYS: Record<DType, (n: number) => TypedArray> = {
  float32: (n) => Float32Array.from({ length: n }, (_, i) => Math.sin(i)),
  float64: (n) => Float64Array.from({ length: n }, (_, i) => Math.cos(i)),
  int32: (n) => Int32Array.from({ length: n }, (_, i) => (i % 5 === 4 ? random(2 ** 32) : i % 4)),
  bool: (n) => Uint8Array.from({ length: n }, (_, i) => i & 1),
};

const inputsOf = (program: SavedProgram): TypedArray[] =>
  program.inputs.map(({ shape, dtype }) => ARRAYS[dtype](shape.reduce((n, d) => n * d, 1)));

/** Fills memory up, but for a hole that programs are loaded into; what is above and below it is tensors. */
function surroundings(bytes: number) {
  const room = gt.zeros([2 ** 15 + bytes / 4]);
  const tensors: gt.Tensor[] = [];
  for (let size = 2 ** 18; size >= 16;)
    try {
      tensors.push(gt.zeros([size]));
    } catch {
      size /= 2;
    }
  room.dispose();
  const [below, hole, above] = [2 ** 14, bytes / 4, 2 ** 14].map((n) => gt.zeros([n])) as [
    gt.Tensor,
    gt.Tensor,
    gt.Tensor,
  ];
  tensors.push(below, above);
  const at = (x: gt.Tensor): number => words[x._block / 4]! / 4;
  const area = [at(below), at(above) + 2 ** 14] as const;
  const inside = [at(hole), at(hole) + bytes / 4] as const;
  expect(area[1] - area[0]).toBe(2 ** 15 + bytes / 4);
  hole.dispose();
  return { area, inside, tensors };
}

type Area = readonly [number, number];

/**
 * Runs a program twice from one state, amid other memory each time.
 *
 * @param area poisoned, but for the program's own part.
 * @param watched where writes are looked for.
 * @throws when it writes outside of its memory, or what it computes depends on what is there.
 */
function runIsolated(program: SavedProgram, area: Area, watched: Area): void {
  const [low, high] = area;
  const inputs = inputsOf(program);
  const start = Number(Reflect.get(program, 'start')) / 4;
  const end = start + blockBytes(Number(Reflect.get(program, 'block'))) / 4;
  const before = words.slice(start, end);
  const runs = [0x7fc0dead, 0x3f8beef1].map((poison) => {
    words.fill(poison, low, start);
    words.fill(poison, end, high);
    words.set(before, start);
    const [from, to] = watched;
    const around = [words.slice(from, start), words.slice(end, to)] as const;
    program.run(inputs);
    if (!same(around[0], words.subarray(from, start)) || !same(around[1], words.subarray(end, to)))
      throw new Error('it wrote outside of its memory');
    return words.slice(start, end);
  });
  if (!same(runs[0]!, runs[1]!)) throw new Error('it read outside of its memory');
}

/** The program, or how it was refused. */
function tryLoad(bytes: Uint8Array): SavedProgram | string {
  try {
    return loadProgram(bytes);
  } catch (error) {
    if (!(error instanceof gt.LoadError) && !(error instanceof gt.OutOfMemoryError)) throw error;
    return error.message.replace(/\d+/g, '#');
  }
}

it(`of ${MUTANTS} mutants each is refused by name or stays inside its own memory`, () => {
  gt.setSeed(1);
  const programs = Object.values(EXAMPLES).map((make) => {
    const example = make();
    gt.tidy(() => example.step(...example.inputs(0).map((v, i) => gt.tensor(v, [...example.shapes[i]!]))));
    const bytes = example.step.save();
    example.dispose();
    return bytes;
  });
  const { area, inside, tensors } = surroundings(2 ** 20);
  const live = gt.memory().numBytes;
  const refused = new Map<string, number>();
  let ran = 0;
  for (let i = 0; i < MUTANTS; i++) {
    const program = tryLoad(mutate(programs[i % programs.length]!));
    if (typeof program === 'string') {
      refused.set(program, (refused.get(program) ?? 0) + 1);
      continue;
    }
    const start = Number(Reflect.get(program, 'start')) / 4;
    expect(start >= inside[0] && start < inside[1]).toBe(true);
    try {
      runIsolated(program, area, [0, words.length]);
    } catch (error) {
      throw new Error(`mutant ${i}`, { cause: error });
    }
    ran++;
    program.dispose();
  }
  expect(gt.memory().numBytes).toBe(live);
  expect(ran).toBeGreaterThan(MUTANTS / 50);
  expect(refused.size).toBeGreaterThan(8);
  if (process.env.SHOW) console.log({ ran, refused });
  gt.dispose(tensors);
}, 120_000);

function same(a: Uint32Array, b: Uint32Array): boolean {
  const bytes = ({ buffer, byteOffset, byteLength }: Uint32Array): Uint8Array =>
    new Uint8Array(buffer, byteOffset, byteLength);
  return Buffer.compare(bytes(a), bytes(b)) === 0;
}

/** A program of one record over eight slots of 64 to 8192 bytes. */
function oneRecord(record: Uint32Array): Uint8Array {
  const sizes = Array.from({ length: 8 }, (_, i) => 64 << i);
  const total = sizes.reduce((n, bytes) => n + bytes, 0);
  const table: number[] = [];
  let at = 0;
  for (const bytes of sizes) {
    table.push(at, bytes, bytes);
    at += bytes;
  }
  const contents = Uint32Array.from({ length: total / 4 }, (_, i) => (i % 3 === 0 ? random(6) : random(2 ** 32)));
  const file = new Uint32Array(HEADER_WORDS + table.length + record.length + contents.length);
  file.set([MAGIC, FORMAT, ABI_VERSION, core.kernels() >>> 0, 0, sizes.length, record.length, 0]);
  file.set(table, HEADER_WORDS);
  file.set(record, HEADER_WORDS + table.length);
  file.set(contents, HEADER_WORDS + table.length + record.length);
  file[4] = checksum(file, UNCHECKED_WORDS);
  return new Uint8Array(file.buffer);
}

/** A record of a kernel with arguments that are small, mostly. */
function anyRecord(id: number, row: string): Uint32Array {
  const places = row.split(' ').slice(2);
  const meta = places.find((p) => p.startsWith('m'));
  const from = places.find((p) => p.startsWith('f'));
  const end = meta ? Number(meta.slice(1)) : from ? Number(from.slice(1)) + 2 : 12;
  const length = (end + (meta ? 4 + random(30) : 0) + 1) & ~1;
  const most = [2, 4, 10, 40][random(4)]!;
  const record = Uint32Array.from({ length }, () =>
    random(40) === 0 ? EDGES[random(EDGES.length)]! : random(30) === 0 ? -random(5) : random(most),
  );
  record[0] = id | (length << 16);
  for (const place of places) {
    const word = Number(place.slice(1));
    if ('rwus'.includes(place[0]!)) record[word] = random(30) === 0 ? random(10) : 1 + random(8);
    if (place[0] === 'm') record[word] = 1 + random(3);
    if (place[0] === 'f' && random(10)) record[word] = 0;
  }
  return record;
}

it('each kernel touches no more than its docstring says, whatever its record holds', () => {
  const { area, tensors } = surroundings(2 ** 16);
  const idle: string[] = [];
  KERNELS.forEach((row, id) => {
    if (row === '') return;
    let ran = 0;
    for (let i = 0; i < 250; i++) {
      const record = anyRecord(id, row);
      const program = tryLoad(oneRecord(record));
      if (typeof program === 'string') continue;
      try {
        runIsolated(program, area, area);
      } catch (error) {
        throw new Error(`${row}: [${record.join()}]`, { cause: error });
      }
      ran++;
      program.dispose();
    }
    if (ran === 0) idle.push(row.split(' ')[0]!);
  });
  if (process.env.SHOW) console.log({ idle });
  // Their sizes have to fit each other: mutated programs cover them.
  expect(idle.every((name) => name.startsWith('conv2d'))).toBe(true);
  gt.dispose(tensors);
}, 120_000);

it('a core runs on after refusals', () => {
  expect(core.kernels()).not.toBe(0);
  expect(gt.tidy(() => gt.matMul([[1, 2]], [[3], [4]]).arraySync())).toEqual([[11]]);
});
