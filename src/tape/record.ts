// What tapes write down: one entry for each op between a watched value and now, and the stack of active recordings.

import { isFloat } from '../dtype.js';
import { Ids } from './ids.js';
import { heir, hold, standIn, unhold, type Spec, type Tensor } from '../tensor.js';

/** What an op's attributes become when its inputs have one more axis before the others; null when they cannot. */
export type LeadRule = (attrs: never, n: number, x: Spec, y: Spec) => unknown;

/** What a tape knows of an op: which values its rule reads, and the rule. */
export interface Differentiable {
  readonly name: string;
  /** Whether the rule reads the values of input i. */
  savesInput(i: number): boolean;
  /** Whether the rule reads the values of the outputs. */
  readonly savesOutput: boolean;
  /**
   * The cotangents of the inputs.
   *
   * @param dys cotangent of each output, null for one that nothing depends on; not all are null.
   * @param needed which inputs' cotangents are asked for; the others' places may stay null.
   */
  backward(entry: Entry, dys: readonly (Tensor | null)[], needed: readonly boolean[]): (Tensor | null)[];
  /** The indices by which an entry's first cotangent is rows of dy added along the input's first axis; null when it is not. */
  readonly rows?: ((entry: Entry) => Tensor | null) | undefined;
  /** Lets go of what the op itself holds for its rule, when the last recording lets go of the entry. */
  release?(): void;
  /** Names of the inputs, of an op that has a fixed number of them. */
  readonly inputs?: readonly string[];
  /** See OpSpec. An op over a list of tensors, or of several outputs, is linear in all of them together. */
  readonly linear?: readonly string[] | true | undefined;
  /** See OpSpec. */
  readonly jvp?: Readonly<Record<string, TangentRule | null>> | null | undefined;
  /** Whether element i of the output depends on element i of the inputs, broadcast, and on nothing else. */
  readonly elementwise?: boolean | undefined;
  /** See OpSpec. */
  readonly aligns?: boolean | undefined;
  /** See OpSpec. */
  readonly lead?: LeadRule | undefined;
  /** Whether its rule is the user's: it may look at the values of cotangents. */
  readonly opaque?: boolean;
}

/** A rule of an op's `jvp`, whatever the op: from a tangent, the values that it reads and the attributes. */
export type TangentRule = (tangent: Tensor, values: never, attrs: never) => Tensor;

/**
 * One op run, with its own tensors: of those that the rule reads it holds the memory, and gives it to aliases when the
 * tensors themselves no longer have it. A tensor in the care of a finalizer has a stand-in here, so that it may go.
 */
export class Entry {
  /** anomalyMode puts another around it. */
  op: Differentiable;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
  readonly attrs: unknown;
  /** The inputs by name, and y, of an op that has names for them: what its rules get. */
  readonly values: Record<string, Tensor> | null;
  /** Blocks held, of the inputs and then of the outputs: 0 where the rule reads no values. null: there is none. */
  private blocks: number[] | null = null;
  /** What has to be disposed of at the end: aliases that took over a block. */
  private aliases: Tensor[] | null = null;
  /** Recordings that hold it. */
  private owners = 0;

  /** Keeps the lists, and the record of inputs. */
  constructor(
    op: Differentiable,
    inputs: Tensor[],
    outputs: Tensor[],
    attrs: unknown,
    values: Record<string, Tensor> | null,
  ) {
    this.op = op;
    this.inputs = inputs;
    this.outputs = outputs;
    this.attrs = attrs;
    this.values = values;
    const n = inputs.length;
    for (let i = 0; i < n; i++) this.take(i, inputs[i]!, op.savesInput(i));
    for (let i = 0; i < outputs.length; i++) this.take(n + i, outputs[i]!, op.savesOutput);
    // An input may be called y itself.
    if (values !== null) values.y ??= outputs[0]!;
  }

  retain(): void {
    this.owners++;
  }

  /** Has the values that the rule reads stand in `inputs`, `outputs` and `values`, whatever became of the tensors. */
  restore(): void {
    const { blocks } = this;
    if (blocks === null) return;
    for (let i = 0; i < blocks.length; i++) {
      const block = blocks[i]!;
      if (block === 0) continue;
      const x = this.at(i);
      // A variable is read once, when it is recorded: what a rule reads is its value then.
      if (x._block === block && !x._autoWatch) continue;
      const y = heir(x, block);
      blocks[i] = 0;
      (this.aliases ??= []).push(y);
      this.put(i, y);
    }
  }

  /** Lets go of it; with the last recording, what it saved goes. */
  release(): void {
    if (--this.owners > 0) return;
    const { blocks, aliases } = this;
    if (blocks !== null) for (let i = 0; i < blocks.length; i++) if (blocks[i] !== 0) unhold(blocks[i]!);
    if (aliases !== null) for (const x of aliases) x.dispose();
    this.op.release?.();
  }

  private take(i: number, x: Tensor, saved: boolean): void {
    if (saved && x._block !== 0) {
      hold(x);
      this.blocks ??= times(this.inputs.length + this.outputs.length, 0);
      this.blocks[i] = x._block;
    } else if (x._lease !== null && !x._kept) this.put(i, standIn(x));
  }

  private at(i: number): Tensor {
    const n = this.inputs.length;
    return i < n ? this.inputs[i]! : this.outputs[i - n]!;
  }

  private put(i: number, x: Tensor): void {
    const n = this.inputs.length;
    const before = this.at(i);
    const list = (i < n ? this.inputs : this.outputs) as Tensor[];
    list[i < n ? i : i - n] = x;
    const { values } = this;
    const name = i < n ? this.op.inputs?.[i] : 'y';
    if (values !== null && name !== undefined && values[name] === before) values[name] = x;
  }
}

