// What a page downloads, min + gzip -9, beside the budgets in package.json. `npm run size`.
//
// For training: core.wasm, and GradientTape with an MLP step; the same with a core of that step's own kernels (gradtape/bundle); then what stands in core.wasm's place in its other builds. For a saved program: program.wasm, and the JavaScript that runs it.

import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Plugin } from 'esbuild';
import { bundleTools, root } from './core.js';

/** A program as a user writes it: the tiny MLP of the benchmark (W4T), its squared error, gradients, one SGD step. */
const MLP_STEP = `
import { GradientTape, add, init, matMul, mean, mul, randomNormal, square, sub, tanh, tidy, variable, zeros } from 'gradtape';
await init();
const layer = (inputs, units) => [variable(randomNormal([inputs, units], 0, 0.3)), variable(zeros([units]))];
const [[w1, b1], [w2, b2], [w3, b3]] = [layer(2, 16), layer(16, 16), layer(16, 1)];
const variables = [w1, b1, w2, b2, w3, b3];
export function step(x, y) {
  tidy(() => {
    const tape = new GradientTape();
    const hidden = tanh(add(matMul(tanh(add(matMul(x, w1), b1)), w2), b2));
    const loss = mean(square(sub(add(matMul(hidden, w3), b3), y)));
    tape.gradient(loss, variables).forEach((g, i) => variables[i].assignSub(mul(g, 0.1)));
  });
}
`;

/** A page that runs a saved program. */
const SAVED_PROGRAM = `
import { loadProgram } from 'gradtape/program';
const program = await loadProgram(await (await fetch('step.gtp')).arrayBuffer());
export const step = (...inputs) => program.run(inputs);
`;

/** Leaves out what a program loads later, by import(): threads, when it asks for them. */
const onlyWhatStarts: Plugin = {
  name: 'only-what-starts',
  setup({ onResolve }) {
    onResolve({ filter: /./ }, ({ path, kind }) => (kind === 'dynamic-import' ? { path, external: true } : undefined));
  },
};

/** Bytes of a browser bundle of a program, minified, and of what plugins make beside it. */
export async function bundle(program: string, ...plugins: readonly Plugin[]): Promise<[Uint8Array, ...Uint8Array[]]> {
  const result = await build({
    stdin: { contents: program, resolveDir: root, sourcefile: 'program.js' },
    bundle: true,
    minify: true,
    write: false,
    outfile: 'build/none/program.js',
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['browser'],
    tsconfigRaw: {}, // its paths lead to src/; what counts is dist/
    legalComments: 'none',
    external: ['*.wasm'],
    plugins: [onlyWhatStarts, ...plugins],
  });
  const [file, ...others] = result.outputFiles.map(({ contents }) => contents);
  if (!file) throw new Error('size: esbuild gave no file.');
  return [file, ...others];
}

interface Row {
  name: string;
  raw: number;
  gzip: number;
  budget: number;
}

const kilobytes = (n: number): string => (Number.isFinite(n) ? `${(n / 1024).toFixed(1)} KB` : '');
const gzipped = (bytes: Uint8Array): number => gzipSync(bytes, { level: 9 }).length;

async function main(): Promise<void> {
  if (!existsSync(join(root, 'dist/index.js'))) throw new Error('size: dist/ is empty. Run: npm run build');
  const { sizeBudget } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as {
    sizeBudget: Record<string, number>;
  };
  const row = (name: string, bytes: Uint8Array, budget: number): Row => ({
    ...{ name, budget },
    raw: bytes.length,
    gzip: gzipped(bytes),
  });
  const budgetOf = (name: string): number => {
    const budget = sizeBudget[name];
    if (budget === undefined) throw new Error(`size: package.json has no budget for ${name}.`);
    return budget;
  };
  const module = (name: string): Row => row(name, readFileSync(join(root, 'dist', name)), budgetOf(name));
  const sum = (name: string, parts: readonly Row[], budget: number): Row => ({
    ...{ name, budget },
    raw: parts.reduce((n, { raw }) => n + raw, 0),
    gzip: parts.reduce((n, { gzip }) => n + gzip, 0),
  });
  const [js] = await bundle(MLP_STEP);
  const training = [module('core.wasm'), row('GradientTape + MLP step', js, budgetOf('mlp'))];
  const { esbuildCore } = await bundleTools();
  const [ownJs, ownCore] = await bundle(MLP_STEP, esbuildCore());
  const own = [row('core of its own kernels', ownCore!, Infinity), row('', ownJs, Infinity)];
  const rows: Row[] = [
    ...[...training, sum('together', training, budgetOf('together'))],
    ...[own[0]!, sum('together with that core', own, budgetOf('ownKernels'))],
  ];
  const variants = readdirSync(join(root, 'dist')).filter((name) => /^core\..+\.wasm$/.test(name));
  rows.push(
    ...variants.map(module),
    module('program.wasm'),
    row('gradtape/program', (await bundle(SAVED_PROGRAM))[0], budgetOf('program')),
  );

  console.log(`${''.padEnd(26)}${'minified'.padStart(10)}${'gzip -9'.padStart(10)}${'budget'.padStart(10)}`);
  for (const { name, raw, gzip, budget } of rows) {
    const over = gzip > budget;
    if (over) process.exitCode = 1;
    const cells = [raw, gzip, budget].map((n) => kilobytes(n).padStart(10)).join('');
    console.log(`${name.padEnd(26)}${cells}${over ? `   over its budget by ${gzip - budget} bytes` : ''}`);
  }
}

await main();
