// ForwardAccumulator: tangents that go forward with the computation.

import { convert, type TensorLike } from '../convert.js';
import { isFloat, type TypedArray } from '../dtype.js';
import { ArgumentError, DTypeError, ShapeError, TapeError } from '../errors.js';
import { generationOf } from '../runtime/core.js';
import { adopt, closeScope, openScope, type Scoped } from '../runtime/scope.js';
import { sameShape, showShape } from '../shape.js';
import { address, alias, setMaker, Tensor } from '../tensor.js';
import { flatten, mapTree } from '../tree.js';
import { warn } from '../warn.js';
import { addTangents, zeros } from './cotangent.js';
import { push } from './push.js';
import {
  activate,
  deactivate,
  isActive,
  isOpen,
  outside,
  Recording,
  withoutRecordingOn,
  type Entry,
} from './record.js';
import { checkUnconnected, type GradientsOf, type TensorTree, type UnconnectedGradients } from './tape.js';

/** Tangents in the structure of the primals: a tensor, or numbers that take the primal's dtype, for each. */
export type TangentTree =
  Tensor | TypedArray | number | readonly TangentTree[] | { readonly [key: string]: TangentTree };

/** Options of jvp(). */
export interface JvpOptions {
  unconnectedGradients?: UnconnectedGradients;
}

/** Dead tangents are looked for when there are this many, and then at twice as many as were left. */
const FIRST_LOOK = 64;

/** A tangent, and the memory of its primal: when that is given back, nobody can ask for the tangent. */
interface Held {
  readonly tangent: Tensor;
  /** 0 for a primal that was watched: its tangent stays. */
  readonly block: number;
  readonly generation: number;
}

/** A recording that keeps no entries: it computes the tangents of each one as it comes. */
class Accumulation extends Recording {
  private readonly held = new Map<number, Held>();
  private lookAt = FIRST_LOOK;

  constructor() {
    super(false);
  }

  tangentOf(x: Tensor): Tensor | null {
    return this.held.get(x.id)?.tangent ?? null;
  }

  /** Holds a tangent. @param watched whether it stays until clear(), or as long as the memory of x. */
  hold(x: Tensor, tangent: Tensor, watched: boolean): void {
    this.held.get(x.id)?.tangent.dispose();
    this.held.set(x.id, {
      tangent: alias(tangent),
      block: watched ? 0 : x._block,
      generation: x._generation,
    });
    this.tracked.add(x.id);
    if (this.held.size >= this.lookAt) this.dropDead();
  }

  override write(entry: Entry, inputs: readonly Tensor[], outputs: readonly Tensor[], depth: number): void {
    // As in TensorFlow, an inner tape does not see how an outer accumulator computes.
    outside(depth, () => {
      const scope = openScope();
      try {
        const tangents = inputs.map((x) => this.tangentOf(x));
        const found = push(entry, inputs, outputs, tangents);
        outputs.forEach((y, i) => {
          if (found[i]) this.hold(y, found[i], false);
        });
      } catch (error) {
        // The op failed for its caller, who never sees the outputs.
        for (const y of outputs) y.dispose();
        throw error;
      } finally {
        closeScope(scope, null);
      }
    });
  }

  override clear(): void {
    super.clear();
    for (const { tangent } of this.held.values()) tangent.dispose();
    this.held.clear();
  }

  private dropDead(): void {
    for (const [id, { tangent, block, generation }] of this.held) {
      if (block === 0 || generationOf(block) === generation) continue;
      tangent.dispose();
      this.held.delete(id);
      this.tracked.delete(id);
    }
    this.lookAt = Math.max(FIRST_LOOK, 2 * this.held.size);
  }
}

const accumulatorsGone =
  typeof FinalizationRegistry === 'undefined'
    ? null
    : /* @__PURE__ */ new FinalizationRegistry<Accumulation>((log) => {
        deactivate(log);
        log.clear();
      });

/**
 * Forward-mode differentiation: while it records, every op on a watched tensor also computes how its result moves when the
 * primals move along the tangents, the product of the Jacobian and the tangents. It records from its making on, until
 * stop() or the end of the tidy() or `using` block it was made in.
 *
 * It costs no memory for the way back, and suits functions of few inputs and many outputs. Accumulators and tapes nest: what
 * an accumulator computes is seen by the tapes and accumulators around it, and not by those inside it. So a tape inside an
 * accumulator gives Hessian-vector products, and higher derivatives come from the outermost accumulator.
 *
 * @see tf.autodiff.ForwardAccumulator
 * @example
 * const x = scalar(3);
 * const acc = new ForwardAccumulator(x, 1);
 * acc.jvp(square(x))?.arraySync(); // 6
 */
