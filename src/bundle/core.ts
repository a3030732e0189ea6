// A core for some kernels, made from the package's own.

import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import type { CoreFile } from '../runtime/build.js';
import { prune } from './prune.js';
import { idsOf } from './select.js';

/** What the plugins take. */
export interface CoreOptions {
  /** Kernels to keep beside those that the bundle holds, by the names in assembly/kernels.txt: `tanh`, or `tanh_f32`. */
  readonly kernels?: readonly string[];
  /** The builds to make. `['core.wasm']` when not said. */
  readonly builds?: readonly CoreFile[];
}

/**
 * A core with some kernels and no others. What runs on it gives the same bits as on the whole core: the code of a kernel stays
 * as it is, byte for byte, but for the numbers of the functions that it calls. A kernel that is not there throws a LoadError
 * that names it.
 *
 * @param kernels names as in assembly/kernels.txt: `tanh` for all its dtypes, `tanh_f32` for one.
 * @param file the build to make it from.
 * @returns the bytes of the module.
 * @throws {ArgumentError} when there is no kernel of a name.
 * @example pruneCore(['add', 'matmul_f32']).length < 40_000; // true, where core.wasm has 230,000 bytes
 */
export function pruneCore(kernels: Iterable<string>, file: CoreFile = 'core.wasm'): Uint8Array<ArrayBuffer> {
  const ids = idsOf(kernels);
  const here = import.meta.url;
  const folder = here.endsWith('.ts') ? '../../dist/' : '../';
  return prune(file, readFileSync(fileURLToPath(new URL(folder + file, here))), (id) => ids.has(id));
}
