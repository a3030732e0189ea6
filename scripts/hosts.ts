// Installs the test hosts that npm can bring into build/hosts, apart from the package's own dependencies. `npm run hosts`

import { execSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './core.js';

/** The newest miniflare whose undici and workerd run on Node 20. */
const PACKAGES = ['miniflare@4.20251011.0'];

const folder = join(root, 'build/hosts');
mkdirSync(folder, { recursive: true });
writeFileSync(join(folder, 'package.json'), '{ "private": true }\n');
execSync(`npm install --no-save --no-audit --no-fund ${PACKAGES.join(' ')}`, { cwd: folder, stdio: 'inherit' });
