// SIZE: what a page downloads to train an MLP by each library: minified by esbuild, with the wasm it fetches, gzip -9.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { build, type Metafile } from 'esbuild';
import { bundleTools, root } from '../../scripts/core.js';
import { here } from './build.js';
import type { Peer } from './list.js';
import type { Download } from './results.js';

/** A program that trains the tiny MLP (W4T), as a user of each library writes it, and the wasm beside it. */
interface Page {
  readonly program: string;
  readonly wasm?: string;
  /** Of the wasm only the kernels that the program needs, as TensorFlow.js's programs register only theirs. */
  readonly ownKernels?: true;
}

/**
 * Kernels and gradients that TensorFlow.js's program needs: its way to a small bundle is to register no others. Its wasm backend's
 * matrix product and sums want its transpose, too.
 */
const TFJS_KERNELS: readonly string[] =
  'Add BatchMatMul Cast Identity Mean Multiply RealDiv Reshape Square Sub Sum Tanh'.split(' ');
const TFJS_GRADIENTS: readonly string[] =
  'Add BatchMatMul Cast Identity Mean Multiply Reshape Square Sub Sum Tanh'.split(' ');

function tfjs(backend: 'cpu' | 'wasm'): string {
  const kernels = backend === 'wasm' ? [...TFJS_KERNELS, 'Transpose'] : TFJS_KERNELS;
  const config = (kernel: string): string => `${kernel[0]!.toLowerCase()}${kernel.slice(1)}Config`;
  const gradient = (kernel: string): string => `${kernel[0]!.toLowerCase()}${kernel.slice(1)}GradConfig`;
  const core = '@tensorflow/tfjs-core/dist';
  return `
import { registerKernel, registerGradient } from '${core}/kernel_registry';
import { ready, setBackend, tidy } from '${core}/globals';
import { variable } from '${core}/ops/variable';
import { add } from '${core}/ops/add';
import { matMul } from '${core}/ops/mat_mul';
import { mean } from '${core}/ops/mean';
import { square } from '${core}/ops/square';
import { sub } from '${core}/ops/sub';
import { tanh } from '${core}/ops/tanh';
import { zeros } from '${core}/ops/zeros';
import { randomNormal } from '${core}/ops/random_normal';
import { SGDOptimizer } from '${core}/optimizers/sgd_optimizer';
import '@tensorflow/tfjs-backend-${backend}/dist/base';
${kernels.map((kernel) => `import { ${config(kernel)} } from '@tensorflow/tfjs-backend-${backend}/dist/kernels/${kernel}';`).join('\n')}
${TFJS_GRADIENTS.map((kernel) => `import { ${gradient(kernel)} } from '${core}/gradients/${kernel}_grad';`).join('\n')}
[${kernels.map(config).join(', ')}].forEach(registerKernel);
[${TFJS_GRADIENTS.map(gradient).join(', ')}].forEach(registerGradient);
await setBackend('${backend}');
await ready();
const layer = (inputs, units) => [variable(randomNormal([inputs, units], 0, 0.3)), variable(zeros([units]))];
const [[w1, b1], [w2, b2], [w3, b3]] = [layer(2, 16), layer(16, 16), layer(16, 1)];
const optimizer = new SGDOptimizer(0.1);
export function step(x, y) {
  tidy(() => optimizer.minimize(() => {
    const hidden = tanh(add(matMul(tanh(add(matMul(x, w1), b1)), w2), b2));
    return mean(square(sub(add(matMul(hidden, w3), b3), y)));
  }));
}
`;
}

const JAX = `
import { init, numpy as np, random, valueAndGrad, jit } from '@jax-js/jax';
await init('wasm');
const layer = (inputs, units) => [random.normal(random.key(inputs), [inputs, units]).mul(0.3), np.zeros([units])];
let parameters = [...layer(2, 16), ...layer(16, 16), ...layer(16, 1)];
const dense = (x, w, b) => np.matmul(x, w).add(b);
const loss = ([w1, b1, w2, b2, w3, b3], x, y) =>
  np.square(dense(np.tanh(dense(np.tanh(dense(x, w1, b1)), w2, b2)), w3, b3).sub(y)).mean();
const update = jit((parameters, x, y) => {
  const [value, gradients] = valueAndGrad(loss)(parameters.map((p) => p.ref), x, y);
  value.dispose();
  return parameters.map((p, i) => p.sub(gradients[i].mul(0.1)));
});
export function step(x, y) {
  parameters = update(parameters, x, y);
}
`;

