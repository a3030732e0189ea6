// Where the time of a training step goes, kernel by kernel: `npm run bench -- --profile W5`.

import { init } from 'gradtape';
import { readFileSync } from 'node:fs';
import { WORKLOADS } from '../workloads/all.js';
import { alignTable, showSeconds } from './table.js';
import { listener, marks } from './timed-launch.js';
import { quantile } from './timing.js';

const WARM_UP_MS = 500;
const STEPS = 300;
/** Steps are taken until there are STEPS of them or this much time is over. */
const ENOUGH_MS = 5000;
/** How many single launches are listed. */
const LONGEST = 15;

/** Kernels as assembly/kernels.txt lists them: `12 name(parameter: Type, …)`. */
const kernels = new Map(
  readFileSync('assembly/kernels.txt', 'utf8')
    .split('\n')
    .map((line) => /^(\d+) (\w+)\((.*)\)$/.exec(line))
    .filter((match) => match !== null)
    .map(([, id, name, parameters]) => {
      const types = [...parameters!.matchAll(/: (\w+)/g)].map(([, type]) => type!);
      return [Number(id), { name: name!, types }];
    }),
);

/** One launch of the step: always the same kernel, so that medians over steps mean something. */
interface Place {
  readonly kernel: string;
  /** Numbers in its record: sizes, strides and ranges. */
  readonly numbers: string;
  /** Seconds in the kernel, and in JavaScript since the launch before. */
  readonly inside: number;
  readonly before: number;
}

/** The whole numbers among a record's arguments, then those of its Meta. */
function numbersOf(record: Uint32Array): string {
  const types: readonly string[] = kernels.get(record[0]! & 0xffff)?.types ?? [];
  const ints = new Int32Array(record.buffer, record.byteOffset, record.length);
  const numbers: number[] = [];
  let word = 1;
  for (const type of types) {
    if (type === 'f64') word += word & 1;
    if (type === 'u32' || type === 'i32') numbers.push(ints[word]!);
    if (type !== 'Meta') word += type === 'f64' ? 2 : 1;
  }
  const meta = types.includes('Meta') ? ` [${ints.subarray(word).join(' ')}]` : '';
  return numbers.join(' ') + meta;
}

/** Milliseconds that a look at the clock takes, when nothing disturbs it. */
function clockCost(): number {
  const trials = Array.from({ length: 50 }, () => {
    const start = performance.now();
    for (let i = 0; i < 1000; i++) performance.now();
    return (performance.now() - start) / 1000;
  });
  return Math.min(...trials);
}

/** Steps of a training, each as [start, id, before, after, id, before, after, …, end]. */
function watch(step: () => number): { steps: number[][]; records: Uint32Array[] } {
  const warm = performance.now() + WARM_UP_MS;
  do {
    marks.length = 0;
    step();
  } while (performance.now() < warm);

  listener.records = [];
  marks.length = 0;
  step();
  const { records } = listener;
  listener.records = null;

  const steps: number[][] = [];
  const end = performance.now() + ENOUGH_MS;
  while (steps.length < STEPS && performance.now() < end) {
    marks.length = 0;
    const start = performance.now();
    step();
    steps.push([start, ...marks, performance.now()]);
  }
  return { steps: steps.filter(({ length }) => length === 3 * records.length + 2), records };
}

async function profile(name: keyof typeof WORKLOADS): Promise<void> {
  await init({ wasm: readFileSync('dist/core.wasm') });
  const training = WORKLOADS[name]();
  const { steps, records } = watch(() => training.step());
  training.dispose();

  const clock = clockCost();
  /** Median over the steps of the time between two marks, which has one look at the clock in it. */
  const between = (from: number, to: number): number => {
    const ms = quantile(steps.map((step) => step[to]! - step[from]!), 0.5); // prettier-ignore
    return Math.max(0, ms - clock) / 1000;
  };
  const places = records.map((record, i): Place => {
    const id = record[0]! & 0xffff;
    const [previous, before, after] = [3 * i, 3 * i + 2, 3 * i + 3];
    return {
      kernel: kernels.get(id)?.name ?? `kernel ${id}`,
      numbers: numbersOf(record),
      inside: between(before, after),
      before: between(previous, before),
    };
  });
  const rest = between(3 * records.length, 3 * records.length + 1);
  const inside = total(places.map((place) => place.inside));
  const before = total(places.map((place) => place.before));
  const step = inside + before + rest;
  const share = (seconds: number): string => `${((100 * seconds) / step).toFixed(1)} %`;

  const groups = [...new Set(places.map(({ kernel }) => kernel))]
    .map((kernel) => ({ kernel, calls: places.filter((place) => place.kernel === kernel) }))
    .map(({ kernel, calls }) => ({
      kernel,
      calls: calls.length,
      inside: total(calls.map((place) => place.inside)),
      before: total(calls.map((place) => place.before)),
    }))
    .sort((a, b) => b.inside - a.inside);
  const [head, rule, ...body] = alignTable([
    [`${name}, a step`, 'launches', 'in the kernel', 'share', 'JavaScript before it', 'share'],
    ...groups.map((g) => [
      g.kernel,
      String(g.calls),
      showSeconds(g.inside),
      share(g.inside),
      showSeconds(g.before),
      share(g.before),
    ]),
    ['JavaScript after the last', '', '', '', showSeconds(rest), share(rest)],
    [
      'all',
      String(places.length),
      showSeconds(inside),
      share(inside),
      showSeconds(before + rest),
      share(before + rest),
    ],
  ]);
  console.log([head, rule, ...body.slice(0, -1), rule, body.at(-1)].join('\n'));
  console.log(
    `\nThe step: ${showSeconds(step)}, the sum of medians over ${steps.length} steps, without the clock's own time.`,
  );

  const longest = [...places].sort((a, b) => b.inside - a.inside).slice(0, LONGEST);
  const rows = longest.map((p) => [`${p.kernel} ${p.numbers}`, showSeconds(p.inside), share(p.inside)]);
  console.log(
    `\n${alignTable([['The longest launches: kernel, its numbers [sizes and strides]', 'time', 'share'], ...rows]).join('\n')}`,
  );
}

function total(numbers: readonly number[]): number {
  return numbers.reduce((sum, x) => sum + x, 0);
}

const wanted = process.argv[2]?.toUpperCase() ?? '';
if (wanted in WORKLOADS) await profile(wanted as keyof typeof WORKLOADS);
else {
  console.error(`--profile: no workload is called '${wanted}'. Choose one of ${Object.keys(WORKLOADS).join(', ')}.`);
  process.exitCode = 1;
}
