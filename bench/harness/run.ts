// One run of a suite, in the process or worker that was made for it.

import { coreBuild, init, type CoreBuild, type InitOptions } from 'gradtape';
import { checked, type Checked, type Description, type Suite } from './suite.js';
import type { Effort, Timed } from './timing.js';

/** What to time, and on what. */
export interface Order {
  readonly effort: Effort;
  /** A part of the names of the cases wanted, in lower case, or several as a|b; '' for all. */
  readonly only: string;
  /** Which build of the core. */
  readonly simd: CoreBuild['simd'];
}

/** What comes of it. */
export interface Result extends Description {
  readonly timings: readonly Timed[];
  readonly build: CoreBuild;
  /** The numbers that were checked on the way. */
  readonly checked: readonly Checked[];
}

/**
 * Starts the core as a suite wants it, and times the suite.
 *
 * @param module where the suite's module stands.
 * @param wasm where the core's modules stand.
 */
export async function time(
  module: string,
  { effort, only, simd }: Order,
  wasm: NonNullable<InitOptions['wasm']>,
): Promise<Result> {
  const { default: suite } = (await import(module)) as { default: Suite };
  const { time, ...description } = suite;
  await init({ simd, threads: description.threads ?? 1, wasm });
  const parts = only.split('|');
  const timings = await time(effort, (name) => parts.some((part) => name.toLowerCase().includes(part)));
  return { ...description, timings, build: coreBuild(), checked };
}
