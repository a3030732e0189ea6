// compile(): a function of tensors becomes a program for each signature it is called with.

import { ArgumentError } from '../errors.js';
import { tidy } from '../memory.js';
import { isRecording } from '../tape/record.js';
import { tracer } from '../runtime/trace.js';
import { setMaker } from '../tensor.js';
import { mapTree } from '../tree.js';
import { warn } from '../warn.js';
import { trace } from './trace.js';
import { Program } from './program.js';
import type { Plan } from './report.js';
import { Signature } from './signature.js';

/** Programs kept for one function; the one used longest ago goes first. */
const MOST_PROGRAMS = 16;

/** A compiled function, and what can be asked of it. */
export interface Compiled {
  /** The program of the last call. */
  plan(): Plan;
  /**
   * The program of the last call with its state (variables, the random numbers' position, captured tensors) as bytes, for
   * loadProgram() of gradtape/program.
   *
   * @throws {ArgumentError} before the first call.
   */
  save(): Uint8Array;
  /** Gives the memory of all its programs back. */
  dispose(): void;
  [Symbol.dispose](): void;
}

/**
 * The function as a program in linear memory: the first call with arguments of given shapes and dtypes runs it as it is and
 * writes down what it launches; later calls run that in one call into wasm. Tapes, optimizers and random numbers inside
 * are part of the program. Values that are no tensors are part of the signature: typed arrays by what they hold, other objects and
 * functions as the very ones that were given.
 *
 * @param fn of tensors, in any nesting of arrays and records; returns such a nesting, or nothing.
 * @throws {CompileError} on the first call, when `fn` reads a value; the message names the op and the caller's line.
 * @see tf.function
 * @example
 * const step = compile((x, y) => optimizer.minimize(() => meanSquaredError(y, model.apply(x))));
 */
export function compile<A extends readonly unknown[], R>(
  fn: (...args: A) => R,
  options: { name?: string } = {},
): ((...args: A) => R) & Compiled {
  if (typeof fn !== 'function') throw new ArgumentError('compile', `it takes a function: got ${typeof fn}`);
  const name = options.name ?? (fn.name || 'compiled');
  /** The one used last stands first. */
  const programs: { signature: Signature; program: Program; structure: unknown }[] = [];

  const call = (...args: A): R => {
    // A tape around it wants to see the ops; a program being traced takes them in.
    if (isRecording() || tracer !== null) return fn(...args);
    for (let i = 0; i < programs.length; i++) {
      const known = programs[i]!;
      const tensors = known.signature.match(args);
      if (tensors === null) continue;
      if (i > 0) programs.unshift(...programs.splice(i, 1));
      setMaker(name);
      const results = known.program.run(tensors);
      let n = 0;
      return mapTree(known.structure, () => results[n++]) as R;
    }
    return tidy(() => {
      const signature = new Signature(args);
      const { graph, value } = trace(name, signature.tensors, () => fn(...args));
      const program = new Program(name, graph, signature.tensors);
      programs.unshift({ signature, program, structure: mapTree(value, () => null) });
      if (programs.length > MOST_PROGRAMS) {
        warn(
          name,
          `it was called with more than ${MOST_PROGRAMS} signatures: each one is traced, which is slow. Pad batches to one shape.`,
        );
        programs.pop()?.program.dispose();
      }
      return value;
    });
  };
  const dispose = (): void => {
    for (const { program } of programs) program.dispose();
    programs.length = 0;
  };
  const last = (nothing: string): Program => {
    const [known] = programs;
    if (known === undefined) throw new ArgumentError(name, `there is ${nothing} before the first call`);
    return known.program;
  };
  return Object.assign(call, {
    plan: () => last('no plan').plan,
    save: () => last('nothing to save').save(),
    dispose,
    [Symbol.dispose]: dispose,
  });
}
