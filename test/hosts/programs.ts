// The programs that run in every host: each hands over its results, and throws when one is not what it must be.

import * as gt from 'gradtape';
import type { Tensor } from 'gradtape';

/** What a program hands over: a tensor, or a number it has read. */
export type Result = Tensor | number;

/** A program's results go to `out`, which reads their bits at once. */
export type Program = (out: (result: Result) => void) => void;

/** A tensor of WORKLOADS.md's generator: float32 in [-scale, scale), the same for the same seed in any library. */
function draw(seed: number, scale: number, shape: number[]): Tensor {
  let s = Math.imul(seed, 2654435761 | 0) >>> 0;
  const n = shape.reduce((product, d) => product * d, 1);
  const values = Float32Array.from({ length: n }, () => {
    s = (Math.imul(s, 1664525) + 1013904223) >>> 0;
    return (2 * (Math.floor(s / 256) / 16777216) - 1) * scale;
  });
  return gt.tensor(values, shape);
}

/** Hands over f(x…) and its gradients for cotangents of ones. */
function withGradients(out: (result: Result) => void, f: (...x: Tensor[]) => Tensor, ...x: Tensor[]): void {
  const tape = new gt.GradientTape();
  tape.watch(x);
  const y = f(...x);
  out(y);
  for (const dx of tape.gradient(y, x)) if (dx) out(dx);
}

/** Every program, by what it is about. */
export const PROGRAMS: Readonly<Record<string, Program>> = {
  'elementwise ops of one input'(out) {
    const x = draw(1, 3, [4, 7]);
    for (const f of [gt.neg, gt.square]) withGradients(out, f, x);
  },

  'elementwise ops of two inputs, broadcast'(out) {
    const a = draw(2, 3, [3, 1, 5]);
    const b = draw(3, 3, [4, 1]);
    for (const f of [gt.add, gt.sub, gt.mul, gt.div]) withGradients(out, f, a, b);
  },

  'matrix products'(out) {
    withGradients(out, (a, b) => gt.matMul(a, b), draw(101, 1, [33, 65]), draw(102, 1, [65, 17]));
    withGradients(out, (a, b) => gt.matMul(a, b, true, true), draw(103, 1, [2, 9, 5]), draw(104, 1, [3, 9]));
  },
};
