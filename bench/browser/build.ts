// Makes what the benchmark's page is: bundles of the page, its worker and the suites that need no Node, and the wasm modules they load.

import { readFileSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { build, type Plugin } from 'esbuild';
import type { Files } from '../../scripts/browsers.js';
import { freshenCore, root } from '../../scripts/core.js';
import { compileProbe, families } from '../harness/build.js';

const OUT = join(root, 'build/bench/page');

/** The suites that run in a page: what starts processes or reads files cannot. */
export function pageFamilies(): string[] {
  return families().filter((name) => !/from 'node:/.test(readFileSync(join(root, `bench/${name}.bench.ts`), 'utf8')));
}

/** Files are read from the server. */
const readFromServer: Plugin = {
  name: 'read-from-server',
  setup({ onResolve }) {
    onResolve({ filter: /\/bytes\.js$/ }, () => ({ path: join(root, 'bench/browser/bytes.ts') }));
  },
};

/** Builds all of it. */
export async function preparePage(): Promise<Files> {
  await freshenCore('release', 'relaxed', 'threads', 'relaxed-threads');
  await compileProbe();
  const entries = ['browser/page.ts', 'browser/worker.ts', ...pageFamilies().map((name) => `${name}.bench.ts`)];
  const { outputFiles } = await build({
    entryPoints: [
      ...entries.map((entry) => ({ in: join(root, 'bench', entry), out: entry.replace(/\.ts$/, '') })),
      { in: join(root, 'src/runtime/load-worker-browser.ts'), out: 'load-worker-browser' },
    ],
    outdir: OUT,
    write: false,
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    logLevel: 'warning',
    alias: {
      '#host': join(root, 'src/runtime/load-browser.ts'),
      '#program-host': join(root, 'src/runtime/load-program-browser.ts'),
    },
    plugins: [readFromServer],
  });
  const scripts = outputFiles.map(
    ({ path, text }) => [`/${relative(OUT, path).split(sep).join('/')}`, ['text/javascript', text]] as const,
  );
  const cores = ['core', 'core.relaxed', 'core.threads', 'core.relaxed-threads'].map((name) => `dist/${name}.wasm`);
  const modules = [...cores, 'build/bench/probe.wasm'].map(
    (path) => [`/${path}`, ['application/wasm', readFileSync(join(root, path))]] as const,
  );
  return {
    '/': ['text/html; charset=utf-8', readFileSync(join(root, 'bench/browser/page.html'), 'utf8')],
    '/suites.json': ['application/json', JSON.stringify(pageFamilies())],
    ...Object.fromEntries([...scripts, ...modules]),
  };
}
