// Gradients by hand: customGradient, recomputeGrad, gradPassThrough and stopGradient.

import { convert, type TensorLike } from '../convert.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { clone, zerosLike } from './cotangent.js';
import { adopt, closeScope, detachScope, openScope, type Scoped } from '../runtime/scope.js';
import { sameShape, showShape } from '../shape.js';
import { address, alias, setMaker, Tensor, view } from '../tensor.js';
import { flatten, mapTree } from '../tree.js';
import type { Variable } from '../variable.js';
import { sweep } from './backward.js';
import {
  activate,
  deactivate,
  isTracked,
  noteCut,
  noteRead,
  record,
  Recording,
  withoutRecording,
  type Differentiable,
} from './record.js';
import type { TensorTree } from './tape.js';

/** One gradient for each argument; a single one need not stand in an array. */
export type InputGradients = Tensor | null | readonly (Tensor | null)[];

/** Gradients of a function that also read trainable variables. */
export interface GradientsWithVariables {
  inputs: InputGradients;
  /** One for each variable, in the order they were given. */
  variables: readonly (Tensor | null)[];
}

/** What a function with a custom gradient returns. */
export interface CustomGradient<V extends TensorTree> {
  value: V;
  /**
   * @param dy cotangent of the value, in its structure; zeros where nothing depends on it.
   * @param variables the trainable variables that the function read, besides its arguments.
   */
  gradFunc(dy: NoInfer<V>, variables: Variable[]): InputGradients | GradientsWithVariables;
}

/**
 * A function whose gradient is given by hand. What the function computes, and its gradient, may themselves be
 * differentiated: write both with ops.
 *
 * @param fn of tensors, or of arrays and records of them; returns the value and `gradFunc`, which gives one gradient for
 *   each tensor among the arguments, in order. A function that reads trainable variables has a `gradFunc` that returns
 *   `{ inputs, variables }`.
 * @throws {ArgumentError} on the backward pass, when the number of gradients is not that of the arguments.
 * @see tf.custom_gradient
 * @example
 * const log1pExp = customGradient((x) => {
 *   const e = exp(x);
 *   return { value: log(add(1, e)), gradFunc: (dy) => mul(dy, sub(1, div(1, add(1, e)))) };
 * });
 */
export function customGradient<V extends TensorTree = Tensor>(
  fn: (...args: Tensor[]) => CustomGradient<V>,
): (...args: TensorLike[]) => V;
export function customGradient<A extends readonly TensorTree[], V extends TensorTree = Tensor>(
  fn: (...args: A) => CustomGradient<V>,
): (...args: A) => V;
export function customGradient<A extends readonly (TensorLike | TensorTree)[], V extends TensorTree>(
  fn: (...args: A) => CustomGradient<V>,
): (...args: A) => V {
  const name = fn.name || 'customGradient';
  return (...args) => {
    const { found, restore } = takeOut(args, (arg) => !hasTensor(arg));
    return runCustom(name, found, (inputs) => {
      const { value, gradFunc } = fn(...restore(inputs)) ?? {};
      checkValue(name, value);
      if (typeof gradFunc !== 'function')
        throw new ArgumentError(name, 'the function must return { value, gradFunc }: gradFunc is missing');
      return {
        value,
        backward: (dy, variables) => splitGradients(name, gradFunc(dy as never, variables), inputs.length, variables),
      };
    });
  };
}

/** Whether a structure that is no tensor holds one. */
function hasTensor(arg: unknown): boolean {
  return !(arg instanceof Tensor) && flatten(arg).some((x) => x instanceof Tensor);
}

/**
 * The tensors among arguments, and how to put others in their places.
 *
 * @param whole says which arguments count as tensors although they are numbers or arrays of them.
 */
function takeOut<A extends readonly unknown[]>(
  args: A,
  whole: (arg: unknown) => boolean,
): { found: TensorLike[]; restore: (inputs: readonly Tensor[]) => A } {
  const found: TensorLike[] = [];
  const places = args.map((arg) => (arg instanceof Tensor || whole(arg) ? null : arg));
  const each = (arg: unknown, i: number, put: (x: unknown) => unknown): unknown =>
    places[i] === null ? put(arg) : mapTree(arg, (x) => (x instanceof Tensor ? put(x) : x));
  args.forEach((arg, i) => each(arg, i, (x) => found.push(x as TensorLike)));
  const restore = (inputs: readonly Tensor[]): A => {
    let next = 0;
    return args.map((arg, i) => each(arg, i, () => inputs[next++])) as readonly unknown[] as A;
  };
  return { found, restore };
}

