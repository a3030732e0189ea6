// A comparison as tables for the terminal.

import { alignTable } from '../harness/table.js';
import { metOf, outcomes } from './goals.js';
import { BASE, type Peer } from './list.js';
import type { Results } from './results.js';
import { bestOf, columnsOf, peersOf, rowsOf, showTimes, timesBase, type Row } from './rows.js';

/** A value, and half of what lies between its quartiles, in percent of it. */
function valueText(row: Row, peer: string): string {
  const value = row.of(peer);
  if (value === null) return row.why(peer).startsWith('wrong') ? 'wrong' : row.why(peer) ? '–' : '';
  const range = row.range(peer);
  const spread = range ? ` ±${((50 * (range[1] - range[0])) / value).toFixed(0).padStart(2)} %` : '';
  return `${row.show(value)}${spread}`;
}

function timesText(times: number | null): string {
  return times === null ? '' : showTimes(times);
}

/** What other columns of a row are to gradtape, compiled, on one thread. */
function comparisons(row: Row, peers: readonly string[]): string[] {
  const script = bestOf(row, 'JavaScript');
  return [
    row.title,
    ...peers.map((peer) => timesText(timesBase(row, row.of(peer)))),
    timesText(timesBase(row, script?.value ?? null)),
    script?.peer ?? '',
  ];
}

const KINDS: readonly (readonly [kind: Peer['kind'], title: string])[] = [
  ['gradtape', 'gradtape'],
  ['JavaScript', 'Other libraries of JavaScript'],
  ['PyTorch', 'PyTorch'],
];

/** Why cells are empty: each reason once, with the cells that it holds for. */
function reasons(rows: readonly Row[], peers: readonly string[]): string[] {
  const said = new Map<string, string[]>();
  for (const peer of peers)
    for (const row of rows) {
      const why = row.of(peer) === null ? row.why(peer) : '';
      if (why) said.set(`${peer}: ${why}`, [...(said.get(`${peer}: ${why}`) ?? []), row.name]);
    }
  return [...said].map(([why, cells]) => `  ${cells.join(' ')}: ${why}`);
}

/** All tables. */
export function report(results: Results): string {
  const rows = rowsOf(results);
  const peers = peersOf(results).map(({ name }) => name);
  const about = Object.entries(results.about).map(([name, value]) => `${name.padEnd(10)} ${value}`);
  const sections = [about.join('\n'), 'Medians; ± is half of what lies between the quartiles.'];
  const add = (...lines: string[]): void => void sections.push(lines.join('\n'));
  for (const [kind, title] of KINDS) {
    const columns = columnsOf(rows, kind);
    const lines = rows.map((row) => [row.title, ...columns.map((peer) => valueText(row, peer))]);
    const shown = lines.filter((line) => line.some((cell, i) => i > 0 && cell !== ''));
    if (columns.length > 0) add(...alignTable([[title, ...columns], ...shown]));
  }
  const others = [...columnsOf(rows, 'gradtape'), ...columnsOf(rows, 'PyTorch')].filter((peer) => peer !== BASE);
  if (others.length > 0)
    add(
      `As a multiple of ${BASE}: compiled, deterministic, one thread`,
      ...alignTable([['', ...others, 'best of JavaScript', 'by'], ...rows.map((row) => comparisons(row, others))]),
    );
  const why = reasons(rows, peers);
  if (why.length > 0) add('No value:', ...why);
  const goals = outcomes(results);
  if (goals.length > 0)
    add(
      ...alignTable([
        [`Goals: ${metOf(goals)}`, 'goal', 'found', ''],
        ...goals.map(({ title, goal, found, met }) => [title, goal, found, met ? 'met' : 'not met']),
      ]),
    );
  return sections.join('\n\n');
}
