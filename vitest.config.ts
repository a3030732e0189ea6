// Tests run the TypeScript sources, with core.wasm from this checkout's own dist/.

import { join } from 'node:path';
import { defineConfig, type ViteUserConfig } from 'vitest/config';
import { relaxedFlags } from './scripts/nodes.js';

const src = join(import.meta.dirname, 'src');

const config: ViteUserConfig = defineConfig({
  resolve: {
    alias: [
      { find: /^#host$/, replacement: join(src, 'runtime/load-node.ts') },
      { find: /^#program-host$/, replacement: join(src, 'runtime/load-program-node.ts') },
      { find: /^gradtape$/, replacement: join(src, 'index.ts') },
      { find: /^gradtape\/(chain|nn|optim|data|io|program|testing)$/, replacement: join(src, '$1/index.ts') },
    ],
  },
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    globalSetup: ['test/setup.ts'],
    setupFiles: process.env['GRADTAPE_SIMD'] === 'relaxed' ? ['test/relaxed.ts'] : [],
    pool: 'forks',
    execArgv: ['--expose-gc', ...relaxedFlags()],
    testTimeout: 20_000,
    passWithNoTests: true,
  },
});

export default config;
