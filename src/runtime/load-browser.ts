// Browsers: core.wasm is fetched from beside this file.

import type { Host } from './host.js';

export const host: Host = {
  load: () => host.fetch(new URL('../core.wasm', import.meta.url)),
  async fetch(url) {
    const response = await fetch(url);
    return response.arrayBuffer();
  },
};
