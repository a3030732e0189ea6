// `npm run bench:nodes -- --nodes PATH,PATH`: the rows of the project's goals in several Nodes, and whether they all, on any number of threads, come to
// the same bits.

import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../scripts/core.js';
import { nodeVersion } from '../scripts/nodes.js';
import { exitOnSignals } from '../scripts/processes.js';
import type { Bits } from './harness/bits.js';
import { OUT, prepare, prepareBits } from './harness/build.js';
import { processor } from './harness/facts.js';
import { timeInProcess } from './harness/fork.js';
import type { Checked } from './harness/suite.js';
import type { Result } from './harness/run.js';
import { alignTable, compareTable } from './harness/table.js';
import { FULL, merge, QUICK } from './harness/timing.js';

/** The suites, and which of their cases. */
const ROWS: Readonly<Record<string, string>> = {
  gemm: 'float32 512|float32 1024',
  elementwise: 'add @|exp @1000000|tanh @1000000|softmax @1000000',
  eager: '',
  training: '',
  derivatives: '',
  start: 'start',
};

/** The numbers of threads whose bits are compared. */
const COUNTS: readonly number[] = [1, 2, 3, 4, 7];

const { values: options } = parseArgs({
  options: {
    nodes: { type: 'string', default: process.execPath },
    only: { type: 'string', default: Object.keys(ROWS).join() },
    json: { type: 'string', default: 'out/bench-nodes.json' },
    repeats: { type: 'string', default: '1' },
    relaxed: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    bits: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const USAGE = `npm run bench:nodes -- [options]
  --nodes A,B      paths of Nodes; this one when not given
  --only A,B       suites: ${Object.keys(ROWS).join(', ')}
  --relaxed        the relaxed build, too
  --json FILE      where every round is written: out/bench-nodes.json
  --repeats N      runs the list N times, and takes all rounds together
  --quick          short rounds, for a first look
  --bits           no times: only the table of bits, by Node and number of threads (${COUNTS.join(', ')})`;

/** A column of the table. */
interface Column {
  readonly title: string;
  readonly node: string;
  readonly simd: 'deterministic' | 'relaxed';
}

/** All Nodes on one build, then on the other. */
function columns(): Column[] {
  const nodes = options.nodes.split(',').map((node) => ({ node, version: nodeVersion(node) }));
  const of = (simd: Column['simd']): Column[] =>
    nodes.map(({ node, version }) => ({ node, simd, title: simd === 'relaxed' ? `${version} relaxed` : version }));
  return options.relaxed ? [...of('deterministic'), ...of('relaxed')] : of('deterministic');
}

/** The numbers that some Nodes came to, and which of them differ from the first one's in a bit. */
function differences(results: readonly (readonly [title: string, checked: readonly Checked[]])[]): string[] {
  const [, first = []] = results[0] ?? [];
  return results
    .slice(1)
    .flatMap(([title, checked]) =>
      first.flatMap(([what, value], i) =>
        Object.is(checked[i]?.[1], value) ? [] : [`${what}: ${value}, but ${checked[i]?.[1]} in ${title}`],
      ),
    );
}

/** The bits that the deterministic build comes to, by Node and number of threads: shows the table, and gives it. */
async function compareBits(all: readonly Column[]): Promise<{ readonly hashes: object; readonly problems: string[] }> {
  await prepareBits();
  const nodes = all.filter(({ simd }) => simd === 'deterministic');
  const found = nodes.map(({ title, node }) => ({
    title,
    bits: COUNTS.map((count): Bits => {
      const program = `${OUT}/bits/harness/bits.js`;
      return JSON.parse(execFileSync(node, [program, String(count)], { cwd: root, encoding: 'utf8' })) as Bits;
    }),
  }));
  const first = found[0]!.bits[0]!;
  const problems = found.flatMap(({ title, bits }) =>
    bits.flatMap(({ threads, hash, problems }, i) => [
      ...problems.map((problem) => `${title}, ${COUNTS[i]} threads: ${problem}`),
      ...(threads === COUNTS[i] ? [] : [`${title}: ${threads} threads in place of ${COUNTS[i]}`]),
      ...(hash === first.hash ? [] : [`${title}, ${COUNTS[i]} threads: ${hash} in place of ${first.hash}`]),
    ]),
  );
  const title = 'Bits: Node, threads';
  const rows = found.map(({ title, bits }) => [title, ...bits.map(({ hash }) => hash)]);
  console.log(`\n${alignTable([[title, ...COUNTS.map(String)], ...rows]).join('\n')}`);
  console.log(
    `A hash over the results of ${first.programs} programs (test/hosts), which run every op, and ${first.losses} losses of W4 to W6, eager and compiled.`,
  );
  return {
    hashes: Object.fromEntries(found.map(({ title, bits }) => [title, bits.map(({ hash }) => hash)])),
    problems,
  };
}

async function bench(all: readonly Column[]): Promise<void> {
  await prepare();
  const results = new Map<string, Result[]>();
  for (let repeat = 0; repeat < Number(options.repeats); repeat++)
    for (const family of options.only.split(','))
      for (const { title, node, simd } of all) {
        const order = { effort: options.quick ? QUICK : FULL, only: ROWS[family] ?? '', simd };
        const key = `${family} ${title}`;
        results.set(key, [...(results.get(key) ?? []), await timeInProcess(family, order, node)]);
      }

  const problems: string[] = [];
  const report: object[] = [];
  let numbers = 0;
  for (const family of options.only.split(',')) {
    const timings = all.map(({ title }) => merge(results.get(`${family} ${title}`)!.map((r) => r.timings)));
    console.log(
      `\n${compareTable(
        family,
        all.map(({ title }, i) => [title, timings[i]!]),
      )}`,
    );
    const exact = all
      .filter(({ simd }) => simd === 'deterministic')
      .map(({ title }) => [title, results.get(`${family} ${title}`)!.flatMap((r) => r.checked)] as const);
    numbers += exact[0]?.[1].length ?? 0;
    problems.push(...differences(exact));
    report.push(...all.map(({ title, simd }, i) => ({ family, title, simd, timings: timings[i] })));
  }

  const bits = await compareBits(all);
  problems.push(...bits.problems);
  const versions = all.filter(({ simd }) => simd === 'deterministic').map(({ title }) => title);
  console.log(`The benchmark itself compared ${numbers} numbers with what they must be.`);
  tell(problems, versions);
  mkdirSync(dirname(options.json), { recursive: true });
  const about = { processor: processor(), date: new Date().toISOString(), ...bits, problems };
  writeFileSync(options.json, `${JSON.stringify({ ...about, report }, null, 1)}\n`);
}

/** The verdict on bits. */
function tell(problems: readonly string[], versions: readonly string[]): void {
  console.log(problems.length === 0 ? `All bits are the same in ${versions.join(', ')}.` : problems.join('\n'));
  if (problems.length > 0) process.exitCode = 1;
}

exitOnSignals();
if (options.help) console.log(USAGE);
else if (options.bits) {
  const all = columns();
  tell(
    (await compareBits(all)).problems,
    all.map(({ title }) => title),
  );
} else await bench(columns());
