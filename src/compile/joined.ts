// Attention reads q, k and v where they would be split from, and writes their gradients where they would be joined.

import { usersOf, writesTo, type Buffer, type Step } from './graph.js';
import { layoutOf, metaList, nameOf, opOf } from './kernel.js';
import { dropDead, type Matters } from './passes.js';

/** Where attention's Meta has its numbers, those of q before those of k and v: see assembly/kernels/attention.ts. */
const [RANK, ROW, START, GRAD_ROW, GRAD_START, SIZES] = [9, 10, 13, 16, 19, 22] as const;
/** Operands: q, k and v come first, and their gradients behind y, lse and dy. */
const [MASK, DQ] = [3, 7] as const;
const QKV = [0, 1, 2] as const;

/** Rows of so many elements that are parts of longer rows. */
interface Part {
  readonly whole: Buffer;
  readonly width: number;
  /** From a row to the next, and where the first one begins, in elements. */
  readonly row: number;
  readonly start: number;
}

/** Lets attention use the parts of rows that copies would make into tensors, or tensors into. */
export function joinAttention(steps: readonly Step[], matters: Matters): Step[] {
  const users = usersOf(steps);
  const placed = new Set<Step>();
  const joined = steps.map((step, i) => {
    const [base] = nameOf(step);
    if (base !== 'attention' && base !== 'attention_grad') return step;
    const { meta } = layoutOf(opOf(step));
    const words = step.words.slice();
    const operands = [...step.operands];

    for (const o of QKV) {
      const { buffer } = operands[o]!;
      const source = sourceOf(steps, users, buffer, i);
      if (!source || source.width !== words[meta + ROW + o] || !stretch(words, meta, o, source)) continue;
      // Without a mask, q stands in its place.
      for (const at of [o, MASK])
        if (operands[at]!.buffer === buffer) operands[at] = { ...operands[at]!, buffer: source.whole };
    }
    if (base === 'attention_grad') {
      const readers = QKV.map((o) => readerOf(steps, users, operands[DQ + o]!.buffer, i, matters));
      const parts = readers.map((reader) => (reader === undefined ? null : placedBy(steps[reader]!)));
      parts.forEach((part, o) => {
        if (!part || part.width !== words[meta + GRAD_ROW + o]) return;
        const reader = readers[o]!;
        // Nobody sees that it is written earlier, and what else is written meanwhile stands beside it.
        const between = users.get(part.whole)!.filter((user) => user > i && user < reader);
        const beside = between.every((user) => {
          const other = parts[readers.indexOf(user)];
          return other && other.row === part.row && (endOf(other) <= part.start || endOf(part) <= other.start);
        });
        if (!beside) return;
        words[meta + GRAD_ROW + o] = part.row;
        words[meta + GRAD_START + o] = part.start;
        operands[DQ + o] = { ...operands[DQ + o]!, buffer: part.whole, access: 'update' };
        placed.add(steps[reader]!);
      });
    }
    return { ...step, words, operands };
  });
  return dropDead(
    joined.filter((_, i) => !placed.has(steps[i]!)),
    matters,
  );
}

/** The place in a row where a part ends. */
function endOf({ start, width }: Part): number {
  return start + width;
}

/** What a buffer is a copy of, where that is still as it was when step `reader` runs. */
function sourceOf(
  steps: readonly Step[],
  users: ReadonlyMap<Buffer, readonly number[]>,
  buffer: Buffer,
  reader: number,
): Part | null {
  const [maker = reader, ...others] = users.get(buffer)!.filter((user) => writesTo(steps[user]!, buffer));
  if (maker >= reader || others.length > 0 || nameOf(steps[maker]!)[0] !== 'copy') return null;
  const { from } = layoutOf(opOf(steps[maker]!));
  const source = partOf(steps[maker]!, 0, from - 1);
  const changed = (b: Buffer): boolean => steps.slice(maker, reader).some((step) => writesTo(step, b));
  return source && !changed(source.whole) ? source : null;
}

/** The one step that reads what step `maker` writes to a temporary buffer. */
function readerOf(
  steps: readonly Step[],
  users: ReadonlyMap<Buffer, readonly number[]>,
  buffer: Buffer,
  maker: number,
  matters: Matters,
): number | undefined {
  const [first, reader, more] = users.get(buffer)!;
  const alone = buffer.role.kind === 'temporary' && !matters(buffer) && more === undefined;
  return alone && first === maker ? reader : undefined;
}

/** The rows that a step places its operand in, when that is all it does. */
function placedBy(step: Step): Part | null {
  const { from } = layoutOf(opOf(step));
  return nameOf(step)[0] === 'place' && step.words[from - 2] === 0 ? partOf(step, 1, from - 1) : null;
}

/** The parts of rows of operand 0 or 1 of a copy, whose other operand is nothing but these parts. */
function partOf(step: Step, operand: 0 | 1, start: number): Part | null {
  const { from } = layoutOf(opOf(step));
  const [sizes, parts, packed] = [0, 1 + operand, 2 - operand].map((list) => metaList(step, list));
  const [rows = 0, width = 0, more] = sizes!;
  const [row = 0, column] = parts!;
  const first = step.words[start]!;
  const whole = more === undefined && step.words[from] === 0 && step.words[from + 1] === rows;
  const fits = column === 1 && packed![0] === width && packed![1] === 1 && first + width <= row;
  return whole && fits ? { whole: step.operands[operand]!.buffer, width, row, start: first } : null;
}

/** Has operand o of attention, and its place in the batch, count in longer rows. False where its strides are no whole rows. */
function stretch(words: Uint32Array, meta: number, o: number, { width, row, start }: Part): boolean {
  const rank = words[meta + RANK]!;
  const strides = words.subarray(meta + SIZES + (o + 1) * rank, meta + SIZES + (o + 2) * rank);
  // The last one is that of the heads, which lie in one row.
  const batch = strides.subarray(0, -1);
  if (batch.some((stride) => stride % width !== 0)) return false;
  batch.set(batch.map((stride) => (stride / width) * row));
  words[meta + ROW + o] = row;
  words[meta + START + o] = start;
  return true;
}
