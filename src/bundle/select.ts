// Which kernels there are by a name, and which a bundle can run: those whose stubs it holds, and what compile() makes of them.

import { ArgumentError } from '../errors.js';
import { KERNELS } from '../runtime/kernel-table.js';

/** What compile() may put in the place of a kernel: see src/compile/finish.ts and reduction.ts. */
const COMPILED: Readonly<Record<string, string>> = {
  matmul: 'fused_matmul',
  conv2d: 'fused_conv2d',
  mean: 'mean_parts',
};
/** What it makes of chains of cheap ops, of whatever kind: see src/compile/chain.ts. */
const CHAIN = 'fused_chain';

/** The names of all kernels that a bundle with compile() can run, when it holds these stubs. */
export function withCompiled(stubs: ReadonlySet<string>): Set<string> {
  return new Set([
    ...stubs,
    ...Object.keys(COMPILED).flatMap((name) => (stubs.has(name) ? [COMPILED[name]!] : [])),
    CHAIN,
  ]);
}

/** Op IDs by the names of kernels, whole and without their variants: `add_f32`, and `add`. */
function idsByName(): ReadonlyMap<string, readonly number[]> {
  const ids = new Map<string, number[]>();
  KERNELS.forEach((row, id) => {
    const [name = ''] = row.split(' ', 1);
    const base = name.replace(/_(f32|f64|i32|bool|x32|x64)$/, '');
    for (const key of new Set([name, base])) ids.set(key, [...(ids.get(key) ?? []), id]);
  });
  ids.delete('');
  return ids;
}

/**
 * The op IDs of kernels.
 *
 * @throws {ArgumentError} when there is no such kernel.
 */
export function idsOf(kernels: Iterable<string>): Set<number> {
  const ids = idsByName();
  const found = new Set<number>();
  for (const name of kernels) {
    const some = ids.get(name);
    if (some === undefined)
      throw new ArgumentError('pruneCore', `there is no kernel ${name}`, 'assembly/kernels.txt has the names of all.');
    for (const id of some) found.add(id);
  }
  return found;
}
