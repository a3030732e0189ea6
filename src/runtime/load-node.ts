// Node, Deno and Bun: core.wasm is a file beside this one.

import { readFile } from 'node:fs/promises';
import type { Host } from './host.js';

/** The sources run as they are (tests, tsx) find it where the build puts it. */
const CORE = new URL(import.meta.url.endsWith('.ts') ? '../../dist/core.wasm' : '../core.wasm', import.meta.url);

export const host: Host = {
  load: () => readFile(CORE),
  async fetch(url) {
    const target = url instanceof URL ? url : /^[a-z][a-z+.-]+:/i.test(url) ? new URL(url) : url;
    if (typeof target === 'string' || target.protocol === 'file:') return readFile(target);
    return (await fetch(target)).arrayBuffer();
  },
};
