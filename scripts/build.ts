// Builds the package: kernel list, core.wasm in each variant, program.wasm, JavaScript and declarations. `npm run build`, and `npm ci` through `prepare`.

import { rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { compileCore, generateKernels, generateMethods, root, run } from './core.js';
import { flatten } from './flatten.js';

const start = performance.now();
rmSync(join(root, 'dist'), { recursive: true, force: true });
await generateKernels();
await generateMethods();
await Promise.all([
  compileCore('release'),
  compileCore('relaxed'),
  compileCore('threads'),
  compileCore('relaxed-threads'),
  compileCore('program'),
  run('tsc -p tsconfig.build.json', ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.build.json']).then(flatten),
]);
const size = (name: string): string => `${name} ${statSync(join(root, 'dist', name)).size} bytes`;
const seconds = ((performance.now() - start) / 1000).toFixed(1);
console.log(`built dist/: ${size('core.wasm')}, ${size('program.wasm')}, ${seconds} s`);
