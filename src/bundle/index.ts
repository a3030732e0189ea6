// The entry gradtape/bundle, for Node: cores with the kernels that a bundle can run, and no others.

export { pruneCore, type CoreOptions } from './core.js';
export { esbuildCore } from './esbuild.js';
