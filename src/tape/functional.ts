// Gradients of functions: TensorFlow.js's grad and its kin, and jacobian, hessian and vjp of functions.

import { convert, type TensorLike } from '../convert.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { tidy } from '../memory.js';
import { clone } from './cotangent.js';
import { showShape } from '../shape.js';
import { Tensor } from '../tensor.js';
import { type Variable } from '../variable.js';
import { customGradient, type GradientsWithVariables, type InputGradients } from './custom.js';
import { GradientTape } from './tape.js';

/**
 * The gradient of a function of one tensor.
 *
 * @param f from a tensor to a tensor; a result that is no scalar is summed, or weighted by `dy`.
 * @returns a function `(x, dy?)` that gives the gradient, of the shape of x; null when f does not depend on x.
 * @see tf.grad of TensorFlow.js
 * @example grad((x) => square(x))(3)?.arraySync(); // 6
 */
export function grad(f: (x: Tensor) => Tensor): (x: TensorLike, dy?: TensorLike) => Tensor | null {
  const g = valuesAndGrads('grad', f as (...xs: Tensor[]) => Tensor);
  return (x, dy) => tidy(() => g([x], dy).grads[0] ?? null);
}

/**
 * The gradients of a function of several tensors.
 *
 * @returns a function `([x, …], dy?)` that gives one gradient for each. The same tensor given twice counts as two.
 * @see tf.grads of TensorFlow.js
 * @example grads((a, b) => mul(a, b))([2, 3]).map((g) => g?.arraySync()); // [3, 2]
 */
export function grads(
  f: (...xs: Tensor[]) => Tensor,
): (xs: readonly TensorLike[], dy?: TensorLike) => (Tensor | null)[] {
  const g = valuesAndGrads('grads', f);
  return (xs, dy) => tidy(() => g(listOf('grads', xs), dy).grads);
}

/**
 * As grad, with the value.
 *
 * @see tf.valueAndGrad of TensorFlow.js
 * @example valueAndGrad((x) => square(x))(3).value.arraySync(); // 9
 */
export function valueAndGrad(
  f: (x: Tensor) => Tensor,
): (x: TensorLike, dy?: TensorLike) => { value: Tensor; grad: Tensor | null } {
  const g = valuesAndGrads('valueAndGrad', f as (...xs: Tensor[]) => Tensor);
  return (x, dy) =>
    tidy(() => {
      const { value, grads } = g([x], dy);
      return { value, grad: grads[0] ?? null };
    });
}

/**
 * As grads, with the value.
 *
 * @see tf.valueAndGrads of TensorFlow.js
 * @example valueAndGrads((a, b) => mul(a, b))([2, 3]).value.arraySync(); // 6
 */
export function valueAndGrads(
  f: (...xs: Tensor[]) => Tensor,
): (xs: readonly TensorLike[], dy?: TensorLike) => { value: Tensor; grads: (Tensor | null)[] } {
  const g = valuesAndGrads('valueAndGrads', f);
  return (xs, dy) => tidy(() => g(listOf('valueAndGrads', xs), dy));
}

/**
 * The value of a scalar function, and its gradients with respect to variables.
 *
 * @param f reads variables, returns a scalar.
 * @param varList the variables asked for; the trainable ones that `f` reads when not given.
 * @returns the gradients by the variables' names; null for one that the value does not depend on.
 * @throws {ShapeError} when the value is no scalar.
 * @see tf.variableGrads of TensorFlow.js
 * @example const v = variable(3); variableGrads(() => square(v)).grads[v.name]?.arraySync(); // 6
 */
export function variableGrads(
  f: () => Tensor,
  varList?: readonly Variable[],
): { value: Tensor; grads: Record<string, Tensor | null> } {
  if (varList !== undefined && varList.length === 0)
    throw new ArgumentError('variableGrads', 'varList is empty', 'Leave it out for all variables that are read.');
  return tidy(() => {
    const tape = new GradientTape();
    if (varList) tape.watch(varList);
    const value = f();
    checkValue('variableGrads', value);
    if (value.rank !== 0)
      throw new ShapeError('variableGrads', `the function must return a scalar: got shape ${showShape(value.shape)}`);
    const variables = varList ? varList.filter((v) => v.trainable) : tape.watchedVariables();
    checkNames(variables);
    const found = tape.gradient(value, variables) as (Tensor | null)[];
    return { value, grads: Object.fromEntries(variables.map((v, i) => [v.name, found[i] ?? null])) };
  });
}

/** Gradients are given by name, so each needs one of its own. */
function checkNames(variables: readonly Variable[]): void {
  const seen = new Set<string>();
  for (const { name } of variables) {
    if (seen.has(name))
      throw new ArgumentError(
        'variableGrads',
        `two variables have the name ${name}`,
        'Give each a name of its own, or use GradientTape, which gives gradients in order.',
      );
    seen.add(name);
  }
}

/** What the function given to customGrad returns. */
export interface CustomGrad {
  value: Tensor;
  /** As customGradient's, with what was given to `save` before the variables. */
  gradFunc(dy: Tensor, saved: Tensor[], variables: Variable[]): InputGradients | GradientsWithVariables;
}

/** What a function given to customGrad gets as its last argument. */
export type GradSaver = (tensors: Tensor[]) => void;

