// What Node loads of the package: dist/node/ holds all modules in a few files. Node takes half a millisecond and more for each file, and the package has 150.

import { readFileSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { root } from './core.js';

/**
 * esbuild puts modules that the same entries reach into one file. So every entry, and what is imported later on, reaches all
 * that the main one does.
 */
const together: Plugin = {
  name: 'together',
  setup({ onLoad }) {
    onLoad({ filter: /[\\/](?:index|runtime[\\/]pool)\.js$/ }, async ({ path }) => ({
      contents: `${await readFile(path, 'utf8')}\nimport ${JSON.stringify(join(root, 'dist/index.js'))};`,
    }));
  },
};

/** Makes dist/node/ of the built modules. What a host brings stays a file of its own, which `#host` leads to when a program runs. */
export async function flatten(): Promise<void> {
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    exports: Readonly<Record<string, string | { readonly node: string; readonly default: string }>>;
  };
  const entryPoints = Object.values(exports).flatMap((entry) =>
    typeof entry === 'string' ? [] : [{ in: join(root, entry.default), out: entry.node.replace(/\.js$/, '') }],
  );
  await build({
    entryPoints,
    outdir: root,
    chunkNames: 'dist/node/[name]-[hash]',
    ...{ bundle: true, splitting: true, minifyWhitespace: true, format: 'esm', target: 'node20', sourcemap: true },
    external: ['#host', '#program-host', '@assemblyscript/loader', 'node:*'],
    plugins: [together],
    // What the plugin adds is there to be reached, not for an effect.
    ...{ logLevel: 'warning', logOverride: { 'ignored-bare-import': 'silent' } },
  });
}
