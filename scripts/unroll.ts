// Rewrites the loops of products in a module that asc made: eight steps in a row, and products before their sums. See docs/adr/0019.
//
// Each sum takes the same products in the same order, so no bit of a result changes. In source code, eight steps would be eight
// copies, and the order of instructions is not its own: the optimizer moves a product to the place of its only use.

import { readFileSync, writeFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import binaryen from 'assemblyscript/binaryen';

const STEPS = 8;

/** An S-expression of WebAssembly's text. */
type Node = string | Node[];

/** Reads nodes, up to the parenthesis that closes them or the end. */
function parse(tokens: Iterator<string>): Node[] {
  const nodes: Node[] = [];
  for (let next = tokens.next(); next.done !== true && next.value !== ')'; next = tokens.next()) {
    nodes.push(next.value === '(' ? parse(tokens) : next.value);
  }
  return nodes;
}

const read = (text: string): Node[] => parse((text.match(/[()]|[^\s()]+/g) ?? []).values());
const write = (node: Node): string => (typeof node === 'string' ? node : `(${node.map(write).join(' ')})`);

/** Whether a node is of a pattern's form, where names like ?c stand for anything, each for one thing: it is added to `found`. */
function fits(pattern: Node, node: Node | undefined, found: Map<string, Node>): boolean {
  if (node === undefined) return false;
  if (typeof pattern !== 'string') {
    return pattern.length === node.length && pattern.every((part, i) => fits(part, node[i], found));
  }
  const expected = pattern.startsWith('?') ? (found.get(pattern) ?? node) : pattern;
  found.set(pattern, expected);
  return write(expected) === write(node);
}

/** Makes a function that gives what the names of a pattern stand for in a node, or null for a node of another form. */
function matcher(text: string): (node: Node | undefined) => ((name: string) => Node) | null {
  const [pattern] = read(text);
  return (node) => {
    const found = new Map<string, Node>();
    return fits(pattern!, node, found) ? (name) => found.get(name)! : null;
  };
}

/** c += a · b, rounded twice. */
const asSumF32 = matcher('(local.set ?c (f32x4.add (f32x4.mul ?a ?b) (local.get ?c)))');
const asSumF64 = matcher('(local.set ?c (f64x2.add (f64x2.mul ?a ?b) (local.get ?c)))');
/** How a loop along two addresses ends: b moves, then a, until that is at its end. */
const asMove = matcher('(local.set ?b (i32.add (local.get ?b) (i32.const ?bytes)))');
const asTest = matcher(
  '(br_if ?loop (i32.gt_u (local.get ?end) (local.tee ?a (i32.add (local.get ?a) (i32.const ?step)))))',
);
/** What takes place before that, in a loop of a product of float32: there are no bytes for float64's. */
const STEP = /^(local\.(get|set|tee)|v128\.load(32_splat)?|f32x4\.(mul|add))$/;

/** Whether a node, or one within it, fulfils a condition. */
const some = (node: Node, is: (node: Node[]) => boolean): boolean =>
  typeof node !== 'string' && (is(node) || node.some((child) => some(child, is)));

/** c += p, d += q become p, q, d += q, c += p: on the stack, without a local for p. */
function interleave(statements: readonly Node[]): Node[] {
  const out: Node[] = [];
  for (let i = 0; i < statements.length; i++) {
    const [first, second] = [statements[i]!, statements[i + 1]];
    const c = (asSumF32(first) ?? asSumF64(first))?.('?c');
    const d = (asSumF32(second) ?? asSumF64(second))?.('?c');
    if (c === undefined || d === undefined || some(second!, ([, local]) => local === c)) {
      out.push(first);
      continue;
    }
    const [add, product, before] = first[2] as Node[];
    out.push(['local.set', c, [add!, product!, ['block', ['result', 'v128'], second!, before!]]]);
    i++;
  }
  return out;
}

/** A loop of a product with eight steps in each turn, b moved after the last; where a turn ends early, once for each step. Null for other loops. */
function unroll(label: Node, body: Node[]): Node | null {
  const steps = body.slice(0, -2);
  const [move, again] = body.slice(-2);
  const moved = asMove(move);
  const paired = interleave(steps);
  const straight = !some(steps, ([head]) => typeof head === 'string' && !STEP.test(head));
  if (!moved || !asTest(again) || paired.length === steps.length || !straight) return null;

  const b = moved('?b') as string;
  const step = paired.map(write).join(' ');
  const vector = new RegExp(`\\(v128\\.load(?: offset=(\\d+))? \\(local\\.get \\${b}\\)\\)`, 'g');
  const others = write([step.replaceAll(vector, ''), again!]);
  if (others.includes(` ${b})`) || others.includes(` ${b} `)) return null;

  const bytes = Number(moved('?bytes'));
  const stepFrom = (distance: number): Node =>
    step.replaceAll(vector, (_, offset = '0') => `(v128.load offset=${Number(offset) + distance} (local.get ${b}))`);
  const [, , [, end, next]] = again as [string, string, Node[]];
  const turn: Node[] = [stepFrom(0)];
  for (let n = 1; n < STEPS; n++) turn.push(['br_if', `$after${n}`, ['i32.le_u', end!, next!]], stepFrom(n * bytes));
  turn.push(['local.set', b, ['i32.add', ['local.get', b], ['i32.const', `${STEPS * bytes}`]]], again!);
  let out: Node[] = [
    ['loop', label, ...turn],
    ['br', '$done'],
  ];
  for (let n = STEPS - 1; n > 0; n--) out = [['block', `$after${n}`, ...out], move!];
  return ['block', '$done', ...out];
}

/** A function, or a part of one, with all of its loops rewritten. */
function rewrite(node: Node): Node {
  if (typeof node === 'string') return node;
  const inner = node.map(rewrite);
  if (node[0] !== 'loop') return inner;
  const [loop, label, ...body] = inner;
  return unroll(label!, body) ?? [loop!, label!, ...interleave(body)];
}

/** The module, with its loops of products rewritten. */
export function unrolled(wasm: Uint8Array): Uint8Array {
  const text = binaryen.readBinary(wasm).emitText();
  const module = binaryen.parseText(text.replaceAll(/^ \(func [^]*?^ \)$/gm, (one) => write(rewrite(read(one)[0]!))));
  module.setFeatures(binaryen.Features.All);
  if (!module.validate()) throw new Error('unroll: the module is not valid any more.');
  return module.emitBinary();
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  const [path = ''] = process.argv.slice(2);
  writeFileSync(path, unrolled(readFileSync(path)));
}