/**
 * A function whose gradient is given by hand, in TensorFlow.js's form: `f` gets the tensors and `save`, and what was
 * given to `save` comes back as the second argument of `gradFunc`.
 *
 * @see tf.customGrad of TensorFlow.js, and customGradient
 * @example
 * const cube = customGrad((x, save) => {
 *   save([x]);
 *   return { value: pow(x, 3), gradFunc: (dy, [x]) => mul(dy, mul(3, square(x))) };
 * });
 */
export function customGrad(
  // Each argument is typed as both, since TypeScript cannot say that only the last one is the saver.
  f: (...args: (Tensor & GradSaver)[]) => CustomGrad,
): (...xs: TensorLike[]) => Tensor {
  return customGradient<Tensor>((...xs) => {
    let saved: Tensor[] = [];
    const save: GradSaver = (tensors) => {
      saved = tensors;
    };
    const { value, gradFunc } = f(...([...xs, save] as (Tensor & GradSaver)[]));
    return { value, gradFunc: (dy, variables) => gradFunc(dy, saved, variables) };
  });
}

/**
 * The Jacobian of a function of one tensor: shape `[...y, ...x]`.
 *
 * @example jacobian((x) => square(x))([1, 2])?.arraySync(); // [[2, 0], [0, 4]]
 */
export function jacobian(f: (x: Tensor) => Tensor): (x: TensorLike) => Tensor | null {
  return (x) =>
    tidy(() => {
      const { tensor } = convert(x, 'jacobian', 'x');
      const tape = new GradientTape({ watchAccessedVariables: false });
      const own = clone(tensor);
      tape.watch(own);
      const y = f(own);
      checkValue('jacobian', y);
      return tape.jacobian(y, own);
    });
}

/**
 * The Hessian of a scalar function of one tensor: shape `[...x, ...x]`. Zeros where the gradient is constant.
 *
 * @throws {ShapeError} when the value is no scalar.
 * @example hessian((x) => sum(pow(x, 3)))([1, 2])?.arraySync(); // [[6, 0], [0, 12]]
 */
export function hessian(f: (x: Tensor) => Tensor): (x: TensorLike) => Tensor | null {
  return (x) =>
    tidy(() => {
      const { tensor } = convert(x, 'hessian', 'x');
      const outer = new GradientTape({ watchAccessedVariables: false });
      const own = clone(tensor);
      outer.watch(own);
      const inner = new GradientTape({ watchAccessedVariables: false });
      inner.watch(own);
      const y = f(own);
      checkValue('hessian', y);
      if (y.rank !== 0)
        throw new ShapeError('hessian', `the function must return a scalar: got shape ${showShape(y.shape)}`);
      const g = inner.gradient(y, own);
      return g === null ? null : outer.jacobian(g, own, { unconnectedGradients: 'zero' });
    });
}

/**
 * The value of a function, and a function from a cotangent of the value to the cotangents of its arguments, to be
 * called as often as wanted. Dispose of it when done: it holds what the forward run saved.
 *
 * @example vjp((x) => square(x), 3).pullback(1)[0]?.arraySync(); // 6
 */
export function vjp(
  f: (...xs: Tensor[]) => Tensor,
  ...primals: TensorLike[]
): { value: Tensor; pullback: (dy: TensorLike) => (Tensor | null)[]; dispose: () => void } {
  const tape = new GradientTape({ persistent: true, watchAccessedVariables: false });
  try {
    const { value, own } = tidy(() => {
      const own = primals.map((x) => clone(convert(x, 'vjp', 'primals').tensor));
      tape.watch(own);
      const value = f(...own);
      checkValue('vjp', value);
      return { value, own };
    });
    tape.stop();
    const pullback = (dy: TensorLike): (Tensor | null)[] =>
      tidy(
        () =>
          tape.gradient(value, own, {
            outputGradients: convert(dy, 'vjp', 'dy', value.dtype).tensor,
          }) as (Tensor | null)[],
      );
    const dispose = (): void => {
      tape.dispose();
      for (const x of own) x.dispose();
    };
    return { value, pullback, dispose };
  } catch (error) {
    tape.dispose();
    throw error;
  }
}

/** The common part of grad and its kin. Call it inside tidy(). */
function valuesAndGrads(op: string, f: (...xs: Tensor[]) => Tensor) {
  if (typeof f !== 'function') throw new ArgumentError(op, `f must be a function: got ${typeof f}`);
  return (xs: readonly TensorLike[], dy?: TensorLike): { value: Tensor; grads: (Tensor | null)[] } => {
    const tape = new GradientTape();
    // Each argument gets an identity of its own, so that one tensor given twice counts as two; outer tapes see through it.
    const own = xs.map((x, i) => clone(convert(x, op, `x${i}`).tensor));
    tape.watch(own);
    const value = f(...own);
    checkValue(op, value);
    const seed = dy === undefined ? {} : { outputGradients: convert(dy, op, 'dy', value.dtype).tensor };
    return { value, grads: tape.gradient(value, own, seed) as (Tensor | null)[] };
  };
}

function listOf(op: string, xs: readonly TensorLike[]): readonly TensorLike[] {
  if (!Array.isArray(xs)) throw new ArgumentError(op, 'the arguments must come as an array of tensors');
  return xs;
}

function checkValue(op: string, value: unknown): asserts value is Tensor {
  if (value === undefined || value === null)
    throw new ArgumentError(
      op,
      'Cannot differentiate a function that returns None; did you forget to return a value from fn?',
    );
  if (!(value instanceof Tensor)) throw new ArgumentError(op, `the function must return a tensor: got ${typeof value}`);
}
