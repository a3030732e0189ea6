// `npm run bench:browser`: the suites of `npm run bench` in a page, in Chromium and Firefox. `npm run bench:browser -- --help` lists the options.

import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { parseArgs } from 'node:util';
import { BROWSERS, serve, withPage, type Browser } from '../../scripts/browsers.js';
import { exitOnSignals } from '../../scripts/processes.js';
import { chosen, noneChosen } from '../harness/chosen.js';
import { processor } from '../harness/facts.js';
import { suiteReport, type SuiteReport } from '../harness/report.js';
import type { Result } from '../harness/run.js';
import { compareTable, showTable } from '../harness/table.js';
import { FULL, merge, QUICK } from '../harness/timing.js';
import { pageFamilies, preparePage } from './build.js';
import type { Posted } from './page.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    browsers: { type: 'string', default: BROWSERS.map(({ name }) => name).join() },
    builds: { type: 'string', default: 'deterministic,relaxed' },
    json: { type: 'string', default: 'out/bench-browser.json' },
    repeats: { type: 'string', default: '1' },
    patience: { type: 'string', default: '300' },
    quick: { type: 'boolean', default: false },
    serve: { type: 'boolean', default: false },
    port: { type: 'string', default: '0' },
    help: { type: 'boolean', default: false },
  },
});

const USAGE = `npm run bench:browser -- [options]
  --only A,B       suites (${pageFamilies().join(', ')}), or cases by parts of their names
  --browsers A,B   ${BROWSERS.map(({ name }) => name).join(', ')}
  --builds A,B     deterministic, relaxed; the suite called threads runs both on one thread and on two
  --json FILE      where every round and figure is written: out/bench-browser.json
  --repeats N      runs the list N times, and takes all rounds together
  --patience S     seconds that a suite may take on a build (300): then its browser is ended, and the rest goes on
  --quick          short rounds, for a first look
  --serve          only serves the page, to be opened by hand; --port N at a port of your choice`;

/** What a browser's run comes to. */
interface BrowserReport {
  readonly browser: string;
  readonly facts: Readonly<Record<string, string>>;
  readonly suites: readonly (SuiteReport & { readonly build: string })[];
  /** What did not answer, or failed. */
  readonly problems: readonly string[];
}

type Server = Awaited<ReturnType<typeof serve>>;

const builds = options.builds.split(',');
const { suites, only } = chosen(options.only, pageFamilies());

/** Who hears what the page posts now. */
let listen: (path: string, body: string) => void = () => {};

/** The page's address, with what it is to run. */
function addressOf({ origin }: Server, names: readonly string[], builds: readonly string[]): string {
  const query = new URLSearchParams({ suites: names.join(), builds: builds.join() });
  if (only !== '') query.set('only', only);
  if (options.quick) query.set('quick', '');
  if (!options.serve) query.set('report', '');
  return `${origin}/?${query}`;
}

/** A browser while it is timed. */
class Run {
  readonly #browser: Browser;
  readonly #program: string;
  readonly #server: Server;
  readonly #results = new Map<string, [Result, ...Result[]]>();
  readonly #problems: string[] = [];
  #facts: Record<string, string> = {};

  constructor(browser: Browser, program: string, server: Server) {
    this.#browser = browser;
    this.#program = program;
    this.#server = server;
  }

  /** Times a suite on some builds, in a browser started for it. Gives the builds that still wait, where one of them did not answer. */
  async suite(family: string, builds: readonly string[]): Promise<string[]> {
    const left = [...builds];
    let timer: NodeJS.Timeout | undefined;
    const end = new Promise<void>((done, fail) => {
      const wait = (): void => {
        clearTimeout(timer);
        timer = setTimeout(
          () => fail(new Error(`no answer in ${options.patience} s`)),
          1000 * Number(options.patience),
        );
      };
      wait();
      listen = (path, body) => {
        wait();
        if (path === '/problem') fail(new Error(body));
        else if (path === '/suite') {
          left.shift();
          this.#take(JSON.parse(body) as Posted);
        } else {
          this.#facts = JSON.parse(body) as Record<string, string>;
          done();
        }
      };
    });
    try {
      await withPage(this.#browser, this.#program, addressOf(this.#server, [family], builds), end);
      return [];
    } catch (error) {
      this.#complain(
        `${family}, ${left.shift() ?? 'at its end'}: ${error instanceof Error ? error.message : String(error)}`,
      );
      return left;
    } finally {
      clearTimeout(timer);
    }
  }

