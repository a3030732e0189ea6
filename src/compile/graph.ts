// A program before it runs: records, the buffers they touch, and what each buffer is.

import type { DType } from '../dtype.js';
import type { Variable } from '../variable.js';

/** How a kernel touches a buffer. */
export type Access = 'read' | 'write' | 'update' | 'scratch';

/** What a buffer is to a program. */
export type Role =
  /** Made and used up inside a run. */
  | { kind: 'temporary' }
  /** Values that JavaScript wrote while tracing. */
  | { kind: 'constant'; bytes: Uint8Array }
  /** Made from constants once, when the program is made, and held. */
  | { kind: 'folded' }
  /** An argument of the call, by its place. */
  | { kind: 'input'; index: number }
  /** A variable's own memory. */
  | { kind: 'variable'; variable: Variable }
  /** Memory that is no tensor's and is never given back: the state of the random numbers. */
  | { kind: 'static'; address: number }
  /** Memory of a tensor from outside, by reference. */
  | { kind: 'captured'; block: number; generation: number; label: string };

/** Memory that records touch. */
export interface Buffer {
  readonly id: number;
  readonly bytes: number;
  role: Role;
}

/** One pointer argument of a record. */
export interface Operand {
  /** Which word of the record holds the address. */
  readonly word: number;
  readonly access: Access;
  readonly buffer: Buffer;
}

/** One kernel run: the record's words, and the buffers that stand behind its addresses. */
export interface Step {
  readonly words: Uint32Array;
  readonly operands: readonly Operand[];
  /** The op that launched it, for reports. */
  readonly op: string;
  /** The steps that a group is made of. */
  readonly parts?: readonly Step[];
}

/** What a call gives back in one place: a fresh tensor, or the same object each time. */
export type Result =
  { kind: 'tensor'; buffer: Buffer; shape: readonly number[]; dtype: DType } | { kind: 'object'; value: unknown };

/** A traced function. */
export interface Graph {
  readonly steps: readonly Step[];
  readonly results: readonly Result[];
}

/** Whether a step reads a buffer's content. */
export function reads(operand: Operand): boolean {
  return operand.access === 'read' || operand.access === 'update';
}

/** Whether a step changes the content of an operand's buffer. */
export function writes(operand: Operand): boolean {
  return operand.access === 'write' || operand.access === 'update';
}

/** Whether a step changes a buffer's content. */
export function writesTo(step: Step, buffer: Buffer): boolean {
  return step.operands.some((o) => writes(o) && o.buffer === buffer);
}

/** Whether the world outside sees what is written to a buffer. */
export function isLasting(buffer: Buffer): boolean {
  const { kind } = buffer.role;
  return kind !== 'temporary' && kind !== 'constant' && kind !== 'folded';
}

/** What memory a buffer is: several buffers may stand for that of one variable. */
export function memoryOf(buffer: Buffer): unknown {
  const { role } = buffer;
  if (role.kind === 'variable') return role.variable;
  if (role.kind === 'input') return `input ${role.index}`;
  if (role.kind === 'static') return `static ${role.address}`;
  return role.kind === 'captured' ? `captured ${role.block}` : buffer;
}

/** Every buffer that steps touch, each once. */
export function buffersOf(steps: readonly Step[]): Buffer[] {
  return [...new Set(steps.flatMap((step) => step.operands.map((o) => o.buffer)))];
}

/** For each buffer the steps that touch it, by their indices, in order. */
export function usersOf(steps: readonly Step[]): ReadonlyMap<Buffer, readonly number[]> {
  const users = new Map<Buffer, number[]>();
  steps.forEach((step, i) => {
    for (const buffer of buffersOf([step])) {
      const known = users.get(buffer);
      if (known) known.push(i);
      else users.set(buffer, [i]);
    }
  });
  return users;
}

/** The buffers that a call gives back. */
export function resultBuffers(graph: Graph): Set<Buffer> {
  return new Set(graph.results.flatMap((r) => (r.kind === 'tensor' ? [r.buffer] : [])));
}
