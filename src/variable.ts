// Variable: a tensor that can be assigned, known to tapes by its name and watched when it is read.

import type { DType } from './dtype.js';
import { add, sub } from './ops/binary.js';
import { tracer } from './runtime/trace.js';
import { copyOf } from './ops/update.js';
import { withoutRecording } from './tape/record.js';
import { DTypeError, ShapeError } from './errors.js';
import { convert, type TensorLike } from './convert.js';
import { generationOf, ownersOf, releaseBlock, retainBlock } from './runtime/core.js';
import { address, nextId, setMaker, Tensor } from './tensor.js';
import { sameShape, showShape } from './shape.js';

let unnamed = 0;

/**
 * A tensor whose values change in place of being made anew. tidy() leaves it alone; dispose() ends it.
 *
 * Its memory is copied on write: whatever shares it (a tape that saved the value, a view) keeps the old values.
 */
export class Variable extends Tensor {
  readonly name: string;
  /** Whether tapes watch it by themselves, and optimizers change it. */
  readonly trainable: boolean;
  /** Shares the value's block; the value may be disposed afterwards. @internal */
  constructor(value: Tensor, trainable: boolean, name: string) {
    if (tracer !== null) tracer.makingVariable(name);
    retainBlock(value._block);
    super(nextId(), value.shape, value.dtype, value.size, value._block, value._generation, 'variable');
    this.name = name;
    this.trainable = trainable;
    this._kept = true;
    this._settle();
  }

  /** @internal */
  override get _autoWatch(): boolean {
    return this.trainable;
  }

  /**
   * Sets the values.
   *
   * @param value shape and dtype of the variable; numbers and arrays take its dtype.
   * @returns the variable.
   * @throws {ShapeError, DTypeError} when they differ; nothing is changed then.
   * @example const v = variable(1); v.assign(3); v.arraySync(); // 3
   */
  assign(value: TensorLike): this {
    setMaker('assign');
    address(this);
    const { tensor, owned } = convert(value, 'assign', 'value', this.dtype);
    try {
      if (tensor.dtype !== this.dtype)
        throw new DTypeError(
          'assign',
          `the variable ${this.name} is ${this.dtype}, the value ${tensor.dtype}`,
          `Cast it first: cast(x, '${this.dtype}').`,
        );
      if (!sameShape(tensor.shape, this.shape))
        throw new ShapeError(
          'assign',
          `shapes differ: the variable ${this.name} ${showShape(this.shape)}, the value ${showShape(tensor.shape)}`,
        );
      address(tensor);
      // The value's block becomes the variable's: both share it until one of them is written or disposed.
      retainBlock(tensor._block);
      this._replace(tensor._block);
    } finally {
      if (owned) tensor.dispose();
    }
    return this;
  }

  /** Adds to the values. @example const v = variable(1); v.assignAdd(2); v.arraySync(); // 3 */
  assignAdd(value: TensorLike): this {
    return this._update('assignAdd', value, add);
  }

  /** Subtracts from the values. @example const v = variable(3); v.assignSub(2); v.arraySync(); // 1 */
  assignSub(value: TensorLike): this {
    return this._update('assignSub', value, sub);
  }

  private _update(name: string, value: TensorLike, op: (a: Tensor, b: Tensor) => Tensor): this {
    setMaker(name);
    address(this);
    const { tensor, owned } = convert(value, name, 'value', this.dtype);
    let next: Tensor | null = null;
    try {
      next = withoutRecording(() => op(this, tensor));
      return this.assign(next);
    } finally {
      next?.dispose();
      if (owned) tensor.dispose();
    }
  }

  /** The address of memory that is the variable's alone, holding its values: what an in-place kernel writes. @internal */
  _writable(): number {
    const at = address(this);
    if (ownersOf(this._block) === 1) return at;
    this._settleHome();
    return address(this);
  }

  /** Moves the values to the memory of a copy, which becomes the variable's alone. @internal */
  _settleHome(): void {
    const copy = copyOf(this);
    retainBlock(copy._block);
    this._replace(copy._block);
    copy.dispose();
  }

  /** Makes a block that the variable now owns its memory, and lets go of the old one. */
  private _replace(block: number): void {
    releaseBlock(this._block);
    this._block = block;
    this._generation = generationOf(block);
    if (this._lease !== null) this._lease.block = block;
  }
}

/**
 * A new variable with a copy of the given values.
 *
 * @param initial its first values; float32 unless they are a tensor, or `dtype` says otherwise.
 * @param trainable whether tapes watch it by themselves.
 * @param name shown in errors and used as a key by checkpoints.
 * @see tf.Variable
 * @example variable([1, 2]).arraySync(); // [1, 2]
 */
export function variable(initial: TensorLike, trainable = true, name?: string, dtype?: DType): Variable {
  setMaker('variable');
  const { tensor, owned } = convert(initial, 'variable', 'initial', dtype);
  try {
    address(tensor);
    if (dtype !== undefined && tensor.dtype !== dtype)
      throw new DTypeError(
        'variable',
        `initial is ${tensor.dtype}, dtype asks for ${dtype}`,
        `Cast it first: cast(x, '${dtype}').`,
      );
    return new Variable(tensor, trainable, name ?? `Variable_${unnamed++}`);
  } finally {
    if (owned) tensor.dispose();
  }
}
