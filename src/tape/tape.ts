// GradientTape: watch, record, and ask for gradients.

import { kind } from '../convert.js';
import { isFloat } from '../dtype.js';
import { ArgumentError, ShapeError, TapeError } from '../errors.js';
import { fill, zeros } from './cotangent.js';
import { adopt, type Scoped } from '../runtime/scope.js';
import { showShape } from '../shape.js';
import { setMaker, Tensor, withTemporaries } from '../tensor.js';
import { flatten, mapTree } from '../tree.js';
import { Variable } from '../variable.js';
import { warn } from '../warn.js';
import { checkLike, sweep, type Seed } from './backward.js';
import { batchJacobianOf, jacobianOf, type Sweep } from './jacobian.js';
import { activate, deactivate, isActive, isOpen, Recording, withoutRecordingOn, type Hook } from './record.js';

/** What sources and targets come in: a tensor, or any nesting of arrays and records of tensors. */
export type TensorTree = Tensor | readonly TensorTree[] | { readonly [key: string]: TensorTree };

/** The structure of the sources, with a gradient (or null) in place of each tensor. */
export type GradientsOf<S> = S extends Tensor
  ? Tensor | null
  : S extends readonly unknown[]
    ? { -readonly [K in keyof S]: GradientsOf<S[K]> }
    : { [K in keyof S]: GradientsOf<S[K]> };

/** What an unconnected source gets: null, or zeros of its shape. */
export type UnconnectedGradients = 'none' | 'zero';

/** Options of a new tape. */
export interface TapeOptions {
  /** Whether it can be asked more than once. Then it holds what it saved until dispose(). */
  persistent?: boolean;
  /** Whether trainable variables are watched when they are read. */
  watchAccessedVariables?: boolean;
}

/** Cotangents in the structure of targets: a number stands for a scalar, null for ones. */
export type CotangentTree =
  Tensor | number | null | readonly CotangentTree[] | { readonly [key: string]: CotangentTree };

/** Options of gradient(). */
export interface GradientOptions {
  /** Cotangents of the targets, in their structure; ones when not given. */
  outputGradients?: CotangentTree;
  unconnectedGradients?: UnconnectedGradients;
}

const tapesGone =
  typeof FinalizationRegistry === 'undefined'
    ? null
    : new FinalizationRegistry<Recording>((recording) => {
        deactivate(recording);
        recording.clear();
      });

/**
 * Records what is done to watched tensors, so that gradients can be asked for. It records from its making on, until
 * stop(), gradient() on a tape that is not persistent, or the end of the tidy() or `using` block it was made in.
 *
 * Tapes nest: a gradient asked for while an outer tape records can itself be differentiated, to any order.
 *
 * @see tf.GradientTape
 * @example
 * const x = scalar(3);
 * const tape = new GradientTape();
 * tape.watch(x);
 * tape.gradient(square(x), x)?.arraySync(); // 6
 */
export class GradientTape implements Scoped {
  readonly persistent: boolean;
  /** @internal */
  _kept = false;
  /** @internal */
  _before: Scoped | null = null;
  /** @internal */
  readonly _log: Recording;
  private used = false;

  constructor({ persistent = false, watchAccessedVariables = true }: TapeOptions = {}) {
    this.persistent = persistent;
    this._log = new Recording(watchAccessedVariables);
    activate(this._log);
    adopt(this);
  }

  /** Whether it records now. */
  get recording(): boolean {
    return isActive(this._log);
  }

  /**
   * Has the tape follow a tensor, or every tensor in a nesting of arrays and records.
   *
   * @returns the tape.
   * @throws {ArgumentError} for anything that is no tensor, with its type and place.
   */
  watch(tensors: TensorTree): this {
    mapTree(tensors, (x, path) => {
      if (!(x instanceof Tensor))
        throw new ArgumentError('tape.watch', `it takes tensors: got ${kind(x)}${path ? ` at ${path}` : ''}`);
    });
    for (const x of flatten(tensors) as Tensor[]) {
      if (!isFloat(x.dtype)) {
        warn('tape.watch', `a tensor of dtype ${x.dtype} has no gradient: watch float32 or float64 tensors.`);
        continue;
      }
      this._log.tracked.add(x.id);
      if (x instanceof Variable) this._log.variables.add(x);
    }
    return this;
  }

