// Tensors as text, in TensorFlow.js's layout: nested brackets, wide ones with an ellipsis in the middle.

import type { DType } from './dtype.js';
import type { Shape } from './shape.js';

/** An axis longer than this shows its ends only. */
const LONGEST = 20;
const ENDS = 3;
const DIGITS = 7;

/** The text of a tensor's values, with a header when verbose. */
export function formatTensor(
  spec: { shape: Shape; dtype: DType },
  values: ArrayLike<number>,
  verbose: boolean,
): string {
  const { shape, dtype } = spec;
  const cells = Array.from(values, (v) => cell(v, dtype));
  const width = shape.length === 0 ? 0 : cells.reduce((w, c) => Math.max(w, c.length), 0);
  const inner = shape.reduce((n, d) => n * d, 1);

  const level = (axis: number, start: number, span: number): string[] => {
    if (axis === shape.length) return [cells[start]!.padEnd(width)];
    const n = shape[axis]!;
    if (n === 0) return ['[]'];
    const step = span / n;
    const shown = n > LONGEST ? [...ends(0, ENDS), -1, ...ends(n - ENDS, n)] : ends(0, n);
    const parts = shown.map((i) => (i < 0 ? ['...'] : level(axis + 1, start + i * step, step)));
    if (axis === shape.length - 1)
      return [
        `[${parts
          .map((p) => p[0])
          .join(', ')
          .trimEnd()}]`,
      ];
    const lines = parts.flatMap((p, i) =>
      p.map((line, j) => (i < parts.length - 1 && j === p.length - 1 ? `${line},` : line)),
    );
    return lines.map((line, i) => (i === 0 ? `[${line}` : ` ${line}`) + (i === lines.length - 1 ? ']' : ''));
  };

  const lines = level(0, 0, inner).map((line) => `    ${line}`);
  const head = verbose
    ? ['Tensor', `  dtype: ${dtype}`, `  rank: ${shape.length}`, `  shape: [${shape.join(',')}]`, '  values:']
    : ['Tensor'];
  return [...head, ...lines].join('\n');
}

function ends(from: number, to: number): number[] {
  return Array.from({ length: to - from }, (_, i) => from + i);
}

function cell(value: number, dtype: DType): string {
  if (dtype === 'bool') return value === 0 ? 'false' : 'true';
  return String(dtype === 'int32' ? value : parseFloat(value.toPrecision(DIGITS)));
}
