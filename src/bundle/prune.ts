// A core with fewer kernels: what no other kernel needs is left out of the module, and what stays keeps its code byte for byte.

import { LoadError } from '../errors.js';
import { LACKING, MISSING } from '../runtime/lacking.js';
import { KERNELS } from '../runtime/kernel-table.js';
import { cut, type Cut } from './cut.js';
import {
  CALL,
  CODE,
  CUSTOM,
  DATA,
  ELEMENTS,
  END,
  EXPORTS,
  FUNCTIONS,
  I32_CONST,
  IMPORTS,
  instructions,
  joined,
  leb,
  moduleOf,
  Reader,
  sectionsOf,
  START,
  text,
  type Section,
} from './wasm.js';

/** Kinds of what is imported or exported. */
const [FUNCTION, TABLE, MEMORY, GLOBAL] = [0, 1, 2, 3] as const;

/**
 * A module of the package, with some kernels alone.
 *
 * @param file its name, for errors.
 * @param keeps whether a kernel stays, by its op ID.
 * @throws {LoadError} when the bytes are not that file of this version.
 */
export function prune(file: string, wasm: Uint8Array, keeps: (id: number) => boolean): Uint8Array<ArrayBuffer> {
  const sections = sectionsOf(wasm);
  if (sections === null) throw new LoadError(file, 'the bytes are no WebAssembly module', advice(file));
  const contentOf = (id: number): Reader =>
    new Reader(sections.find((section) => section.id === id)?.content ?? Uint8Array.of(0));

  const imports = contentOf(IMPORTS);
  const imported = imports.list(() => skipImport(imports)).filter((kind) => kind === FUNCTION).length;
  const functions = contentOf(FUNCTIONS);
  const types = functions.list(() => functions.number());
  const code = contentOf(CODE);
  const bodies = code.list(() => code.take(code.number()));
  // Until the functions are numbered anew, `missing` has a number that no other has.
  const missing = imported + bodies.length;
  const cuts = bodies.map((body) => cut(body, KERNELS.length, keeps, missing));
  const runners = cuts.flatMap(({ runs }, i) => (runs ? [i] : []));
  const [runner] = runners;
  if (runner === undefined || runners.length > 1)
    throw new LoadError(file, 'the module has not the form of this version, or was pruned before', advice(file));

  const elements = elementsOf(file, contentOf(ELEMENTS));
  const objects = functionObjects(file, contentOf(DATA), elements);
  const exports = exportsOf(contentOf(EXPORTS));
  const start = contentOf(START);
  const roots = exports.flatMap(({ kind, index }) => (kind === FUNCTION ? [index] : []));
  if (sections.some(({ id }) => id === START)) roots.push(start.number());
  const kept = reachedFrom(roots, objects, imported, cuts);

  // Imports first, `missing` last among them; then the functions that stay, in their order.
  const numbers = new Map<number, number>();
  for (let i = 0; i < imported; i++) numbers.set(i, i);
  numbers.set(missing, imported);
  for (let i = 0; i < bodies.length; i++) if (kept.has(imported + i)) numbers.set(imported + i, numbers.size);
  const numberOf = (index: number): number[] => leb(numbers.get(index)!);
  const staying = cuts.flatMap(({ body }, i) => (kept.has(imported + i) ? [{ body, type: types[i]! }] : []));

  const made: Section[] = [];
  const put = (id: number, parts: readonly ArrayLike<number>[]): unknown => made.push({ id, content: joined(parts) });
  const names = KERNELS.map((row, id) => (keeps(id) ? '' : row.split(' ', 1)[0]!));
  for (const section of sections) {
    const { id, content } = section;
    if (id === CUSTOM) continue;
    if (id === FUNCTIONS) {
      if (!sections.some((s) => s.id === IMPORTS)) put(IMPORTS, [[1], importOfMissing(types[runner]!)]);
      put(id, [leb(staying.length), ...staying.map(({ type }) => leb(type))]);
    } else if (id === IMPORTS) {
      const rest = new Reader(content);
      const count = rest.number();
      put(id, [leb(count + 1), content.subarray(rest.at), importOfMissing(types[runner]!)]);
    } else if (id === EXPORTS) {
      const rows = exports.map(({ name, kind, index }) => [
        ...text(name),
        kind,
        ...(kind === FUNCTION ? numberOf(index) : leb(index)),
      ]);
      put(id, [leb(rows.length), ...rows]);
    } else if (id === START) put(id, [numberOf(roots.at(-1)!)]);
    else if (id === ELEMENTS) {
      const places = elements.functions.map((index) => numberOf(kept.has(index) ? index : missing));
      put(id, [content.subarray(0, elements.head), ...places]);
    } else if (id === CODE) {
      const renumbered = staying.map(({ body }) => renumber(body, numberOf));
      put(id, [leb(staying.length), ...renumbered.flatMap((body) => [leb(body.length), body])]);
    } else made.push(section);
  }
  put(CUSTOM, [text(LACKING), new TextEncoder().encode(names.join('\n'))]);
  return moduleOf(made);
}

