// The plugin for esbuild.

import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import type { BuildResult, Metafile, Plugin } from 'esbuild';
import { pruneCore, type CoreOptions } from './core.js';
import { withCompiled } from './select.js';
import { stubsFile, stubsIn } from './stubs.js';

/** The namespace of the stubs' modules. */
const STUB = 'gradtape-kernel';
const LOADER = /[\\/]runtime[\\/]load-(?:browser|node)\.[jt]s$/;
const COMPILE = /[\\/]compile[\\/]program\.[jt]s$/;
/** The package as Node loads it, all kernels in one file. */
const FLAT = /[\\/]dist[\\/]node[\\/][^\\/]+\.js$/;
const WITHOUT_MODULE =
  "gradtape is resolved to what Node loads, where its kernels do not stand apart. Add 'module' to conditions.";

/**
 * A plugin for esbuild: writes a core with the kernels that the bundle can run, and no others, beside the file that loads it.
 * There `await init()` finds it.
 *
 * @returns the plugin, for `plugins`.
 * @example esbuildCore({ kernels: ['tanh'] }).name; // 'gradtape-core'
 */
export function esbuildCore(options: CoreOptions = {}): Plugin {
  return {
    name: 'gradtape-core',
    setup({ initialOptions, onLoad, onResolve, onEnd }) {
      const file = stubsFile();
      const loader = file.endsWith('.ts') ? 'ts' : 'js';
      const stubs = stubsIn(file);
      initialOptions.metafile = true;
      onLoad({ filter: /[\\/]runtime[\\/]kernels\.[jt]s$/ }, ({ path }) => {
        if (path !== file) return undefined;
        return { contents: [...stubs.keys()].map((name) => `export { ${name} } from '${STUB}:${name}';`).join('\n') };
      });
      onResolve({ filter: new RegExp(`^${STUB}:`) }, ({ path }) => ({
        ...{ path: path.slice(STUB.length + 1), namespace: STUB, sideEffects: false },
      }));
      onLoad({ filter: /^/, namespace: STUB }, ({ path }) => ({
        ...{ contents: stubs.get(path)!, resolveDir: dirname(file), loader },
      }));
      onLoad({ filter: LOADER }, async ({ path }) =>
        dirname(path) === dirname(file) ? { contents: besides(await readFile(path, 'utf8')), loader } : undefined,
      );
      onLoad({ filter: FLAT }, ({ path }) =>
        packageOf(path) === packageOf(file) ? { errors: [{ text: WITHOUT_MODULE }] } : undefined,
      );
      onEnd(async (result) => {
        if (result.metafile !== undefined) await writeCores(result, result.metafile, options, initialOptions);
      });
    },
  };
}

/** The package's folder, by a file two folders below it. */
function packageOf(file: string): string {
  return resolve(file, '../../..');
}

/** A loader that looks for the core beside the bundle, not in the folder above as in the package. */
function besides(loader: string): string {
  return loader.replaceAll(/(?<=['`])\.\.\/(?=core\.wasm'|\$\{name\}`)/g, './');
}

async function writeCores(
  { outputFiles }: BuildResult,
  metafile: Metafile,
  { builds = ['core.wasm'], kernels = [] }: CoreOptions,
  { absWorkingDir = '.' }: { absWorkingDir?: string },
): Promise<void> {
  const { held, folders } = contentOf(metafile);
  for (const build of builds) {
    const contents = pruneCore([...held, ...kernels], build);
    for (const folder of folders) {
      const path = resolve(absWorkingDir, folder, build);
      // esbuild gives files back in place of writing them when it is told so.
      if (outputFiles !== undefined) outputFiles.push({ path, contents, hash: '', text: '' });
      else {
        await mkdir(dirname(path), { recursive: true });
        await writeFile(path, contents);
      }
    }
  }
}

/** The kernels that a bundle can run, and the folders of the files that load a core. */
export function contentOf({ outputs }: Metafile): { held: ReadonlySet<string>; folders: ReadonlySet<string> } {
  const stubs = new Set<string>();
  const folders = new Set<string>();
  let compiles = false;
  for (const [path, { inputs }] of Object.entries(outputs))
    for (const [input, { bytesInOutput }] of Object.entries(inputs)) {
      if (bytesInOutput === 0) continue;
      if (input.startsWith(`${STUB}:`)) stubs.add(input.slice(STUB.length + 1));
      if (COMPILE.test(input)) compiles = true;
      if (LOADER.test(input)) folders.add(dirname(path));
    }
  return { held: compiles ? withCompiled(stubs) : stubs, folders };
}
