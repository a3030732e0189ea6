// Numbers the kernels: reads assembly/kernels/*.ts, writes the dispatcher, its TypeScript stubs and kernels.txt.
//
// A kernel is an exported function whose parameter types say what each argument is:
//
//   In, Out, InOut   address of a block's first byte, read / written / both
//   Scratch          address of working memory, whose content means nothing before and after
//   Meta             address of numbers that stand in the record itself (sizes, strides); at most one
//   u32, i32, f64    a number. A pair `from: u32, to: u32` at the end is the range of the output to compute.
//
// Its docstring says with `@reach` how much of each pointer's block it may touch (see scripts/reach.ts), and with `@split` how
// its range is shared by threads (see scripts/split.ts).
//
// The record of a run, in 32-bit words, is what every launch is made of, eager, compiled, threaded or saved:
//
//   ┌ id | words << 16 ┐┌ arguments in order, f64 on even words ┐┌ Meta numbers ┐ padded to an even number of words
//
// The dispatcher has a function for each family of kernels, that is each file, with OWN_FUNCTION kernels or more: engines compile
// a function as a whole when it is first called, so a program waits for the families that it uses and no others.
//
// Names end in the dtype: `add_f32`, `add_f64`, `add_i32`, `add_bool`, or `_x32`, `_x64` where only the width matters.
// Variants of one name get neighbouring IDs, base + dtype code, and share one stub that takes the dtype code; names of one
// family do so, too.

import { createHash } from 'node:crypto';
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import ts from 'typescript';
import { tagsIn, type Kernel as Tagged } from './expression.js';
import { reachTable } from './reach.js';
import { splitTable } from './split.js';

interface Param {
  name: string;
  type: string;
}
interface Kernel {
  name: string;
  file: string;
  params: Param[];
  doc: string;
  reach: string;
  split: string;
}
/** A kernel's place in a switch. */
interface Case {
  readonly id: number;
  readonly call: string;
}

const root = join(import.meta.dirname, '..');
const kernelDir = join(root, 'assembly/kernels');
const VARIANTS: Record<string, number> = { f32: 0, f64: 1, i32: 2, bool: 3, x32: 0, x64: 1 };
const POINTERS = ['In', 'Out', 'InOut', 'Scratch'];
const NUMBERS = ['u32', 'i32', 'f64'];
/** Smaller functions Binaryen would put back into the dispatcher. */
const OWN_FUNCTION = 8;

function parse(file: string): Kernel[] {
  const source = ts.createSourceFile(file, readFileSync(join(kernelDir, file), 'utf8'), ts.ScriptTarget.ESNext, true);
  const kernels: Kernel[] = [];
  for (const node of source.statements) {
    if (!ts.isFunctionDeclaration(node) || !node.name) continue;
    if (!node.modifiers?.some((m) => m.kind === ts.SyntaxKind.ExportKeyword)) continue;
    const name = node.name.text;
    const params = node.parameters.map((p) => ({ name: p.name.getText(source), type: p.type?.getText(source) ?? '' }));
    for (const p of params) {
      if (![...POINTERS, ...NUMBERS, 'Meta'].includes(p.type))
        throw new Error(`${file}: ${name}: parameter ${p.name} has type ${p.type}, which a record cannot carry`);
    }
    if (params.filter((p) => p.type === 'Meta').length > 1) throw new Error(`${file}: ${name}: more than one Meta`);
    const docs = ts
      .getJSDocCommentsAndTags(node)
      .filter(ts.isJSDoc)
      .map((d) => ts.getTextOfJSDocComment(d.comment) ?? '');
    const comments = ts.getLeadingCommentRanges(source.text, node.pos) ?? [];
    const comment = comments.map(({ pos, end }) => source.text.slice(pos, end)).join('\n');
    kernels.push({
      ...{ name, params, file: basename(file, '.ts'), doc: docs.join(' ').replace(/\s+/g, ' ').trim() },
      ...{ reach: tagsIn(comment, 'reach'), split: tagsIn(comment, 'split') },
    });
  }
  return kernels;
}

