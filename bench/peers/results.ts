// What a comparison found: every round of every cell, by peer, as it is kept in JSON, and the figures that are made of it.

import { quantile } from '../harness/timing.js';
import type { Found } from './cells.js';

/** A cell of a peer. */
export interface Entry {
  /** Seconds of a call, round by round, for each process. */
  readonly repeats: number[][];
  /** Instructions that the processor took in a cycle beside each of these rounds: the lesser of before and after. */
  beside?: number[][];
  /** Why it has no times, in the library's words where they exist. */
  error?: string;
  /** What was wrong with its result. */
  wrong?: string;
  /** Largest resident memory of its processes, in bytes: for cells that have a process for themselves. */
  rss?: number;
  /** Operations or bytes of a call: for the engine's limits. */
  work?: number;
}

/** Bytes of a page's download after gzip -9. */
export interface Download {
  readonly js: number;
  readonly wasm: number;
  /** The module with all its kernels, where `wasm` has the program's alone. */
  readonly whole?: number;
}

/** A comparison. */
export interface Results {
  /** Machine, versions, date. */
  readonly about: Record<string, string>;
  /** Versions of the libraries, by their packages. */
  readonly versions: Record<string, string>;
  /** By cell, then by peer. */
  readonly cells: Record<string, Record<string, Entry>>;
  /** By peer. */
  readonly downloads: Record<string, Download>;
}

/** A line of a peer's process. */
export type Line =
  | ({ cell: string } & (Partial<Found> & { rounds?: number[]; error?: string; work?: number }))
  | { end: true; rss: number; version?: string }
  | { rests: string };

/** The entry of a peer in a cell, made when it is not there. */
export function entryOf({ cells }: Results, cell: string, peer: string): Entry {
  const row = (cells[cell] ??= {});
  return (row[peer] ??= { repeats: [] });
}

/** A round is calm when the processor takes at least this part of the instructions that it takes at best. */
const CALM = 0.9;
/** So many rounds count at least: the calmest, where fewer are calm. */
const LEAST_ROUNDS = 3;

/** Whether nothing disturbed a round, as far as can be seen, with so many instructions in a cycle beside it. */
export function isCalm(beside: number, most: number): boolean {
  return beside >= CALM * most;
}

/** Those of a process's rounds that count. */
function counted(rounds: readonly number[], beside: readonly number[] | undefined, most: number): number[] {
  if (beside?.length !== rounds.length) return [...rounds];
  const least = beside.toSorted((a, b) => b - a)[Math.min(LEAST_ROUNDS, rounds.length) - 1]!;
  return rounds.filter((_, i) => isCalm(beside[i]!, most) || beside[i]! >= least);
}

/**
 * A comparison with the rounds that count, and in `about` how many were calm. A neighbour on the same machine takes half of a processor for
 * moments, which hits kernels of many instructions harder than others; so what the processor did beside the rounds tells which of
 * them count, for all peers alike.
 */
export function settled(results: Results): Results {
  const all = Object.values(results.cells).flatMap((row) =>
    Object.values(row).flatMap(({ beside = [] }) => beside.flat()),
  );
  if (all.length === 0) return results;
  const most = Math.max(...all);
  const calm = Math.round((100 * all.filter((one) => isCalm(one, most)).length) / all.length);
  const settle = ({ beside, repeats, ...entry }: Entry): Entry => ({
    ...entry,
    repeats: repeats.map((rounds, i) => counted(rounds, beside?.[i], most)),
  });
  const cells = Object.entries(results.cells).map(([cell, row]) => {
    const entries = Object.entries(row).map(([peer, entry]) => [peer, settle(entry)] as const);
    return [cell, Object.fromEntries(entries)] as const;
  });
  const about = { ...results.about, calm: `${calm} % of ${all.length} rounds` };
  return { ...results, about, cells: Object.fromEntries(cells) };
}

/** What a table or a chart shows of an entry. */
export interface Figure {
  /** Median over processes of the medians of their rounds. */
  readonly seconds: number;
  /** The quartiles of all rounds. */
  readonly low: number;
  readonly high: number;
}

/** An entry's figure; null when it has no time, or a wrong result. */
export function figureOf(entry: Entry | undefined): Figure | null {
  if (!entry || entry.wrong !== undefined || entry.error !== undefined || entry.repeats.length === 0) return null;
  const all = entry.repeats.flat();
  const medians = entry.repeats.map((rounds) => quantile(rounds, 0.5));
  return { seconds: quantile(medians, 0.5), low: quantile(all, 0.25), high: quantile(all, 0.75) };
}

/** Operations or bytes a second of one of the engine's limits; null when they were not measured. */
export function limitOf({ cells }: Results, cell: string): number | null {
  const entry = cells[cell]?.['limits'];
  const figure = figureOf(entry);
  return figure && entry?.work !== undefined ? entry.work / figure.seconds : null;
}
