// Jacobians: one sweep for each element of the target, the rows stacked.

import { fromValues } from '../convert.js';
import { isFloat } from '../dtype.js';
import { reshape, stack, zeros } from './cotangent.js';
import { closeScope, openScope } from '../runtime/scope.js';
import { sizeOf } from '../shape.js';
import { alias, type Tensor } from '../tensor.js';
import type { Seed } from './backward.js';

/** A sweep that may be run again: aliases of the sources' cotangents, for the caller to release. */
export type Sweep = (seeds: readonly Seed[], sources: readonly Tensor[]) => (Tensor | null)[];

/** The Jacobian of y with respect to each source, `[...y, ...source]`, or null. The caller owns the results. */
export function jacobianOf(y: Tensor, sources: readonly Tensor[], sweep: Sweep): (Tensor | null)[] {
  const mark = (i: number, seed: Float64Array): void => {
    seed[i] = 1;
  };
  return rowsOf(y, sources, sweep, { count: y.size, mark, axis: 0, shape: (x) => [...y.shape, ...x.shape] });
}

/** The Jacobian of each example, `[b, ...y, ...x]`, or null: one sweep for each element of an example of y. */
export function batchJacobianOf(y: Tensor, x: Tensor, sweep: Sweep): Tensor | null {
  const width = sizeOf(y.shape.slice(1));
  const mark = (j: number, seed: Float64Array): void => {
    for (let b = 0; b < y.shape[0]!; b++) seed[b * width + j] = 1;
  };
  return (
    rowsOf(y, [x], sweep, { count: width, mark, axis: 1, shape: () => [...y.shape, ...x.shape.slice(1)] })[0] ?? null
  );
}

/** How the rows of a Jacobian are asked for and put together. */
interface Rows {
  /** Number of cotangents. */
  count: number;
  /** Writes cotangent i of y, over zeros. */
  mark(i: number, seed: Float64Array): void;
  /** Where the rows are stacked. */
  axis: number;
  /** The whole's shape. */
  shape(source: Tensor): number[];
}

function rowsOf(
  y: Tensor,
  sources: readonly Tensor[],
  sweep: Sweep,
  { count, mark, axis, shape }: Rows,
): (Tensor | null)[] {
  if (!isFloat(y.dtype)) return sources.map(() => null);
  const rows: (Tensor | null)[][] = [];
  const scope = openScope();
  try {
    // An empty target has no cotangents to try; one of zeros still tells which sources it depends on.
    for (let i = 0; i < Math.max(count, 1); i++) {
      const seed = new Float64Array(y.size);
      if (i < count) mark(i, seed);
      const cotangent = fromValues(seed, y.shape, y.dtype, 'jacobian');
      rows.push(sweep([{ target: y, cotangent }], sources));
      cotangent.dispose();
    }
    return sources.map((source, s) => {
      const found = rows.map((row) => row[s]!);
      if (found.some((dx) => dx === null)) return null;
      const whole = shape(source);
      return alias(y.size === 0 ? zeros(whole, source.dtype) : reshape(stack(found, axis), whole), true);
    });
  } finally {
    for (const row of rows) for (const dx of row) dx?.dispose();
    closeScope(scope, null);
  }
}