export class ForwardAccumulator implements Scoped {
  /** @internal */
  _kept = false;
  /** @internal */
  _before: Scoped | null = null;
  private readonly log = new Accumulation();
  private gone = false;

  /**
   * @param primals float tensors or variables to watch: one, or any nesting of arrays and records of them.
   * @param tangents in the same structure: each of its primal's shape and dtype, or numbers that take its dtype.
   * @throws {ArgumentError} when the structures differ, or a tensor stands among the primals twice.
   * @throws {ShapeError} when a tangent's shape is not its primal's.
   * @throws {DTypeError} when its dtype is not.
   */
  constructor(primals: TensorTree, tangents: TangentTree) {
    const pairs = pairsOf('ForwardAccumulator', primals, tangents);
    const seen = new Set<number>();
    for (const { primal, path } of pairs) {
      if (seen.has(primal.id))
        throw new ArgumentError(
          'ForwardAccumulator',
          `the tensor primals${path} was specified as a primal multiple times`,
          'Name it once, with the sum of its tangents.',
        );
      seen.add(primal.id);
    }
    this.follow('ForwardAccumulator', pairs);
    activate(this.log);
    adopt(this);
  }

  /** Whether it records now. */
  get recording(): boolean {
    return isActive(this.log);
  }

  /**
   * Has it follow more tensors. The tangent of one that has a tangent already is added to it.
   *
   * @param primals as the constructor's.
   * @param tangents as the constructor's.
   * @returns the accumulator.
   * @throws {ArgumentError} when the structures differ.
   * @throws {ShapeError} when a tangent's shape is not its primal's.
   * @throws {DTypeError} when its dtype is not.
   */
  watch(primals: TensorTree, tangents: TangentTree): this {
    this.needAlive('watch');
    this.follow('acc.watch', pairsOf('acc.watch', primals, tangents));
    return this;
  }

  /**
   * The tangents of results: the Jacobian of each with respect to the primals, times the tangents of the primals. They
   * were computed with the results; this looks them up, as often as wanted, also after stop().
   *
   * @param target a tensor, or any nesting of arrays and records of tensors.
   * @param options `unconnectedGradients: 'zero'` gives zeros in place of null.
   * @returns in the structure of the target: a tensor of its shape and dtype, or null where it does not depend on a primal,
   *   or was computed while the accumulator did not record.
   * @throws {TapeError} after dispose().
   * @see tf.autodiff.ForwardAccumulator.jvp
   */
  jvp<T extends TensorTree>(target: T, options: JvpOptions = {}): GradientsOf<T> {
    const unconnected = checkUnconnected('acc.jvp', options.unconnectedGradients);
    this.needAlive('jvp');
    setMaker('acc.jvp');
    mapTree(target, (x, path) => needTensor('acc.jvp', `target${path}`, x));
    return mapTree(target, (leaf) => {
      const y = leaf as Tensor;
      const tangent = this.log.tangentOf(y);
      if (tangent === null) return unconnected === 'zero' ? zeros(y.shape, y.dtype) : null;
      const given = alias(tangent);
      adopt(given);
      return given;
    }) as GradientsOf<T>;
  }

  /** Ends recording; what it has computed can still be asked for. */
  stop(): void {
    deactivate(this.log);
  }

  /**
   * Takes up recording again, inside whatever records now.
   *
   * @throws {TapeError} when it is recording, or was disposed of.
   */
  resume(): void {
    this.needAlive('resume');
    if (isOpen(this.log))
      throw new TapeError('acc.resume', 'the accumulator is already recording', 'Call stop() first.');
    activate(this.log);
  }

  /**
   * Records `fn`: resume(), fn(), and stop() whatever happens. A new accumulator records from its making on: stop() it
   * first.
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

  /** Ends recording, and lets go of all tangents. */
  dispose(): void {
    this.stop();
    this.log.clear();
    this.gone = true;
  }

  /** dispose(), for `using`. */
  [Symbol.dispose](): void {
    this.dispose();
  }

