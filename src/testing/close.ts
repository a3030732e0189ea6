// expectClose: two tensors, or nested arrays of numbers, compared element by element.

import { GradtapeError } from '../errors.js';
import { Tensor } from '../tensor.js';

/** Two values that should be equal are not. */
export class MismatchError extends GradtapeError {
  constructor(op: string, problem: string, advice = '') {
    super('mismatch', op, problem, advice);
  }
}

/** What expectClose compares. */
export type Comparable =
  Tensor | number | boolean | null | ArrayLike<number> | readonly Comparable[] | { [name: string]: Comparable };

/** How far apart two numbers may be: |actual - expected| ≤ absolute + relative · |expected|. */
export interface Closeness {
  /** Default 1e-6; 1e-5 when either side is a float32 tensor. */
  relative?: number;
  /** Default 1e-6. */
  absolute?: number;
}

/**
 * Throws when two values differ: in structure, shape, or in any element by more than the tolerance.
 *
 * NaN equals NaN, an infinity equals itself only, `null` equals `null`. Tensors are compared by shape and values, not by dtype.
 *
 * @param actual a tensor, a number, nested arrays, or a record of these.
 * @param expected the same structure; a nested array may stand for a tensor.
 * @param closeness the tolerance, see Closeness.
 * @throws {MismatchError} names the first place that differs most, with both values.
 * @example expectClose(mul(2, [1, 2]), [2, 4]);
 */
export function expectClose(actual: Comparable, expected: Comparable, closeness: Closeness = {}): void {
  const single = [actual, expected].some((v) => v instanceof Tensor && v.dtype === 'float32');
  const { relative = single ? 1e-5 : 1e-6, absolute = 1e-6 } = closeness;
  const worst = { path: '', excess: 0, actual: 0, expected: 0, count: 0 };

  const visit = (a: Plain, e: Plain, path: string): void => {
    if (typeof a === 'number' && typeof e === 'number') {
      if (Object.is(a, e) || a === e || (Number.isNaN(a) && Number.isNaN(e))) return;
      const distance = Math.abs(a - e);
      const allowed = absolute + relative * Math.abs(e);
      if (distance <= allowed && Number.isFinite(e)) return;
      worst.count++;
      const excess = Number.isFinite(distance) ? distance / allowed : Infinity;
      if (worst.count === 1 || excess > worst.excess) Object.assign(worst, { path, excess, actual: a, expected: e });
    } else if (Array.isArray(a) && Array.isArray(e)) {
      if (a.length !== e.length)
        throw new MismatchError(
          'expectClose',
          `lengths differ at ${path || 'the top'}: actual ${a.length}, expected ${e.length}`,
        );
      a.forEach((item, i) => visit(item, e[i] ?? null, `${path}[${i}]`));
    } else if (isRecord(a) && isRecord(e)) {
      const names = Object.keys(a).sort().join(', ');
      if (names !== Object.keys(e).sort().join(', '))
        throw new MismatchError(
          'expectClose',
          `keys differ at ${path || 'the top'}: actual { ${names} }, expected { ${Object.keys(e).sort().join(', ')} }`,
        );
      for (const name of Object.keys(a)) visit(a[name] ?? null, e[name] ?? null, `${path}.${name}`);
    } else if (a !== null || e !== null) {
      throw new MismatchError(
        'expectClose',
        `kinds differ at ${path || 'the top'}: actual ${kind(a)}, expected ${kind(e)}`,
      );
    }
  };
  visit(plain(actual), plain(expected), '');

  if (worst.count > 0)
    throw new MismatchError(
      'expectClose',
      `${worst.count === 1 ? 'one value differs' : `${worst.count} values differ, most at ${worst.path}`}: ` +
        `actual${worst.path} is ${worst.actual}, expected ${worst.expected} (allowed ${absolute} + ${relative} · |expected|)`,
    );
}

type Plain = number | null | Plain[] | { [name: string]: Plain };

const isRecord = (v: Plain): v is { [name: string]: Plain } => typeof v === 'object' && v !== null && !Array.isArray(v);
const kind = (v: Plain): string =>
  v === null ? 'null' : Array.isArray(v) ? `an array of ${v.length}` : typeof v === 'number' ? String(v) : 'a record';

const isTyped = (value: object): value is ArrayLike<number> => ArrayBuffer.isView(value) && 'length' in value;

/** Tensors and typed arrays as nested arrays of numbers. */
function plain(value: Comparable): Plain {
  if (value === null || typeof value === 'number') return value;
  if (typeof value === 'boolean') return Number(value);
  if (value instanceof Tensor) return plain(value.arraySync());
  if (Array.isArray(value)) return value.map((item: Comparable) => plain(item));
  if (isTyped(value)) return Array.from(value);
  return Object.fromEntries(Object.entries(value).map(([name, item]) => [name, plain(item as Comparable)]));
}
