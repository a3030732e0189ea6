// The performance section of README.md, from a stored comparison. No figure of it is typed by hand.

import { readFileSync, writeFileSync } from 'node:fs';
import { join, relative, resolve } from 'node:path';
import { format, resolveConfig } from 'prettier';
import { root } from '../../scripts/core.js';
import { metOf, outcomes, type Outcome } from './goals.js';
import { BASE, PEERS } from './list.js';
import { settled, type Results } from './results.js';
import { baseOf, bestOf, columnsOf, rowsOf, showTimes, type Row } from './rows.js';

const MARK = [
  '<!-- performance: written by npm run bench:peers -- --readme -->',
  '<!-- end of performance -->',
] as const;

/** Rows that README shows. */
const SHOWN: readonly string[] = [
  ...['W1.512', 'W2.add@1000', 'W2.exp@1000000', 'W2.tanh@1000000', 'W2.softmax@1000000'],
  ...['W3', 'W4F', 'W4T', 'W4', 'W5', 'W6', 'W7H', 'W7J', 'START', 'RSS', 'SIZE'],
];

const OWN = PEERS.filter(({ kind }) => kind === 'gradtape').map(({ name }) => name);

const showOf = (row: Row, value: number | null): string => (value === null ? '–' : row.show(value));

/** How many times as much a value is as another one. */
function timesText(value: number | null, base: number | null): string {
  return value === null || base === null ? '–' : `${showTimes(value / base)} ×`;
}

/** A table of Markdown: the first column is text, the others are figures. */
function markdown(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  const rule = head.map((_, i) => (i === 0 ? '---' : '--:'));
  return [head, rule, ...rows].map((cells) => `| ${cells.join(' | ')} |`).concat('');
}

/** gradtape by itself: eager and compiled, threads, relaxed SIMD. */
function ownTable(rows: readonly Row[]): string[] {
  const columns = columnsOf(rows, 'gradtape');
  const titles = columns.map((name) => (name === BASE ? 'compiled' : name.replace(`${BASE} `, '')));
  return markdown(
    ['', ...titles],
    rows.map((row) => [row.title, ...columns.map((peer) => showOf(row, row.of(peer)))]),
  );
}

/** gradtape beside the best of the others in JavaScript, and PyTorch. */
function otherTable(rows: readonly Row[]): string[] {
  return markdown(
    ['', 'compiled', 'PyTorch', '', 'best build', 'PyTorch 2 threads', '', 'best other JavaScript', ''],
    rows.map((row) => {
      const own = OWN.map((name) => row.of(name)).filter((value) => value !== null);
      const best = own.length > 0 ? Math.min(...own) : null;
      const base = baseOf(row);
      const script = bestOf(row, 'JavaScript');
      const [one, two] = [row.of('PyTorch'), row.of('PyTorch 2 threads')];
      return [
        row.title,
        `**${showOf(row, base)}**`,
        showOf(row, one),
        timesText(one, base),
        `**${showOf(row, best)}**`,
        showOf(row, two),
        timesText(two, best),
        script ? `${row.show(script.value)} ${script.peer}` : '–',
        timesText(script?.value ?? null, best),
      ];
    }),
  );
}

/** The goals of all comparisons, and which are met. */
function goalsTable(comparisons: readonly Stored[]): string[] {
  const columns = comparisons.map(({ results }) => ({
    title: `Node ${results.about['node']?.split('.')[0]}`,
    goals: outcomes(results),
  }));
  const goals = new Map(columns.flatMap(({ goals }) => goals.map(({ title, goal }) => [title, goal] as const)));
  if (goals.size === 0) return [];
  const met = columns.map(({ title, goals }) => `${title}: ${metOf(goals)}`).join(', ');
  const found = (all: readonly Outcome[], title: string): string => {
    const outcome = all.find((one) => one.title === title);
    if (!outcome) return '–';
    return outcome.met ? outcome.found : `_${outcome.found}_, not met`;
  };
  return [
    `<details><summary>What the project set out to reach (${met})</summary>`,
    '',
    ...markdown(
      ['', 'goal', ...columns.map(({ title }) => title)],
      [...goals].map(([title, goal]) => [title, goal, ...columns.map(({ goals }) => found(goals, title))]),
    ),
    '</details>',
    '',
  ];
}

