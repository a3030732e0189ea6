// The kernels' stubs, src/runtime/kernels.ts, as a module each: so a bundler tells which of them a bundle holds.

import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

/** The file that the stubs stand in: the package's JavaScript, or the source where that is what runs. */
export function stubsFile(): string {
  const [made, source] = ['js', 'ts'].map((type) => new URL(`../runtime/kernels.${type}`, import.meta.url));
  return realpathSync(fileURLToPath(existsSync(made!) ? made! : source!));
}

/** The source of each stub, with the imports that it needs, by its name. */
export function stubsIn(file: string): Map<string, string> {
  const [head = '', ...stubs] = readFileSync(file, 'utf8').split(/^(?=export function )/m);
  const imports = (head.match(/^import .*$/gm) ?? []).join('\n');
  return new Map(
    stubs.map((stub) => {
      const [code] = stub.split(/^}$/m);
      return [/\w+(?=\()/.exec(stub)![0], `${imports}\n${code}}\n`];
    }),
  );
}