/** n times a value: for so few, Array.fill takes longer. */
export function times<T>(n: number, value: T): T[] {
  const list = new Array<T>(n);
  for (let i = 0; i < n; i++) list[i] = value;
  return list;
}

/** What one tape has written down. */
export class Recording {
  entries: Entry[] = [];
  /** Ids of the values that depend on something watched. */
  tracked: Ids = new Ids();
  /** Variables in the order of their first reading. */
  variables: Set<Tensor> = new Set();
  /** What looks at cotangents as they flow by, by the ids of their values. */
  hooks: Map<number, Hook[]> | null = null;
  /** Ops on something watched that stop the gradient, for explain(). */
  cuts: Cut[] = [];
  /** How many blocks around now keep it from recording. */
  paused = 0;
  /** Whether variables are tracked when they are read; 'only': they are listed, and nothing is recorded. */
  readonly watchesVariables: boolean | 'only';

  constructor(watchesVariables: boolean | 'only') {
    this.watchesVariables = watchesVariables;
  }

  /**
   * Takes in an op run that depends on something watched.
   *
   * @param _depth how many recordings are around this one.
   */
  write(entry: Entry, _inputs: readonly Tensor[], outputs: readonly Tensor[], _depth: number): void {
    entry.retain();
    this.entries.push(entry);
    for (const y of outputs) if (isFloat(y.dtype)) this.tracked.add(y.id);
  }

  /** Forgets everything and lets go of what was saved. */
  clear(): void {
    for (const entry of this.entries) entry.release();
    this.entries = [];
    this.tracked.clear();
    this.variables = new Set();
    this.hooks = null;
    this.cuts = [];
  }
}

/** Sees the cotangent of a value when it is complete; what it returns, if anything, takes its place. */
export type Hook = (cotangent: Tensor) => Tensor | void;

/** An op that stopped the gradient. */
export interface Cut {
  readonly op: string;
  /** Ids of its inputs and of its output. */
  readonly inputs: readonly number[];
  readonly output: number;
}

/** The active recordings, innermost last. Those that are paused stand here too. */
const active: Recording[] = [];

/** Whether there may be a recording to write to. */
export function isRecording(): boolean {
  return active.length !== 0;
}

/** Whether a recording is active and not paused. */
export function isActive(recording: Recording): boolean {
  return recording.paused === 0 && active.includes(recording);
}

/** Whether a recording is active, paused or not. */
export function isOpen(recording: Recording): boolean {
  return active.includes(recording);
}

/** Makes a recording the innermost active one. */
export function activate(recording: Recording): void {
  active.push(recording);
}

/** Takes a recording out of the active ones. */
export function deactivate(recording: Recording): void {
  const at = active.lastIndexOf(recording);
  if (at >= 0) active.splice(at, 1);
}

/** Runs `fn` while none of the recordings that are active now is written to; what `fn` begins or ends is its affair. */
export function withoutRecording<T>(fn: () => T): T {
  const paused = [...active];
  for (const recording of paused) recording.paused++;
  try {
    return fn();
  } finally {
    for (const recording of paused) recording.paused--;
  }
}

/** Runs `fn` while one recording is not written to. */
export function withoutRecordingOn<T>(recording: Recording, fn: () => T): T {
  recording.paused++;
  try {
    return fn();
  } finally {
    recording.paused--;
  }
}

/** Runs `fn` while only the `depth` outermost recordings are written to. */
export function outside<T>(depth: number, fn: () => T): T {
  const inner = active.splice(depth);
  try {
    return fn();
  } finally {
    active.push(...inner);
  }
}

/** Whether an active recording depends on one of these values: then a rule has to be made of recorded ops. */
export function isTracked(...values: readonly (Tensor | null)[]): boolean {
  for (const recording of active) {
    if (recording.paused !== 0) continue;
    for (const x of values) if (x !== null && recording.tracked.has(x.id)) return true;
  }
  return false;
}

/** Notes that a variable was read, on every active recording that watches variables by itself. */
export function noteRead(x: Tensor): void {
  for (const recording of active) {
    if (!recording.watchesVariables || recording.paused !== 0) continue;
    recording.variables.add(x);
    if (recording.watchesVariables === true && isFloat(x.dtype)) recording.tracked.add(x.id);
  }
}

/** Notes that an op without a gradient was run. */
export function noteCut(op: string, inputs: readonly Tensor[], output: Tensor): void {
  for (const x of inputs) if (x._autoWatch) noteRead(x);
  for (const recording of active)
    if (recording.paused === 0 && dependsOn(recording, inputs))
      recording.cuts.push({ op, inputs: inputs.map((x) => x.id), output: output.id });
}

/**
 * Writes an op run down on every active recording in which it depends on something watched.
 *
 * @param values the inputs by name, of an op that has names for them. It is kept, and so are the lists.
 */
export function record(
  op: Differentiable,
  inputs: Tensor[],
  outputs: Tensor[],
  attrs: unknown,
  values: Record<string, Tensor> | null = null,
): void {
  for (const x of inputs) if (x._autoWatch) noteRead(x);
  let entry: Entry | null = null;
  // From the outermost in: what an inner one computes at once is seen by those around it, which know the outputs by then.
  try {
    for (let depth = 0; depth < active.length; depth++) {
      const recording = active[depth]!;
      if (recording.paused !== 0 || !dependsOn(recording, inputs)) continue;
      if (entry === null) {
        entry = new Entry(op, inputs, outputs, attrs, values);
        entry.retain();
      }
      recording.write(entry, inputs, outputs, depth);
    }
  } finally {
    entry?.release();
  }
}

function dependsOn({ tracked }: Recording, inputs: readonly Tensor[]): boolean {
  for (const x of inputs) if (tracked.has(x.id)) return true;
  return false;
}