  /**
   * Gradients of the targets' sum with respect to each source.
   *
   * @param target a tensor, or several, whose gradients add up. A target that is not float has none.
   * @param sources a tensor, or any nesting of arrays and records of tensors.
   * @returns in the structure of the sources: a tensor of the source's shape and dtype, or null when no target depends on it.
   * @throws {TapeError} on the second call, unless the tape is persistent.
   * @throws {ShapeError} when an output gradient's shape is not its target's.
   * @throws {DTypeError} when its dtype is not.
   * @see tf.GradientTape.gradient
   */
  gradient<S extends TensorTree>(target: TensorTree, sources: S, options: GradientOptions = {}): GradientsOf<S> {
    const unconnected = checkUnconnected('tape.gradient', options.unconnectedGradients);
    const targets = tensorsOf('tape.gradient', 'target', target);
    const list = tensorsOf('tape.gradient', 'sources', sources);
    const given = options.outputGradients ?? null;
    const outputGradients = given === null ? null : (flatten(given) as (Tensor | number | null)[]);
    checkSeeds(targets, outputGradients);
    this.begin('gradient');

    try {
      return withTemporaries((own) => {
        const seeds: Seed[] = [];
        targets.forEach((t, i) => {
          if (!isFloat(t.dtype)) return;
          const dy = outputGradients?.[i] ?? 1;
          const cotangent = typeof dy === 'number' ? own(fill(t.shape, dy, t.dtype)) : dy;
          seeds.push({ target: t, cotangent });
        });
        const gradients = sweep(this._log, seeds, list, !this.persistent);
        return this.deliver(sources, list, gradients, unconnected) as GradientsOf<S>;
      });
    } finally {
      this.finish();
    }
  }

  /**
   * The derivative of each element of a target with respect to each element of the sources.
   *
   * @param target float, shape `[...t]`.
   * @returns in the structure of the sources: shape `[...t, ...s]` for a source of shape `[...s]`, or null.
   * @throws {TapeError} as gradient().
   * @see tf.GradientTape.jacobian
   */
  jacobian<S extends TensorTree>(
    target: Tensor,
    sources: S,
    options: Pick<GradientOptions, 'unconnectedGradients'> = {},
  ): GradientsOf<S> {
    const unconnected = checkUnconnected('tape.jacobian', options.unconnectedGradients);
    const [y] = tensorsOf('tape.jacobian', 'target', target) as [Tensor];
    const list = tensorsOf('tape.jacobian', 'sources', sources);
    this.begin('jacobian');
    try {
      const found = jacobianOf(y, list, this.again());
      return this.deliver(sources, list, found, unconnected, y.shape) as GradientsOf<S>;
    } finally {
      this.finish();
    }
  }

  /**
   * The Jacobian of each example of a batch: row b of the target depends on row b of the source only.
   *
   * @param target float, shape `[b, ...t]`.
   * @param source float, shape `[b, ...s]`.
   * @returns shape `[b, ...t, ...s]`; zeros when unconnected, whatever `unconnectedGradients` says, as in TensorFlow.
   * @throws {ShapeError} when a rank is below 2, or the first sizes differ.
   * @see tf.GradientTape.batch_jacobian
   */
  batchJacobian(target: Tensor, source: Tensor, options: Pick<GradientOptions, 'unconnectedGradients'> = {}): Tensor {
    checkUnconnected('tape.batchJacobian', options.unconnectedGradients);
    const [y] = tensorsOf('tape.batchJacobian', 'target', target) as [Tensor];
    const list = tensorsOf('tape.batchJacobian', 'source', source);
    const x = list[0]!;
    checkBatch(y, x);
    this.begin('batchJacobian');
    try {
      const found = batchJacobianOf(y, x, this.again());
      return this.deliver(source, list, [found], 'zero', y.shape, 1) as Tensor;
    } finally {
      this.finish();
    }
  }

