// Makes what the benchmark runs: core.wasm when it is out of date, the probe, and bundles without a loader's overhead.

import { existsSync, mkdirSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { build, type BuildOptions, type Plugin } from 'esbuild';
import { bundleWorker, freshenCore, root, run } from '../../scripts/core.js';

/** Where everything is put. */
export const OUT: string = join(root, 'build/bench');

/** Names of the suites' files, without `.bench.ts`. */
export function families(): string[] {
  return readdirSync(join(root, 'bench'))
    .filter((name) => name.endsWith('.bench.ts'))
    .map((name) => name.slice(0, -'.bench.ts'.length));
}

/** Compiles the probe of this engine's limits, when it is out of date. */
export async function compileProbe(): Promise<void> {
  mkdirSync(OUT, { recursive: true });
  const made = join(OUT, 'probe.wasm');
  const sources = ['index.ts', 'asconfig.json'].map((name) => statSync(join(root, 'bench/probe', name)).mtimeMs);
  if (existsSync(made) && statSync(made).mtimeMs > Math.max(...sources)) return;
  await run('asc', ['node_modules/assemblyscript/bin/asc.js', '--config', 'bench/probe/asconfig.json']);
}

/** Has the kernels' stubs launch through timed-launch.ts, which keeps the time of each kernel. */
const timedLaunch: Plugin = {
  name: 'timed-launch',
  setup({ onResolve }) {
    onResolve({ filter: /\/launch\.js$/ }, ({ importer }) =>
      importer.endsWith('timed-launch.ts') ? undefined : { path: join(root, 'bench/harness/timed-launch.ts') },
    );
  },
};

/** How the benchmark's code is bundled for Node. */
export const FOR_NODE: BuildOptions = {
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  logLevel: 'warning',
};

/** Bundles entries that share their modules, as packages do. */
async function bundle(entries: readonly string[], outdir: string, plugins: Plugin[] = []): Promise<void> {
  await build({
    entryPoints: entries.map((entry) => join(root, entry)),
    outdir,
    outbase: join(root, 'bench'),
    ...FOR_NODE,
    alias: {
      '#host': join(root, 'src/runtime/load-node.ts'),
      '#program-host': join(root, 'src/runtime/load-program-node.ts'),
    },
    plugins,
  });
}

/** Builds all of it. */
export async function prepare(): Promise<void> {
  mkdirSync(OUT, { recursive: true });
  await freshenCore('release', 'relaxed', 'threads', 'relaxed-threads');
  await compileProbe();
  await bundle(
    ['bench/harness/child.ts', 'bench/harness/steady.ts', ...families().map((name) => `bench/${name}.bench.ts`)],
    OUT,
  );
  await bundleWorker(join(OUT, 'load-worker-node.js'));
  // Each alone: what entries share stands in one file, which START would load with what only W5 uses.
  for (const name of ['fresh', 'peak']) await bundle([`bench/harness/${name}.ts`], join(OUT, name));
}

/** Builds what bits are compared by. */
export async function prepareBits(): Promise<void> {
  await freshenCore('release', 'threads', 'program');
  await bundle(['bench/harness/bits.ts'], join(OUT, 'bits'));
  await bundleWorker(join(OUT, 'bits/load-worker-node.js'));
}

/** Builds the profiler. */
export async function prepareProfile(): Promise<void> {
  mkdirSync(OUT, { recursive: true });
  await freshenCore();
  await bundle(['bench/harness/profile.ts'], join(OUT, 'profile'), [timedLaunch]);
}
