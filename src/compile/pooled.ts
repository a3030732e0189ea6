// A rectifier's gradient behind that of a max pool moves before it, where there is less to do: one element for each window.

import { usersOf, writesTo, type Buffer, type Operand, type Step } from './graph.js';
import { layoutOf, nameOf, opOf } from './kernel.js';
import { onlyReader, type Matters } from './passes.js';

/** Where a pool's Meta has the sizes of an image of its output, channels first. */
const [OUTPUT, OUTPUT_END] = [2, 5] as const;

/**
 * What flows back to an element of x stems from windows whose maximum it is, so the maximum is positive where the element is:
 *
 *   g = maxPoolGrad(x, y, dy)   dx = reluGrad(x, g)     becomes     t = reluGrad(y, dy)   dx = maxPoolGrad(x, y, t)
 */
export function rectifyPooled(steps: readonly Step[], matters: Matters): Step[] {
  const users = usersOf(steps);
  const out: Step[][] = steps.map((step) => [step]);
  steps.forEach((rectified, i) => {
    const variant = variantOf(rectified, 'relu_grad');
    if (variant === null) return;
    const [x, g] = rectified.operands as [Operand, Operand];
    const at = users.get(g.buffer)![0]!;
    const pooled = steps[at]!;
    if (onlyReader(steps, users, g.buffer, at, matters) !== i) return;
    if (variantOf(pooled, 'max_pool_grad') !== variant || pooled.operands[0]!.buffer !== x.buffer) return;
    // x must still be what was pooled.
    const made = steps.findIndex((step) => writesTo(step, pooled.operands[1]!.buffer));
    const changed = steps.slice(made + 1, i).some((step) => writesTo(step, x.buffer));
    if (made < 0 || changed || !isPoolOf(steps[made]!, pooled)) return;
    out[at] = swapped(rectified, pooled);
    out[i] = [];
  });
  return out.flat();
}

/** The variant of a step when it runs a kernel, from its first element on; else null. */
function variantOf(step: Step, kernel: string): string | null {
  const [base, variant] = nameOf(step);
  return base === kernel && step.words[layoutOf(opOf(step)).from] === 0 ? variant : null;
}

/** Whether a step is the pool of which another is the gradient. */
function isPoolOf(pool: Step, gradient: Step): boolean {
  const metaOf = (step: Step): string => step.words.subarray(layoutOf(opOf(step)).meta).join();
  const same = pool.operands[0]!.buffer === gradient.operands[0]!.buffer && metaOf(pool) === metaOf(gradient);
  return variantOf(pool, 'max_pool') === variantOf(gradient, 'max_pool_grad') && same;
}

function swapped(rectified: Step, pooled: Step): Step[] {
  const [x, y, dy, g] = pooled.operands as [Operand, Operand, Operand, Operand];
  const { from, meta } = layoutOf(opOf(pooled));
  const image = pooled.words.subarray(meta + OUTPUT, meta + OUTPUT_END).reduce((n, size) => n * size, 1);
  const words = rectified.words.slice();
  words[layoutOf(opOf(rectified)).from + 1] = pooled.words[from + 1]! * image;
  const t: Buffer = { id: -1, bytes: y.buffer.bytes, role: { kind: 'temporary' } };
  const [ofX, ofG, ofDx] = rectified.operands as [Operand, Operand, Operand];
  return [
    { ...rectified, words, operands: [{ ...ofX, buffer: y.buffer }, { ...ofG, buffer: dy.buffer }, { ...ofDx, buffer: t }] }, // prettier-ignore
    { ...pooled, operands: [x, y, { ...dy, buffer: t }, { ...g, buffer: ofDx.buffer }] },
  ];
}
