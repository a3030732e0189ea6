// The reverse sweep: from targets' cotangents to sources'. It knows no op by name.

import { isFloat } from '../dtype.js';
import { addCotangents } from './cotangent.js';
import { adopt, closeScope, disown, emptyScope, openScope } from '../runtime/scope.js';
import { address, alias, setMaker, type Tensor } from '../tensor.js';
import { DTypeError, ShapeError } from '../errors.js';
import { sameShape, showShape } from '../shape.js';
import { Ids } from './ids.js';
import { times, type Entry, type Hook, type Recording } from './record.js';

/** A target and its cotangent. */
export interface Seed {
  target: Tensor;
  cotangent: Tensor;
}

/** A part of a source's cotangent: rows to be added where the indices say, along its first axis. */
export interface Slices {
  readonly values: Tensor;
  readonly indices: Tensor;
}

/**
 * Cotangents of the sources, null for those that no target depends on. They belong to the caller, who adopts them.
 *
 * Only what leads from a source to a target is computed: entries off that way are not visited, and a rule is asked for
 * the inputs that lie on it. A cotangent is given back as soon as its rule has read it.
 *
 * @param releasing whether entries let go of what they saved as the sweep passes them.
 * @param slices by the ids of sources that no entry made: gets parts of cotangents as rows, in place of dense ones.
 */
export function sweep(
  recording: Recording,
  seeds: readonly Seed[],
  sources: readonly Tensor[],
  releasing: boolean,
  slices: ReadonlyMap<number, Slices[]> | null = null,
): (Tensor | null)[] {
  const entries = recording.entries;
  // A tape that is active while it is asked records this sweep too: what it writes from here on is not swept.
  const count = entries.length;
  // As in TensorFlow, a source need not be watched where it is itself a target.
  const targetIds = new Set(seeds.map(({ target }) => target.id));
  const isSource = (s: Tensor): boolean => isFloat(s.dtype) && (recording.tracked.has(s.id) || targetIds.has(s.id));
  const sourceIds = new Set(sources.filter(isSource).map((s) => s.id));
  const onWay = new Ids(recording.tracked);
  for (const id of sourceIds) onWay.add(id);
  const needs = needsOf(entries, onWay);
  const flow = new Cotangents(onWay, recording.hooks, sourceIds);
  // One for all entries: it is emptied after each.
  const scope = openScope();
  try {
    for (const { target, cotangent } of seeds) if (onWay.has(target.id)) flow.add(target.id, cotangent);
    emptyScope(scope);
    for (let i = count - 1; i >= 0; i--) {
      const entry = entries[i]!;
      const needed = needs[i]!;
      if (needed !== null) {
        step(entry, needed, flow, slices);
        emptyScope(scope);
      }
      if (!releasing) continue;
      // Let go of it only once, even if a later rule throws: another tape may hold it too.
      entries.pop();
      entry.release();
    }
    flow.hookRest();
    return sources.map((s) => flow.copy(s.id));
  } finally {
    closeScope(scope, null);
    flow.dispose();
  }
}

/**
 * For each entry, which inputs depend on a source; null where none does.
 *
 * @param onWay ids of the sources; gets those of all values that depend on one.
 */
function needsOf(entries: readonly Entry[], onWay: Ids): (boolean[] | null)[] {
  const needs = new Array<boolean[] | null>(entries.length);
  for (let i = 0; i < entries.length; i++) {
    const { inputs, outputs } = entries[i]!;
    let needed: boolean[] | null = null;
    for (let j = 0; j < inputs.length; j++)
      if (onWay.has(inputs[j]!.id)) {
        needed ??= times(inputs.length, false);
        needed[j] = true;
      }
    needs[i] = needed;
    if (needed !== null) for (const y of outputs) if (isFloat(y.dtype)) onWay.add(y.id);
  }
  return needs;
}

