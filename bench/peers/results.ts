// What a comparison found: every round of every cell, by peer, as it is kept in JSON, and the figures that are made of it.

import { quantile } from '../harness/timing.js';
import type { Found } from './cells.js';

/** A cell of a peer. */
export interface Entry {
  /** Seconds of a call, round by round, for each process. */
  readonly repeats: number[][];
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
  | { rests: true };

/** The entry of a peer in a cell, made when it is not there. */
export function entryOf({ cells }: Results, cell: string, peer: string): Entry {
  const row = (cells[cell] ??= {});
  return (row[peer] ??= { repeats: [] });
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