function advice(file: string): string {
  return `Give the ${file} of the same package version, as it comes.`;
}

/** Goes past an import, and says of what kind it is. */
function skipImport(reader: Reader): number {
  reader.take(reader.number());
  reader.take(reader.number());
  const kind = reader.byte();
  if (kind === FUNCTION) reader.number();
  else if (kind === GLOBAL) reader.take(2);
  else if (kind === TABLE || kind === MEMORY) {
    if (kind === TABLE) reader.byte();
    const bounded = (reader.byte() & 1) === 1;
    reader.number();
    if (bounded) reader.number();
  }
  return kind;
}

/** The import of what is called for a kernel that is not there; it has the type of what runs a record. */
function importOfMissing(type: number): number[] {
  return [...text(LACKING), ...text(MISSING), FUNCTION, ...leb(type)];
}

interface Export {
  readonly name: string;
  readonly kind: number;
  readonly index: number;
}

function exportsOf(reader: Reader): Export[] {
  return reader.list(() => ({
    name: new TextDecoder().decode(reader.take(reader.number())),
    kind: reader.byte(),
    index: reader.number(),
  }));
}

/** A table: the place of its first function, its functions, and how many bytes its section has before them. */
interface Table {
  readonly first: number;
  readonly functions: readonly number[];
  readonly head: number;
}

/** The functions of the one table. */
function elementsOf(file: string, reader: Reader): Table {
  const segments = reader.number();
  if (segments === 0) return { first: 0, functions: [], head: 0 };
  const first = offsetOf(file, reader, segments === 1);
  const count = reader.number();
  const head = reader.at;
  return { first, head, functions: Array.from({ length: count }, () => reader.number()) };
}

/** Where an active segment begins: `i32.const`, a number, `end`. */
function offsetOf(file: string, reader: Reader, usual = true): number {
  const active = reader.number() === 0;
  const isConstant = reader.byte() === I32_CONST;
  const offset = reader.number();
  if (!usual || !active || !isConstant || reader.byte() !== END)
    throw new LoadError(file, 'the module has segments of a form that is not known', advice(file));
  return offset;
}

/**
 * Functions that are values stand in static memory as objects, which begin with their place in the table: by address, the
 * function of each. Other words may look like one; what such an address keeps is kept for nothing.
 */
function functionObjects(file: string, reader: Reader, { first, functions }: Table): ReadonlyMap<number, number> {
  const segments = reader.list(() => ({ offset: offsetOf(file, reader), bytes: reader.take(reader.number()) }));
  // Zeros at the ends of segments are left out of the module.
  const memory = new DataView(new ArrayBuffer(Math.max(0, ...segments.map((s) => s.offset + s.bytes.length)) + 4));
  for (const { offset, bytes } of segments) new Uint8Array(memory.buffer).set(bytes, offset);
  const objects = new Map<number, number>();
  for (let at = 0; at + 4 <= memory.byteLength; at += 4) {
    const index = functions[memory.getUint32(at, true) - first];
    if (index !== undefined) objects.set(at, index);
  }
  return objects;
}

/** The functions that others reach: those that they call, and those whose objects they name by their addresses. */
function reachedFrom(
  roots: readonly number[],
  objects: ReadonlyMap<number, number>,
  imported: number,
  cuts: readonly Cut[],
): ReadonlySet<number> {
  const kept = new Set(roots);
  // A set that grows is gone through to its end.
  for (const index of kept) {
    const body = cuts[index - imported]?.body;
    if (body === undefined) continue;
    for (const { op, operands } of instructions(body)) {
      if (op !== CALL && op !== I32_CONST) continue;
      const number = new Reader(body, operands).number();
      const named = op === CALL ? number : objects.get(number);
      if (named !== undefined) kept.add(named);
    }
  }
  return kept;
}

/** A body whose calls name functions by their new numbers. */
function renumber(body: Uint8Array, numberOf: (index: number) => number[]): Uint8Array {
  const parts: ArrayLike<number>[] = [];
  let copied = 0;
  for (const { op, operands, end } of instructions(body)) {
    if (op !== CALL) continue;
    parts.push(body.subarray(copied, operands), numberOf(new Reader(body, operands).number()));
    copied = end;
  }
  return joined([...parts, body.subarray(copied)]);
}
