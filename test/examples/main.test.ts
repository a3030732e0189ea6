// The main job from end to end, as a process of its own.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { digitFiles } from './digit-files.js';
import { outsideOf } from './self-contained.js';

const root = join(import.meta.dirname, '../..');
const shared = join(root, '../shared/data/mnist10k');

let scratch = '';
beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'digits-'));
});
afterAll(() => rm(scratch, { recursive: true }));

/** Runs the job. `onOutput` sees all standard output so far, whenever there is more. */
async function run(
  args: string[],
  onOutput: (text: string, kill: (signal: NodeJS.Signals) => void) => void = () => {},
) {
  const job = spawn(process.execPath, ['--import', 'tsx', 'examples/digits/main.ts', ...args], { cwd: root });
  let [stdout, stderr] = ['', ''];
  job.stdout.on('data', (chunk: Buffer) => {
    stdout += chunk.toString();
    onOutput(stdout, (signal) => job.kill(signal));
  });
  job.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const [code, signal] = (await once(job, 'close')) as [number | null, NodeJS.Signals | null];
  return { stdout, stderr, code, signal };
}

/** The last epoch's line of figures, the accuracy line and the table, in this order. */
const RESULT =
  /epoch 1\/1 100% {2}loss \d+\.\d+ {2}accuracy \d+\.\d+ % {2}[\d,]+ examples\/s {2}\d+\.\d s {2}test \d+\.\d+ %\ntest accuracy: \d+\.\d\d %\n\nconfusion predicted\n/;

describe('npm start', () => {
  it('trains on digits it draws, and leaves a report that stands alone', async () => {
    const out = join(scratch, 'drawn');
    const { stdout, stderr, code } = await run(['--draw', '400', '--epochs', '1', '--seed', '3', '--out', out]);
    expect(stderr).toBe('');
    expect(stdout).toMatch(/^400 digits to train on, 100 to test with, 28 × 28 pixels: drawn by the program\n/);
    expect(stdout).toMatch(RESULT);
    expect(stdout.split('\n').filter((line) => /^ {3}\d /.test(line)).length).toBe(10);
    expect(code).toBe(0);

    const page = await readFile(join(out, 'report.html'), 'utf8');
    expect(outsideOf(page)).toEqual([]);
    const accuracy = /test accuracy: (\S+) %/.exec(stdout)![1]!;
    expect(page).toContain(`<title>${accuracy} %`);
    expect(page).toContain('class="tape"');
    expect(page).not.toMatch(/NaN|undefined/);
  });

  it('gives the same figures for the same seed', async () => {
    const figures = async (seed: string): Promise<string> => {
      const { stdout } = await run(['--draw', '200', '--epochs', '1', '--seed', seed, '--out', join(scratch, 'seeds')]);
      return stdout.replace(/[\d,]+ examples\/s {2}[\d.]+ s/, '');
    };
    const [first, again, other] = [await figures('5'), await figures('5'), await figures('6')];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });

  it('reads IDX files, plain or gzip', async () => {
    for (const [name, bytes] of Object.entries(digitFiles(120, 40))) {
      const zipped = name.startsWith('train');
      await writeFile(join(scratch, zipped ? `${name}.gz` : name), zipped ? gzipSync(bytes) : bytes);
    }
    const { stdout, code } = await run(['--data', scratch, '--epochs', '1', '--out', join(scratch, 'read')]);
    expect(stdout).toContain(`120 digits to train on, 40 to test with, 28 × 28 pixels: ${scratch}\n`);
    expect(stdout).toMatch(RESULT);
    expect(code).toBe(0);
  });

  it('says clearly what is wrong with a file, and exits with 1', async () => {
    const bad = await mkdtemp(join(scratch, 'bad-'));
    for (const [name, bytes] of Object.entries(digitFiles(20, 8)))
      await writeFile(join(bad, name), name.startsWith('t10k-images') ? bytes.subarray(0, 1000) : bytes);
    const { stdout, stderr, code } = await run(['--data', bad]);
    expect(stderr).toMatch(
      /^digits: readIdx: \S+t10k-images-idx3-ubyte is truncated: .* it has 1000\. Fetch it again\.\n$/,
    );
    expect(stdout).toBe('');
    expect(code).toBe(1);
  });

  it('says clearly that a directory is missing, or an option is wrong, and exits with 1', async () => {
    const [missing, wrong] = await Promise.all([run(['--data', join(scratch, 'nowhere')]), run(['--epochs', 'ten'])]);
    expect(missing.stderr).toMatch(/^digits: \S+nowhere does not exist\. Give --data a directory of IDX files\.\n$/);
    expect(wrong.stderr).toBe("digits: --epochs must be a whole number from 1 to 10000, got 'ten'.\n");
    expect([missing.code, wrong.code]).toEqual([1, 1]);
  });

  it('explains itself with --help', async () => {
    const { stdout, code } = await run(['--help']);
    expect(stdout).toContain('--data DIR');
    expect(code).toBe(0);
  });
});

describe.skipIf(process.platform === 'win32')('Ctrl-C', () => {
  it('stops after the step, with accuracy, table and report of what was done, and exit code 0', async () => {
    const out = join(scratch, 'stopped');
    let sent = false;
    const { stdout, code, signal } = await run(['--draw', '400', '--epochs', '9999', '--out', out], (text, kill) => {
      if (sent || !/epoch +1\/9999 100%/.test(text)) return;
      sent = true;
      kill('SIGINT');
      kill('SIGINT'); // as wrappers do that pass on what the terminal has sent already
    });
    expect({ code, signal }).toEqual({ code: 0, signal: null });
    expect(stdout).toContain('Stopping after this step.');
    expect(stdout).toMatch(/stopped after \d+ steps, \d+\.\d\d epochs\ntest accuracy: \d+\.\d\d %\n\nconfusion/);
    expect(await readFile(join(out, 'report.html'), 'utf8')).toContain('This run was stopped after');
  });
});

describe('MNIST', () => {
  const there = existsSync(shared);
  if (!there) console.warn(`test skipped: there is no ${shared}, so the accuracy on real digits is not checked.`);

  it.skipIf(!there)('is learnt to 90 % within one epoch of its first 8,000 digits', { timeout: 120_000 }, async () => {
    const { stdout, code } = await run(['--data', shared, '--epochs', '1', '--out', join(scratch, 'mnist')]);
    expect(code).toBe(0);
    expect(Number(/test accuracy: (\S+) %/.exec(stdout)![1])).toBeGreaterThan(90);
  });
});
