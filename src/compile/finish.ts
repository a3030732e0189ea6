// A bias and a rectifier behind a product become part of it: the product's kernel does them to rows that are in the cache.

import { LINEAR, RELU } from '../runtime/blocking.js';
import { usersOf, writesTo, type Buffer, type Operand, type Step } from './graph.js';
import { idOf, layoutOf, metaList, nameOf, opOf, spreadOf } from './kernel.js';
import { onlyReader, type Matters } from './passes.js';

/** By kernel: which Meta number has the columns of its product. */
const PRODUCTS: Readonly<Record<string, number>> = { matmul: 1, conv2d: 0 };

/** Joins products with a bias that is added to their rows, and with relu, where nobody else reads what lies between. */
export function finishProducts(steps: readonly Step[], matters: Matters): Step[] {
  const users = usersOf(steps);
  const next = ({ buffer }: Operand, maker: number): number => onlyReader(steps, users, buffer, maker, matters);

  const out: (Step | null)[] = [...steps];
  steps.forEach((step, i) => {
    const [base, variant] = nameOf(step);
    if (PRODUCTS[base] === undefined) return;
    let y = step.operands.find((o) => o.access === 'write')!;
    let at = i;
    let bias: Operand | null = null;
    let activation = LINEAR;
    const parts = [step];
    const add = next(y, at);
    const added = add < 0 ? null : biasOf(steps[add]!, y.buffer, columnsOf(step, PRODUCTS[base]));
    const changed = (b: Buffer): boolean => steps.slice(i, add).some((other) => writesTo(other, b));
    if (added !== null && nameOf(steps[add]!)[1] === variant && !changed(added.buffer)) {
      bias = added;
      at = add;
      y = steps[add]!.operands.at(-1)!;
      parts.push(steps[add]!);
      out[add] = null;
    }
    const relu = next(y, at);
    if (relu >= 0 && nameOf(steps[relu]!).join() === `relu,${variant}`) {
      activation = RELU;
      y = steps[relu]!.operands.at(-1)!;
      parts.push(steps[relu]!);
      out[relu] = null;
    }
    if (parts.length > 1) out[i] = finished(step, `fused_${base}_${variant}`, y.buffer, bias, activation, parts);
  });
  return out.filter((step) => step !== null);
}

function columnsOf(step: Step, index: number): number {
  return step.words[layoutOf(opOf(step)).meta + index]!;
}

/** What a step adds to each row of x; null when it does something else. */
function biasOf(step: Step, x: Buffer, columns: number): Operand | null {
  if (nameOf(step)[0] !== 'add') return null;
  const at = step.operands.findIndex((o) => o.buffer === x);
  const bias = step.operands[1 - at];
  if (bias === undefined || bias.buffer === x || spreadOf(step)[at] !== 'each') return null;
  const sizes = metaList(step, 0);
  const strides = metaList(step, 2 - at).join();
  return sizes.at(-1) === columns && strides === (sizes.length === 1 ? '1' : '0,1') ? bias : null;
}

/** The product's record with what follows it. */
function finished(
  step: Step,
  name: string,
  y: Buffer,
  bias: Operand | null,
  activation: number,
  parts: readonly Step[],
): Step {
  const id = idOf(name);
  const [from, to] = [layoutOf(opOf(step)), layoutOf(id)];
  const numbers = step.words.subarray(from.meta);
  const length = (to.meta + numbers.length + 1) & ~1;
  const words = new Uint32Array(length);
  words.set([id | (length << 16)]);
  words.set(numbers, to.meta);
  words.set(step.words.subarray(from.from, from.from + 2), to.from);
  words[to.from - 1] = activation;
  // a, b, c and scratch stand where they did; the bias comes behind them.
  const operands = step.operands.map((o): Operand => (o.access === 'write' ? { ...o, buffer: y } : o));
  if (bias !== null) operands.push({ ...bias, word: to.pointers.at(-1)!.word });
  return { words, operands, op: step.op, parts };
}
