// Processes that must not outlive this one, and ends that leave nothing behind.

import type { ChildProcess } from 'node:child_process';

/** Programs get a process group of their own where there are such: it is ended with all that they start. */
export const IN_GROUP: { readonly detached: boolean } = { detached: process.platform !== 'win32' };

/** Sends a signal to a program that was started IN_GROUP, and to all that it started. */
function signal({ pid }: ChildProcess, name: NodeJS.Signals): void {
  if (pid === undefined) return;
  try {
    process.kill(IN_GROUP.detached ? -pid : pid, name);
  } catch {
    // It is gone.
  }
}

/** How long a program may take to end when it is asked to. */
const MANNERS_MS = 3000;

/** Ends a program that was started IN_GROUP: at the latest when this process ends. What is returned ends it now, and waits for that. */
export function endWithThis(child: ChildProcess): () => Promise<void> {
  const closed = new Promise<void>((done) => child.once('close', () => done()));
  const kill = (): void => signal(child, 'SIGKILL');
  process.prependOnceListener('exit', kill);
  child.once('close', () => process.off('exit', kill));
  return async () => {
    signal(child, 'SIGTERM');
    const timer = setTimeout(kill, MANNERS_MS);
    if (child.exitCode === null && child.signalCode === null) await closed;
    clearTimeout(timer);
    kill();
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
