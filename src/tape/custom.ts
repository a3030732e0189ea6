// Gradients by hand: customGradient, recomputeGrad, gradPassThrough and stopGradient.

import { convert, type TensorLike } from '../convert.js';
import { ArgumentError, ShapeError } from '../errors.js';
import { zerosLike } from './cotangent.js';
import { adopt, closeScope, detachScope, openScope, type Scoped } from '../runtime/scope.js';
import { sameShape, showShape } from '../shape.js';
import { alias, setMaker, Tensor, view } from '../tensor.js';
import { flatten, mapTree } from '../tree.js';
import type { Variable } from '../variable.js';
import { sweep } from './backward.js';
import {
  activate,
  deactivate,
  isTracked,
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
  gradFunc(dy: V extends Tensor ? Tensor : V, variables: Variable[]): InputGradients | GradientsWithVariables;
}

/**
 * A function whose gradient is given by hand. What the function computes, and its gradient, may themselves be
 * differentiated: write both with ops.
 *
 * @param fn of tensors, returns the value and `gradFunc`. A function that reads trainable variables has a `gradFunc` that
 *   returns `{ inputs, variables }`.
 * @throws {ArgumentError} on the backward pass, when the number of gradients is not that of the arguments.
 * @see tf.custom_gradient
 * @example
 * const log1pExp = customGradient((x) => {
 *   const e = exp(x);
 *   return { value: log(add(1, e)), gradFunc: (dy) => mul(dy, sub(1, div(1, add(1, e)))) };
 * });
 */
export function customGradient<V extends TensorTree>(
  fn: (...args: Tensor[]) => CustomGradient<V>,
): (...args: TensorLike[]) => V {
  const name = fn.name || 'customGradient';
  return (...args) =>
    runCustom(name, args, (inputs) => {
      const { value, gradFunc } = fn(...inputs) ?? {};
      checkValue(name, value);
      if (typeof gradFunc !== 'function')
        throw new ArgumentError(name, 'the function must return { value, gradFunc }: gradFunc is missing');
      return {
        value,
        backward: (dy, variables) => splitGradients(name, gradFunc(dy as never, variables), inputs.length, variables),
      };
    });
}

/**
 * The function, without keeping what it computes on the way: the backward pass runs it again. Costs one more forward
 * run, saves the memory of its intermediate values.
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
    const isLeaf = (x: unknown): boolean => x instanceof Tensor;
    const places = flatten(args);
    return runCustom(
      name,
      places.filter(isLeaf) as Tensor[],
      (inputs) => {
        let i = 0;
        const again = mapTree(args, (x) => (isLeaf(x) ? inputs[i++] : x)) as A;
        const value = fn(...again);
        checkValue(name, value);
        const backward: Backward = (dy, variables) => {
          const log = new Recording(true);
          for (const x of inputs) log.tracked.add(x.id);
          activate(log);
          let outputs: Tensor[];
          try {
            outputs = flatten(fn(...again)) as Tensor[];
          } finally {
            deactivate(log);
          }
          const dys = flatten(dy) as Tensor[];
          const seeds = outputs.map((target, o) => ({ target, cotangent: dys[o]! }));
          try {
            const found = sweep(log, seeds, [...inputs, ...variables], true);
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
  if (tensor._autoWatch) noteRead(tensor);
  const y = view(tensor, tensor.shape);
  if (owned) tensor.dispose();
  return y;
}

/** Cotangents of the inputs, then of the variables. */
type Backward = (dy: unknown, variables: Variable[]) => (Tensor | null)[];

/**
 * Runs a function as if it were one op.
 *
 * What it makes on the way stays alive as long as a tape may run its backward pass, since that may read it.
 *
 * @param hidden whether the active tapes must not see the ops inside.
 */
function runCustom<V extends TensorTree>(
  name: string,
  args: readonly TensorLike[],
  run: (inputs: Tensor[]) => { value: V; backward: Backward },
  hidden = false,
): V {
  setMaker(name);
  const inputs = args.map((x, i) => {
    const { tensor, owned } = convert(x, name, `argument ${i + 1}`);
    if (tensor._autoWatch) noteRead(tensor);
    const held = alias(tensor, true);
    if (owned) tensor.dispose();
    return held;
  });
  const watcher = new Recording('only');
  const scope = openScope();
  let done: { value: V; backward: Backward };
  let made: Scoped[] = [];
  try {
    const watched = (): { value: V; backward: Backward } => {
      activate(watcher);
      try {
        return run(inputs);
      } finally {
        deactivate(watcher);
      }
    };
    done = hidden ? withoutRecording(watched) : watched();
    made = detachScope(scope);
  } catch (error) {
    closeScope(scope, null);
    for (const x of inputs) x.dispose();
    throw error;
  }
  const release = (): void => {
    for (const x of [...inputs, ...made]) x.dispose();
  };
  const { value, backward } = done;
  const variables = [...watcher.variables].filter((v) => inputs.every((x) => x.id !== v.id)) as Variable[];
  const outputs: Tensor[] = [];
  setMaker(name);
  const result = mapTree(value, (y) => {
    const out = view(y as Tensor, (y as Tensor).shape);
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
