// GRADTAPE_SIMD=relaxed npx vitest run: all tests on the relaxed build.

import { coreBuild, init } from '../src/index.js';

await init({ simd: 'relaxed' });
if (coreBuild().simd !== 'relaxed') throw new Error(`node ${process.version} has no relaxed SIMD.`);
