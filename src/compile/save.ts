// step.save(): a program as bytes that run without the library.

import { byteWidth, codeOf, type DType } from '../dtype.js';
import { checksum, FORMAT, HEADER_WORDS, INPUT, MAGIC, OUTPUT, UNCHECKED_WORDS, VARIABLE } from '../program/format.js';
import { ABI_VERSION, BLOCK_ALIGN } from '../runtime/abi.js';
import { core } from '../runtime/core.js';
import { Variable } from '../variable.js';
import { memoryOf, type Buffer, type Graph, type Step } from './graph.js';
import type { Layout } from './plan.js';

/** Shape and dtype of an argument. */
export interface Spec {
  readonly shape: readonly number[];
  readonly dtype: DType;
}

/** What is saved of a program. */
export interface Saved {
  readonly graph: Graph;
  readonly inputs: readonly Spec[];
  readonly steps: readonly Step[];
  readonly buffers: readonly Buffer[];
  readonly layout: Layout;
  /** A buffer's content now; null when a run makes it. */
  content(buffer: Buffer): Uint8Array | null;
}

const lines = (bytes: number): number => Math.max(1, Math.ceil(bytes / BLOCK_ALIGN)) * BLOCK_ALIGN;

/** The file: its layout is in src/program/format.ts. */
export function encode({ graph, inputs, steps, buffers, layout, content }: Saved): Uint8Array {
  const slots = new Map<Buffer, number>();
  const known = new Map<unknown, number>();
  const table: number[] = [];
  const contents: Uint32Array[] = [];
  let end = layout.bytes;
  for (const buffer of buffers) {
    const same = known.get(memoryOf(buffer));
    if (same !== undefined) {
      slots.set(buffer, same);
      continue;
    }
    const values = content(buffer);
    const bytes = lines(Math.max(buffer.bytes, values?.length ?? 0));
    const planned = layout.offsets.get(buffer);
    const words = new Uint32Array(Math.ceil((values?.length ?? 0) / 4));
    if (values !== null) new Uint8Array(words.buffer).set(values);
    contents.push(words);
    table.push(planned ?? end, bytes, words.length * 4);
    if (planned === undefined) end += bytes;
    slots.set(buffer, contents.length);
    known.set(memoryOf(buffer), contents.length);
  }

  const records = steps.map((step) => {
    const words = step.words.slice();
    for (const { word, buffer } of step.operands) words[word] = slots.get(buffer)!;
    return words;
  });

  const signature: number[] = [];
  const describe = (kind: number, slot: number, { shape, dtype }: Spec, name: string): void => {
    const bytes = new TextEncoder().encode(name);
    const padded = new Uint8Array(Math.ceil(bytes.length / 4) * 4);
    padded.set(bytes);
    signature.push(kind, slot, codeOf(dtype), shape.length, ...shape, bytes.length, ...new Uint32Array(padded.buffer));
  };
  inputs.forEach((spec, i) => {
    const used = buffers.find(({ role }) => role.kind === 'input' && role.index === i);
    describe(INPUT, used === undefined ? 0 : slots.get(used)!, spec, '');
  });
  for (const r of graph.results) if (r.kind === 'tensor') describe(OUTPUT, slots.get(r.buffer)!, r, '');
  const names = new Set<string>();
  for (const [memory, slot] of known) {
    if (!(memory instanceof Variable)) continue;
    let name = memory.name;
    for (let i = 1; names.has(name); i++) name = `${memory.name}_${i}`;
    names.add(name);
    describe(VARIABLE, slot, memory, name);
  }

  const parts = [Uint32Array.from(table), ...records, Uint32Array.from(signature), ...contents];
  const file = new Uint32Array(HEADER_WORDS + parts.reduce((n, part) => n + part.length, 0));
  const recordWords = records.reduce((n, words) => n + words.length, 0);
  file.set([MAGIC, FORMAT, ABI_VERSION, core.kernels() >>> 0, 0, contents.length, recordWords, signature.length]);
  let at = HEADER_WORDS;
  for (const part of parts) {
    file.set(part, at);
    at += part.length;
  }
  file[4] = checksum(file, UNCHECKED_WORDS);
  return new Uint8Array(file.buffer);
}

/** Bytes of a tensor's values. */
export function byteSize({ size, dtype }: { readonly size: number; readonly dtype: DType }): number {
  return size * byteWidth(dtype);
}
