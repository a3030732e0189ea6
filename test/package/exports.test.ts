// package.json: every entry leads to a module, and the package's own name resolves for its users.

import { execFileSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { root } from './sources.js';

const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
  exports: Record<string, string | Record<string, string>>;
  imports: Record<string, Record<string, string>>;
  dependencies: Record<string, string>;
  files: string[];
};
/** Made anew by every check, and no sign of a change. */
const GENERATED = ['runtime/kernels.ts', 'runtime/kernel-table.ts', 'chain/methods.ts'].map((path) => join(path));
/** Whether dist/ is the build of these sources; a checkout between builds has an older one, or none. */
const built = newest('src') <= newest('dist');

function newest(folder: string): number {
  const files = existsSync(join(root, folder))
    ? readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    : [];
  const code = files.filter((path) => /\.(js|ts)$/.test(path) && !GENERATED.includes(path));
  return Math.max(0, ...code.map((path) => statSync(join(root, folder, path)).mtimeMs));
}

/** All files that a map of entries names. */
function targets(entries: Record<string, string | Record<string, string>>): string[] {
  return Object.values(entries).flatMap((entry) => (typeof entry === 'string' ? [entry] : targets(entry)));
}

test('every module that package.json names has a source, or is made from those that have', () => {
  const named = [...targets(manifest.exports), ...targets(manifest.imports)];
  const modules = named.filter((path) => path.endsWith('.js') && !path.startsWith('./dist/node/'));
  const sources = modules.map((path) => path.replace('./dist/', 'src/').replace(/\.js$/, '.ts'));
  expect(sources.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test('an entry names its types before anything else, as resolvers need', () => {
  for (const entry of Object.values(manifest.exports))
    if (typeof entry === 'object') expect(Object.keys(entry)[0]).toBe('types');
});

test('bundlers take the modules, and Node a file that holds them', () => {
  for (const entry of Object.values(manifest.exports))
    if (typeof entry === 'object') {
      expect(Object.keys(entry)).toEqual(['types', 'module', 'node', 'default']);
      expect(entry.module).toBe(entry.default);
    }
});

test('the only dependency at run time is the loader', () => {
  expect(Object.keys(manifest.dependencies)).toEqual(['@assemblyscript/loader']);
});

test.skipIf(!built)('every entry is in dist/ after a build', () => {
  const all = [...targets(manifest.exports), ...targets(manifest.imports)];
  expect(all.filter((path) => !existsSync(join(root, path)))).toEqual([]);
});

test.skipIf(!built)('what the entries for Node share stands in one file', () => {
  const shared = readdirSync(join(root, 'dist/node')).filter((name) => /^chunk-.*\.js$/.test(name));
  expect(shared).toHaveLength(1);
});

test.skipIf(!built)('a program in Node imports every entry by name, and computes', () => {
  const entries = Object.keys(manifest.exports).filter((name) => !/\.(wasm|json)$/.test(name));
  const program = `
    for (const name of ${JSON.stringify(entries)}) await import('gradtape' + name.slice(1));
    const gt = await import('gradtape');
    await gt.init({ threads: 2 });
    const { layers } = await import('gradtape/nn');
    const y = layers.dense({ units: 1 }).apply(gt.ones([1, 2]));
    console.log(JSON.stringify([gt.coreBuild().threads, y instanceof gt.Tensor, gt.add([1, 2], 1).arraySync()]));
    await gt.init({ threads: 1 });
  `;
  const output = execFileSync(process.execPath, ['--input-type=module', '--eval', program], {
    cwd: root,
    encoding: 'utf8',
  });
  expect(JSON.parse(output)).toEqual([2, true, [2, 3]]);
});
