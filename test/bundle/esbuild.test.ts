// The plugin for esbuild: a bundle finds the core that was made for it, and computes what it computes on the whole one.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import { afterAll, describe, expect, test } from 'vitest';
import { esbuildCore } from '../../src/bundle/index.js';
import { aliases, bundleSources, root } from '../package/sources.js';

const out = mkdtempSync(join(tmpdir(), 'gradtape-bundle-'));
afterAll(() => {
  rmSync(out, { recursive: true });
});

/** Prints five losses of a workload. */
const program = (workload: string, way: string, dtype: string): string => `
  import { init } from 'gradtape';
  import { ${workload.toLowerCase()} } from '${join(root, `bench/workloads/${workload.toLowerCase()}.ts`)}';
  await init(process.argv[2] && { wasm: process.argv[2] });
  const training = ${workload.toLowerCase()}('${dtype}', '${way}');
  console.log(Array.from({ length: 5 }, () => training.step()).join());
`;

const run = (file: string, ...args: string[]): string =>
  execFileSync(process.execPath, [file, ...args], { encoding: 'utf8' });

test.each([
  ['W4T', 'eager', 'float64'],
  ['W4', 'compiled', 'float32'],
  ['W5', 'eager', 'float32'],
  ['W5', 'compiled', 'float64'],
  ['W6', 'compiled', 'float32'],
])(
  'a bundle of %s, %s in %s, gives the bits of the whole core',
  async (workload, way, dtype) => {
    const outfile = join(out, `${workload}-${way}`, 'program.mjs');
    await build({
      stdin: { contents: program(workload, way, dtype), resolveDir: root, sourcefile: 'program.ts', loader: 'ts' },
      ...{ outfile, bundle: true, format: 'esm', platform: 'node', alias: aliases, logLevel: 'error' },
      plugins: [esbuildCore()],
    });
    expect(readdirSync(join(outfile, '..')).sort()).toEqual(['core.wasm', 'program.mjs']);
    const whole = join(root, 'dist/core.wasm');
    expect(statSync(join(outfile, '../core.wasm')).size).toBeLessThan(statSync(whole).size * 0.6);
    const losses = run(outfile);
    expect(losses.split(',')).toHaveLength(5);
    expect(losses).toBe(run(outfile, whole));
  },
  60_000,
);

test('a bundle of what Node loads is refused, since its kernels do not stand apart', async () => {
  const flat = join(root, 'dist/node/index.js');
  const bundle = build({
    stdin: { contents: "import '#flat';", resolveDir: root },
    ...{ bundle: true, write: false, logLevel: 'silent' },
    plugins: [
      { name: 'there', setup: ({ onResolve }) => onResolve({ filter: /^#flat/ }, () => ({ path: flat })) },
      esbuildCore(),
    ],
  });
  await expect(bundle).rejects.toThrow("Add 'module' to conditions");
});

describe('what a bundle holds', () => {
  /** Names of the kernels that a program's core lacks, and its files by their names. */
  async function contentOf(source: string, options: Parameters<typeof esbuildCore>[0] = {}) {
    const { result } = await bundleSources(source, { plugins: [esbuildCore(options)] });
    const files = new Map(
      result.outputFiles!.map(({ path, contents }) => [path.slice(path.lastIndexOf('/') + 1), contents]),
    );
    const core = new WebAssembly.Module(Uint8Array.from(files.get(options.builds?.[0] ?? 'core.wasm')!));
    const [names] = WebAssembly.Module.customSections(core, 'lacking');
    return { lacks: new TextDecoder().decode(names).split('\n'), files };
  }

  test('is what it imports, in every dtype, and what that imports', async () => {
    const { lacks } = await contentOf("import { init, neg } from 'gradtape'; await init(); console.log(neg([1]));");
    for (const name of ['neg_f32', 'neg_f64', 'neg_i32']) expect(lacks).not.toContain(name);
    for (const name of ['tanh_f32', 'matmul_f64', 'fused_chain_f32']) expect(lacks).toContain(name);
  });

  test('is also what compile() puts in the place of kernels', async () => {
    const { lacks } = await contentOf(
      "import { compile, init, matMul, mean } from 'gradtape'; await init(); export const f = compile((x) => mean(matMul(x, x)));",
    );
    for (const name of ['fused_matmul_f32', 'mean_parts_f32', 'fused_chain_f64']) expect(lacks).not.toContain(name);
    expect(lacks).toContain('fused_conv2d_f32');
  });

  test('is also what it is told to keep, in the builds that are wanted', async () => {
    const source = "import { init } from 'gradtape'; await init();";
    const { lacks, files } = await contentOf(source, { kernels: ['tanh_f32'], builds: ['core.threads.wasm'] });
    expect(lacks).not.toContain('tanh_f32');
    expect(lacks).toContain('tanh_f64');
    expect([...files.keys()]).toContain('core.threads.wasm');
    expect([...files.keys()]).not.toContain('core.wasm');
  });

  test('is nothing where no core is loaded: none is written', async () => {
    const { result } = await bundleSources("import { LoadError } from 'gradtape'; export { LoadError };", {
      plugins: [esbuildCore()],
    });
    expect(result.outputFiles).toHaveLength(1);
  });
});

test('compile() names kernels where it is known to', () => {
  const sources = ['finish', 'reduction', 'chain'].map((name) => `src/compile/${name}.ts`);
  const others = readdirSync(join(root, 'src/compile')).map((name) => `src/compile/${name}`);
  const naming = others.filter((path) => /\bidOf\(/.test(readFileSync(join(root, path), 'utf8')));
  expect(naming.filter((path) => !path.endsWith('/kernel.ts')).sort()).toEqual(sources.sort());
});
