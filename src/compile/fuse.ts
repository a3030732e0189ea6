// Fusion: elementwise steps in a row, and reductions of what they make, become one group, which crosses memory once.

import { BLOCK_ALIGN, GROUP_OP } from '../runtime/abi.js';
import { CHAIN_SCRATCH } from '../runtime/chain.js';
import { joinChains } from './chain.js';
import { buffersOf, reads, writes, writesTo, type Buffer, type Operand, type Step } from './graph.js';
import { elementwise, layoutOf, opOf, type Elementwise } from './kernel.js';
import type { Matters } from './passes.js';
import { inParts, PART, reductionOf, STATE_BYTES, type Reduction } from './reduction.js';

/** Below this many elements all values of a chain fit in the cache anyway. */
const LEAST_ELEMENTS = 4096;
/** Bytes that a strip of all values of a group may take: half of a 32 KiB first-level cache. */
const STRIP_BYTES = 16384;
const LONGEST_STRIP = 2048;

interface Member {
  readonly step: Step;
  readonly aligned: readonly boolean[];
  readonly reduction: Reduction | null;
}

interface OpenGroup {
  readonly size: number;
  readonly members: Member[];
}

/**
 * Joins elementwise steps over one number of elements into groups. A step in between that has nothing to do with the group
 * moves before it.
 */
export function fuse(steps: readonly Step[], matters: Matters): Step[] {
  const users = new Map<Buffer, Set<Step>>();
  for (const step of steps)
    for (const { buffer } of step.operands) users.set(buffer, (users.get(buffer) ?? new Set()).add(step));
  const out: Step[] = [];
  let open: OpenGroup | null = null;
  const close = (): void => {
    if (open !== null) out.push(...seal(open, users, matters));
    open = null;
  };
  for (const step of steps) {
    const reduction: Reduction | null = open === null ? null : reductionOf(step);
    const shape: Elementwise | null = reduction ? { size: reduction.size, aligned: [true, false] } : elementwise(step);
    const size: number = shape?.size ?? 0;
    if (open !== null && !(shape && size === open.size && joins(open, step, shape.aligned, reduction))) {
      if (apart(open, step)) {
        out.push(step);
        continue;
      }
      close();
    }
    if (shape === null || size < LEAST_ELEMENTS || (open === null && reduction)) out.push(step);
    else {
      open ??= { size, members: [] };
      open.members.push({ step, aligned: shape.aligned, reduction });
    }
  }
  close();
  return out;
}

/** Whether a step may run strip by strip with a group: what they share, both have at the same element. */
function joins(open: OpenGroup, step: Step, aligned: readonly boolean[], reduction: Reduction | null): boolean {
  if (reduction !== null) {
    // Strips are whole rows, or whole parts, not both.
    const [x] = step.operands;
    const made = open.members.some((m) => writesTo(m.step, x!.buffer));
    if (!made || open.members.some((m) => m.reduction !== null && m.reduction.row !== reduction.row)) return false;
  }
  return step.operands.every((o, i) =>
    open.members.every((member) =>
      member.step.operands.every(
        (p, j) => p.buffer !== o.buffer || (!writes(p) && !writes(o)) || (aligned[i]! && member.aligned[j]!),
      ),
    ),
  );
}

/** Whether a step may run before the whole group. */
function apart(open: OpenGroup, step: Step): boolean {
  return step.operands.every((o) =>
    open.members.every((member) =>
      member.step.operands.every((p) => p.buffer !== o.buffer || (!writes(p) && !writes(o) && o.access !== 'scratch')),
    ),
  );
}

