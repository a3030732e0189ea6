// Memory ahead of time: how long each temporary lives, and where it stands in the workspace.

import { BLOCK_ALIGN } from '../runtime/abi.js';
import type { Buffer, Step } from './graph.js';

/** From the step that first touches a buffer to the one that last does, both included. */
export interface Lifetime {
  readonly buffer: Buffer;
  readonly first: number;
  last: number;
}

/** A place for every temporary. */
export interface Layout {
  /** Byte offset in the workspace. */
  readonly offsets: ReadonlyMap<Buffer, number>;
  /** Size of the workspace. */
  readonly bytes: number;
  /** The most that is alive at any step: no layout can do with less. */
  readonly lowerBound: number;
  readonly lifetimes: readonly Lifetime[];
}

/** Lifetimes of the buffers that `counts` picks. */
export function lifetimesOf(steps: readonly Step[], counts: (buffer: Buffer) => boolean): Lifetime[] {
  const lives = new Map<Buffer, Lifetime>();
  steps.forEach((step, i) => {
    for (const { buffer } of step.operands) {
      if (!counts(buffer)) continue;
      const life = lives.get(buffer);
      if (life) life.last = i;
      else lives.set(buffer, { buffer, first: i, last: i });
    }
  });
  return [...lives.values()];
}

/**
 * Places buffers so that two that live at one time do not overlap: the largest first, each in the tightest gap between
 * those already placed that it meets.
 *
 * Source of the method: Pisarchyk and Lee, "Efficient memory management for deep neural net inference", 2020
 * ("greedy by size").
 */
export function layOut(lifetimes: readonly Lifetime[]): Layout {
  const size = ({ buffer }: Lifetime): number => Math.ceil(buffer.bytes / BLOCK_ALIGN) * BLOCK_ALIGN;
  const offsets = new Map<Buffer, number>();
  const placed: { life: Lifetime; start: number; end: number }[] = [];
  let bytes = 0;
  for (const life of [...lifetimes].sort((a, b) => size(b) - size(a) || a.first - b.first)) {
    const meets = placed
      .filter(({ life: other }) => other.first <= life.last && life.first <= other.last)
      .sort((a, b) => a.start - b.start);
    let best = -1;
    let slack = Infinity;
    let from = 0;
    for (const { start, end } of meets) {
      const gap = start - from;
      if (gap >= size(life) && gap - size(life) < slack) {
        best = from;
        slack = gap - size(life);
      }
      from = Math.max(from, end);
    }
    const start = best < 0 ? from : best;
    offsets.set(life.buffer, start);
    placed.push({ life, start, end: start + size(life) });
    bytes = Math.max(bytes, start + size(life));
  }
  return { offsets, bytes, lowerBound: peakOf(lifetimes, size), lifetimes };
}

function peakOf(lifetimes: readonly Lifetime[], size: (life: Lifetime) => number): number {
  const changes = new Map<number, number>();
  const change = (at: number, by: number): void => void changes.set(at, (changes.get(at) ?? 0) + by);
  for (const life of lifetimes) {
    change(life.first, size(life));
    change(life.last + 1, -size(life));
  }
  let now = 0;
  let peak = 0;
  for (const [, by] of [...changes].sort(([a], [b]) => a - b)) peak = Math.max(peak, (now += by));
  return peak;
}
