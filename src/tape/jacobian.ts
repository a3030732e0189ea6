// Jacobians: the sweep for one cotangent is written down, and run on all of them at once.

import { fromValues } from '../convert.js';
import { isFloat } from '../dtype.js';
import { fill, reshape, stack, unstack, zeros } from './cotangent.js';
import { adopt, closeScope, openScope } from '../runtime/scope.js';
import { sizeOf } from '../shape.js';
import { alias, type Tensor } from '../tensor.js';
import type { Seed } from './backward.js';
import { LinearProgram } from './program.js';
import { activate, deactivate } from './record.js';

/** Elements of the largest stack: cotangents beyond that go in several. */
const STACK_SIZE = 1 << 22;

/** A sweep that may be run again: aliases of the sources' cotangents, for the caller to release. */
export interface Sweep {
  run(seeds: readonly Seed[], sources: readonly Tensor[]): (Tensor | null)[];
  /** Whether a rule on the way is the user's, who may look at the values: then each cotangent has a sweep of its own. */
  readonly opaque: boolean;
}

/** The Jacobian of y with respect to each source, `[...y, ...source]`, or null. The caller owns the results. */
export function jacobianOf(y: Tensor, sources: readonly Tensor[], sweep: Sweep): (Tensor | null)[] {
  const mark = (i: number, seed: Float64Array, at: number): void => {
    seed[at + i] = 1;
  };
  return rowsOf(y, sources, sweep, y.size, mark, (rows, x) => reshape(rows, [...y.shape, ...x.shape]));
}

/** The Jacobian of each example, `[b, ...y, ...x]`, or null: one cotangent for each element of an example of y. */
export function batchJacobianOf(y: Tensor, x: Tensor, sweep: Sweep): Tensor | null {
  const batch = y.shape[0]!;
  const width = sizeOf(y.shape.slice(1));
  const mark = (j: number, seed: Float64Array, at: number): void => {
    for (let b = 0; b < batch; b++) seed[at + b * width + j] = 1;
  };
  const put = (rows: Tensor): Tensor =>
    reshape(width === 0 ? rows : stack(unstack(rows), 1), [...y.shape, ...x.shape.slice(1)]);
  return rowsOf(y, [x], sweep, width, mark, put)[0]!;
}

/**
 * @param mark writes cotangent i of y over zeros, from `at` on.
 * @param put the rows of a source, [count, ...source], in their form.
 */
function rowsOf(
  y: Tensor,
  sources: readonly Tensor[],
  sweep: Sweep,
  count: number,
  mark: (i: number, seed: Float64Array, at: number) => void,
  put: (rows: Tensor, source: Tensor) => Tensor,
): (Tensor | null)[] {
  if (!isFloat(y.dtype)) return sources.map(() => null);
  const program = new LinearProgram();
  const scope = openScope();
  const run = (cotangent: Tensor): (Tensor | null)[] => {
    const found = sweep.run([{ target: y, cotangent }], sources);
    for (const dx of found) if (dx) adopt(dx);
    return found;
  };
  try {
    const u = fill(y.shape, 1, y.dtype);
    program.tracked.add(u.id);
    activate(program);
    let found: (Tensor | null)[];
    try {
      found = run(u);
    } finally {
      deactivate(program);
    }
    const whole = (rows: Tensor | null, s: number): Tensor | null => rows && alias(put(rows, sources[s]!));
    // An empty target has no cotangents; one sweep has told which sources it depends on.
    if (count === 0) return found.map((dx, s) => whole(dx && zeros([0, ...dx.shape], dx.dtype), s));
    // A comparison of a cotangent, say, is not in the program.
    const single = sweep.opaque || program.opaque || program.cuts.length > 0;
    const chunk = single ? 1 : Math.max(1, Math.floor(STACK_SIZE / program.largest));
    const parts: (Tensor | null)[][] = [];
    for (let from = 0; from < count; from += chunk) {
      const n = Math.min(chunk, count - from);
      const seed = new Float64Array(n * y.size);
      for (let i = 0; i < n; i++) mark(from + i, seed, i * y.size);
      const stacked = fromValues(seed, [n, ...y.shape], y.dtype, 'jacobian');
      parts.push(
        single ? run(reshape(stacked, y.shape)).map((dx) => dx && stack([dx])) : program.run(u, stacked, found),
      );
    }
    return sources.map((_, s) => {
      const rows = parts.flatMap((part) => part[s] ?? []);
      if (rows.length < parts.length) return null;
      return whole(rows.length === 1 ? rows[0]! : stack(rows.flatMap((row) => unstack(row))), s);
    });
  } finally {
    program.clear();
    closeScope(scope, null);
  }
}
