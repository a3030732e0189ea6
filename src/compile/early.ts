// Steps with which much memory ends run early: an optimizer changes a large parameter while its gradient is new, and the gradient ends.

import { BLOCK_ALIGN } from '../runtime/abi.js';
import { buffersOf, memoryOf, usersOf, type Buffer, type Step } from './graph.js';
import type { Matters } from './passes.js';

/**
 * Least bytes that end with a step that moves. Less is in a core's second-level cache later, too; and where threads have just read a
 * small parameter, each has it in its cache, so that changing it at once takes longer.
 */
const LEAST_ENDED = 512 * 1024;

/**
 * Moves steps up that begin no temporary and with which large ones end: directly behind the last step that they must follow. Steps of
 * scalars move up as well, since those may wait for them. All others keep their order, so that nothing but scalars lives longer.
 */
export function endEarly(steps: readonly Step[], matters: Matters): Step[] {
  const users = usersOf(steps);
  /** Each step that stays, and those that moved up behind it. */
  const out: Step[][] = [[]];
  // The place in `out` where a memory is written last, and where it is touched last.
  const written = new Map<unknown, number>();
  const touched = new Map<unknown, number>();
  steps.forEach((step, i) => {
    const used = buffersOf([step]);
    const passing = used.filter((b) => b.role.kind === 'temporary' && !matters(b));
    const begins = passing.some((b) => users.get(b)![0] === i);
    const ended = passing.reduce((n, b) => n + (users.get(b)!.at(-1) === i ? b.bytes : 0), 0);
    const after = step.operands.map(({ access, buffer }) => {
      const last = access === 'read' ? written : touched;
      return last.get(memoryOf(buffer)) ?? 0;
    });
    let place = Math.max(...after);
    const moves = used.every(isScalar) || (!begins && ended >= LEAST_ENDED);
    if (!moves || place === out.length - 1) place = out.push([]) - 1;
    out[place]!.push(step);
    for (const { access, buffer } of step.operands) {
      const memory = memoryOf(buffer);
      touched.set(memory, Math.max(place, touched.get(memory) ?? 0));
      if (access !== 'read') written.set(memory, place);
    }
  });
  return out.flat();
}

function isScalar({ bytes }: Buffer): boolean {
  return bytes <= BLOCK_ALIGN;
}