  /**
   * Has a function see the gradient that flows into a tensor, whenever gradient() or a Jacobian passes it: complete, and
   * before it flows on to what the tensor was made of. What the function returns takes its place.
   *
   * @param x a watched tensor, or one that depends on one. Hooks on a tensor run in the order they were given.
   * @param fn gets the gradient, of the shape and dtype of `x`, which is given back afterwards: clone() it to keep it. It may
   *   return another of the same shape and dtype. A Jacobian calls it for each row.
   * @returns a function that takes the hook away.
   * @throws {ArgumentError} when `x` is no tensor.
   * @throws {TapeError} when the tape was used up.
   * @see torch.Tensor.register_hook
   * @example
   * const x = scalar(3);
   * const tape = new GradientTape();
   * tape.watch(x);
   * const y = square(x);
   * tape.hook(y, (dy) => mul(dy, 10));
   * tape.gradient(y, x)?.arraySync(); // 60
   */
  hook(x: Tensor, fn: Hook): () => void {
    if (!(x instanceof Tensor)) throw new ArgumentError('tape.hook', `x must be a tensor: got ${kind(x)}`);
    this.needUnused('hook');
    const hooks = (this._log.hooks ??= new Map<number, Hook[]>());
    hooks.set(x.id, [...(hooks.get(x.id) ?? []), fn]);
    return () => {
      hooks.set(
        x.id,
        hooks.get(x.id)!.filter((other) => other !== fn),
      );
    };
  }

  /** Runs `fn` while this tape does not record. */
  stopRecording<T>(fn: () => T): T {
    if (!this.recording) throw new TapeError('tape.stopRecording', 'the tape is not recording');
    return withoutRecordingOn(this._log, fn);
  }

  /** Forgets everything recorded and watched; recording goes on if it was on. */
  reset(): void {
    this._log.clear();
    this.used = false;
  }

  /** The variables that were watched, in the order they were made. */
  watchedVariables(): Variable[] {
    return ([...this._log.variables] as Variable[]).sort((v, w) => v.id - w.id);
  }

  /** Ends recording; the tape can still be asked. */
  stop(): void {
    deactivate(this._log);
  }

  /**
   * Takes up recording again.
   *
   * @throws {TapeError} when it is recording, or was used up by gradient().
   */
  resume(): void {
    if (isOpen(this._log)) throw new TapeError('tape.resume', 'the tape is already recording', 'Call stop() first.');
    if (this.used)
      throw new TapeError(
        'tape.resume',
        'the tape was used up by gradient()',
        'Call reset() first, or create a new tape.',
      );
    activate(this._log);
  }

  /**
   * Records `fn`: resume(), fn(), and stop() whatever happens. A new tape records from its making on: stop() it first.
   *
   * @throws {TapeError} as resume().
   */
  run<T>(fn: () => T): T {
    this.resume();
    try {
      return fn();
    } finally {
      this.stop();
    }
  }

  /** Ends recording, and lets go of everything that was saved. */
  dispose(): void {
    // gradient() has done it already, where a scope ends later.
    if (this.used) return;
    this.stop();
    const { variables } = this._log;
    this._log.clear();
    this._log.variables = variables;
    this.used = true;
  }

  /** dispose(), for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** The ops recorded so far, oldest first, for looking at: names, and ids, shapes and dtypes of their values. */
  entries(): TapeEntry[] {
    const spec = (x: Tensor): TapeValue => ({ id: x.id, shape: [...x.shape], dtype: x.dtype });
    return this._log.entries.map((e) => ({ op: e.op.name, inputs: e.inputs.map(spec), outputs: e.outputs.map(spec) }));
  }

