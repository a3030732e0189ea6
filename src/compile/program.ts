// A program in linear memory: records one after the other, constants, a workspace, and what is bound anew on each call.

import { DisposedError } from '../errors.js';
import { BLOCK_ALIGN } from '../runtime/abi.js';
import { addressOf, allocBlock, core, generationOf, releaseBlock, words } from '../runtime/core.js';
import { address, empty, type Tensor } from '../tensor.js';
import type { Variable } from '../variable.js';
import { buffersOf, resultBuffers, writesTo, type Buffer, type Graph, type Result, type Step } from './graph.js';
import { optimize } from './optimize.js';
import { layOut, lifetimesOf, type Layout } from './plan.js';
import { Plan } from './report.js';
import { byteSize, encode, type Spec } from './save.js';

/** Words of the records that hold one buffer's address, by their index in linear memory. */
interface Binding<T> {
  readonly target: T;
  readonly places: Uint32Array;
  address: number;
}

type TensorResult = Extract<Result, { kind: 'tensor' }>;
type ObjectResult = Extract<Result, { kind: 'object' }>;

const align = (bytes: number): number => Math.ceil(bytes / 64) * 64;

/** Where a buffer from outside stands for as long as it lives. */
function fixedAddress({ role }: Buffer): number | undefined {
  if (role.kind === 'captured') return addressOf(role.block);
  return role.kind === 'static' ? role.address : undefined;
}

function bytesOf(steps: readonly Step[]): number {
  return steps.reduce((n, step) => n + step.words.length * 4, 0);
}

/**
 * Writes records from an address on.
 *
 * @returns for each buffer without a place, the indices of the words that want its address.
 */
function write(steps: readonly Step[], start: number, home: ReadonlyMap<Buffer, number>): Map<Buffer, number[]> {
  const places = new Map<Buffer, number[]>();
  let at = start / 4;
  for (const step of steps) {
    words.set(step.words, at);
    for (const { word, buffer } of step.operands) {
      const known = fixedAddress(buffer) ?? home.get(buffer);
      if (known !== undefined) words[at + word] = known;
      else places.set(buffer, [...(places.get(buffer) ?? []), at + word]);
    }
    at += step.words.length;
  }
  return places;
}

/** Runs steps whose buffers all have a place, now and never again. */
function runOnce(name: string, steps: readonly Step[], home: ReadonlyMap<Buffer, number>): void {
  if (steps.length === 0) return;
  const block = allocBlock(bytesOf(steps), name);
  const start = addressOf(block);
  write(steps, start, home);
  try {
    core.run_program(start, start + bytesOf(steps));
  } finally {
    releaseBlock(block);
  }
}

/** A compiled function for one signature. */
export class Program {
  readonly plan: Plan;
  private readonly name: string;
  private readonly graph: Graph;
  private readonly specs: readonly Spec[];
  private readonly steps: readonly Step[];
  private readonly layout: Layout;
  /** Where each buffer stands; those that are bound on each call have no place. */
  private readonly home = new Map<Buffer, number>();
  /** One block: records, constants, workspace. */
  private block: number;
  private readonly generation: number;
  private readonly start: number;
  private readonly end: number;
  private readonly inputs: Binding<number>[] = [];
  private readonly variables: Binding<{ variable: Variable; changed: boolean }>[] = [];
  /** What a call gives back, in order: bound tensors, and objects that are the same each time. */
  private readonly results: (Binding<TensorResult> | ObjectResult)[] = [];
  private readonly captured: { block: number; generation: number; label: string }[] = [];

  constructor(name: string, graph: Graph, inputs: readonly Tensor[]) {
    this.name = name;
    this.graph = graph;
    this.specs = inputs.map(({ shape, dtype }) => ({ shape, dtype }));
    const { once, steps, stages } = optimize(graph);
    const constants = buffersOf([...once, ...steps]).filter(
      ({ role }) => role.kind === 'constant' || role.kind === 'folded',
    );
    const results = resultBuffers(graph);
    const layout = layOut(lifetimesOf(steps, (b) => b.role.kind === 'temporary' && !results.has(b)));

    const recordBytes = align(bytesOf(steps));
    const constantBytes = constants.reduce((n, b) => n + align(b.bytes), 0);
    this.steps = steps;
    this.layout = layout;
    this.block = allocBlock(recordBytes + constantBytes + layout.bytes, name);
    this.generation = generationOf(this.block);
    this.start = addressOf(this.block);
    this.end = this.start + bytesOf(steps);
    this.plan = new Plan(name, { traced: graph.steps, once, steps, stages, layout, constantBytes, recordBytes });

    const { home } = this;
    let at = this.start + recordBytes;
    for (const b of constants) {
      if (b.role.kind === 'constant') new Uint8Array(words.buffer).set(b.role.bytes, at);
      home.set(b, at);
      at += align(b.bytes);
    }
    for (const [b, offset] of layout.offsets) home.set(b, at + offset);
    try {
      runOnce(name, once, home);
      this.bind(steps, home);
    } catch (error) {
      this.dispose();
      throw error;
    }
  }

