// The examples in docstrings run, and give what the comment beside them says.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { beforeAll, describe, expect, test } from 'vitest';
import * as gradtape from '../../src/index.js';
import * as data from '../../src/data/index.js';
import * as nn from '../../src/nn/index.js';
import * as optim from '../../src/optim/index.js';
import * as testing from '../../src/testing/index.js';
import { root } from './sources.js';

/** What every example may name: all exports, the entries as `nn`, `optim`, `data`, and core.wasm as `module`. */
const everywhere: Record<string, unknown> = { ...gradtape, ...testing, ...data, ...optim, nn, optim, data };

/** What the examples of a file may name: what its own module exports comes first. */
async function scopeOf(path: string): Promise<Record<string, unknown>> {
  const own = (await import(/* @vite-ignore */ join(root, path))) as Record<string, unknown>;
  return { ...everywhere, ...(path.startsWith('src/nn/') ? { ...nn, ...nn.layers } : {}), ...own };
}

interface Example {
  readonly where: string;
  readonly code: string;
}

/** All `@example` blocks of a file. */
function examplesOf(path: string): Example[] {
  const text = readFileSync(join(root, path), 'utf8');
  return [...text.matchAll(/\/\*\*[\s\S]*?\*\//g)].flatMap((doc) => {
    const line = text.slice(0, doc.index).split('\n').length;
    const body = doc[0].slice(3, -2).replace(/^[ \t]*\* ?/gm, '');
    return [...body.matchAll(/@example\s+([\s\S]*?)(?=\n@|$)/g)].map((match) => {
      const offset = body.slice(0, match.index).split('\n').length - 1;
      return { where: `${path}:${line + offset}`, code: match[1]!.replace(/^```\w*$/gm, '').trim() };
    });
  });
}

/** A function that runs an example; `same` hears of each value that has its result in a comment beside it. */
function compile(
  { code }: Example,
  scope: Record<string, unknown>,
): (same: (value: unknown, expected: string) => void) => unknown {
  const source = ts.createSourceFile('example.ts', code, ts.ScriptTarget.ESNext, true);
  const parts = source.statements.map((statement) => {
    const text = statement.getText(source);
    const comment = /^[ \t]*\/\/ ?(.*)/.exec(code.slice(statement.end))?.[1];
    if (!ts.isExpressionStatement(statement) || comment === undefined) return text;
    return `same(${statement.expression.getText(source)}, ${JSON.stringify(comment)});`;
  });
  const wait = /\bawait\b/.test(code) ? 'async ' : '';
  const js = ts.transpile(`${wait}(same: unknown) => {\n${parts.join('\n')}\n}`, { target: ts.ScriptTarget.ES2022 });
  const names = Object.keys(scope);
  const make = new Function(...names, `return ${js.trim().replace(/;$/, '')};`) as (
    ...values: unknown[]
  ) => ReturnType<typeof compile>;
  return make(...names.map((name) => scope[name]));
}

/** A value as plain numbers, arrays and records. */
function plain(value: unknown): unknown {
  if (value instanceof gradtape.Tensor) return value.arraySync();
  if (ArrayBuffer.isView(value)) return Array.from(value as Float64Array);
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value === 'object' && value !== null)
    return Object.fromEntries(Object.entries(value).map(([k, v]) => [k, plain(v)]));
  return value;
}

/** The value that a comment shows; undefined when the comment is prose. `Float32Array [1, 2]` and `Tensor [1, 2]` are arrays. */
function shown(comment: string): { value: unknown; open: boolean } | undefined {
  const open = /, ?(…|\.\.\.)\]$/.test(comment);
  const text = comment
    .replace(/^(Float32Array|Float64Array|Int32Array|Uint8Array|Tensor)\s*(?=\[)/, '')
    .replace(/, ?(…|\.\.\.)\]$/, ']');
  try {
    return { value: (new Function(`'use strict'; return (${text});`) as () => unknown)(), open };
  } catch {
    return undefined;
  }
}

/** Equal, where numbers need to agree in the digits that are shown only. */
function agree(actual: unknown, expected: unknown, open = false): boolean {
  if (typeof actual === 'number' && typeof expected === 'number') {
    if (Object.is(actual, expected) || actual === expected) return true;
    const digits = String(expected)
      .replace(/e.*/, '')
      .replace(/^-?0?\./, '')
      .replace(/[-.]/g, '').length;
    return (
      Math.abs(actual - expected) <= Math.abs(expected) * 10 ** (1 - Math.min(digits, 7)) ||
      Math.abs(actual - expected) < 1e-7
    );
  }
  if (Array.isArray(actual) && Array.isArray(expected))
    return (
      (open ? actual.length >= expected.length : actual.length === expected.length) &&
      expected.every((e, i) => agree(actual[i], e))
    );
  if (typeof actual === 'object' && actual !== null && typeof expected === 'object' && expected !== null)
    return Object.entries(expected).every(([key, e]) => agree((actual as Record<string, unknown>)[key], e));
  return Object.is(actual, expected);
}

const files = readdirSync(join(root, 'src'), { recursive: true, encoding: 'utf8' })
  .map((path) => `src/${path.replaceAll('\\', '/')}`)
  .filter((path) => path.endsWith('.ts') && path !== 'src/runtime/kernels.ts')
  .sort();

beforeAll(async () => {
  await gradtape.init();
  everywhere['module'] = await WebAssembly.compile(readFileSync(join(root, 'dist/core.wasm')));
});

describe.each(
  files.map((path) => ({ path, examples: examplesOf(path) })).filter(({ examples }) => examples.length > 0),
)('$path', ({ path, examples }) => {
  test.each(examples)('$where', async (example) => {
    const run = compile(example, await scopeOf(path));
    const same = (value: unknown, comment: string): void => {
      const expected = shown(comment);
      if (expected === undefined) return;
      const actual = plain(value);
      if (!agree(actual, expected.value, expected.open))
        expect(actual, `the result of ${example.code}`).toEqual(expected.value);
    };
    if (/\bawait\b/.test(example.code)) await run(same);
    else
      gradtape.tidy(() => {
        run(same);
      });
  });
});

test('the docstring of every op says what it takes and gives, where TensorFlow has it, and shows an example', () => {
  const missing = files
    .filter((path) => path.startsWith('src/ops/'))
    .flatMap((path) => {
      const source = ts.createSourceFile(path, readFileSync(join(root, path), 'utf8'), ts.ScriptTarget.ESNext, true);
      return source.statements.filter(ts.isFunctionDeclaration).flatMap((node) => {
        const name = node.name?.text ?? '';
        const exported = node.modifiers?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword) ?? false;
        if (!exported || !Object.hasOwn(gradtape, name)) return [];
        const tags = ts.getJSDocTags(node);
        const has = (tag: string): boolean => tags.some((t) => t.tagName.text === tag);
        const described = tags.filter(ts.isJSDocParameterTag).map((t) => t.name.getText(source));
        const wanted = node.parameters.map((p) => p.name.getText(source)).filter((p) => !described.includes(p));
        const returns = node.type?.kind === ts.SyntaxKind.VoidKeyword || has('returns') ? [] : ['@returns'];
        const others = ['see', 'example'].filter((tag) => !has(tag)).map((tag) => `@${tag}`);
        return [...wanted.map((p) => `@param ${p}`), ...returns, ...others].map((tag) => `${path}: ${name}: ${tag}`);
      });
    });
  expect(missing).toEqual([]);
});
