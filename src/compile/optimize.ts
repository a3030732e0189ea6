// The passes over a traced program, in their order.

import { endEarly } from './early.js';
import { finishProducts } from './finish.js';
import { isLasting, resultBuffers, type Buffer, type Graph, type Step } from './graph.js';
import { fuse } from './fuse.js';
import { joinAttention } from './joined.js';
import { dropDead, foldConstants, reuseInPlace, shareCommon } from './passes.js';
import { rectifyPooled } from './pooled.js';
import { foldTransposes } from './transposes.js';

/** How many records there were after a pass. */
export interface Stage {
  readonly pass: string;
  readonly records: number;
}

/** A program ready for its memory. */
export interface Optimized {
  /** Steps that run once, when the program is made. */
  readonly once: readonly Step[];
  readonly steps: readonly Step[];
  readonly stages: readonly Stage[];
}

/** Runs all passes. Each keeps every bit of every result. */
export function optimize(graph: Graph): Optimized {
  const results = resultBuffers(graph);
  const matters = (b: Buffer): boolean => isLasting(b) || results.has(b);
  const stages: Stage[] = [{ pass: 'traced', records: graph.steps.length }];
  const after = (pass: string, steps: readonly Step[]): readonly Step[] => {
    stages.push({ pass, records: steps.length });
    return steps;
  };
  const live = after('dead code dropped', dropDead(graph.steps, matters));
  const shared = after('common parts shared', dropDead(shareCommon(live, matters), matters));
  const { once, always } = foldConstants(shared, matters);
  after('constants folded', always);
  const straight = after('transposes into products', foldTransposes(always, matters));
  const joined = after('splits and joins into attention', joinAttention(straight, matters));
  const finished = after('bias and relu into products', finishProducts(joined, matters));
  const fused = after('elementwise chains fused', fuse(rectifyPooled(finished, matters), matters));
  return { once, steps: after('results in place', endEarly(reuseInPlace(fused, matters), matters)), stages };
}
