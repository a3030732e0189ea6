// `npm run bench:peers`: gradtape beside other libraries. `npm run bench:peers -- --help` lists the options.

import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { root } from '../../scripts/core.js';
import { exitOnSignals } from '../../scripts/processes.js';
import { facts } from '../harness/facts.js';
import { FULL, QUICK } from '../harness/timing.js';
import { prepare, versions } from './build.js';
import { CELLS, chosenCells } from './cells.js';
import { downloads } from './download.js';
import { chosenPeers, PEERS } from './list.js';
import { looker } from './look.js';
import { page } from './page.js';
import { writeReadme } from './readme.js';
import { settled, type Results } from './results.js';
import { runAll } from './run.js';
import { report } from './tables.js';

const { values: options } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    peers: { type: 'string', default: '' },
    repeats: { type: 'string', default: '3' },
    quick: { type: 'boolean', default: false },
    node: { type: 'string', default: process.execPath },
    json: { type: 'string', default: 'out/bench.json' },
    add: { type: 'boolean', default: false },
    show: { type: 'boolean', default: false },
    readme: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

const USAGE = `npm run bench:peers -- [options]
  --only W4,W2.exp   workloads, or cells of them: ${CELLS.map(({ name }) => name).join(' ')}, and SIZE
  --peers a,b        peers by name, or by words of their names: ${PEERS.map(({ name }) => name).join(', ')}
  --repeats N        goes through the list N times (3)
  --quick            short rounds, for a first look
  --node PATH        the Node that runs the libraries of JavaScript, when it is to be another one
  --json FILE        where every round goes, as soon as it is there (out/bench.json); the page with charts goes to
                     out/, by the same name
  --add              adds to what FILE holds
  --show             runs nothing: shows what FILE holds, and writes the page anew
  --readme           runs nothing: writes the performance section of README.md from FILE, or several with commas between

PyTorch is taken from $PYTHON, python3 or /usr/bin/python3. Where its BLAS is Debian's reference one, give it a better one by $LD_LIBRARY_PATH.`;

const read = (): Results => JSON.parse(readFileSync(options.json, 'utf8')) as Results;

async function compare(): Promise<Results> {
  await prepare();
  const rounds = options.quick ? 'short, for a first look' : 'as WORKLOADS.md states them';
  const about: Record<string, string> = { ...facts(options.node), rounds };
  const stored = options.add && existsSync(options.json) ? read() : null;
  if (stored && stored.about['node'] !== about['node'])
    throw new Error(
      `${options.json} is of Node ${stored.about['node']}, not ${about['node']}: give --node, or another --json.`,
    );
  const results: Results = { ...(stored ?? { versions: {}, cells: {}, downloads: {} }), about };
  Object.assign(results.versions, versions());
  const peers = chosenPeers(options.peers);
  const sizeToo = options.only === '' || /(^|,)\s*size\b/i.test(options.only);
  const only = options.only.replace(/,?\s*\bsize\b\s*,?/i, '');
  const cells = options.only !== '' && only === '' ? [] : chosenCells(only);
  const say = (text: string): void => {
    process.stderr.write(process.stderr.isTTY ? `\r\u001b[K${text}` : `${text}\n`);
  };
  const digits = (_: string, value: unknown): unknown => (typeof value === 'number' ? +value.toPrecision(5) : value);
  const keep = (): void => writeFileSync(options.json, `${JSON.stringify(results, digits)}\n`);
  await mkdir(dirname(options.json), { recursive: true });
  if (sizeToo) Object.assign(results.downloads, await downloads(peers));
  const effort = options.quick ? QUICK : FULL;
  const repeats = Math.max(1, Number(options.repeats));
  await runAll(results, { cells, peers, repeats, effort, node: options.node, look: await looker() }, say, keep);
  keep();
  say('');
  return results;
}

exitOnSignals();
if (options.help) console.log(USAGE);
else if (options.readme) await writeReadme(options.json.split(','));
else {
  const results = settled(options.show ? read() : await compare());
  console.log(report(results));
  const target = `out/${basename(options.json, '.json')}.html`;
  await mkdir(join(root, 'out'), { recursive: true });
  writeFileSync(join(root, target), page(results));
  console.log(`\nEvery round: ${options.json}. Charts: ${target}.`);
}