const layers = `
const layer = (inputs, units) => [variable(randomNormal([inputs, units], 0, 0.3)), variable(zeros([units]))];
const [[w1, b1], [w2, b2], [w3, b3]] = [layer(2, 16), layer(16, 16), layer(16, 1)];
const variables = [w1, b1, w2, b2, w3, b3];
const train = (x, y) => {
  const tape = new GradientTape();
  const hidden = tanh(add(matMul(tanh(add(matMul(x, w1), b1)), w2), b2));
  const loss = mean(square(sub(add(matMul(hidden, w3), b3), y)));
  tape.gradient(loss, variables).forEach((g, i) => variables[i].assignSub(mul(g, 0.1)));
};`;
const ops = 'GradientTape, add, init, matMul, mean, mul, randomNormal, square, sub, tanh, tidy, variable, zeros';
const EAGER = `import { ${ops} } from 'gradtape';
await init();
${layers}
export const step = (x, y) => tidy(() => train(x, y));`;
const COMPILED = `import { ${ops}, compile } from 'gradtape';
await init();
${layers}
export const step = compile(train);`;

const tfjsWasm = (file: string): string => join(here, 'node_modules/@tensorflow/tfjs-backend-wasm/wasm-out', file);

const PAGES: Readonly<Record<string, Page>> = {
  'gradtape eager': { program: EAGER, wasm: join(root, 'dist/core.wasm'), ownKernels: true },
  gradtape: { program: COMPILED, wasm: join(root, 'dist/core.wasm'), ownKernels: true },
  'tfjs cpu': { program: tfjs('cpu') },
  'tfjs wasm': { program: tfjs('wasm'), wasm: tfjsWasm('tfjs-backend-wasm-simd.wasm') },
  'jax-js jit': { program: JAX },
};

/** Modules of Node that code for browsers names, and does not load. */
const HOST_MODULES: readonly string[] = [
  'fs',
  'path',
  'os',
  'util',
  'worker_threads',
  'perf_hooks',
  'crypto',
  'node-fetch',
];

const gzipped = (bytes: Uint8Array): number => gzipSync(bytes, { level: 9 }).length;

/** The files that a page loads at once: the entry, and what it imports, but not what it would import later. */
function loaded({ outputs }: Metafile): Set<string> {
  const entry = Object.keys(outputs).find((path) => outputs[path]!.entryPoint !== undefined);
  const seen = new Set<string>();
  const follow = (path: string): void => {
    if (seen.has(path)) return;
    seen.add(path);
    for (const { path: next, kind } of outputs[path]?.imports ?? []) if (kind === 'import-statement') follow(next);
  };
  follow(entry!);
  return seen;
}

async function downloadOf({ program, wasm, ownKernels }: Page): Promise<Download> {
  const { esbuildCore } = await bundleTools();
  const { outputFiles, metafile } = await build({
    stdin: { contents: program, resolveDir: program.includes("'gradtape'") ? root : here, sourcefile: 'program.js' },
    absWorkingDir: root,
    bundle: true,
    splitting: true,
    outdir: 'build/none',
    minify: true,
    write: false,
    metafile: true,
    format: 'esm',
    platform: 'browser',
    target: 'es2022',
    conditions: ['browser'],
    tsconfigRaw: {}, // its paths lead to src/; what counts is dist/
    legalComments: 'none',
    logLevel: 'error',
    external: ['*.wasm', ...HOST_MODULES],
    plugins: ownKernels ? [esbuildCore()] : [],
  });
  const wanted = [...loaded(metafile)].map((path) => join(root, path));
  const js = outputFiles.filter(({ path }) => wanted.includes(path)).map(({ contents }) => gzipped(contents));
  const whole = wasm === undefined ? 0 : gzipped(readFileSync(wasm));
  const own = outputFiles.find(({ path }) => path.endsWith('core.wasm'));
  return {
    js: js.reduce((sum, bytes) => sum + bytes, 0),
    ...(own === undefined ? { wasm: whole } : { wasm: gzipped(own.contents), whole }),
  };
}

/** Downloads of the peers that can train an MLP in a page. */
export async function downloads(peers: readonly Peer[]): Promise<Record<string, Download>> {
  const sizes = peers.map(async ({ name }) => {
    const page = PAGES[name];
    return page ? { [name]: await downloadOf(page) } : {};
  });
  return Object.assign({}, ...(await Promise.all(sizes))) as Record<string, Download>;
}
