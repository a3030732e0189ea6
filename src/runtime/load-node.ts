// Node, Deno and Bun: core.wasm is a file beside this one.

import { readFile } from 'node:fs/promises';
import type { Host } from './host.js';

export const host: Host = {
  load: () => readFile(new URL('../core.wasm', import.meta.url)),
  async fetch(url) {
    const target = url instanceof URL ? url : /^[a-z][a-z+.-]+:/i.test(url) ? new URL(url) : url;
    if (typeof target === 'string' || target.protocol === 'file:') return readFile(target);
    return (await fetch(target)).arrayBuffer();
  },
};
