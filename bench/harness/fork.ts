// A suite in a process of its own.

import { fork } from 'node:child_process';
import { root } from '../../scripts/core.js';
import { relaxedFlags } from '../../scripts/nodes.js';
import { OUT } from './build.js';
import type { Order, Result } from './run.js';

/** Times a suite in a process of its own, of this Node or another one. */
export function timeInProcess(family: string, order: Order, execPath: string = process.execPath): Promise<Result> {
  return new Promise((done, refuse) => {
    const child = fork(`${OUT}/harness/child.js`, [family], { cwd: root, execArgv: relaxedFlags(execPath), execPath });
    let result: Result | null = null;
    child.on('message', (message) => (result = message as Result));
    child.on('error', refuse);
    child.on('close', (code) =>
      result === null ? refuse(new Error(`${family} ended with code ${code}.`)) : done(result),
    );
    child.send(order);
  });
}
