// A linear program: what a backward sweep does to one cotangent, written down, and run on many at once.

import { rerun } from '../ops/apply.js';
import { closeScope, openScope } from '../runtime/scope.js';
import { alias, standIn, type Tensor } from '../tensor.js';
import { broadcastTo, reshape, stack, unstack } from './cotangent.js';
import { Recording, type Differentiable, type Entry } from './record.js';

/** One op run. Inputs that do not depend on the cotangent are held, with their values; the others are stand-ins. */
interface Run {
  readonly op: Differentiable;
  readonly attrs: unknown;
  readonly inputs: readonly Tensor[];
  readonly outputs: readonly Tensor[];
}

/** A recording that keeps every op run on a cotangent so that it can run again on a stack of them. */
export class LinearProgram extends Recording {
  private readonly runs: Run[] = [];
  /** Elements of the largest value. */
  largest = 1;
  /** Whether it holds an op that cannot run again by itself. */
  opaque = false;

  constructor() {
    super(false);
  }

  override write(entry: Entry, inputs: readonly Tensor[], outputs: readonly Tensor[]): void {
    const { op, attrs } = entry;
    if (!('forward' in op)) this.opaque = true;
    this.runs.push({
      op,
      attrs,
      inputs: inputs.map((x) => (this.tracked.has(x.id) ? standIn(x) : alias(x))),
      outputs: outputs.map(standIn),
    });
    for (const y of outputs) {
      this.tracked.add(y.id);
      this.largest = Math.max(this.largest, y.size);
    }
  }

  override clear(): void {
    super.clear();
    for (const { inputs } of this.runs) for (const x of inputs) x.dispose();
  }

  /**
   * Runs it on a stack of cotangents. Call it inside a scope.
   *
   * @param stacked [n, …u] in place of u.
   * @param wanted results that were got from u.
   * @returns for each [n, …result]; a result that does not depend on u n times.
   */
  run(u: Tensor, stacked: Tensor, wanted: readonly (Tensor | null)[]): (Tensor | null)[] {
    const n = stacked.shape[0]!;
    const values = new Map([[u.id, stacked]]);
    const uses = new Map<number, number>();
    const count = (x: Tensor | null, by: number): number => {
      const left = (x === null ? 0 : (uses.get(x.id) ?? 0)) + by;
      if (x !== null) uses.set(x.id, left);
      return left;
    };
    for (const x of [u, ...wanted]) count(x, 1);
    for (const { inputs } of this.runs) for (const x of inputs) count(x, 1);

    for (const run of this.runs) {
      const scope = openScope();
      let results: Tensor[] = [];
      try {
        results = runStacked(
          run,
          run.inputs.map((x) => values.get(x.id) ?? null),
          n,
        );
      } finally {
        closeScope(scope, new Set(results));
      }
      run.outputs.forEach((y, i) => values.set(y.id, results[i]!));
      for (const x of run.inputs) if (count(x, -1) === 0) values.get(x.id)?.dispose();
    }
    return wanted.map((x) => x && (values.get(x.id) ?? broadcastTo(x, [n, ...x.shape])));
  }
}

/** An op on inputs of which some are stacks: at once where it says how, else one after the other. */
function runStacked({ op, attrs, inputs, outputs }: Run, stacks: readonly (Tensor | null)[], n: number): Tensor[] {
  const [y] = outputs as [Tensor];
  const { aligns, lead, linear } = op;
  // By a rule for the attributes, the inputs that it is about must all be stacks, and no others.
  const led = (i: number): boolean => linear === true || (linear?.includes(op.inputs?.[i] ?? '') ?? false);
  const fits = aligns === true || stacks.every((stack, i) => stack === null || led(i));
  const next = lead === undefined ? attrs : lead(attrs as never, n, inputs[0]!, y);
  if (fits && next !== null && (aligns === true || lead !== undefined)) {
    const moved = inputs.map((x, i) => {
      const stack = stacks[i] ?? null;
      if (aligns === true) {
        // Axes of size 1 between n and the rest, so that the rest stays at the end.
        const gap = y.rank - x.rank;
        return stack === null || gap <= 0
          ? (stack ?? x)
          : reshape(stack, [n, ...new Array<number>(gap).fill(1), ...x.shape]);
      }
      return stack ?? (led(i) ? broadcastTo(x, [n, ...x.shape]) : x);
    });
    return rerun(op, moved, next);
  }
  const pieces = stacks.map((stack) => stack && unstack(stack));
  const rows = Array.from({ length: n }, (_, r) =>
    rerun(
      op,
      inputs.map((x, i) => pieces[i]?.[r] ?? x),
      attrs,
    ),
  );
  return outputs.map((_, o) => stack(rows.map((row) => row[o]!)));
}
