// Makes what the comparison runs: gradtape's dist/, the peers' packages, and bundles of our own code.

import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { spawnSync } from 'node:child_process';
import { build, type Plugin } from 'esbuild';
import { root, run } from '../../scripts/core.js';
import { compileProbe, FOR_NODE } from '../harness/build.js';

/** This folder: it has a package.json of its own. */
export const here: string = join(root, 'bench/peers');

/** Milliseconds of the newest file of some folders. */
function newest(...folders: readonly string[]): number {
  const files = folders.flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  );
  return Math.max(...files);
}

/** Builds dist/ when a source is newer. */
async function freshenPackage(): Promise<void> {
  const made = join(root, 'dist/index.js');
  if (
    existsSync(made) &&
    statSync(made).mtimeMs >= newest('src', 'assembly/kernels', 'assembly/loops', 'assembly/lanes')
  )
    return;
  console.log('dist/ is out of date: npm run build');
  await run('scripts/build.ts', ['--import', 'tsx', 'scripts/build.ts']);
}

/** Whether the packages of the lock file are there. */
export function isInstalled(): boolean {
  const made = join(here, 'node_modules/.package-lock.json');
  return existsSync(made) && statSync(made).mtimeMs >= statSync(join(here, 'package-lock.json')).mtimeMs;
}

/** Installs the peers' packages. Their install scripts are not needed. */
export function install(): void {
  if (isInstalled()) return;
  console.log('The first run: npm ci in bench/peers');
  const { status } = spawnSync('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
    cwd: here,
    stdio: 'inherit',
    shell: process.platform === 'win32',
  });
  if (status !== 0) throw new Error(`npm ci in bench/peers ended with code ${status}.`);
}

/** Versions of gradtape and of the peers' packages. */
export function versions(): Record<string, string> {
  const versionOf = (folder: string): string =>
    (JSON.parse(readFileSync(join(folder, 'package.json'), 'utf8')) as { version: string }).version;
  const packages = ['@tensorflow/tfjs-core', '@jax-js/jax', 'onnxruntime-web'];
  const entries = packages.map((name) => [name, versionOf(join(here, 'node_modules', name))]);
  return Object.fromEntries([['gradtape', versionOf(root)], ...entries]) as Record<string, string>;
}

/** Takes gradtape from dist/, whose loaders go on finding the files beside them. */
const fromDist: Plugin = {
  name: 'from-dist',
  setup({ onResolve, onLoad }) {
    onResolve({ filter: /^gradtape(\/\w+)?$/ }, ({ path }) => {
      const entry = path === 'gradtape' ? 'index.js' : `${path.slice('gradtape/'.length)}/index.js`;
      return { path: join(root, 'dist', entry) };
    });
    onLoad({ filter: /[\\/]dist[\\/]runtime[\\/]load-[\w-]+\.js$/ }, ({ path }) => ({
      contents: readFileSync(path, 'utf8').replaceAll('import.meta.url', JSON.stringify(pathToFileURL(path).href)),
    }));
  },
};

/** What code of the older kind expects to find: parts of TensorFlow.js are such. */
const COMMONJS = `import { createRequire as commonjsRequire } from 'node:module';
const require = commonjsRequire(import.meta.url);
const [__filename, __dirname] = [import.meta.filename, import.meta.dirname];`;

/**
 * Bundles entries into build/, as an application would ship them. onnxruntime-web stays outside: it loads files that stand beside
 * it.
 */
async function bundle(entries: readonly string[]): Promise<void> {
  await build({
    entryPoints: entries.map((entry) => join(here, entry)),
    outdir: join(here, 'build'),
    outbase: here,
    ...FOR_NODE,
    mainFields: ['module', 'main'],
    external: ['onnxruntime-web'],
    plugins: [fromDist],
    tsconfigRaw: {}, // its paths lead to src/; what counts is dist/
    banner: { js: COMMONJS },
  });
}

/** Makes all of it. */
export async function prepare(): Promise<void> {
  install();
  await freshenPackage();
  await compileProbe();
  const libraries = ['gradtape', 'tfjs', 'jax', 'onnxruntime', 'limits'];
  await bundle(['child.ts', 'looker.ts', ...libraries.map((name) => `libraries/${name}.ts`)]);
  await bundle(['libraries/gradtape-start.ts']);
}
