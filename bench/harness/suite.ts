// What a bench/<family>.bench.ts exports: cases that are timed together, in a process of their own, and shown in one table.

import { timeAll, type Case, type Effort, type Timed, type Work } from './timing.js';

/** A column beside the times. */
export interface Column {
  readonly title: string;
  /**
   * - `giga`: billions of `work` a second;
   * - `percent`: the same in percent of that of the case beside;
   * - `times`: the time of one thing as a multiple of that of the case beside;
   * - `added`: how many nanoseconds more one thing takes than with the case beside;
   * - `more`: how many megabytes more than the case beside it takes;
   * - `plain`: `work` itself;
   * - `limit`: which of two limits is the nearer: arithmetic at the rate of the case beside, or memory at that of `copies`;
   * - `ofLimit`: the time that this limit alone would take, in percent of its time: the roofline.
   */
  readonly kind: 'giga' | 'percent' | 'times' | 'added' | 'more' | 'plain' | 'limit' | 'ofLimit';
  /** What it counts; not for `times`, `added`, `more` and limits. */
  readonly work?: keyof Work;
  /** Name of the case that all are compared with, in place of the one beside each. */
  readonly with?: string;
  /** Name of the case that copies memory, for limits. */
  readonly copies?: string;
}

/** What a table shows. */
export interface Description {
  readonly title: string;
  /** What the times are times of: 'per call' when not said. */
  readonly unit?: string;
  /** What its rounds count: seconds when not said. */
  readonly counts?: 'seconds' | 'bytes';
  readonly columns: readonly Column[];
  /** Threads that its process starts with: 1 when not said. */
  readonly threads?: number;
}

/** A group of cases. `--only` knows it by its file's name. */
export interface Suite extends Description {
  time(effort: Effort, wanted: (name: string) => boolean): Promise<Timed[]>;
}

/**
 * A suite of calls in its own process.
 *
 * @param cases makes the wanted cases with the data they need, and may check their results.
 */
export function suite(
  description: Description,
  cases: (wanted: (name: string) => boolean) => Case[] | Promise<Case[]>,
): Suite {
  return { ...description, time: async (effort, wanted) => timeAll(await cases(wanted), effort) };
}

/** A number that a suite came to, and what it is. */
export type Checked = readonly [what: string, value: number];

/** The numbers that the suites of this process checked. Their bits are what Nodes are compared by. */
export const checked: Checked[] = [];

/** How far a result is from what it must be, relatively. Throws when that is too far. */
export function distance(what: string, result: number, expected: number, tolerance: number): number {
  checked.push([what, result]);
  const found = Math.abs(result / expected - 1);
  if (!(found <= tolerance)) throw new Error(`${what}: ${result}, which must be ${expected} within ${tolerance}.`);
  return found;
}

/** What a table says of a result at a relative distance from what it must be. */
export function ok(found: number): string {
  return `ok, ${found.toExponential(0)}`;
}
