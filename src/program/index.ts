// gradtape/program: runs what step.save() has written, with the core alone.

export { LoadError, DisposedError, OutOfMemoryError, ArgumentError } from '../errors.js';
export { init, initSync, type InitOptions } from '../runtime/init.js';
export { loadProgram, type ProgramOutput, type ProgramValue, type SavedProgram } from './load.js';
