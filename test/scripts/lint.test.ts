// The house's own lint rules: each finds what it is for, and lets the rest pass.

import { join } from 'node:path';
import { Linter, type Rule } from 'eslint';
import tseslint from 'typescript-eslint';
import { expect, test } from 'vitest';

const root = join(import.meta.dirname, '../..');

/** A rule of scripts/lint, which is JavaScript because ESLint loads it as it is. */
async function rule(name: string): Promise<Rule.RuleModule> {
  const module = (await import(join(root, `scripts/lint/${name}.js`))) as Record<string, Rule.RuleModule>;
  return module[name]!;
}
const rules = { comments: await rule('comments'), docs: await rule('docs'), layers: await rule('layers') };
const linter = new Linter({ cwd: root });

/** Messages of one rule for a source that stands at a path. */
function messages(name: keyof typeof rules, path: string, source: string, options: unknown[] = []): string[] {
  const found = linter.verify(
    source,
    [
      {
        files: ['**/*.ts'],
        languageOptions: { parser: tseslint.parser as Linter.Parser },
        plugins: { house: { rules } },
        rules: { [`house/${name}`]: ['error', ...options] },
      },
    ],
    { filename: join(root, path) },
  );
  return found.filter((m) => m.ruleId !== null).map((m) => m.message);
}

test.each([
  ['src/runtime/core.ts', '../tensor.js'],
  ['src/ops/add.ts', '../tape/tape.js'],
  ['src/tape/tape.ts', '../nn/layer.js'],
  ['src/tensor.ts', './ops/unary.js'],
])('an import that points up is found: %s imports %s', (path, source) => {
  expect(messages('layers', path, `import { x } from '${source}';`).join()).toMatch(/imports point down|knows? no op/);
});

test.each([
  ['src/ops/add.ts', '../runtime/kernels.js'],
  ['src/nn/dense.ts', '../ops/matmul.js'],
  ['src/tape/cotangent.ts', '../ops/binary.js'],
  ['src/runtime/load-node.ts', 'node:fs/promises'],
])('an import that points down passes: %s imports %s', (path, source) => {
  expect(messages('layers', path, `import { x } from '${source}';`)).toEqual([]);
});

test('a type may come from above: it leaves no import behind', () => {
  expect(messages('layers', 'src/ops/add.ts', "import type { X } from '../tape/tape.js';")).toEqual([]);
});

test('the tape names no op, and nobody but ops/ launches kernels', () => {
  expect(messages('layers', 'src/tape/backward.ts', "import { matMul } from '../ops/matmul.js';")).toHaveLength(1);
  expect(messages('layers', 'src/nn/dense.ts', "import * as k from '../runtime/kernels.js';")).toHaveLength(1);
});

test('a host module stands only in a loader', () => {
  expect(messages('layers', 'src/ops/add.ts', "import 'node:fs';")).toHaveLength(1);
});

test('a file begins with its caption', () => {
  expect(messages('comments', 'src/a.ts', '// What it is.\n\nexport {};')).toEqual([]);
  expect(messages('comments', 'src/a.ts', 'export {};')).toHaveLength(1);
});

test('what is left to do has an issue, and a rule is not switched off without a reason', () => {
  const left = ['TO', 'DO'].join('');
  expect(messages('comments', 'src/a.ts', `// What it is.\n// ${left}: mend`)).toHaveLength(1);
  expect(messages('comments', 'src/a.ts', `// What it is.\n// ${left}(#12): mend`)).toEqual([]);
  expect(messages('comments', 'src/a.ts', '// What it is.\n/* eslint-disable no-var */')).toHaveLength(1);
});

test('an exported function has a docstring, with its parameters where that is asked for', () => {
  expect(messages('docs', 'src/a.ts', 'export function f(): void {}')).toHaveLength(1);
  expect(messages('docs', 'src/a.ts', '/** Does. */\nexport function f(x: number): number { return x; }')).toEqual([]);
  expect(
    messages('docs', 'src/a.ts', '/** Does. */\nexport function f(x: number): number { return x; }', ['full']),
  ).toHaveLength(2);
});