/** `add_f32` → ['add', 'f32']; a name without a dtype has variant ''. */
function split(name: string): [string, string] {
  const at = name.lastIndexOf('_');
  const variant = name.slice(at + 1);
  return at > 0 && variant in VARIANTS ? [name.slice(0, at), variant] : [name, ''];
}

/** Word offsets of the parameters and of the Meta numbers. */
function layout(params: Param[]): { offsets: number[]; end: number } {
  let word = 1;
  const offsets = params.map((p) => {
    if (p.type === 'Meta') return -1;
    if (p.type === 'f64') word += word & 1;
    const at = word;
    word += p.type === 'f64' ? 2 : 1;
    return at;
  });
  return { offsets, end: word };
}

function byBase(a: Kernel, b: Kernel): number {
  const [[x], [y]] = [split(a.name), split(b.name)];
  return x < y ? -1 : Number(x > y);
}

/** Families one after the other, names of a family in their order. */
const kernels = readdirSync(kernelDir)
  .filter((f) => f.endsWith('.ts'))
  .sort()
  .flatMap((file) => parse(file).sort(byBase));
const groups = new Map<string, Kernel[]>();
for (const k of kernels) {
  const [base] = split(k.name);
  groups.set(base, [...(groups.get(base) ?? []), k]);
}

const ACCESS: Record<string, string> = { In: 'r', Out: 'w', InOut: 'u', Scratch: 's' };

const table: string[] = [];
const tagged: Tagged[] = [];
const cases = new Map<string, Case[]>();
const stubs: string[] = [];
const list: string[] = [];
const files = new Map<string, string[]>();
let nextId = 0;

for (const [base, members] of groups) {
  const first = members[0];
  if (!first) continue;
  const { offsets, end } = layout(first.params);
  const codes = members.map((k) => VARIANTS[split(k.name)[1]] ?? 0);
  for (const [i, k] of members.entries()) {
    if (JSON.stringify(k.params) !== JSON.stringify(first.params))
      throw new Error(`${k.file}: ${k.name}: its parameters differ from those of ${first.name}`);
    const id = nextId + (codes[i] ?? 0);
    const args = k.params.map((p, j) => {
      const at = (offsets[j] ?? 0) * 4;
      if (p.type === 'Meta') return `r + ${end * 4}`;
      return p.type === 'f64' || NUMBERS.includes(p.type) ? `load<${p.type}>(r, ${at})` : `load<usize>(r, ${at})`;
    });
    const family = cases.get(k.file) ?? [];
    cases.set(k.file, [...family, { id, call: `${k.name}(${args.join(', ')})` }]);
    const pointers = k.params.flatMap((p, j) => (p.type in ACCESS ? [`${ACCESS[p.type]}${offsets[j]}`] : []));
    const range = k.params.at(-2)?.name === 'from' ? [`f${offsets[k.params.length - 2]}`] : [];
    const numbers = k.params.some((p) => p.type === 'Meta') ? [`m${end}`] : [];
    const tag = (kind: 'reach' | 'split'): string => k[kind] || (members.find((m) => m[kind] !== '')?.[kind] ?? '');
    tagged.push({
      ...{ name: k.name, file: k.file, id, end, size: split(k.name)[1].endsWith('64') ? 8 : 4 },
      params: k.params.map((p, j) => ({ ...p, word: offsets[j] ?? 0 })),
      ...{ reach: tag('reach'), split: tag('split') },
    });
    table[id] = [k.name, k.file, ...pointers, ...range, ...numbers].join(' ');
    list.push(`${id} ${k.name}(${k.params.map((p) => `${p.name}: ${p.type}`).join(', ')})`);
    files.set(k.file, [...(files.get(k.file) ?? []), k.name]);
  }

  const grouped = split(first.name)[1] !== '';
  const params = first.params.map((p) => `${p.name}: ${p.type === 'Meta' ? 'Meta' : 'number'}`);
  if (grouped) params.unshift('dtype: number');
  const body: string[] = [];
  const meta = first.params.find((p) => p.type === 'Meta')?.name;
  for (const [j, p] of first.params.entries()) {
    const at = offsets[j] ?? 0;
    if (p.type === 'f64') body.push(`doubles[AT / 8 + ${at / 2}] = ${p.name};`);
    else if (p.type !== 'Meta') body.push(`words[AT / 4 + ${at}] = ${p.name};`);
  }
  if (meta) body.push(`const end = writeMeta(${end}, ${meta});`);
  const words = meta ? 'end' : String(end + (end & 1));
  const id = grouped ? `(${nextId} + dtype)` : String(nextId);
  body.push(meta ? `launch(${id} | (${words} << 16));` : `launch(${id} | ${Number(words) << 16});`);
  stubs.push(
    `/** ${first.doc.replace(/\*\//g, '') || base} (${members.map((k) => split(k.name)[1] || 'one').join(', ')}) */\n` +
      `export function ${base}(${params.join(', ')}): void {\n  ${body.join('\n  ')}\n}`,
  );
  nextId += Math.max(...codes) + 1;
}

