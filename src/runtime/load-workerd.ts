// Cloudflare workers and Vercel Edge: core.wasm is imported as a module, since making code from bytes is forbidden.

import module from '../core.wasm';
import { LoadError } from '../errors.js';
import type { Host } from './host.js';

export const host: Host = {
  load: () => Promise.resolve(module),
  fetch(url) {
    return Promise.reject(
      new LoadError(
        'init',
        `this host cannot compile wasm from a URL: ${String(url)}`,
        "Import the module (import core from 'gradtape/core.wasm') and pass it to init({ wasm: core }).",
      ),
    );
  },
};
