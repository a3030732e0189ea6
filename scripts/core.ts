// Builds core.wasm: the kernel list, then asc and scripts/unroll.ts for each target that is out of date.

import { spawn } from 'node:child_process';
import { existsSync, readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';

export const root: string = join(import.meta.dirname, '..');

/** Where asconfig.json puts each target's module. */
const OUTPUT = {
  release: 'dist/core.wasm',
  relaxed: 'dist/core.relaxed.wasm',
  threads: 'dist/core.threads.wasm',
  'relaxed-threads': 'dist/core.relaxed-threads.wasm',
  program: 'dist/program.wasm',
} as const;
export type Target = keyof typeof OUTPUT;

/** What a module is made from; a change of any of it makes the module out of date. */
const SOURCES = [
  'assembly',
  'asconfig.json',
  ...['kernels', 'expression', 'reach', 'split', 'unroll'].map((name) => `scripts/${name}.ts`),
  'src/runtime/abi.ts',
];
/** Written by scripts/kernels.ts at each run, so their time says nothing. */
const GENERATED = ['dispatch.ts', 'reach-table.ts', 'split-table.ts', 'kernels.txt'].map((name) => `assembly/${name}`);

/** Runs a Node program and waits for it; what it prints is shown only when it does not succeed. */
export function run(label: string, args: string[]): Promise<void> {
  return new Promise((done, refuse) => {
    const child = spawn(process.execPath, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] });
    let output = '';
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()));
    child.on('error', refuse);
    child.on('close', (code) =>
      code === 0 ? done() : refuse(new Error(`${label} ended with code ${code}:\n${output}`)),
    );
  });
}

/** Numbers the kernels anew: scripts/kernels.ts. */
export function generateKernels(): Promise<void> {
  return run('scripts/kernels.ts', ['--import', 'tsx', 'scripts/kernels.ts']);
}

/** Makes methods of the ops anew: scripts/chain.ts. */
export function generateMethods(): Promise<void> {
  return run('scripts/chain.ts', ['--import', 'tsx', 'scripts/chain.ts']);
}

/** What a target has beside assembly/index.ts, which asconfig.json gives to all. */
const ENTRIES: Readonly<Partial<Record<Target, string>>> = {
  program: 'assembly/validate.ts',
  threads: 'assembly/threads.ts',
  'relaxed-threads': 'assembly/threads.ts',
};

/** Compiles one target of asconfig.json. */
export async function compileCore(target: Target): Promise<void> {
  const entry = ENTRIES[target];
  await run(`asc --target ${target}`, [
    'node_modules/assemblyscript/bin/asc.js',
    ...(entry === undefined ? [] : [entry]),
    ...['--target', target],
  ]);
  await run('scripts/unroll.ts', ['--import', 'tsx', 'scripts/unroll.ts', OUTPUT[target]]);
}

/** Milliseconds of the newest change among files and the folders below them. */
function newest(path: string): number {
  if (GENERATED.includes(path)) return 0;
  const stat = statSync(join(root, path));
  if (!stat.isDirectory()) return stat.mtimeMs;
  return Math.max(...readdirSync(join(root, path)).map((name) => newest(`${path}/${name}`)));
}

/** Whether a target's module, or the stubs that belong to it, is missing or older than its sources. */
export function isStale(target: Target): boolean {
  const made = [
    OUTPUT[target],
    'assembly/dispatch.ts',
    'assembly/reach-table.ts',
    'assembly/split-table.ts',
    'src/runtime/kernels.ts',
    'src/runtime/kernel-table.ts',
  ];
  if (!made.every((path) => existsSync(join(root, path)))) return true;
  return statSync(join(root, OUTPUT[target])).mtimeMs < Math.max(...SOURCES.map(newest));
}

/** The code of Node's workers, which tests need as JavaScript, and what it is made from. */
const WORKER = 'dist/runtime/load-worker-node.js';
const WORKER_SOURCES = ['load-worker-node', 'work', 'abi'].map((name) => `src/runtime/${name}.ts`);

/** Bundles the worker of TypeScript sources, when it is out of date. */
export async function freshenWorker(): Promise<void> {
  if (existsSync(join(root, WORKER)) && newest(WORKER) > Math.max(...WORKER_SOURCES.map(newest))) return;
  await bundleWorker(join(root, WORKER));
}

/** Bundles the worker of TypeScript sources. */
export async function bundleWorker(outfile: string): Promise<void> {
  const source = join(root, WORKER_SOURCES[0]!);
  await build({ entryPoints: [source], outfile, bundle: true, format: 'esm', platform: 'node' });
}

/** What scripts/chain.ts writes, and reads. */
const METHODS = 'src/chain/methods.ts';
const OPS = ['src/index.ts', 'src/tensor.ts', 'src/ops', 'scripts/chain.ts'];

/** Builds what is out of date of some targets and of generated sources; for tests, which run the TypeScript sources themselves. */
export async function freshenCore(...targets: readonly Target[]): Promise<void> {
  if (!existsSync(join(root, METHODS)) || newest(METHODS) < Math.max(...OPS.map(newest))) await generateMethods();
  const stale = targets.filter(isStale);
  if (stale.length === 0) return;
  await generateKernels();
  await Promise.all(stale.map(compileCore));
}

/** The entry gradtape/bundle of the build in dist/, whose files it finds and prunes. */
export function bundleTools(): Promise<typeof import('../src/bundle/index.js')> {
  return import(pathToFileURL(join(root, 'dist/bundle/index.js')).href) as Promise<
    typeof import('../src/bundle/index.js')
  >;
}
