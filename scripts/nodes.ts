// What a Node must be told at its start.

import { execFileSync } from 'node:child_process';

/** The first version whose V8 has relaxed SIMD without being asked. Node 20 has it behind a flag, which later ones refuse. */
const RELAXED_SINCE = 21;

/**
 * The flags that give a Node relaxed SIMD.
 *
 * @param node its path.
 */
export function relaxedFlags(node: string = process.execPath): string[] {
  return parseInt(nodeVersion(node)) < RELAXED_SINCE ? ['--experimental-wasm-relaxed-simd'] : [];
}

/** What was asked for before, by path. */
const versions = new Map([[process.execPath, process.versions.node]]);

/** The version of the Node at a path, as `20.20.0`. */
export function nodeVersion(node: string): string {
  const version = versions.get(node) ?? execFileSync(node, ['--version'], { encoding: 'utf8' }).trim().slice(1);
  versions.set(node, version);
  return version;
}