  /** Runs the program on arguments of its signature. A failure leaves no results. */
  run(args: readonly Tensor[]): unknown[] {
    this.check();
    for (const binding of this.inputs) point(binding, address(args[binding.target]!));
    for (const binding of this.variables) {
      const { variable, changed } = binding.target;
      point(binding, changed ? variable._writable() : address(variable));
    }
    const values: unknown[] = [];
    try {
      for (const result of this.results)
        if ('target' in result) {
          const y = empty(result.target.shape, result.target.dtype);
          values.push(y);
          point(result, address(y));
        } else values.push(result.value);
      core.run_program(this.start, this.end);
    } catch (error) {
      this.results.forEach((result, i) => 'target' in result && (values[i] as Tensor | undefined)?.dispose());
      throw error;
    }
    return values;
  }

  /** The program and its state as bytes: see src/program/format.ts. */
  save(): Uint8Array {
    this.check();
    const { graph, specs: inputs, steps, layout } = this;
    const buffers = [...new Set([...buffersOf(steps), ...resultBuffers(graph)])];
    return encode({ graph, inputs, steps, buffers, layout, content: (buffer) => this.contentOf(buffer) });
  }

  /** Gives the program's memory back. */
  dispose(): void {
    if (this.block !== 0) releaseBlock(this.block);
    this.block = 0;
  }

  /** What a buffer holds before a run, or null when that means nothing. */
  private contentOf(buffer: Buffer): Uint8Array | null {
    const { role } = buffer;
    const memory = new Uint8Array(words.buffer);
    const read = (at: number, bytes: number): Uint8Array => memory.slice(at, at + bytes);
    if (role.kind === 'constant') return role.bytes;
    if (role.kind === 'variable') return read(address(role.variable), byteSize(role.variable));
    if (role.kind === 'captured') return read(addressOf(role.block), buffer.bytes);
    if (role.kind === 'static') return read(role.address, BLOCK_ALIGN);
    return role.kind === 'folded' ? read(this.home.get(buffer)!, buffer.bytes) : null;
  }

  /** Throws when it was disposed, since a program is code, or what it captured was. */
  private check(): void {
    if (this.block === 0 || generationOf(this.block) !== this.generation)
      throw new DisposedError(this.name, 'the compiled function was disposed', 'Compile it again.');
    for (const { block, generation, label } of this.captured)
      if (generationOf(block) !== generation)
        throw new DisposedError(
          this.name,
          `a tensor that the function captured was disposed: made by ${label}`,
          'Keep it with keep(x), or pass it as an argument.',
        );
  }

  /** Writes the records, with the addresses known now, and notes those that are not. */
  private bind(steps: readonly Step[], home: ReadonlyMap<Buffer, number>): void {
    const places = write(steps, this.start, home);
    const binding = <T>(target: T, buffer: Buffer): Binding<T> => ({
      target,
      places: Uint32Array.from(places.get(buffer) ?? []),
      address: -1,
    });
    for (const buffer of buffersOf(steps)) {
      const { role } = buffer;
      if (role.kind === 'captured') this.captured.push(role);
      if (role.kind === 'input') this.inputs.push(binding(role.index, buffer));
      if (role.kind === 'variable') {
        const changed = steps.some((step) => writesTo(step, buffer));
        this.variables.push(binding({ variable: role.variable, changed }, buffer));
      }
    }
    for (const r of this.graph.results) this.results.push(r.kind === 'tensor' ? binding(r, r.buffer) : r);
  }
}

/** Has the records use an address, where it is another than before. */
function point(binding: Binding<unknown>, to: number): void {
  if (binding.address === to) return;
  binding.address = to;
  const { places } = binding;
  for (let i = 0; i < places.length; i++) words[places[i]!] = to;
}
