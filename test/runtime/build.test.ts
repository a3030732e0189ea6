// Which build of the core init starts, and what it says where that one cannot be had.

import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { CoreBuild } from '../../src/index.js';
import { coreFile } from '../../src/runtime/build.js';

const root = join(import.meta.dirname, '../..');
const BUILDS: readonly CoreBuild[] = [1, 2].flatMap((threads) => [
  { simd: 'deterministic', threads },
  { simd: 'relaxed', threads },
]);

/** The bytes of a file of dist/. */
const bytesOf = (file: string): Uint8Array<ArrayBuffer> => new Uint8Array(readFileSync(join(root, 'dist', file)));

/** A library of its own, with no core started, and what it warns of. */
async function fresh(): Promise<typeof import('../../src/index.js') & { warnings: string[] }> {
  vi.resetModules();
  const library = await import('../../src/index.js');
  const warnings: string[] = [];
  library.onWarning((message) => warnings.push(message));
  return { ...library, warnings };
}

/** Makes the engine one that has relaxed SIMD, or has not, as far as it is asked. */
const pretend = (has: boolean): unknown => vi.spyOn(WebAssembly, 'validate').mockReturnValue(has);

afterEach(() => vi.restoreAllMocks());

describe('init', () => {
  let gt: Awaited<ReturnType<typeof fresh>>;
  beforeEach(async () => {
    gt = await fresh();
  });

  it('starts the deterministic build when none is named', async () => {
    await gt.init();
    expect(gt.coreBuild()).toEqual({ simd: 'deterministic', threads: 1 });
    expect(gt.warnings).toEqual([]);
  });

  it('warns, and starts the deterministic build, where the engine has no relaxed SIMD', async () => {
    pretend(false);
    await gt.init({ simd: 'relaxed' });
    expect(gt.warnings).toEqual([
      'init: this engine has no relaxed SIMD: core.wasm, the deterministic build, runs in its place.',
    ]);
    expect(gt.coreBuild()).toEqual({ simd: 'deterministic', threads: 1 });
    expect(gt.add([1, 2], 1).arraySync()).toEqual([2, 3]);
  });

  it('starts the relaxed build where the engine has relaxed SIMD', async () => {
    await gt.init({ simd: 'relaxed' });
    expect(gt.warnings).toEqual([]);
    expect(gt.coreBuild()).toEqual({ simd: 'relaxed', threads: 1 });
    expect(gt.add([1, 2], 1).arraySync()).toEqual([2, 3]);
  });

  it('starts the relaxed build from its module at once', () => {
    gt.initSync(new WebAssembly.Module(bytesOf('core.relaxed.wasm')), { simd: 'relaxed' });
    expect(gt.coreBuild()).toEqual({ simd: 'relaxed', threads: 1 });
  });

  it('refuses the relaxed build where it was not asked for', async () => {
    await expect(gt.init({ wasm: bytesOf('core.relaxed.wasm') })).rejects.toThrow(
      'core.wasm: the module that was given is core.relaxed.wasm. Give core.wasm, or other options of init.',
    );
  });

  it('refuses the deterministic build where the relaxed one is asked for and can be had', async () => {
    pretend(true);
    await expect(gt.init({ simd: 'relaxed', wasm: bytesOf('core.wasm') })).rejects.toThrow(
      'core.relaxed.wasm: the module that was given is core.wasm. Give core.relaxed.wasm, or other options of init.',
    );
    expect(() => gt.initSync(bytesOf('core.wasm'), { simd: 'relaxed' })).toThrow(gt.LoadError);
  });

  it('asks a function for the file that the engine can run', async () => {
    const asked: string[] = [];
    const wasm = (file: string): Uint8Array<ArrayBuffer> => {
      asked.push(file);
      return bytesOf(file);
    };
    pretend(false);
    await gt.init({ simd: 'relaxed', wasm });
    gt = await fresh();
    await gt.init({ wasm: (file) => Promise.resolve(wasm(file)) });
    vi.restoreAllMocks();
    gt = await fresh();
    await gt.init({ simd: 'relaxed', wasm });
    expect(asked).toEqual(['core.wasm', 'core.wasm', 'core.relaxed.wasm']);
  });

  it('refuses a build that there is not', async () => {
    const simd = 'fast' as 'relaxed';
    await expect(gt.init({ simd })).rejects.toThrow("init: simd must be 'deterministic' or 'relaxed': got fast.");
    expect(() => gt.initSync(bytesOf('core.wasm'), { simd })).toThrow(gt.LoadError);
  });
});

it('coreBuild says that the core is not loaded', async () => {
  const { coreBuild, LoadError } = await fresh();
  expect(() => coreBuild()).toThrow(LoadError);
});

it('every build has a file, which the package exports and asconfig.json makes', () => {
  const files = BUILDS.map(coreFile);
  const { exports } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { exports: object };
  const { targets } = JSON.parse(readFileSync(join(root, 'asconfig.json'), 'utf8')) as {
    targets: Record<string, { outFile: string }>;
  };
  expect(new Set(files).size).toBe(BUILDS.length);
  expect(files.filter((file) => !existsSync(join(root, 'dist', file)))).toEqual([]);
  expect(files.map((file) => `./${file}`).filter((name) => !(name in exports))).toEqual([]);
  const made = Object.values(targets).map(({ outFile }) => outFile);
  expect(files.filter((file) => !made.includes(`dist/${file}`))).toEqual([]);
});
