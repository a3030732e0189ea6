// What the project set out to reach, and whether a comparison shows it.

import { showMegabytes, showSeconds } from '../harness/table.js';
import { CELLS } from './cells.js';
import { BASE, PEERS } from './list.js';
import { limitOf, type Results } from './results.js';
import { bestOf, kilobytes, rowsOf, showTimes, type Row } from './rows.js';

/** A goal and what was found of it. */
export interface Outcome {
  readonly title: string;
  readonly goal: string;
  readonly found: string;
  readonly met: boolean;
}

const OWN = PEERS.filter(({ kind }) => kind === 'gradtape').map(({ name }) => name);
const PYTORCH = 'PyTorch';

/** The goals that a comparison can say something of. */
export function outcomes(results: Results): Outcome[] {
  const rows = new Map(rowsOf(results).map((row) => [row.name, row]));
  const found: Outcome[] = [];
  const value = (cell: string, peer = BASE): number | null => rows.get(cell)?.of(peer) ?? null;
  const best = (cell: string): number | null => least(OWN.map((peer) => value(cell, peer)));

  /** A number that must not be over, or not be under, a limit; nothing is said where one is missing. */
  const goal = (title: string, sign: '≤' | '≥', limit: number, x: number | null, show: (x: number) => string): void => {
    if (x === null) return;
    const met = sign === '≤' ? x <= limit : x >= limit;
    found.push({ title, goal: `${sign} ${show(limit)}`, found: show(x), met });
  };
  const times = (x: number): string => `${showTimes(x)} ×`;
  const percent = (x: number): string => `${x.toFixed(0)} %`;
  const nanoseconds = (x: number): string => `${x.toFixed(2)} ns`;

  const peak = limitOf(results, 'LIMIT.peak');
  const rate = (cell: string, peer = BASE): number | null =>
    ratio(CELLS.find(({ name }) => name === cell)?.flops ?? null, value(cell, peer));
  const share = (peer: string): number | null => ratio(multiple(rate('W1.512', peer), 100), peak);
  goal('W1 512³, part of the arithmetic peak', '≥', 75, share(BASE), percent);
  goal('W1 512³, the same, relaxed', '≥', 88, share('gradtape relaxed'), percent);
  for (const n of [512, 1024]) goal(`W1 ${n}³, two threads to one`, '≥', 1.85, speedup(rows.get(`W1.${n}`)), times);

  goal('W2 add of 10³ floats, eager', '≤', 0.6e-6, value('W2.add@1000', 'gradtape eager'), showSeconds);
  for (const [op, limit] of [
    ['exp', 0.9],
    ['tanh', 1.2],
    ['softmax', 0.9],
  ] as const) {
    // prettier-ignore
    const cell = `W2.${op}@1000000`;
    const elements = CELLS.find(({ name }) => name === cell)!.elements!;
    goal(`W2 ${op} of 10⁶ floats, an element`, '≤', limit, multiple(value(cell), 1e9 / elements), nanoseconds);
    goal(`W2 ${op}, best build on two threads to that`, '≤', 0.55, ratio(best(cell), value(cell)), times);
  }

  goal('W3 with gradient', '≤', 6e-6, value('W3'), showSeconds);
  goal('W3, eager', '≤', 60e-6, value('W3', 'gradtape eager'), showSeconds);
  goal('W4T step', '≤', 10e-6, value('W4T'), showSeconds);
  goal('W4T step, eager', '≤', 40e-6, value('W4T', 'gradtape eager'), showSeconds);
  for (const [cell, one, all] of [
    ['W4', 1, 0.6],
    ['W5', 0.8, 0.5],
    ['W6', 1.2, 0.7],
    ['W7H', 1, 0.6],
  ] as const) {
    // prettier-ignore
    goal(`${cell}, to PyTorch on one thread`, '≤', one, ratio(value(cell), value(cell, PYTORCH)), times);
    goal(`${cell}, best build, to the same`, '≤', all, ratio(best(cell), value(cell, PYTORCH)), times);
  }
  for (const cell of ['W5', 'W6']) goal(`${cell}, two threads to one`, '≥', 1.7, speedup(rows.get(cell)), times);
  goal('W7J', '≤', 0.2e-3, value('W7J'), showSeconds);
  for (const cell of ['W3', 'W4', 'W4T', 'W4F', 'W5', 'W6', 'W7H', 'W7J']) {
    const row = rows.get(cell);
    const other = row ? (bestOf(row, 'JavaScript')?.value ?? null) : null;
    goal(`${cell}, best build, ahead of every other JavaScript library`, '≥', 5, ratio(other, best(cell)), times);
  }
  goal('START', '≤', 15e-3, value('START', 'gradtape eager'), showSeconds);
  goal('SIZE of the MLP with a core of its kernels', '≤', 45 * 1024, value('SIZE', 'gradtape eager'), kilobytes);
  goal('SIZE of core.wasm', '≤', 60 * 1024, results.downloads[BASE]?.whole ?? null, kilobytes);
  goal('W5 peak memory', '≤', 70e6, value('RSS'), showMegabytes);
  return found;
}

/** How many of some goals are met, in words. */
export function metOf(goals: readonly Outcome[]): string {
  return `${goals.filter(({ met }) => met).length} of ${goals.length} met`;
}

function ratio(a: number | null, b: number | null): number | null {
  return a === null || b === null ? null : a / b;
}

function multiple(a: number | null, by: number): number | null {
  return a === null ? null : a * by;
}

function least(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null);
  return known.length === 0 ? null : Math.min(...known);
}

function speedup(row: Row | undefined): number | null {
  return row ? ratio(row.of(BASE), row.of('gradtape 2 threads')) : null;
}
