// The process of a peer and a workload: `node bench/peers/build/child.js ORDER`. It prints a line of JSON for each thing it found, and before each round of a
// cell one that says so, after which it waits for a line of its input: `go`, or anything else when it has done enough.

import { createInterface } from 'node:readline';
import { dataW4 } from '../workloads/data.js';
import { timeAll, type Case, type Effort } from '../harness/timing.js';
import { isTraining, type Sums } from './cells.js';
import type { Call, Elementwise, Library, Open, Options } from './peer.js';

/** What is to be timed. */
export interface Order {
  readonly file: string;
  readonly options: Options;
  readonly cells: readonly string[];
  readonly effort: Effort;
  /** Seconds: a call that takes longer is timed once. */
  readonly slow: number;
}

/** Updates of a training before it is timed: up to the last loss that is published, or fewer where a step is slow. */
const UPDATES = 20;
const SLOW_UPDATES = 5;

const order = JSON.parse(process.argv[2]!) as Order;
const say = (line: object): void => console.log(JSON.stringify(line));

/** What leaves the machine to other processes, until this one is told whether it goes on. START, which has no rounds, opens no input. */
function rests(): (cell: string) => Promise<boolean> {
  const input = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  return async (cell) => {
    say({ rests: cell });
    const { value } = await input.next();
    return value === 'go';
  };
}

/** An error's message on one line; that of its cause when it has none itself. */
function reasonOf(error: unknown): string {
  const { message, cause } = error instanceof Error ? error : { message: String(error), cause: undefined };
  return (message || String(cause)).replace(/\s+/g, ' ').slice(0, 200);
}

function sumsOf(result: ArrayLike<number>): Sums {
  let [sum, abs] = [0, 0];
  for (let i = 0; i < result.length; i++) {
    sum += result[i]!;
    abs += Math.abs(result[i]!);
  }
  return { sum, abs, last: result[result.length - 1]! };
}

/** A cell's call; undefined when the library has none. */
function callOf(library: Library, cell: string): Call | Promise<Call> | undefined {
  const [workload, part = ''] = cell.split('.');
  const [op, elements] = part.split('@');
  switch (workload) {
    case 'W1':
      return library.product?.(Number(part));
    case 'W2':
      return library.elementwise?.(op as Elementwise, Number(elements));
    case 'W3':
      return library.chain?.();
    case 'W4F':
      return library.forward?.();
    case 'LIMIT':
      return library.limit?.(part as 'peak' | 'copy');
    case 'W7H':
      return library.curvature?.();
    case 'W7J':
      return library.jacobian?.();
    default:
      return undefined;
  }
}

/** Trains, and says all losses; null when a step is too slow for more than one timing, which is then said. */
async function training(library: Library, name: 'W4' | 'W4T' | 'W5' | 'W6'): Promise<Case | null> {
  if (!library.train) throw new Error(library.lacks);
  const step = library.train(name);
  const losses: number[] = [];
  const seconds: number[] = [];
  const enough = (): boolean => losses.length > (seconds.at(-1)! > order.slow ? SLOW_UPDATES : UPDATES);
  do {
    const begun = performance.now();
    losses.push(await step());
    seconds.push((performance.now() - begun) / 1000);
  } while (!enough());
  say({ cell: name, losses });
  const last = seconds.at(-1)!;
  if (last > order.slow) say({ cell: name, rounds: [last] });
  return last > order.slow ? null : { name, run: step };
}

/** A call whose result was compared, or null as of `training`. */
async function call(library: Library, name: string): Promise<Case | null> {
  const call = await callOf(library, name);
  if (!call) throw new Error(library.lacks);
  say({ cell: name, check: sumsOf(await call.read()), work: call.work });
  const begun = performance.now();
  await call.run();
  const seconds = (performance.now() - begun) / 1000;
  if (seconds > order.slow) say({ cell: name, rounds: [seconds] });
  return seconds > order.slow ? null : { name, run: () => call.run() };
}

/** Imports and starts the library. */
async function opened(): Promise<Library> {
  const file = new URL(`libraries/${order.file}.js`, import.meta.url);
  const { open } = (await import(file.href)) as { open: Open };
  return open(order.options);
}

async function start(): Promise<void> {
  const data = dataW4();
  const begun = performance.now();
  const library = await opened();
  if (!library.first) throw new Error(library.lacks);
  const { loss, gradients } = await library.first(data);
  const seconds = (performance.now() - begun) / 1000;
  let sum = 0;
  for (const gradient of gradients) sum += sumsOf(gradient).abs;
  say({ cell: 'START', check: { loss, gradients: sum }, rounds: [seconds] });
}

async function time(): Promise<void> {
  const library = await opened();
  const cases: Case[] = [];
  for (const cell of order.cells)
    try {
      const timed = isTraining(cell) ? await training(library, cell) : await call(library, cell);
      if (timed) cases.push(timed);
    } catch (error) {
      say({ cell, error: reasonOf(error) });
    }
  if (cases.length === 0) return;
  for (const { name, rounds } of await timeAll(cases, order.effort, rests())) say({ cell: name, rounds });
}

try {
  if (order.cells.includes('START')) await start();
  else await time();
} catch (error) {
  for (const cell of order.cells) say({ cell, error: reasonOf(error) });
}
say({ end: true, rss: process.resourceUsage().maxRSS * 1024 });
process.exit(0);
