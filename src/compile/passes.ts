// What is done to a program's steps before it gets its memory. Each pass takes steps and gives steps.

import { reads, writes, type Buffer, type Operand, type Step } from './graph.js';
import { elementwise } from './kernel.js';

/** Whether the world outside sees a buffer: lasting memory, or a result. */
export type Matters = (buffer: Buffer) => boolean;

/**
 * The one step that reads what a step puts into a temporary buffer, when it may run at once behind it: what it writes has not been
 * touched before. -1 when there is none.
 */
export function onlyReader(
  steps: readonly Step[],
  users: ReadonlyMap<Buffer, readonly number[]>,
  buffer: Buffer,
  maker: number,
  matters: Matters,
): number {
  const [first, second, more] = users.get(buffer)!;
  const alone = buffer.role.kind === 'temporary' && !matters(buffer) && more === undefined;
  if (!alone || first !== maker || second === undefined) return -1;
  return users.get(steps[second]!.operands.at(-1)!.buffer)![0] === second ? second : -1;
}

/** Drops steps whose writes nobody sees: not lasting memory, no result, and no kept step reads them. */
export function dropDead(steps: readonly Step[], matters: Matters): Step[] {
  const wanted = new Set<Buffer>();
  const kept: Step[] = [];
  for (let i = steps.length - 1; i >= 0; i--) {
    const step = steps[i]!;
    if (!step.operands.some((o) => writes(o) && (matters(o.buffer) || wanted.has(o.buffer)))) continue;
    // A buffer written whole needs no earlier content; one that is updated, or read, does.
    for (const o of step.operands) if (o.access === 'write') wanted.delete(o.buffer);
    for (const o of step.operands) if (reads(o)) wanted.add(o.buffer);
    kept.push(step);
  }
  return kept.reverse();
}

/** The step with other buffers behind its addresses. */
function withBuffers(step: Step, swap: (buffer: Buffer) => Buffer): Step {
  if (step.operands.every((o) => swap(o.buffer) === o.buffer)) return step;
  return { ...step, operands: step.operands.map((o): Operand => ({ ...o, buffer: swap(o.buffer) })) };
}

/** How often each buffer is written. */
function countWrites(steps: readonly Step[]): Map<Buffer, number> {
  const counts = new Map<Buffer, number>();
  for (const { operands } of steps)
    for (const o of operands) if (writes(o)) counts.set(o.buffer, (counts.get(o.buffer) ?? 0) + 1);
  return counts;
}

/** Runs each computation once: a step that does what an earlier one did, on the same values, hands on that one's result. */
export function shareCommon(steps: readonly Step[], matters: Matters): Step[] {
  const written = countWrites(steps);
  const versions = new Map<Buffer, number>();
  const same = new Map<Buffer, Buffer>();
  const known = new Map<string, Buffer>();
  const swap = (b: Buffer): Buffer => same.get(b) ?? b;
  const out: Step[] = [];
  for (const original of steps) {
    const step = withBuffers(original, swap);
    const made = step.operands.filter(writes);
    const target = made[0]?.buffer;
    const pure =
      made.length === 1 &&
      made[0]!.access === 'write' &&
      target !== undefined &&
      !matters(target) &&
      written.get(target) === 1;
    if (pure) {
      const key = keyOf(step, versions);
      const before = known.get(key);
      if (before !== undefined) {
        same.set(target, before);
        continue;
      }
      known.set(key, target);
    }
    for (const { buffer } of made) versions.set(buffer, (versions.get(buffer) ?? 0) + 1);
    out.push(step);
  }
  return out;
}

/** A step's numbers, and which values it reads. */
function keyOf(step: Step, versions: ReadonlyMap<Buffer, number>): string {
  const words = Array.from(step.words);
  const values: string[] = [];
  for (const { word, access, buffer } of step.operands) {
    words[word] = 0;
    if (access === 'read') values.push(`${buffer.id}.${versions.get(buffer) ?? 0}`);
  }
  return `${words.join()}|${values.join()}`;
}

/** Largest value that foldConstants keeps, in bytes: a larger one costs less to make anew than to hold. */
const FOLDED_BYTES = 4096;

/**
 * Takes out the steps that make small values from constants alone: they run once, when the program is made.
 *
 * @returns the steps to run once, and those of every run.
 */
export function foldConstants(steps: readonly Step[], matters: Matters): { once: Step[]; always: Step[] } {
  const written = countWrites(steps);
  const once: Step[] = [];
  const always: Step[] = [];
  for (const step of steps) {
    const foldable = step.operands.every((o) => {
      if (o.access === 'read') return o.buffer.role.kind === 'constant' || o.buffer.role.kind === 'folded';
      return (
        o.access === 'write' && !matters(o.buffer) && o.buffer.bytes <= FOLDED_BYTES && written.get(o.buffer) === 1
      );
    });
    if (foldable) for (const o of step.operands) if (writes(o)) o.buffer.role = { kind: 'folded' };
    (foldable ? once : always).push(step);
  }
  return { once, always };
}

/** Writes elementwise results over an operand that nobody needs afterwards. */
export function reuseInPlace(steps: readonly Step[], matters: Matters): Step[] {
  const last = new Map<Buffer, number>();
  steps.forEach((step, i) => {
    for (const o of step.operands) last.set(o.buffer, i);
  });
  const first = new Set<Buffer>();
  const moved = new Map<Buffer, Buffer>();
  const swap = (b: Buffer): Buffer => {
    let at = b;
    for (let next = moved.get(at); next !== undefined; next = moved.get(at)) at = next;
    return at;
  };
  return steps.map((step, i) => {
    const shape = elementwise(step);
    const target = step.operands.find((o) => o.access === 'write');
    if (shape && target && isFree(target.buffer, matters) && !first.has(target.buffer)) {
      const over = step.operands.find(
        (o, at) =>
          o.access === 'read' &&
          shape.aligned[at] &&
          isFree(o.buffer, matters) &&
          last.get(o.buffer) === i &&
          swap(o.buffer).bytes === target.buffer.bytes &&
          step.operands.every((other, k) => other.buffer !== o.buffer || shape.aligned[k]),
      );
      if (over) moved.set(target.buffer, over.buffer);
    }
    for (const o of step.operands) first.add(o.buffer);
    return withBuffers(step, swap);
  });
}

function isFree(buffer: Buffer, matters: Matters): boolean {
  return buffer.role.kind === 'temporary' && !matters(buffer);
}