  /** @internal */
  _settle(): void {
    accumulatorsGone?.register(this, this.log);
  }

  private needAlive(method: string): void {
    if (this.gone)
      throw new TapeError(`acc.${method}`, 'the accumulator was disposed of', 'Call jvp() before dispose().');
  }

  private follow(op: string, pairs: readonly Pair[]): void {
    const { log } = this;
    const scope = openScope();
    try {
      for (const { primal, tangent: given } of pairs) {
        if (!isFloat(primal.dtype)) {
          warn(op, `a tensor of dtype ${primal.dtype} has no tangent: watch float32 or float64 tensors.`);
          continue;
        }
        const tangent = given instanceof Tensor ? given : convert(given, op, 'tangents', primal.dtype).tensor;
        const before = log.tangentOf(primal);
        const sum = before && withoutRecordingOn(log, () => addTangents(before, tangent));
        log.hold(primal, sum ?? tangent, true);
      }
    } finally {
      closeScope(scope, null);
    }
  }
}

/** A primal and its tangent, a tensor once it is known to fit. */
interface Pair {
  readonly primal: Tensor;
  readonly tangent: TensorLike;
  readonly path: string;
}

/** The pairs of two structures; everything is checked before any of it is used. */
function pairsOf(op: string, primals: unknown, tangents: unknown): Pair[] {
  setMaker(op);
  const pairs: Pair[] = [];
  const differ = (path: string): ArgumentError =>
    new ArgumentError(
      op,
      `tangents must have the structure of primals: they differ at ${path === '' ? 'the top' : path}`,
      'Give one tangent for each primal.',
    );
  const visit = (primal: unknown, tangent: unknown, path: string): void => {
    if (primal instanceof Tensor) {
      if (typeof tangent === 'object' && tangent !== null && !isNumbers(tangent)) throw differ(path);
      pairs.push({ primal, tangent: fitting(op, primal, tangent as TensorLike, path), path });
    } else if (typeof primal === 'object' && primal !== null && !ArrayBuffer.isView(primal)) {
      if (
        typeof tangent !== 'object' ||
        tangent === null ||
        tangent instanceof Tensor ||
        Array.isArray(primal) !== Array.isArray(tangent) ||
        Object.keys(primal).join() !== Object.keys(tangent).join()
      )
        throw differ(path);
      for (const [key, value] of Object.entries(primal))
        visit(
          value,
          (tangent as Record<string, unknown>)[key],
          `${path}${Array.isArray(primal) ? `[${key}]` : `.${key}`}`,
        );
    } else needTensor(op, `primals${path}`, primal);
  };
  visit(primals, tangents, '');
  return pairs;
}

/** Whether a value is a tensor, or an array of numbers. */
function isNumbers(value: object): boolean {
  return (
    value instanceof Tensor ||
    ArrayBuffer.isView(value) ||
    (Array.isArray(value) && flatten(value).every((x) => typeof x === 'number' || ArrayBuffer.isView(x)))
  );
}

/** The tangent, if its shape and dtype are the primal's. */
function fitting(op: string, primal: Tensor, tangent: TensorLike, path: string): TensorLike {
  address(primal);
  if (tangent instanceof Tensor) address(tangent);
  else if (tangent === undefined || tangent === null)
    throw new ArgumentError(op, `tangents${path} is missing`, 'Give one tangent for each primal.');
  const shape = tangent instanceof Tensor ? tangent.shape : shapeOf(tangent);
  if (!sameShape(shape, primal.shape))
    throw new ShapeError(op, `tangents${path} has shape ${showShape(shape)}, its primal ${showShape(primal.shape)}`);
  if (tangent instanceof Tensor && tangent.dtype !== primal.dtype && isFloat(primal.dtype))
    throw new DTypeError(op, `tangents${path} is ${tangent.dtype}, its primal ${primal.dtype}`);
  return tangent;
}

function shapeOf(value: unknown): number[] {
  if (ArrayBuffer.isView(value)) return [(value as Float32Array).length];
  return Array.isArray(value) ? [value.length, ...(value.length === 0 ? [] : shapeOf(value[0]))] : [];
}

function needTensor(op: string, name: string, x: unknown): asserts x is Tensor {
  if (!(x instanceof Tensor))
    throw new ArgumentError(op, `${name} must be a tensor: got ${x === null ? 'null' : typeof x}`);
}