/**
 * The function, without keeping what it computes on the way: the backward pass runs it again. Costs one more forward
 * run, saves the memory of its intermediate values. Gradients reach its arguments and the variables that it reads, not
 * other tensors that it takes from around it.
 *
 * @param fn of tensors, arrays or records of them; the same each time it runs.
 * @see tf.recompute_grad
 * @example const block = recomputeGrad((x) => tanh(matMul(x, w)));
 */
export function recomputeGrad<A extends readonly (TensorLike | TensorTree)[], V extends TensorTree>(
  fn: (...args: A) => V,
): (...args: A) => V {
  const name = fn.name || 'recomputeGrad';
  return (...args) => {
    const { found, restore } = takeOut(args, () => false);
    return runCustom(
      name,
      found,
      (inputs) => {
        const value = fn(...restore(inputs));
        checkValue(name, value);
        const backward: Backward = (dy, variables) => {
          const log = new Recording(true);
          // One tensor may stand in two places: each gets an identity of its own, which outer tapes see through.
          const own = inputs.map((x) => clone(x));
          for (const x of own) log.tracked.add(x.id);
          try {
            activate(log);
            let outputs: Tensor[];
            try {
              outputs = flatten(fn(...restore(own))) as Tensor[];
            } finally {
              deactivate(log);
            }
            const dys = flatten(dy) as Tensor[];
            const seeds = outputs.map((target, o) => ({ target, cotangent: dys[o]! }));
            const found = sweep(log, seeds, [...own, ...variables], true);
            for (const dx of found) if (dx) adopt(dx);
            return found;
          } finally {
            log.clear();
          }
        };
        return { value, backward };
      },
      true,
    );
  };
}

/**
 * The function, with the gradient of the identity: what arrives is passed on to each argument.
 *
 * @throws {ShapeError} on the backward pass, when an argument has another shape than the value.
 * @see tf.grad_pass_through
 * @example gradPassThrough(round)(2.4).arraySync(); // 2
 */
export function gradPassThrough(fn: (...args: Tensor[]) => Tensor): (...args: TensorLike[]) => Tensor {
  const name = fn.name || 'gradPassThrough';
  return (...args) =>
    runCustom(
      name,
      args,
      (inputs) => {
        const value = fn(...inputs);
        checkValue(name, value);
        return {
          value,
          backward: (dy, variables) => {
            for (const x of inputs)
              if (!sameShape(x.shape, value.shape))
                throw new ShapeError(
                  name,
                  `the gradient passes only between equal shapes: argument ${showShape(x.shape)}, value ${showShape(value.shape)}`,
                );
            return [...inputs.map(() => dy as Tensor), ...variables.map(() => null)];
          },
        };
      },
      true,
    );
}

/**
 * The same values, as a constant in the eyes of every tape.
 *
 * @see tf.stop_gradient
 * @example stopGradient([1, 2]); // [1, 2]
 */
export function stopGradient(x: TensorLike): Tensor {
  setMaker('stopGradient');
  const { tensor, owned } = convert(x, 'stopGradient', 'x');
  const y = view(tensor, tensor.shape);
  noteCut('stopGradient', [tensor], y);
  if (owned) tensor.dispose();
  return y;
}

/** Cotangents of the inputs, then of the variables. */
type Backward = (dy: unknown, variables: Variable[]) => (Tensor | null)[];

/**
 * Runs a function as if it were one op.
 *
 * @param hidden whether the active tapes must not see the ops inside. Where they do, what is made on the way stays alive
 *   as long as a tape may run the backward pass, since that may read it.
 */
