// What of a function can no longer be reached when a core has fewer kernels.

import {
  BLOCK,
  BR,
  BR_IF,
  BR_TABLE,
  CALL,
  ELSE,
  END,
  I32_CONST,
  I32_LOAD16_U,
  I32_SUB,
  IF,
  instructions,
  leb,
  LOCAL_GET,
  LOOP,
  Reader,
  RETURN,
  UNREACHABLE,
  joined,
  type Instruction,
} from './wasm.js';

/**
 * A jump that a record's op ID chooses: `local.get r, i32.load16_u, br_table`, with `i32.const first, i32.sub` before the jump
 * when it is about the IDs from `first` on.
 */
interface Switch {
  /** The instruction of the jump. */
  readonly jump: Instruction;
  /** The local that holds the record's address. */
  readonly record: number;
  readonly first: number;
  /** By op ID less `first`, how many blocks out the jump goes; last, where it goes for any other. */
  readonly targets: readonly number[];
}

/** What stays of a function. */
export interface Cut {
  readonly body: Uint8Array;
  /** Whether it is what runs records: it calls `missing` for those whose kernel is not there. */
  readonly runs: boolean;
}

/**
 * A function without the cases of op IDs that are not kept: they go where IDs go that are none. A function that has no such
 * cases stays as it is, byte for byte; so does the code of every case that is kept.
 *
 * @param ids how many op IDs there are.
 * @param missing the index of the function that takes the address of a record without a kernel, and does not come back.
 */
export function cut(body: Uint8Array, ids: number, keeps: (id: number) => boolean, missing: number): Cut {
  const code = [...instructions(body)];
  const found = switchIn(body, code, ids);
  return found === null ? { body, runs: false } : without(body, code, found, keeps, missing);
}

/** The switch over op IDs that a function has, if it has one: over all of them, or over those of one family of kernels. */
function switchIn(body: Uint8Array, code: readonly Instruction[], ids: number): Switch | null {
  for (const [i, jump] of code.entries()) {
    if (jump.op !== BR_TABLE) continue;
    const [from, subtraction] = [code[i - 2], code[i - 1]];
    const less = subtraction?.op === I32_SUB && from?.op === I32_CONST;
    const [get, load] = code.slice(less ? i - 4 : i - 2);
    if (load?.op !== I32_LOAD16_U || get?.op !== LOCAL_GET) continue;
    const numberAt = (at: number): number => new Reader(body, at).number();
    const first = less ? numberAt(from.operands) : 0;
    const reader = new Reader(body, jump.operands);
    const count = reader.number();
    const targets = Array.from({ length: count + 1 }, () => reader.number());
    if (first + count <= ids) return { jump, targets, first, record: numberAt(get.operands) };
  }
  return null;
}

/** A block, loop or if that is open. */
interface Frame {
  readonly op: number;
  /** Whether a jump to its end is reached. */
  targeted: boolean;
  /** Whether an if's first branch comes to its end. */
  passed: boolean;
}

/** One way through the function: what no way leads to is left out. */
function without(
  body: Uint8Array,
  code: readonly Instruction[],
  { jump, record, first, targets }: Switch,
  keeps: (id: number) => boolean,
  missing: number,
): Cut {
  const other = targets.at(-1)!;
  const kept = targets.map((target, i) => (i < targets.length - 1 && !keeps(first + i) ? other : target));
  const parts: ArrayLike<number>[] = [body.subarray(0, code[0]!.start)];
  // The function's own block is the outermost: a jump to its end returns.
  const frames: Frame[] = [{ op: BLOCK, targeted: false, passed: false }];
  const aim = (depth: number): void => {
    frames.at(-1 - depth)!.targeted = true;
  };
  let live = true;
  /** Blocks opened in code that is left out. */
  let skipped = 0;
  /** The frame at whose end the jump arrives for op IDs that are none. */
  let strangers: Frame | null = null;
  let runs = false;

  code.forEach((instruction, i) => {
    const { op, operands, start, end } = instruction;
    if (!live) {
      if (op === BLOCK || op === LOOP || op === IF) skipped++;
      if (op === END && skipped > 0) {
        skipped--;
        return;
      }
      if (skipped > 0 || (op !== END && op !== ELSE)) return;
    }
    if (instruction === jump) {
      parts.push([BR_TABLE, ...leb(kept.length - 1), ...kept.flatMap(leb)]);
      kept.forEach(aim);
      strangers = frames.at(-1 - other)!;
      live = false;
      return;
    }
    parts.push(body.subarray(start, end));
    const number = (): number => new Reader(body, operands).number();
    if (op === BLOCK || op === LOOP || op === IF) frames.push({ op, targeted: false, passed: op === IF });
    else if (op === ELSE) {
      const frame = frames.at(-1)!;
      // An if without an else is passed when its condition does not hold; this one has both.
      frame.passed = live;
      live = true;
    } else if (op === END) {
      const frame = frames.pop()!;
      live ||= frame.passed || (frame.targeted && frame.op !== LOOP);
      // What follows is left out, up to the end of the block around; this tells the validator so.
      if (!live && frames.length > 0) parts.push([UNREACHABLE]);
      if (frame === strangers && code[i + 1]?.op === UNREACHABLE) {
        parts.push([LOCAL_GET, ...leb(record), CALL, ...leb(missing)]);
        runs = true;
      }
    } else if (op === BR || op === BR_IF) aim(number());
    else if (op === BR_TABLE) {
      const reader = new Reader(body, operands);
      for (const depth of [...reader.list(() => reader.number()), reader.number()]) aim(depth);
    }
    if (op === BR || op === BR_TABLE || op === RETURN || op === UNREACHABLE) live = false;
  });
  return { body: joined(parts), runs };
}
