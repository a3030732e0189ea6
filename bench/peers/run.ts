// Runs the list: a fresh process for each peer and workload, whose rounds take turns within a workload, all of it several times.

import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { root } from '../../scripts/core.js';
import { relaxedFlags } from '../../scripts/nodes.js';
import { endWithThis } from '../../scripts/processes.js';
import type { Effort } from '../harness/timing.js';
import { here } from './build.js';
import { complaint, LIMITS, type Cell, type Found } from './cells.js';
import type { Order } from './child.js';
import type { Peer } from './list.js';
import type { Look } from './look.js';
import { Progress, showDuration, type Task } from './progress.js';
import { entryOf, isCalm, type Line, type Results } from './results.js';

/** A call that takes longer, in seconds, is timed once. */
const SLOW = 1.5;
/** A process is given so long to start and warm up, and for a round. */
const PATIENCE_MS = 140_000;
/** Where the machine is seldom calm, so many times the rounds that are asked for are the end. */
const PATIENCE_ROUNDS = 2;
/** Where PyTorch is looked for. */
const PYTHONS: readonly string[] = [process.env['PYTHON'] ?? 'python3', 'python3', '/usr/bin/python3'];

/** What is to be run. */
export interface Plan {
  readonly cells: readonly Cell[];
  readonly peers: readonly Peer[];
  readonly repeats: number;
  readonly effort: Effort;
  /** The Node that runs the peers of JavaScript. */
  readonly node: string;
  readonly look: Look;
}

const limits: Peer = {
  name: 'limits',
  file: 'limits',
  kind: 'gradtape',
  options: { way: 'eager', threads: 1, backend: '' },
};

/** The first Python that has torch, or the first of all, whose error then tells. */
let python: string | null = null;
function pythonWithTorch(): string {
  const has = (name: string): boolean => spawnSync(name, ['-c', 'import torch'], { stdio: 'ignore' }).status === 0;
  return (python ??= PYTHONS.find(has) ?? PYTHONS[0]!);
}

/** A peer's process. It rests before each round of a cell until it is told whether it goes on. */
class Run {
  readonly lines: Line[] = [];
  /** Instructions in a cycle beside the rounds that it did, by cell. */
  readonly beside: Record<string, number[]> = {};
  /** The cell whose round it would do next; '' when it does none. */
  next = '';
  /** Why it came to a bad end; '' where it did not. */
  trouble = '';
  readonly #child: ChildProcess;
  readonly #end: () => Promise<void>;
  #ended = false;
  #stops: () => void = () => {};

