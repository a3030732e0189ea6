// Browsers without a window: where this machine has them, how a page is opened, and a server for it. Nothing is installed and nothing drives them: the page
// posts what it has to say.

import { spawn, type ChildProcess } from 'node:child_process';
import { accessSync, constants, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { endWithThis } from './processes.js';

/** A browser. */
export interface Browser {
  readonly name: string;
  /** The program; null when this machine has none. */
  find(): string | null;
  /** How a machine gets it. */
  readonly howToGet: string;
  /** What the program is called with, and what it finds in its profile. */
  readonly options: (profile: string) => readonly string[];
  readonly profile?: Readonly<Record<string, string>>;
}

export const BROWSERS: readonly Browser[] = [
  {
    name: 'chromium',
    find: () =>
      onPath(process.env['CHROMIUM'] ?? '', 'chromium', 'chromium-browser', 'google-chrome', 'google-chrome-stable'),
    howToGet: 'install chromium, or set CHROMIUM to its path',
    options: (profile) => [
      '--headless=new',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-dev-shm-usage',
      '--no-first-run',
      `--user-data-dir=${profile}`,
    ],
  },
  {
    name: 'firefox',
    find: () => onPath(process.env['FIREFOX'] ?? '', 'firefox', 'firefox-esr'),
    howToGet: 'install firefox, or set FIREFOX to its path',
    options: (profile) => ['--headless', '--no-remote', '--profile', profile],
    profile: {
      'user.js': [
        'user_pref("browser.shell.checkDefaultBrowser", false);',
        'user_pref("datareporting.policy.dataSubmissionEnabled", false);',
        'user_pref("app.update.enabled", false);',
      ].join('\n'),
    },
  },
];

/** Opens a page in a browser with a profile of its own, for as long as `until` takes. Neither outlives this process. */
export async function withPage<T>(browser: Browser, program: string, url: string, until: Promise<T>): Promise<T> {
  return inTemporaryFolder(async (profile) => {
    for (const [name, text] of Object.entries(browser.profile ?? {})) writeFileSync(join(profile, name), text);
    const child = spawn(program, [...browser.options(profile), url], { stdio: ['ignore', 'ignore', 'pipe'] });
    const end = endWithThis(child);
    try {
      return await Promise.race([
        until,
        ended(child).then(() => {
          throw new Error(`${browser.name} ended before the page gave its result.`);
        }),
      ]);
    } finally {
      await end();
    }
  });
}

/** What a page is made of, by path: its media type and content. */
export type Files = Readonly<Record<string, readonly [type: string, content: string | Uint8Array]>>;

/**
 * Serves files on this machine, isolated from other origins: so pages have the finest clock and shared memory.
 *
 * @param onPost what a page posted, and where.
 * @returns the server's address, and what ends it.
 */
export function serve(
  files: Files,
  onPost: (path: string, body: string) => void,
  port = 0,
): Promise<{ origin: string; close: () => void }> {
  const server = createServer((request, response) => {
    const path = new URL(request.url ?? '/', 'http://localhost').pathname;
    const file = files[path];
    if (request.method === 'POST') {
      let body = '';
      request.on('data', (chunk: Buffer) => (body += chunk.toString()));
      request.on('end', () => {
        response.end();
        onPost(path, body);
      });
    } else if (file) {
      response.setHeader('content-type', file[0]);
      response.setHeader('cross-origin-opener-policy', 'same-origin');
      response.setHeader('cross-origin-embedder-policy', 'require-corp');
      response.end(file[1]);
    } else {
      response.statusCode = 404;
      response.end();
    }
  });
  return new Promise((done, refuse) => {
    server.once('error', refuse);
    server.listen(port, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      const close = (): void => {
        server.close();
        server.closeAllConnections();
      };
      done({ origin: `http://127.0.0.1:${port}`, close });
    });
  });
}

/** The first of some programs that is on the PATH, or that is a path itself. */
export function onPath(...names: string[]): string | null {
  for (const name of names.filter((n) => n !== ''))
    for (const folder of name.includes('/') ? [''] : (process.env['PATH'] ?? '').split(delimiter)) {
      const path = folder === '' ? name : join(folder, name);
      try {
        accessSync(path, constants.X_OK);
        return path;
      } catch {
        // Not in this folder.
      }
    }
  return null;
}

/** Waits for a program to end; rejects with what it wrote to stderr when it did not end well. */
export function ended(child: ChildProcess): Promise<void> {
  let errors = '';
  child.stderr?.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  return new Promise((done, refuse) => {
    child.on('error', refuse);
    child.on('close', (code, signal) => {
      if (code === 0 || signal !== null) done();
      else refuse(new Error(`${child.spawnfile} ended with code ${code}:\n${errors.slice(-4000)}`));
    });
  });
}

/** A folder for as long as `body` takes, or this process. */
export async function inTemporaryFolder<T>(body: (folder: string) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'gradtape-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  process.once('exit', remove);
  try {
    return await body(folder);
  } finally {
    process.off('exit', remove);
    remove();
  }
}