/** How many processes the cells were timed in: slow ones in fewer. */
function processes({ cells }: Results): string {
  const timed = Object.values(cells).flatMap((row) =>
    Object.values(row).flatMap(({ repeats }) => repeats.length || []),
  );
  const [least, most] = [Math.min(...timed), Math.max(...timed)];
  if (most === 1) return 'one fresh process';
  return `${least === most ? most : `${least} to ${most}`} fresh processes`;
}

/** A comparison as a table, with what it depends on. */
function table({ results, source }: Stored): string[] {
  const rows = rowsOf(results).filter(({ name }) => SHOWN.includes(name));
  const { processor, node, date, commit, calm } = results.about;
  const versions = Object.entries(results.versions).map(([name, version]) => `${name} ${version}`);
  return [
    `**Node ${node}**, on ${processor}, ${date?.slice(0, 10)}, commit ${commit}: ${versions.join(', ')}.`,
    `Medians of ${processes(results)} for each cell${calm === undefined ? '' : `; ${calm} were calm`}; every figure is in [${source}](${source}).`,
    '',
    ...otherTable(rows),
    ...ownTable(rows),
  ];
}

/** A comparison, and the file that holds it, as README links it. */
export interface Stored {
  readonly results: Results;
  readonly source: string;
}

/** The section as Markdown. */
export function section(...comparisons: readonly Stored[]): string {
  return [
    'Times of a call or a training step beside other libraries, in one run of `npm run bench:peers`: each library and workload in a process',
    'of its own, and all libraries of a workload by turns, round for round, so that a slow moment of the machine hits each of them. A round counts when a loop of cheap instructions',
    'beside it finds the processor whole, or when fewer than three of the library do: that is told by the processor and not by the result, alike for all. Losses and checksums are compared on the way; a result that is wrong has no time. Compare along a row: between rows the',
    'load of the machine may have changed.',
    '',
    ...comparisons.flatMap(table),
    '_Compiled_ is the deterministic build on one thread, _best build_ the fastest of all: two threads, and relaxed SIMD where the engine has it. A × is how',
    'many times as long the library before it takes: PyTorch on one thread as _compiled_, the others as the _best build_. START is not compiled. In the second',
    'table all but _eager_ is compiled. SIZE is JavaScript and wasm with the kernels of the program alone: of gradtape by [`gradtape/bundle`](#smaller-downloads),',
    'of TensorFlow.js by registering no others.',
    '',
    ...goalsTable(comparisons),
    '```sh',
    'npm run bench:peers                # all of it: installs the others on first use, and writes out/bench.html with charts',
    'npm run bench:peers -- --help      # parts of it, another Node',
    '```',
  ].join('\n');
}

/** Writes the section between its marks, from files of comparisons. */
export async function writeReadme(files: readonly string[]): Promise<void> {
  const path = join(root, 'README.md');
  const text = readFileSync(path, 'utf8');
  const [before, rest] = text.split(MARK[0]);
  const after = rest?.split(MARK[1])[1];
  if (before === undefined || after === undefined) throw new Error(`README.md has no ${MARK[0]} … ${MARK[1]}.`);
  const comparisons = files.map((file) => ({
    results: settled(JSON.parse(readFileSync(file, 'utf8')) as Results),
    source: relative(root, resolve(file)).replaceAll('\\', '/'),
  }));
  const fresh = `${before}${MARK[0]}\n\n${section(...comparisons)}\n\n${MARK[1]}${after}`;
  writeFileSync(path, await format(fresh, { ...(await resolveConfig(path)), filepath: path }));
}
