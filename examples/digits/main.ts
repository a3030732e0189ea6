// The main job, `npm start`: trains a small network on handwritten digits, shows how it goes, and writes a report page.

import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import * as gt from 'gradtape';
import { confusionTable } from './confusion.js';
import { drawnDigits, readDigits, type Digits } from './digits.js';
import { Network } from './network.js';
import { InputError, parseOptions, usage, type Options } from './options.js';
import { colorful, percent, Progress } from './progress.js';
import { reportPage } from './report.js';
import type { Outcome } from './run.js';
import { train } from './train.js';

const print = (text: string): void => void process.stdout.write(`${text}\n`);
const figure = (n: number): string => Math.round(n).toLocaleString('en-US');
const megabytes = (bytes: number): string => `${(bytes / 2 ** 20).toFixed(1)} MB`;

async function main(options: Options): Promise<void> {
  const started = new Date();
  const progress = new Progress(process.stdout, process.env);
  const isStopped = onInterrupt(() => progress.line('Stopping after this step. Ctrl-C again quits at once.'));
  prepare(options.out);
  const digits = options.data === null ? drawnDigits(options.draw, options.seed) : await readDigits(options.data);
  const [count, height, width] = digits.train.images.shape;
  const tests = digits.test.labels.shape[0];
  print(
    `${figure(count)} digits to train on, ${figure(tests)} to test with, ${height} × ${width} pixels: ${digits.from}`,
  );

  await gt.init();
  const network = new Network(options.seed, options.rate, options.epochs * Math.ceil(count / options.batch));
  progress.start();
  const outcome = await train(network, digits, {
    ...options,
    onStep: (at) => progress.update(at),
    onEpoch: (at) => progress.epoch(at),
    isStopped,
  });
  progress.clear();

  const path = join(options.out, 'report.html');
  writeFileSync(path, reportPage({ ...outcome, started, facts: facts(options, digits, network, outcome) }));
  if (outcome.stopped) print(`stopped after ${outcome.steps.length} steps, ${done(outcome).toFixed(2)} epochs`);
  print(`test accuracy: ${percent(outcome.confusion.accuracy)}\n`);
  for (const line of confusionTable(outcome.confusion, colorful(process.stdout, process.env))) print(line);
  print(`\nreport: ${path}`);
}

/** Epochs done, with fractions. */
const done = ({ epochs }: Outcome): number => epochs.at(-1)?.epoch ?? 0;

/** The run in figures, for the report. */
function facts(options: Options, digits: Digits, network: Network, outcome: Outcome): [name: string, value: string][] {
  const count = digits.train.labels.shape[0];
  return [
    ['digits', digits.from],
    ['to train on', figure(count)],
    ['to test with', figure(digits.test.labels.shape[0])],
    ['seed', String(options.seed)],
    ['steps', `${figure(outcome.steps.length)} of ${options.batch} digits`],
    ['optimizer', `Adam, learning rate ${options.rate} falling to 0`],
    ['parameters', figure(network.parameters)],
    ['training time', `${outcome.seconds.toFixed(1)} s`],
    ['examples a second', outcome.seconds > 0 ? figure((done(outcome) * count) / outcome.seconds) : '–'],
    ['tensor memory, peak', megabytes(gt.memory().peakBytes)],
    ['process memory, peak', megabytes(process.resourceUsage().maxRSS * 1024)],
    ['host', `Node ${process.versions.node}, ${process.platform} ${process.arch}`],
  ];
}

/** Makes the report's directory now, not when everything is done. */
function prepare(out: string): void {
  try {
    mkdirSync(out, { recursive: true });
  } catch (error) {
    throw new InputError(`--out: ${out} cannot be made: ${(error as Error).message}.`);
  }
}

/**
 * Turns the first Ctrl-C into a wish to stop, and the second into the end.
 *
 * Wrappers pass the signal on that the terminal has sent to everyone, so one key may come twice in a moment.
 *
 * @returns whether the wish was made.
 */
function onInterrupt(say: () => void): () => boolean {
  let first = 0;
  process.on('SIGINT', () => {
    if (first === 0) {
      first = performance.now();
      say();
    } else if (performance.now() - first > 500) process.exit(130);
  });
  return () => first > 0;
}

try {
  const options = parseOptions(process.argv.slice(2));
  if (options.help) print(usage);
  else await main(options);
} catch (error) {
  const expected = error instanceof InputError || error instanceof gt.DataError;
  process.stderr.write(`digits: ${expected ? error.message : error instanceof Error ? error.stack : String(error)}\n`);
  process.exitCode = 1;
}