  #take({ family, simd, answer }: Posted): void {
    if ('problem' in answer) return this.#complain(`${family}, ${simd}: ${answer.problem}`);
    const { result } = answer;
    if (result.timings.length === 0) return;
    const key = `${family} ${simd}`;
    const held = this.#results.get(key);
    if (held) held.push(result);
    else this.#results.set(key, [result]);
    const all = held ?? [result];
    if (all.length < Number(options.repeats)) return;
    const title = `${result.title}: ${this.#browser.name}, ${simd}`;
    console.log(`\n${showTable({ ...result, title }, merge(all.map((r) => r.timings)))}`);
  }

  #complain(problem: string): void {
    process.exitCode = 1;
    this.#problems.push(problem);
    console.log(`\n${this.#browser.name}, ${problem}`);
  }

  report(): BrowserReport {
    const suites = [...this.#results].map(([key, all]) => {
      const [name = '', build = ''] = key.split(' ');
      return { build, ...suiteReport(name, all) };
    });
    return { browser: this.#browser.name, facts: this.#facts, suites, problems: this.#problems };
  }
}

/** All suites, as often as is asked for. */
async function run(browser: Browser, program: string, server: Server): Promise<BrowserReport> {
  const run = new Run(browser, program, server);
  const begun = performance.now();
  for (let repeat = 1; repeat <= Number(options.repeats); repeat++)
    for (const [i, family] of suites.entries()) {
      const minutes = ((performance.now() - begun) / 60_000).toFixed(1);
      console.error(
        `${browser.name}, ${repeat} of ${options.repeats}: ${family}, ${i + 1} of ${suites.length}, after ${minutes} min`,
      );
      for (let left = builds; left.length > 0;) left = await run.suite(family, left);
    }
  return run.report();
}

/** A suite's times in all browsers and builds, side by side. */
function comparison(family: string, reports: readonly BrowserReport[]): string {
  const columns = reports.flatMap(({ browser, suites }) =>
    suites.filter(({ name }) => name === family).map(({ build, cases }) => [`${browser} ${build}`, cases] as const),
  );
  return columns.length > 1 ? `\n${compareTable(family, columns)}` : '';
}

async function bench(server: Server): Promise<void> {
  const reports: BrowserReport[] = [];
  for (const browser of BROWSERS.filter(({ name }) => options.browsers.split(',').includes(name))) {
    const program = browser.find();
    if (program === null) console.log(`${browser.name} is not on this machine: ${browser.howToGet}.`);
    else reports.push(await run(browser, program, server));
  }
  if (reports.length > 0 && reports.every(({ suites, problems }) => suites.length === 0 && problems.length === 0))
    throw noneChosen(options.only, pageFamilies());
  for (const family of suites) console.log(comparison(family, reports));
  for (const { browser, facts, problems } of reports) {
    console.log(`${browser}: ${Object.values(facts).join(', ') || 'no answer'}`);
    for (const problem of problems) console.log(`  ${problem}`);
  }
  mkdirSync(dirname(options.json), { recursive: true });
  const about = { processor: processor(), effort: options.quick ? QUICK : FULL };
  writeFileSync(options.json, `${JSON.stringify({ ...about, repeats: Number(options.repeats), reports }, null, 1)}\n`);
  console.log(`\n${options.json}`);
}

if (options.help) console.log(USAGE);
else {
  exitOnSignals();
  const server = await serve(await preparePage(), (path, body) => listen(path, body), Number(options.port));
  if (options.serve) console.log(`open ${addressOf(server, suites, builds)} (it is served until you press Ctrl-C)`);
  else {
    await bench(server);
    server.close();
  }
}
