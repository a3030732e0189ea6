// What figures depend on: the machine, its engine and its load, the sources, the time.

import { execFileSync } from 'node:child_process';
import { cpus, loadavg } from 'node:os';
import { root } from '../../scripts/core.js';
import { relaxedFlags } from '../../scripts/nodes.js';

/** What a program prints. */
function told(command: string, ...args: string[]): string {
  return execFileSync(command, args, { cwd: root, encoding: 'utf8' }).trim();
}

/** The model of the processor. */
export function processor(): string {
  return cpus()[0]?.model.trim() ?? 'unknown';
}

/** The commit, and whether sources of the package are other than its. */
function commit(): string {
  try {
    const changes = told('git', 'status', '--porcelain', '--', 'src', 'assembly');
    return `${told('git', 'rev-parse', '--short', 'HEAD')}${changes ? ' with changes' : ''}`;
  } catch {
    return 'unknown, no checkout'; // A release without its history is timed like any other.
  }
}

/** All of it. */
export function facts(node: string = process.execPath): Record<string, string> {
  const versions = told(node, '-p', '`${process.versions.node}, V8 ${process.versions.v8}`');
  return {
    processor: `${processor()}, ${cpus().length} logical`,
    node: [versions, `${process.platform} ${process.arch}`, ...relaxedFlags(node)].join(', '),
    commit: commit(),
    load: `${loadavg()[0]!.toFixed(2)} processes in the last minute`,
    date: `${new Date().toISOString().slice(0, 16).replace('T', ' ')} UTC`,
  };
}