const caseOf = ({ id, call }: Case): string => `    case ${id}:\n      ${call};\n      return;\n`;
const isOwn = (family: readonly Case[]): boolean => family.length >= OWN_FUNCTION;
const functionOf = ([file, family]: [string, readonly Case[]]): string =>
  `function ${file}Family(r: usize): void {\n  switch (load<u16>(r)) {\n${family.map(caseOf).join('')}  }\n}\n\n`;
const casesOf = ([file, family]: [string, readonly Case[]]): string =>
  isOwn(family)
    ? `${family.map(({ id }) => `    case ${id}:\n`).join('')}      ${file}Family(r);\n      return;\n`
    : family.map(caseOf).join('');
const families = [...cases];

const imports = [...files].map(([f, names]) => `import { ${names.join(', ')} } from './kernels/${f}';`);
const generated = 'Generated by scripts/kernels.ts: do not edit.';
writeFileSync(
  join(root, 'assembly/dispatch.ts'),
  `// The one door to every kernel: a record's op ID and arguments. ${generated}\n\n${imports.join('\n')}\n\n` +
    `/** How many op IDs there are. */\nexport const OP_COUNT: u32 = ${nextId};\n\n` +
    `/** Tells this list of kernels from others: saved programs name kernels by their IDs. */\nexport const KERNEL_LIST: u32 = 0x${createHash('sha256').update(list.join('\n')).digest('hex').slice(0, 8)};\n\n` +
    families.map((family) => (isOwn(family[1]) ? functionOf(family) : '')).join('') +
    `/** Runs the record at r. An ID that is not in use traps. */\nexport function dispatch(r: usize): void {\n` +
    `  switch (load<u16>(r)) {\n${families.map(casesOf).join('')}    default:\n      unreachable();\n  }\n}\n`,
);
writeFileSync(
  join(root, 'src/runtime/kernels.ts'),
  `// One function for each kernel, which writes its record and launches it. ${generated}\n\n` +
    `import { RECORD as AT } from './abi.js';\nimport { doubles, words } from './core.js';\nimport { launch, writeMeta, type Meta } from './launch.js';\n\n${stubs.join('\n\n')}\n`,
);
writeFileSync(
  join(root, 'src/runtime/kernel-table.ts'),
  `// What each kernel's record holds. ${generated}\n\n` +
    `/** By op ID: the kernel's name and file, then words: of each address, r, w, u (read and written) or s (scratch), of the range, f, and of the Meta, m. '' is no kernel. */\n` +
    `export const KERNELS: readonly string[] = [\n${Array.from(table, (row) => `  '${row ?? ''}',`).join('\n')}\n];\n`,
);
writeFileSync(join(root, 'assembly/reach-table.ts'), reachTable(root, tagged, generated));
writeFileSync(join(root, 'assembly/split-table.ts'), splitTable(root, tagged, nextId, generated));
writeFileSync(join(root, 'assembly/kernels.txt'), `${list.join('\n')}\n`);
