// A core that was made for fewer kernels (gradtape/bundle), and what it calls for one that it lacks.

import { LoadError } from '../errors.js';

/** Its import's module, and its section with the names of what it lacks, by op ID. */
export const LACKING = 'lacking';
/** The import's name. */
export const MISSING = 'missing';

/** The import of such a core; others do not ask for it. `words` gives the linear memory that holds the record. */
export function lacking(module: WebAssembly.Module, file: string, words: () => ArrayLike<number>): WebAssembly.Imports {
  return {
    [LACKING]: {
      [MISSING](record: number) {
        const id = words()[record / 4]! & 0xffff;
        const [names] = WebAssembly.Module.customSections(module, LACKING);
        const name = new TextDecoder().decode(names).split('\n')[id];
        throw new LoadError(
          file,
          `it was made without the kernel ${name || id}`,
          'Make it again for this program, or with this kernel in `kernels`: see gradtape/bundle.',
        );
      },
    },
  };
}
