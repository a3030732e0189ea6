// Processes that must not outlive this one, and ends that leave nothing behind.

import type { ChildProcess } from 'node:child_process';

/** How long a program may take to end when it is asked to. */
const MANNERS_MS = 3000;

/** What ends the programs that must not outlive this process. */
const living = new Set<() => void>();

function endAll(): void {
  for (const kill of living) kill();
}

/**
 * Ends a program at the latest when this process ends. It stays in this one's group of processes: so a signal to the group, which
 * may leave this process no time to act, ends it, too.
 *
 * @returns what ends it now, and waits for that.
 */
export function endWithThis(child: ChildProcess): () => Promise<void> {
  const closed = new Promise<void>((done) => child.once('close', () => done()));
  const kill = (): void => void child.kill('SIGKILL');
  if (living.size === 0) process.prependOnceListener('exit', endAll);
  living.add(kill);
  child.once('close', () => {
    living.delete(kill);
    if (living.size === 0) process.off('exit', endAll);
  });
  return async () => {
    if (child.exitCode !== null || child.signalCode !== null || !child.kill()) return;
    const timer = setTimeout(kill, MANNERS_MS);
    await closed;
    clearTimeout(timer);
  };
}

/** Has the signals that ask for an end, as Ctrl-C does, bring it about in the way that `exit` is told of. */
export function exitOnSignals(): void {
  for (const [name, code] of [
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)
    // prettier-ignore
    process.once(name, () => process.exit(code));
}
