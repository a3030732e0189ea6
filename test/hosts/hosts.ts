// The hosts that the suite of programs runs in: how each is found on this machine, and how it runs the suite.

import { spawn } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import { BROWSERS, ended, inTemporaryFolder, onPath, serve, withPage, type Browser } from '../../scripts/browsers.js';
import { relaxedFlags } from '../../scripts/nodes.js';
import { aliases, root } from '../package/sources.js';
import type { CoreBuild } from '../../src/index.js';
import type { SuiteResult } from './suite.js';

/** A place where gradtape runs. A new host is one more entry of HOSTS, and a module in entries/. */
export interface Host {
  readonly name: string;
  /** What runs it; null when this machine has none. */
  find(): string | null;
  /** How a machine gets it. */
  readonly howToGet: string;
  /** Runs the suite on a build of the core. */
  run(found: string, simd: Simd): Promise<SuiteResult>;
}

type Simd = CoreBuild['simd'];

/** Programs that run the suite as Node does: name=path,… in GRADTAPE_NODES, such as other versions of it. */
const more = (process.env['GRADTAPE_NODES'] ?? '').split(',').filter((pair) => pair.includes('='));

export const HOSTS: readonly Host[] = [
  { name: 'node', find: () => process.execPath, howToGet: 'it runs these tests', run: runNode },
  ...more.map((pair): Host => {
    const [name = '', path = ''] = pair.split('=');
    return { name, find: () => onPath(path), howToGet: 'its path is in GRADTAPE_NODES', run: runNode };
  }),
  ...BROWSERS.map((browser): Host => ({
    name: browser.name,
    find: () => browser.find(),
    howToGet: browser.howToGet,
    run: (found, simd) => runBrowser(browser, found, simd),
  })),
  { name: 'workerd', find: findMiniflare, howToGet: 'npm run hosts', run: runWorkerd },
];

/** The source of a loader (`#host`, `#program-host`) that package.json gives a host of some conditions. */
function loaderFor(loader: string, conditions: readonly string[]): string {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    imports: Record<string, Record<string, string>>;
  };
  const fits = Object.entries(manifest.imports[loader] ?? {}).find(([name]) =>
    [...conditions, 'default'].includes(name),
  );
  if (!fits) throw new Error(`package.json: imports.${loader} has nothing for ${conditions.join(', ')}.`);
  return join(root, fits[1].replace('./dist/', 'src/').replace(/\.js$/, '.ts'));
}

/** The suite behind one host's entry, as one ES module. The wasm modules stay files beside it. */
async function bundle(entry: string, conditions: string[]): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [join(root, 'test/hosts/entries', entry)],
    bundle: true,
    write: false,
    format: 'esm',
    target: 'es2022',
    conditions,
    tsconfigRaw: {},
    alias: {
      ...aliases,
      '#host': loaderFor('#host', conditions),
      '#program-host': loaderFor('#program-host', conditions),
    },
    external: conditions.includes('node') ? ['node:*'] : [],
    logLevel: 'silent',
    plugins: [
      {
        name: 'wasm',
        setup: (b) => {
          b.onResolve({ filter: /\.wasm$/ }, ({ path }) => ({ path: `./${basename(path)}`, external: true }));
        },
      },
    ],
  });
  const file = outputFiles[0];
  if (!file) throw new Error(`${entry}: esbuild gave no file.`);
  return file.text;
}

/** The modules, by their names. */
const modules = (): [string, Buffer][] =>
  ['core.wasm', 'core.relaxed.wasm', 'program.wasm'].map((name) => [name, readFileSync(join(root, 'dist', name))]);

async function runNode(node: string, simd: Simd): Promise<SuiteResult> {
  return inTemporaryFolder(async (folder) => {
    writeFileSync(join(folder, 'suite.mjs'), await bundle('node.ts', ['node']));
    for (const [name, content] of modules()) writeFileSync(join(folder, name), content);
    const command = basename(node).startsWith('deno')
      ? ['run', '--allow-all']
      : node === process.execPath
        ? relaxedFlags()
        : [];
    const child = spawn(node, [...command, join(folder, 'suite.mjs'), simd], { stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    await ended(child);
    return JSON.parse(output) as SuiteResult;
  });
}

/** The page: an error that the suite itself does not catch is posted too, so that nobody waits for the limit. */
const PAGE = `<!doctype html><meta charset="utf-8"><title>gradtape</title><script>
const report = (problem) => fetch('/result', { method: 'POST', body: JSON.stringify({ host: 'page', build: {}, programs: [{ name: 'load', problem, hash: '' }], hash: '' }) });
addEventListener('error', (e) => report(e.message ?? 'suite.js does not load'), true);
addEventListener('unhandledrejection', (e) => report(String(e.reason)));
</script><script type="module" src="/suite.js"></script>`;

async function runBrowser(browser: Browser, found: string, simd: Simd): Promise<SuiteResult> {
  const suite = await bundle('browser.ts', ['browser']);
  let done: (body: string) => void;
  const posted = new Promise<string>((resolve) => (done = resolve));
  const server = await serve(
    {
      '/': ['text/html', PAGE],
      '/suite.js': ['text/javascript', suite],
      ...Object.fromEntries(modules().map(([name, content]) => [`/${name}`, ['application/wasm', content] as const])),
    },
    (_, body) => done(body),
  );
  try {
    return JSON.parse(await withPage(browser, found, `${server.origin}/?simd=${simd}`, posted)) as SuiteResult;
  } finally {
    server.close();
  }
}

/** The parts of miniflare that are used here; it is not among the package's dependencies. */
interface Miniflare {
  dispatchFetch(url: string): Promise<{ text(): Promise<string> }>;
  dispose(): Promise<void>;
}
type MiniflareModule = Record<'Miniflare', new (options: object) => Miniflare>;

/** miniflare's main file: from build/hosts, where `npm run hosts` installs it, or from the package's own node_modules. */
function findMiniflare(): string | null {
  for (const folder of ['build/hosts', '.'])
    try {
      return createRequire(join(root, folder, 'package.json')).resolve('miniflare');
    } catch {
      // Not there.
    }
  return null;
}

async function runWorkerd(path: string, simd: Simd): Promise<SuiteResult> {
  const { Miniflare } = (await import(/* @vite-ignore */ pathToFileURL(path).href)) as MiniflareModule;
  const worker = new Miniflare({
    compatibilityDate: '2025-10-01',
    modules: [
      { type: 'ESModule', path: 'worker.mjs', contents: await bundle('workerd.ts', ['workerd', 'edge-light']) },
      ...modules().map(([path, contents]) => ({ type: 'CompiledWasm', path, contents })),
    ],
  });
  try {
    const response = await worker.dispatchFetch(`http://localhost/${simd}`);
    return JSON.parse(await response.text()) as SuiteResult;
  } finally {
    await worker.dispose();
  }
}