function runCustom<V extends TensorTree>(
  name: string,
  args: readonly TensorLike[],
  run: (inputs: Tensor[]) => { value: V; backward: Backward },
  hidden = false,
): V {
  const inputs: Tensor[] = [];
  const outputs: Tensor[] = [];
  const watcher = new Recording('only');
  const scope = openScope();
  let done: { value: V; backward: Backward };
  let held: Tensor[] = [];
  let made: Scoped[];
  try {
    setMaker(name);
    args.forEach((arg, i) => {
      const { tensor, owned } = convert(arg, name, `argument ${i + 1}`);
      address(tensor);
      if (tensor._autoWatch) noteRead(tensor);
      inputs.push(alias(tensor));
      if (owned) tensor.dispose();
    });
    const watched = (): { value: V; backward: Backward } => {
      activate(watcher);
      try {
        return run(inputs);
      } finally {
        deactivate(watcher);
      }
    };
    done = hidden ? withoutRecording(watched) : watched();
    setMaker(name);
    held = (flatten(done.value) as Tensor[]).map((y) => {
      address(y);
      return alias(y);
    });
    made = detachScope(scope);
  } catch (error) {
    closeScope(scope, null);
    for (const x of [...inputs, ...held]) x.dispose();
    throw error;
  }
  if (hidden) made.splice(0).forEach((x) => x.dispose());
  const release = (): void => {
    for (const x of [...inputs, ...made]) x.dispose();
  };
  const { value, backward } = done;
  const variables = ([...watcher.variables] as Variable[])
    .filter((v) => inputs.every((x) => x.id !== v.id))
    .sort((v, w) => v.id - w.id);
  const result = mapTree(value, () => {
    const y = held[outputs.length]!;
    const out = view(y, y.shape);
    y.dispose();
    outputs.push(out);
    return out;
  }) as V;
  if (hidden) for (const v of variables) noteRead(v);
  if (!isTracked(...inputs, ...variables)) {
    release();
    return result;
  }
  const op: Differentiable = {
    name,
    opaque: !hidden,
    savesInput: () => false,
    savesOutput: false,
    backward(entry, dys) {
      let o = 0;
      const dy = mapTree(value, () => {
        const i = o++;
        return dys[i] ?? zerosLike(entry.outputs[i]!);
      });
      return backward(dy, variables);
    },
    release,
  };
  record(op, [...inputs, ...variables], outputs, undefined);
  return result;
}

function checkValue(name: string, value: unknown): asserts value is TensorTree {
  if (value === undefined || value === null)
    throw new ArgumentError(
      name,
      'the function returned no value',
      'Return a tensor, or an array or record of tensors.',
    );
  mapTree(value, (y, path) => {
    if (!(y instanceof Tensor)) throw new ArgumentError(name, `value${path} must be a tensor: got ${typeof y}`);
  });
}

/** What a gradFunc returned, as one list: a gradient for each argument, then for each variable. */
function splitGradients(
  name: string,
  given: InputGradients | GradientsWithVariables,
  count: number,
  variables: readonly Variable[],
): (Tensor | null)[] {
  const pair = typeof given === 'object' && given !== null && 'inputs' in given;
  if (variables.length > 0 && !pair)
    throw new ArgumentError(
      name,
      `the function reads trainable variables (${variables.map((v) => v.name).join(', ')}), and gradFunc gives no gradient for them`,
      'Return { inputs, variables } from gradFunc(dy, variables).',
    );
  const forInputs = listOf(pair ? given.inputs : given);
  const forVariables = pair ? [...given.variables] : [];
  if (forInputs.length !== count)
    throw new ArgumentError(
      name,
      `gradFunc must return one gradient for each argument: ${count} arguments, ${forInputs.length} gradients`,
    );
  if (forVariables.length !== variables.length)
    throw new ArgumentError(
      name,
      `gradFunc must return one gradient for each variable: ${variables.length} variables, ${forVariables.length} gradients`,
    );
  const found = [...forInputs, ...forVariables];
  for (const dx of found)
    if (dx !== null && !(dx instanceof Tensor))
      throw new ArgumentError(name, `gradFunc must return tensors or null: got ${typeof dx}`);
  return found;
}

function listOf(gradients: InputGradients): (Tensor | null)[] {
  return Array.isArray(gradients) ? [...(gradients as readonly (Tensor | null)[])] : [gradients as Tensor | null];
}
