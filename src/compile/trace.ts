// Tracing: a function runs eagerly while every launch and every buffer it touches is written down.

import { CompileError } from '../errors.js';
import { callerOf } from '../memory.js';
import { copyOf } from '../ops/update.js';
import { RECORD } from '../runtime/abi.js';
import { addressOf, blockBytes, words } from '../runtime/core.js';
import { setRecorder } from '../runtime/launch.js';
import { setTracer, untraced, type Traced, type Tracer } from '../runtime/trace.js';
import { address, currentMaker, Tensor } from '../tensor.js';
import { mapTree } from '../tree.js';
import { Variable } from '../variable.js';
import { layoutOf } from './kernel.js';
import type { Buffer, Graph, Operand, Result, Role, Step } from './graph.js';

/**
 * Runs `fn` and writes down what it launches.
 *
 * A buffer is known by its address: at any moment one buffer stands there, the one taken last. Tensors that were there
 * before are arguments, variables, or constants by reference.
 *
 * Call it inside a scope: what is made here and not returned belongs to it.
 *
 * @returns the graph, and what `fn` returned.
 * @throws {CompileError} when `fn` reads a value, or makes a variable.
 */
export function trace<R>(name: string, inputs: readonly Tensor[], fn: () => R): { graph: Graph; value: R } {
  const recorder = new Recorder(name, inputs);
  setTracer(recorder);
  setRecorder((header) => recorder.launched(header));
  try {
    const value = fn();
    recorder.refuse(value);
    const results = recorder.settle(value);
    return { graph: { steps: recorder.steps, results }, value };
  } finally {
    setRecorder(null);
    setTracer(null);
  }
}

class Recorder implements Tracer {
  private readonly name: string;
  private readonly inputs: readonly Tensor[];
  readonly steps: Step[] = [];
  /** The buffer that stands at an address now. */
  private readonly at = new Map<number, Buffer>();
  private readonly variables = new Set<Variable>();
  private lastId = 0;
  paused = false;
  /** What was refused inside a promise that nobody awaits, or was caught. */
  private refused: CompileError | null = null;

  constructor(name: string, inputs: readonly Tensor[]) {
    this.name = name;
    this.inputs = inputs;
  }

  allocated(address: number, bytes: number): void {
    if (this.paused) this.at.delete(address);
    else this.at.set(address, this.buffer(bytes, { kind: 'temporary' }));
  }

  used(x: Traced, address: number): number {
    if (this.paused) return address;
    if (x instanceof Variable && !this.variables.has(x)) {
      this.variables.add(x);
      // The memory of what it was assigned before is somebody else's too, such as an argument's.
      address = untraced(() => x._writable());
    }
    if (!this.at.has(address)) this.at.set(address, this.buffer(blockBytes(x._block), this.roleOf(x)));
    return address;
  }

  written(address: number): void {
    if (this.paused) return;
    const buffer = this.at.get(address);
    if (buffer === undefined) return;
    if (buffer.role.kind !== 'temporary')
      throw new CompileError(
        this.name,
        `${currentMaker()} writes to memory from outside the function`,
        'Make new tensors instead.',
      );
    const memory = new Uint8Array(words.buffer);
    buffer.role = { kind: 'constant', bytes: memory.slice(address, address + buffer.bytes) };
  }

  reading(x: Traced, by: string): void {
    if (this.paused) return;
    this.refused = new CompileError(
      this.name,
      `${by} reads the values of a tensor made by ${x._maker}, at ${callerOf()}`,
      'A compiled step cannot: return the tensor and read it outside, or use where() for a choice.',
    );
    throw this.refused;
  }

  /** Throws what was refused while the function ran, and does not take a promise for its value. */
  refuse(value: unknown): void {
    if (value instanceof Promise) {
      value.catch(() => {});
      this.refused ??= new CompileError(
        this.name,
        'the function is async: it returned a promise',
        'A step that is compiled runs from start to end: await outside, and pass tensors in.',
      );
    }
    if (this.refused !== null) throw this.refused;
  }

  makingVariable(name: string): void {
    if (this.paused) return;
    throw new CompileError(
      this.name,
      `the function makes the variable ${name}, at ${callerOf()}`,
      'Make variables outside, once; layers and optimizers make their own.',
    );
  }

  launched(header: number): void {
    if (this.paused) return;
    const start = RECORD / 4;
    const record = words.slice(start, start + (header >>> 16));
    const { pointers, from, meta } = layoutOf(header & 0xffff);
    // What pads a record is left from those before it.
    if (meta < 0 && from >= 0) record.fill(0, from + 2);
    const operands: Operand[] = [];
    for (const { word, access } of pointers) {
      const address = record[word]!;
      // Address 0 stands for an argument that is left out.
      if (address === 0) continue;
      let buffer = this.at.get(address);
      if (buffer === undefined) this.at.set(address, (buffer = this.buffer(0, { kind: 'static', address })));
      operands.push({ word, access, buffer });
    }
    this.steps.push({ words: record, operands, op: currentMaker() });
  }

  /**
   * Once `fn` has returned, and while launches are still written down: gives variables that were assigned memory of their
   * own again, and results memory that is theirs alone.
   */
  settle(value: unknown): Result[] {
    for (const variable of this.variables) {
      if (variable.isDisposed || this.isHome(variable)) continue;
      variable._settleHome();
      this.at.get(addressOf(variable._block))!.role = { kind: 'variable', variable };
    }
    const results: Result[] = [];
    const given = new Set<Buffer>();
    mapTree(value, (leaf) => {
      if (!(leaf instanceof Tensor) || leaf instanceof Variable) return results.push({ kind: 'object', value: leaf });
      let buffer = this.at.get(address(leaf))!;
      if (buffer.role.kind !== 'temporary' || given.has(buffer)) buffer = this.at.get(address(copyOf(leaf)))!;
      given.add(buffer);
      return results.push({ kind: 'tensor', buffer, shape: [...leaf.shape], dtype: leaf.dtype });
    });
    return results;
  }

  private isHome(variable: Variable): boolean {
    const role = this.at.get(addressOf(variable._block))?.role;
    return role === undefined || (role.kind === 'variable' && role.variable === variable);
  }

  private buffer(bytes: number, role: Role): Buffer {
    return { id: ++this.lastId, bytes, role };
  }

  private roleOf(x: Traced): Role {
    if (x instanceof Variable) return { kind: 'variable', variable: x };
    const index = this.inputs.findIndex((input) => input._block === x._block);
    if (index >= 0) return { kind: 'input', index };
    return { kind: 'captured', block: x._block, generation: x._generation, label: x._maker };
  }
}
