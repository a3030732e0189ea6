// Runs the list: a fresh process for each peer and workload, peers in turn within a workload, all of it several times.

import { spawn, spawnSync } from 'node:child_process';
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
import { Progress, showDuration, type Task } from './progress.js';
import { entryOf, type Line, type Results } from './results.js';

/** A call that takes longer, in seconds, is timed once. */
const SLOW = 1.5;
/** A process is given so long. */
const PATIENCE_MS = 140_000;
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

/** Runs a process, and gives its lines; what it wrote besides when it came to a bad end. */
function linesOf(
  command: string,
  args: readonly string[],
  env: NodeJS.ProcessEnv,
): Promise<{ lines: Line[]; trouble: string }> {
  return new Promise((done) => {
    const child = spawn(command, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const end = endWithThis(child);
    const timer = setTimeout(() => void end(), PATIENCE_MS);
    const lines: Line[] = [];
    let errors = '';
    createInterface({ input: child.stdout }).on('line', (line) => {
      if (/^\{"(cell|end)"/.test(line)) lines.push(JSON.parse(line) as Line);
    });
    child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
    child.on('error', ({ message }) => done({ lines, trouble: message }));
    child.on('close', (code, signal) => {
      clearTimeout(timer);
      const why = errors.trim().split('\n').at(-1) ?? '';
      const bad =
        signal !== null
          ? `ended by ${signal}, it has ${PATIENCE_MS / 1000} s`
          : `ended with code ${code}${why && `: ${why}`}`;
      done({ lines, trouble: code === 0 ? '' : bad });
    });
  });
}

/** Runs a peer's cells of one workload, and adds what it found. */
async function runPeer(results: Results, peer: Peer, cells: readonly string[], plan: Plan): Promise<void> {
  const file = cells.includes('START') ? (peer.startFile ?? peer.file) : peer.file;
  const order: Order = { file, options: peer.options, cells, effort: plan.effort, slow: SLOW };
  const [command, program, flags] =
    peer.kind === 'PyTorch'
      ? [pythonWithTorch(), 'libraries/pytorch.py', []]
      : [plan.node, 'build/child.js', relaxedFlags(plan.node)];
  const threads = String(peer.options.threads);
  const env = { ...process.env, OMP_NUM_THREADS: threads, OPENBLAS_NUM_THREADS: threads, MKL_NUM_THREADS: threads };
  const { lines, trouble } = await linesOf(command, [...flags, join(here, program), JSON.stringify(order)], env);
  for (const line of lines)
    if ('end' in line) {
      if (line.version !== undefined) results.versions['PyTorch'] = line.version;
      const [only] = cells;
      if (cells.length === 1) {
        const entry = entryOf(results, only!, peer.name);
        entry.rss = Math.max(entry.rss ?? 0, line.rss);
      }
    } else {
      const entry = entryOf(results, line.cell, peer.name);
      if (line.error !== undefined) entry.error = line.error;
      if (line.work !== undefined) entry.work = line.work;
      if (peer !== limits && ('losses' in line || 'check' in line)) {
        const wrong = complaint(line.cell, line as Found);
        if (wrong) entry.wrong = wrong;
      }
      if (line.rounds) entry.repeats.push(line.rounds);
    }
  for (const cell of cells) {
    const entry = entryOf(results, cell, peer.name);
    if (entry.repeats.length === 0 && entry.error === undefined) entry.error = trouble || 'no time came back';
  }
}

/** Cells of a workload that a peer is still to be asked for: not those that it lacks, gets wrong, or is slow at. */
function open(results: Results, peer: Peer, cells: readonly string[]): string[] {
  return cells.filter((cell) => {
    const entry = results.cells[cell]?.[peer.name];
    const slow = entry?.repeats.some((rounds) => rounds[0]! > SLOW) ?? false;
    return !(slow || entry?.error || entry?.wrong);
  });
}

/** A process of the plan: a peer at a workload. */
interface Turn {
  readonly repeat: number;
  readonly workload: string;
  readonly peer: Peer;
  readonly cells: readonly string[];
}

/** All of the plan, in its order. */
function turnsOf({ cells, peers, repeats }: Plan): Turn[] {
  const workloads = [...new Set(cells.map(({ workload }) => workload))];
  return Array.from({ length: repeats }, (_, i) => i + 1).flatMap((repeat) =>
    workloads.flatMap((workload): Turn[] => {
      const names = cells.filter((cell) => cell.workload === workload).map(({ name }) => name);
      const able = workload === 'START' ? peers.filter(({ startFile }) => startFile !== null) : peers;
      const all = able.map((peer) => ({ repeat, workload, peer, cells: names }));
      return workload === 'W1' ? [{ repeat, workload, peer: limits, cells: LIMITS.cells }, ...all] : all;
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
  const taskOf = ({ workload, peer, cells }: Turn): Task => ({
    name: `${workload} ${peer.name}`,
    cells: open(results, peer, cells).length,
  });
  const turns = turnsOf(plan);
  for (const [i, turn] of turns.entries()) {
    const { repeat, workload, peer } = turn;
    const asked = open(results, peer, turn.cells);
    if (asked.length === 0) continue;
    const task = taskOf(turn);
    const left = progress.left(
      turns
        .slice(i)
        .map(taskOf)
        .filter(({ cells }) => cells > 0),
    );
    say(
      `${repeat} of ${plan.repeats}: ${workload}, ${peer.name}${left === null ? '' : `; about ${showDuration(left)} left`}`,
    );
    const begun = performance.now();
    await runPeer(results, peer, asked, plan);
    progress.add(task, (performance.now() - begun) / 1000);
    keep();
  }
}