/** The group as one step; its members as they are when there is nothing to gain. */
function seal({ size, members }: OpenGroup, users: ReadonlyMap<Buffer, ReadonlySet<Step>>, matters: Matters): Step[] {
  const parts = members.map((m) => m.step);
  const inside = innerBuffers(members, users, matters);
  if (inside.size === 0) return parts;
  const op = `${parts.length} fused`;
  let lastRoom = 0;
  const room = (bytes: number): Buffer => ({ id: --lastRoom, bytes, role: { kind: 'temporary' } });
  const whole = new Set(members.flatMap((m) => (m.reduction?.row === 0 ? [m.step] : [])));
  const steps = joinChains(parts, inside, room(CHAIN_SCRATCH)).map((step) =>
    whole.has(step) ? inParts(step, room(STATE_BYTES)) : step,
  );
  if (steps.length === 1) return [{ ...steps[0]!, op }];
  for (const buffer of inside)
    if (!steps.some((step) => step.operands.some((o) => o.buffer === buffer))) inside.delete(buffer);

  // A strip has whole units: elements, or rows where rows are reduced.
  const row = members.find((m) => m.reduction !== null)?.reduction?.row ?? -1;
  const unit = Math.max(row, 1);
  const grain = row > 0 ? row * rowsAtATime(row) : row === 0 ? PART : 256;
  const places = placesOf(steps, inside);
  const width = Math.max(...[...inside].map((b) => b.bytes / size), 4);
  const slots = Math.max(...places.values(), -1) + 1;
  const outside = buffersOf(steps).filter((b) => !inside.has(b) && b.bytes >= size * 4).length;
  const fits = Math.min(Math.floor(STRIP_BYTES / ((slots + outside) * width)), LONGEST_STRIP);
  const strip = Math.max(Math.floor(fits / grain), 1) * grain;
  const part = Math.ceil((strip * width) / BLOCK_ALIGN) * BLOCK_ALIGN;
  const strips = room(Math.max(slots, 1) * part);

  const rebased = steps.flatMap((step, s) =>
    step.operands.flatMap((o) => (inside.has(o.buffer) ? [{ s, word: o.word, buffer: o.buffer }] : [])),
  );
  const head = 8 + 3 * steps.length + 3 * rebased.length;
  const starts: number[] = [];
  let end = head + (head & 1);
  for (const step of steps) {
    starts.push(end);
    end += step.words.length;
  }
  const words = new Uint32Array(end);
  words.set([GROUP_OP | (end << 16), size / unit, strip / unit, steps.length, rebased.length, 0, strips.bytes]);
  const operands: Operand[] = slots === 0 ? [] : [{ word: 5, access: 'scratch', buffer: strips }];
  steps.forEach((step, s) => {
    const elements = reductionOf(step) === null ? unit : 1;
    words.set([starts[s]!, layoutOf(opOf(step)).from, elements], 8 + 3 * s);
    words.set(step.words, starts[s]!);
    for (const o of step.operands) if (!inside.has(o.buffer)) operands.push({ ...o, word: starts[s]! + o.word });
  });
  rebased.forEach(({ s, word, buffer }, i) => {
    const pointer = [starts[s]! + word, places.get(buffer)! * part, (buffer.bytes / size) * unit];
    words.set(pointer, 8 + 3 * steps.length + 3 * i);
  });
  return [{ words, operands, op, parts }];
}

/** Rows that end where a vector of any dtype does. */
function rowsAtATime(row: number): number {
  return row % 4 === 0 ? 1 : row % 2 === 0 ? 2 : 4;
}

/** Buffers that are made and used up inside the group, always at the element they belong to. */
function innerBuffers(
  members: readonly Member[],
  users: ReadonlyMap<Buffer, ReadonlySet<Step>>,
  matters: Matters,
): Set<Buffer> {
  const steps = new Set(members.map((m) => m.step));
  const inside = new Set<Buffer>();
  const broken = new Set<Buffer>();
  const written = new Set<Buffer>();
  for (const { step, aligned } of members) {
    step.operands.forEach((o, i) => {
      if (!aligned[i] || (reads(o) && !written.has(o.buffer))) broken.add(o.buffer);
      if (!writes(o)) return;
      written.add(o.buffer);
      const only = [...(users.get(o.buffer) ?? [])].every((user) => steps.has(user));
      if (o.buffer.role.kind === 'temporary' && !matters(o.buffer) && only) inside.add(o.buffer);
    });
  }
  for (const b of broken) inside.delete(b);
  return inside;
}

/** A slot for each inner buffer, shared by those that do not live at one time. */
function placesOf(steps: readonly Step[], inside: ReadonlySet<Buffer>): Map<Buffer, number> {
  const last = new Map<Buffer, number>();
  steps.forEach((step, i) => {
    for (const o of step.operands) if (inside.has(o.buffer)) last.set(o.buffer, i);
  });
  const places = new Map<Buffer, number>();
  const freeAfter: number[] = [];
  steps.forEach((step, i) => {
    for (const o of step.operands) {
      if (!inside.has(o.buffer) || places.has(o.buffer)) continue;
      let slot = freeAfter.findIndex((until) => until < i);
      if (slot < 0) slot = freeAfter.length;
      places.set(o.buffer, slot);
      freeAfter[slot] = last.get(o.buffer)!;
    }
  });
  return places;
}
