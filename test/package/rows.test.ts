// Every exported op has a row of checkOp: an op without one fails here.

import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Plugin } from 'esbuild';
import { expect, test } from 'vitest';
import * as gradtape from '../../src/index.js';
import { functions, NOT_OPS } from './exported.js';
import { bundleSources, root } from './sources.js';

/** Stands for vitest while the row files are read: nothing runs. */
const SILENT_VITEST = `
const ignore = new Proxy(function () {}, { get: (_, key) => (key === Symbol.toPrimitive ? () => '' : ignore), apply: () => ignore });
export const describe = ignore, test = ignore, it = ignore, expect = ignore, vi = ignore;
export const beforeAll = ignore, beforeEach = ignore, afterAll = ignore, afterEach = ignore;
`;
const withoutVitest: Plugin = {
  name: 'without vitest',
  setup(build) {
    build.onResolve({ filter: /^vitest$/ }, () => ({ path: 'vitest', namespace: 'silent' }));
    build.onLoad({ filter: /.*/, namespace: 'silent' }, () => ({ contents: SILENT_VITEST }));
  },
};

/** Names of all rows in test/ops. */
async function rowNames(): Promise<Set<string>> {
  const folderOfRows = join(root, 'test/ops');
  const files = (existsSync(folderOfRows) ? readdirSync(folderOfRows) : []).filter((name) => name.endsWith('.test.ts'));
  const program = `${files.map((name) => `import './test/ops/${name}';`).join('\n')}\nexport { rows } from './test/check/rows.js';`;
  const { text } = await bundleSources(program, { plugins: [withoutVitest], ignoreAnnotations: true });
  // In dist/, where core.wasm is for a module one folder below: some tests start the core as they are loaded.
  const folder = mkdtempSync(join(root, 'dist/rows-'));
  try {
    writeFileSync(join(folder, 'rows.mjs'), text);
    const { rows } = (await import(/* @vite-ignore */ pathToFileURL(join(folder, 'rows.mjs')).href)) as {
      rows: string[];
    };
    return new Set(rows);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

test('every exported op has a row in test/ops', async () => {
  const rows = await rowNames();
  const missing = functions(gradtape).filter((name) => !(name in NOT_OPS) && !rows.has(name));
  expect(missing, 'exported, not in NOT_OPS, and without checkOp({ name })').toEqual([]);
});

test('every row is about an exported function', async () => {
  const exported = new Set(functions(gradtape));
  expect([...(await rowNames())].filter((name) => !exported.has(name))).toEqual([]);
});

test('no function is both an op with a row and excused', async () => {
  expect([...(await rowNames())].filter((name) => name in NOT_OPS)).toEqual([]);
});