  constructor(command: string, args: readonly string[], env: NodeJS.ProcessEnv) {
    const child = spawn(command, args, { cwd: root, env, stdio: 'pipe' });
    this.#child = child;
    this.#end = endWithThis(child);
    let errors = '';
    createInterface({ input: child.stdout }).on('line', (text) => {
      if (!/^\{"(cell|end|rests)"/.test(text)) return;
      const line = JSON.parse(text) as Line;
      if ('rests' in line) {
        this.next = line.rests;
        this.#stops();
      } else this.lines.push(line);
    });
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.stdin.on('error', () => {}); // One that has ended reads nothing more: `close` tells.
    child.on('error', ({ message }) => this.#close(message));
    child.on('close', (code, signal) => {
      const why = errors.trim().split('\n').at(-1) ?? '';
      const bad =
        signal !== null
          ? `ended by ${signal}, it has ${PATIENCE_MS / 1000} s`
          : `ended with code ${code}${why && `: ${why}`}`;
      this.#close(code === 0 ? '' : bad);
    });
  }

  #close(trouble: string): void {
    this.trouble ||= trouble;
    this.#ended = true;
    this.next = '';
    this.#stops();
  }

  /** Waits until it rests or has ended, and ends it when that takes too long. */
  async rests(): Promise<void> {
    if (this.#ended) return;
    const timer = setTimeout(() => void this.#end(), PATIENCE_MS);
    await new Promise<void>((done) => (this.#stops = done));
    clearTimeout(timer);
  }

  /** Has it do the next round. */
  round(): Promise<void> {
    return this.#say('go');
  }

  /** Has it come to its end. */
  enough(): Promise<void> {
    return this.#say('enough');
  }

  #say(word: string): Promise<void> {
    this.next = '';
    this.#child.stdin!.write(`${word}\n`);
    return this.rests();
  }
}

/** What a peer is asked for, of one workload. */
interface Asked {
  readonly peer: Peer;
  readonly cells: readonly string[];
}

/** Starts a peer's process. */
function start({ peer, cells }: Asked, plan: Plan): Run {
  const file = cells.includes('START') ? (peer.startFile ?? peer.file) : peer.file;
  const order: Order = { file, options: peer.options, cells, effort: plan.effort, slow: SLOW };
  const [command, program, flags] =
    peer.kind === 'PyTorch'
      ? [pythonWithTorch(), 'libraries/pytorch.py', []]
      : [plan.node, 'build/child.js', relaxedFlags(plan.node)];
  const threads = String(peer.options.threads);
  const env = { ...process.env, OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads, MKL_NUM_THREADS: threads };
  return new Run(command, [...flags, join(here, program), JSON.stringify(order)], env);
}

/** Adds what a process found. */
function collect(results: Results, { peer, cells }: Asked, { lines, trouble, beside }: Run): void {
  for (const line of lines)
    if ('end' in line) {
      if (line.version !== undefined) results.versions['PyTorch'] = line.version;
      const [only] = cells;
      if (cells.length === 1) {
        const entry = entryOf(results, only!, peer.name);
        entry.rss = Math.max(entry.rss ?? 0, line.rss);
      }
    } else if ('cell' in line) {
      const entry = entryOf(results, line.cell, peer.name);
      if (line.error !== undefined) entry.error = line.error;
      if (line.work !== undefined) entry.work = line.work;
      if (peer !== limits && ('losses' in line || 'check' in line)) {
        const wrong = complaint(line.cell, line as Found);
        if (wrong) entry.wrong = wrong;
      }
      if (line.rounds) {
        entry.repeats.push(line.rounds);
        (entry.beside ??= []).push(beside[line.cell] ?? []);
      }
    }
  for (const cell of cells) {
    const entry = entryOf(results, cell, peer.name);
    if (entry.repeats.length === 0 && entry.error === undefined) entry.error = trouble || 'no time came back';
  }
}

/** Whether a process has rounds enough: all that are asked for, half of each cell's calm, or PATIENCE_ROUNDS times as many. */
function isDone({ beside, next }: Run, rounds: number, most: number): boolean {
  const done = beside[next]?.length ?? 0;
  const calm = Object.values(beside).map((all) => all.filter((one) => isCalm(one, most)).length);
  return done >= rounds && (Math.min(...calm) >= rounds / 2 || done >= PATIENCE_ROUNDS * rounds);
}

/**
 * Runs a workload: its processes start and warm up one after another; then they rest, and do their rounds by turns, so that a
 * slow moment of the machine hits all of them alike. Who had too many such moments does some rounds more.
 */
async function runWorkload(
  results: Results,
  all: readonly Asked[],
  plan: Plan,
  say: (text: string) => void,
): Promise<void> {
  const { rounds } = plan.effort;
  const runs: Run[] = [];
  for (const asked of all) {
    say(`${asked.peer.name} starts`);
    const run = start(asked, plan);
    runs.push(run);
    await run.rests();
  }
  let most = 0;
  let before = await plan.look();
  let resting = [...runs];
  for (let turn = 1; ; turn++) {
    resting = resting.filter(({ next }) => next !== '');
    if (resting.length === 0) break;
    say(`turn ${turn}, of ${resting.length} libraries`);
    for (const run of resting) {
      const cell = run.next;
      await run.round();
      const after = await plan.look();
      const beside = Math.min(before, after);
      (run.beside[cell] ??= []).push(beside);
      most = Math.max(most, beside);
      before = after;
    }
    for (const run of resting) if (isDone(run, rounds, most)) await run.enough();
    resting = [...resting.slice(1), ...resting.slice(0, 1)];
  }
  runs.forEach((run, i) => collect(results, all[i]!, run));
}

/** Cells of a workload that a peer is still to be asked for: not those that it lacks, gets wrong, or is slow at. */
function open(results: Results, peer: Peer, cells: readonly string[]): string[] {
  return cells.filter((cell) => {
    const entry = results.cells[cell]?.[peer.name];
    const slow = entry?.repeats.some((rounds) => rounds[0]! > SLOW) ?? false;
    return !(slow || entry?.error || entry?.wrong);
  });
}

/** A workload of the plan, and who can be asked for it. */
interface Turn {
  readonly repeat: number;
  readonly workload: string;
  readonly all: readonly Asked[];
}

/** All of the plan, in its order. */
function turnsOf({ cells, peers, repeats }: Plan): Turn[] {
  const workloads = [...new Set(cells.map(({ workload }) => workload))];
  return Array.from({ length: repeats }, (_, i) => i + 1).flatMap((repeat) =>
    workloads.map((workload): Turn => {
      const names = cells.filter((cell) => cell.workload === workload).map(({ name }) => name);
      const able = workload === 'START' ? peers.filter(({ startFile }) => startFile !== null) : peers;
      const all: Asked[] = able.map((peer) => ({ peer, cells: names }));
      if (workload === 'W1') all.unshift({ peer: limits, cells: LIMITS.cells });
      return { repeat, workload, all };
    }),
  );
}

/** Runs the plan, and adds to the results: `keep` is called whenever they have grown. */
export async function runAll(
  results: Results,
  plan: Plan,
  say: (text: string) => void,
  keep: () => void,
): Promise<void> {
  const progress = new Progress();
  const openOf = ({ all }: Turn): Asked[] =>
    all.map(({ peer, cells }) => ({ peer, cells: open(results, peer, cells) })).filter(({ cells }) => cells.length > 0);
  const taskOf = (turn: Turn): Task => ({
    name: turn.workload,
    cells: openOf(turn).reduce((sum, { cells }) => sum + cells.length, 0),
  });
  const turns = turnsOf(plan);
  for (const [i, turn] of turns.entries()) {
    const task = taskOf(turn);
    if (task.cells === 0) continue;
    const left = progress.left(turns.slice(i).map(taskOf).filter(({ cells }) => cells > 0)); // prettier-ignore
    const head = `${turn.repeat} of ${plan.repeats}: ${turn.workload}`;
    const tail = left === null ? '' : `; about ${showDuration(left)} left`;
    const begun = performance.now();
    await runWorkload(results, openOf(turn), plan, (text) => say(`${head}, ${text}${tail}`));
    progress.add(task, (performance.now() - begun) / 1000);
    keep();
  }
}
