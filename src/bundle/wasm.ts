// WebAssembly modules as bytes: their sections, numbers in LEB128, and instructions one by one.

/** A part of a module. */
export interface Section {
  readonly id: number;
  readonly content: Uint8Array;
}

/** IDs of sections. */
export const CUSTOM = 0;
export const IMPORTS = 2;
export const FUNCTIONS = 3;
export const EXPORTS = 7;
export const START = 8;
export const ELEMENTS = 9;
export const CODE = 10;
export const DATA = 11;

/** Opcodes that say how control flows, or that name functions. */
export const UNREACHABLE = 0x00;
export const BLOCK = 0x02;
export const LOOP = 0x03;
export const IF = 0x04;
export const ELSE = 0x05;
export const END = 0x0b;
export const BR = 0x0c;
export const BR_IF = 0x0d;
export const BR_TABLE = 0x0e;
export const RETURN = 0x0f;
export const CALL = 0x10;
export const CALL_INDIRECT = 0x11;
export const LOCAL_GET = 0x20;
export const I32_LOAD16_U = 0x2f;
export const I32_CONST = 0x41;
export const I32_SUB = 0x6b;

/** Opcodes that begin longer ones. */
const REF_NULL = 0xd0;
const REF_IS_NULL = 0xd1;
const REF_FUNC = 0xd2;
const MISC = 0xfc;
const SIMD = 0xfd;
const ATOMIC = 0xfe;

/** The 8 bytes that a module of this version begins with. */
const HEAD = Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0);

/** Reads what stands in bytes, one thing after the other. */
export class Reader {
  at: number;
  readonly bytes: Uint8Array;

  constructor(bytes: Uint8Array, at = 0) {
    this.bytes = bytes;
    this.at = at;
  }

  get done(): boolean {
    return this.at >= this.bytes.length;
  }

  byte(): number {
    if (this.done) throw new RangeError('the module ends too early');
    return this.bytes[this.at++]!;
  }

  /** A number without sign. Of one with a sign it is the low bits, and ends where that ends. */
  number(): number {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.byte();
      if (shift < 32) value |= (byte & 0x7f) << shift;
      if (byte < 0x80) return value >>> 0;
    }
  }

  take(length: number): Uint8Array {
    this.at += length;
    if (this.at > this.bytes.length) throw new RangeError('the module ends too early');
    return this.bytes.subarray(this.at - length, this.at);
  }

  /** A vector: how many there are, and each of them. */
  list<T>(each: () => T): T[] {
    return Array.from({ length: this.number() }, each);
  }
}

/** A number without sign, as LEB128. */
export function leb(value: number): number[] {
  const bytes: number[] = [];
  for (let rest = value; ; rest >>>= 7) {
    if (rest < 0x80) return [...bytes, rest];
    bytes.push((rest & 0x7f) | 0x80);
  }
}

/** Text with its length before it. */
export function text(value: string): number[] {
  const bytes = new TextEncoder().encode(value);
  return [...leb(bytes.length), ...bytes];
}

/** Bytes one after the other. */
export function joined(parts: readonly ArrayLike<number>[]): Uint8Array<ArrayBuffer> {
  const all = new Uint8Array(parts.reduce((n, { length }) => n + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

/** A module's sections; null when the bytes are no module. */
export function sectionsOf(module: Uint8Array): Section[] | null {
  if (!HEAD.every((byte, i) => module[i] === byte)) return null;
  const reader = new Reader(module, HEAD.length);
  const sections: Section[] = [];
  while (!reader.done) sections.push({ id: reader.byte(), content: reader.take(reader.number()) });
  return sections;
}

/** The module of some sections. */
export function moduleOf(sections: readonly Section[]): Uint8Array<ArrayBuffer> {
  return joined([HEAD, ...sections.flatMap(({ id, content }) => [[id, ...leb(content.length)], content])]);
}

/** An instruction: its opcode, where it begins, where what follows the opcode does, and where the next one begins. */
export interface Instruction {
  readonly op: number;
  readonly start: number;
  readonly operands: number;
  readonly end: number;
}

/** The instructions of a function's body, which begins with its locals. */
export function* instructions(body: Uint8Array): Generator<Instruction> {
  const reader = new Reader(body);
  reader.list(() => [reader.number(), reader.byte()]);
  while (!reader.done) {
    const start = reader.at;
    const op = reader.byte();
    const operands = reader.at;
    skip(reader, op);
    yield { op, start, operands, end: reader.at };
  }
}

/** Goes past what follows an opcode. */
function skip(reader: Reader, op: number): void {
  const numbers = (count: number): void => {
    for (let i = 0; i < count; i++) reader.number();
  };
  // Those without any: most of arithmetic, and what ends a block or a function.
  if (op >= 0x45 && op <= 0xc4) return;
  if (op <= 0x01 || op === ELSE || op === END || op === RETURN || op === 0x1a || op === 0x1b || op === REF_IS_NULL)
    return;
  if (op >= 0x28 && op <= 0x3e) return numbers(2);
  if (op >= LOCAL_GET && op <= 0x26) return numbers(1);
  switch (op) {
    case BLOCK:
    case LOOP:
    case IF:
    case BR:
    case BR_IF:
    case CALL:
    case 0x3f: // memory.size
    case 0x40: // memory.grow
    case I32_CONST:
    case 0x42: // i64.const
    case REF_NULL:
    case REF_FUNC:
      return numbers(1);
    case CALL_INDIRECT:
      return numbers(2);
    case BR_TABLE:
      return numbers(reader.number() + 1);
    case 0x1c: // select of a type
      return numbers(reader.number());
    case 0x43: // f32.const
      return void reader.take(4);
    case 0x44: // f64.const
      return void reader.take(8);
    case MISC: {
      const sub = reader.number();
      // Conversions that saturate have none; bulk operations name memories, tables and segments.
      if (sub <= 17) return numbers([0, 0, 0, 0, 0, 0, 0, 0, 2, 1, 2, 1, 2, 1, 2, 1, 1, 1][sub]!);
      break;
    }
    case SIMD: {
      const sub = reader.number();
      if (sub <= 11 || sub === 92 || sub === 93) return numbers(2);
      if (sub === 12 || sub === 13) return void reader.take(16);
      if (sub >= 21 && sub <= 34) return void reader.byte();
      if (sub >= 84 && sub <= 91) {
        numbers(2);
        return void reader.byte();
      }
      if (sub <= 0x113) return;
      break;
    }
    case ATOMIC:
      return numbers(reader.number() === 3 ? 1 : 2);
  }
  throw new RangeError(`an instruction that is not known: 0x${op.toString(16)}`);
}