/** One entry: its outputs' cotangents to its inputs'. What it makes besides is left in the scope. */
function step(
  entry: Entry,
  needed: readonly boolean[],
  flow: Cotangents,
  slices: ReadonlyMap<number, Slices[]> | null,
): void {
  const { op, inputs, outputs } = entry;
  for (const y of outputs) flow.hook(y.id);
  const dys = new Array<Tensor | null>(outputs.length);
  let some = false;
  for (let o = 0; o < outputs.length; o++) {
    const dy = flow.take(outputs[o]!.id);
    dys[o] = dy;
    if (dy !== null) some = true;
  }
  if (!some) return;
  entry.restore();
  const parts = slices?.get(inputs[0]?.id ?? 0);
  const indices = parts && op.rows?.(entry);
  if (parts && indices && dys[0]) {
    parts.push({ values: alias(dys[0]), indices: alias(indices) });
    return;
  }
  setMaker(op.name);
  const dxs = op.backward(entry, dys, needed);
  for (let i = 0; i < inputs.length; i++) {
    const dx = dxs[i];
    if (needed[i] && dx) flow.add(inputs[i]!.id, dx);
  }
}

/** A cotangent that no scope looks after: what the innermost one got last leaves it, of others there is an alias. */
function own(x: Tensor): Tensor {
  return disown(x) ? x : alias(x);
}

/** Cotangents on their way, by the id of their value. */
class Cotangents {
  private readonly onWay: Ids;
  /** By the places that `onWay` has for their ids. */
  private readonly near: (Tensor | undefined)[];
  /** Of values that have none. */
  private readonly far = new Map<number, Tensor | undefined>();
  /** Hooks that have not run. */
  private readonly hooks: Map<number, Hook[]> | null;
  private readonly sourceIds: ReadonlySet<number>;

  constructor(onWay: Ids, hooks: ReadonlyMap<number, Hook[]> | null, sourceIds: ReadonlySet<number>) {
    this.onWay = onWay;
    this.near = new Array<Tensor | undefined>(onWay.places);
    this.hooks = hooks && new Map(hooks);
    this.sourceIds = sourceIds;
  }

  private get(id: number): Tensor | undefined {
    const at = this.onWay.placeOf(id);
    return at < 0 ? this.far.get(id) : this.near[at];
  }

  private set(id: number, dx: Tensor | undefined): void {
    const at = this.onWay.placeOf(id);
    if (at < 0) this.far.set(id, dx);
    else this.near[at] = dx;
  }

  /** Adds to the cotangent of a value, inside a scope. */
  add(id: number, dx: Tensor): void {
    const before = this.get(id);
    this.set(id, own(before === undefined ? dx : addCotangents(before, dx)));
    // It may be `dx` itself, which may come once more.
    if (before !== undefined) adopt(before);
  }

  /** Has the hooks of a value see its cotangent, which is complete. */
  hook(id: number): void {
    const hooks = this.hooks?.get(id);
    if (hooks === undefined) return;
    this.hooks!.delete(id);
    for (const hook of hooks) {
      const before = this.get(id);
      if (before === undefined) return;
      const scope = openScope();
      try {
        const next = hook(before);
        if (!next) continue;
        checkLike('tape.hook', 'the result', next, before);
        this.set(id, own(next));
        before.dispose();
      } finally {
        closeScope(scope, null);
      }
    }
  }

  /** The same for values that no entry made. */
  hookRest(): void {
    if (this.hooks) for (const id of [...this.hooks.keys()]) this.hook(id);
  }

  /** The cotangent of a value, which goes into the scope's care; that of a source stays here as well. */
  take(id: number): Tensor | null {
    const held = this.get(id);
    if (held === undefined) return null;
    const stays = this.sourceIds.has(id);
    if (!stays) this.set(id, undefined);
    const dx = stays ? alias(held) : held;
    adopt(dx);
    return dx;
  }

  /** Another alias of a value's cotangent; the first stays here. */
  copy(id: number): Tensor | null {
    const dx = this.get(id);
    return dx ? alias(dx) : null;
  }

  dispose(): void {
    for (const dx of this.near) dx?.dispose();
    for (const dx of this.far.values()) dx?.dispose();
  }
}

/** Throws unless a cotangent has the shape and dtype of its value. */
export function checkLike(op: string, name: string, dy: Tensor, value: Tensor): void {
  address(dy);
  if (!sameShape(dy.shape, value.shape))
    throw new ShapeError(op, `${name} has shape ${showShape(dy.shape)}, its target ${showShape(value.shape)}`);
  if (dy.dtype !== value.dtype) throw new DTypeError(op, `${name} is ${dy.dtype}, its target ${value.dtype}`);
}