  /** @internal */
  _settle(): void {
    tapesGone?.register(this, this._log);
  }

  private begin(method: string): void {
    this.needUnused(method);
    if (!this.persistent) this.stop();
  }

  private needUnused(method: string): void {
    if (this.used)
      throw new TapeError(
        `tape.${method}`,
        'A non-persistent GradientTape can only be used to compute one set of gradients (or jacobians)',
        'Create it with new GradientTape({ persistent: true }).',
      );
  }

  /** Releases a tape that is not persistent, keeping the list of variables. */
  private finish(): void {
    if (!this.persistent) this.dispose();
  }

  /** A sweep that can be run again. */
  private again(): Sweep {
    const opaque = this._log.hooks !== null || this._log.entries.some((entry) => entry.op.opaque === true);
    return { opaque, run: (seeds, sources) => sweep(this._log, seeds, sources, false) };
  }

  /** Puts results in the structure of the sources, and in the care of the scope around. */
  private deliver(
    structure: unknown,
    sources: readonly Tensor[],
    found: readonly (Tensor | null)[],
    unconnected: UnconnectedGradients,
    lead: readonly number[] = [],
    sharedAxes = 0,
  ): unknown {
    const results = [...found];
    try {
      sources.forEach((x, i) => {
        if (unconnected === 'zero') results[i] ??= zeros([...lead, ...x.shape.slice(sharedAxes)], x.dtype);
      });
    } catch (error) {
      for (const dx of results) dx?.dispose();
      throw error;
    }
    for (const dx of found) if (dx) adopt(dx);
    let i = 0;
    return mapTree(structure, () => results[i++]);
  }
}

/** An op on a tape, as entries() shows it. */
export interface TapeEntry {
  op: string;
  inputs: TapeValue[];
  outputs: TapeValue[];
}

/** A value on a tape: two with one id are the same. */
export interface TapeValue {
  id: number;
  shape: number[];
  dtype: string;
}

function tensorsOf(op: string, name: string, structure: unknown): Tensor[] {
  const found: Tensor[] = [];
  mapTree(structure, (x, path) => {
    if (!(x instanceof Tensor)) throw new ArgumentError(op, `${name}${path} must be a tensor: got ${kind(x)}`);
    found.push(x);
  });
  return found;
}

/** The option as given, if there is such a value. */
export function checkUnconnected(op: string, value: UnconnectedGradients = 'none'): UnconnectedGradients {
  if (value !== 'none' && value !== 'zero')
    throw new ArgumentError(op, `Unknown value for unconnectedGradients: '${String(value)}'`, "Use 'none' or 'zero'.");
  return value;
}

function checkSeeds(targets: readonly Tensor[], given: readonly (Tensor | number | null)[] | null): void {
  if (given === null) return;
  setMaker('tape.gradient');
  if (given.length !== targets.length)
    throw new ArgumentError(
      'tape.gradient',
      `outputGradients has ${given.length} tensors, target has ${targets.length}`,
    );
  targets.forEach((t, i) => {
    const dy = given[i];
    if (dy === null || dy === undefined || (typeof dy === 'number' && t.rank === 0)) return;
    if (!(dy instanceof Tensor))
      throw new ArgumentError('tape.gradient', `outputGradients[${i}] must be a tensor: got ${kind(dy)}`);
    checkLike('tape.gradient', `outputGradients[${i}]`, dy, t);
  });
}

function checkBatch(y: Tensor, x: Tensor): void {
  if (y.rank < 2 || x.rank < 2)
    throw new ShapeError(
      'tape.batchJacobian',
      `target and source must have rank at least 2: got ${showShape(y.shape)} and ${showShape(x.shape)}`,
      'For tensors without a batch axis, use jacobian().',
    );
  if (y.shape[0] !== x.shape[0])
    throw new ShapeError(
      'tape.batchJacobian',
      `Need first dimension of target and source to be the same: got ${showShape(y.shape)} and ${showShape(x.shape)}`,
    );
}
