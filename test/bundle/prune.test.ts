// Pruned cores: what runs on them gives the bits of the whole core, and a kernel that is not there is named.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { pruneCore } from '../../src/bundle/index.js';
import { prune } from '../../src/bundle/prune.js';
import type { CoreFile } from '../../src/runtime/build.js';
import { KERNELS } from '../../src/runtime/kernel-table.js';
import type { Tensor } from '../../src/index.js';
import { fresh, type Library } from '../threads/library.js';

const ROWS = KERNELS.filter((row) => row !== '').map((row) => row.split(' '));
const NAMES = ROWS.map(([name = '']) => name);
const FAMILIES = [...new Set(ROWS.map(([, family = '']) => family))];
const FILES: readonly CoreFile[] = ['core.wasm', 'core.relaxed.wasm', 'core.threads.wasm', 'core.relaxed-threads.wasm'];
/** What nearly every program needs. */
const BASICS = ['binary', 'cast', 'copy', 'fill', 'reduce', 'compare', 'unary'];
const OTHERS = FAMILIES.filter((family) => !BASICS.includes(family));

/** What became of a program: its results as text, or its error. */
interface Outcome {
  readonly results: string;
  readonly problem: string | null;
}

/** Runs all programs in fresh modules: on the whole core, or on a pruned one. */
async function programsOn(wasm?: BufferSource, threads = 1): Promise<ReadonlyMap<string, Outcome>> {
  const { gt, force } = await fresh();
  await gt.init({ ...(wasm && { wasm }), threads });
  if (threads > 1) force(1);
  const [{ PROGRAMS }, { BOUNDS }] = await Promise.all([import('../hosts/programs.js'), import('../hosts/bounds.js')]);
  const outcomes = new Map<string, Outcome>();
  for (const [name, program] of Object.entries({ ...PROGRAMS, ...BOUNDS })) {
    const results: string[] = [];
    let problem: string | null = null;
    try {
      gt.tidy(() => {
        program((y) => results.push(typeof y === 'number' ? String(y) : `${y.dtype}[${y.shape}] ${y.dataSync()}`));
      });
    } catch (error) {
      problem = String(error);
    }
    outcomes.set(name, { problem, results: results.join('\n') });
  }
  if (threads > 1) await gt.init({ threads: 1 });
  return outcomes;
}

let whole: ReadonlyMap<string, Outcome>;
beforeAll(async () => {
  whole = await programsOn();
}, 120_000);

describe.each([0, 1, 2, 3])('a core without some families of kernels (%i)', (turn) => {
  const lost = OTHERS.filter((_, i) => i % 4 === turn);
  const kept = ROWS.filter(([, family = '']) => !lost.includes(family)).map(([name = '']) => name);

  /** Holds each program to the whole core's bits, or to an error that names a kernel that was left out. */
  function hold(outcomes: ReadonlyMap<string, Outcome>, file: string): void {
    let refused = 0;
    for (const [name, { problem, results }] of outcomes)
      if (problem === null) expect(results, name).toBe(whole.get(name)!.results);
      else {
        expect(problem, name).toMatch(
          new RegExp(`^LoadError: ${file}: it was made without the kernel \\w+\\. Make it again`),
        );
        expect(kept).not.toContain(/kernel (\w+)/.exec(problem)![1]);
        refused++;
      }
    expect(refused).toBeGreaterThan(2);
    expect(outcomes.size - refused).toBeGreaterThan(5);
  }

  test('gives the same bits, or names the kernel that it lacks', async () => {
    hold(await programsOn(pruneCore(kept)), 'core.wasm');
  }, 120_000);

  test('does so with threads, to which it gives no part of what it lacks', async () => {
    hold(await programsOn(pruneCore(kept, 'core.threads.wasm'), 2), 'core.threads.wasm');
  }, 120_000);
});

describe('a kernel that is not there', () => {
  let gt: Library;
  beforeAll(async () => {
    ({ gt } = await fresh());
    await gt.init({ wasm: pruneCore(['fill', 'add', 'mul', 'mean_f32', 'sub_f32', 'cast_to_f32', 'cast_to_f64']) });
  });

  /** What a call throws, and what it leaves behind. */
  function left(call: () => unknown): { message: string; tensors: number; bytes: number } {
    const before = gt.memory();
    let message = '';
    try {
      call();
    } catch (error) {
      expect(error).toBeInstanceOf(gt.LoadError);
      message = (error as Error).message;
    }
    const { numTensors, numBytes } = gt.memory();
    return { message, tensors: numTensors - before.numTensors, bytes: numBytes - before.numBytes };
  }
  const lacks = (name: string): object => ({
    message:
      `core.wasm: it was made without the kernel ${name}. ` +
      'Make it again for this program, or with this kernel in `kernels`: see gradtape/bundle.',
    ...{ tensors: 0, bytes: 0 },
  });

  test('is named, and nothing is left in memory', () => {
    const x = gt.tensor([1, 2, 3]);
    expect(left(() => gt.tanh(x))).toEqual(lacks('tanh_f32'));
    expect(left(() => gt.tanh([1, 2, 3]))).toEqual(lacks('tanh_f32'));
    expect(left(() => gt.softmax(gt.cast(x, 'float64'))).message).toContain('softmax_f64');
    x.dispose();
  });

  test('is one of a dtype where only others were kept', () => {
    expect(gt.tidy(() => gt.sub([3, 4], 1).arraySync())).toEqual([2, 3]);
    const x = gt.tensor([1, 2], undefined, 'float64');
    expect(left(() => gt.sub(x, 1))).toEqual(lacks('sub_f64'));
    x.dispose();
  });

  test('is named when a gradient wants it', () => {
    const x = gt.variable(gt.tensor([1, 2]));
    const tape = new gt.GradientTape();
    const y = gt.sub(5, x);
    expect(left(() => tape.gradient(y, [x]))).toEqual(lacks('neg_f32'));
    for (const owner of [tape, x, y]) owner.dispose();
  });

  test('is named by a compiled step, whose memory is given back', () => {
    const step = gt.compile((a: Tensor) => gt.exp(gt.add(a, 1)));
    const x = gt.tensor([1, 2, 3]);
    expect(left(() => step(x))).toEqual(lacks('exp_f32'));
    // Traced op by op it has all that it wants; what compile() makes of it is not there.
    const mean = gt.compile((a: Tensor) => gt.add(gt.mul(gt.add(a, 1), a), a));
    const big = gt.tidy(() => gt.keep(gt.fill([5000], 2)));
    mean(big).dispose();
    expect(left(() => mean(big))).toEqual(lacks('fused_chain_f32'));
    for (const owner of [step, mean, x, big]) owner.dispose();
  });

  test('that is none at all is refused', () => {
    expect(() => pruneCore(['tanh', 'tanhh'])).toThrow('pruneCore: there is no kernel tanhh. assembly/kernels.txt has');
  });
});

test.each(FILES)('%s gives modules for any kernel, which are small; with all kernels it is whole', (file) => {
  const full = readFileSync(join(import.meta.dirname, '../../dist', file));
  for (const name of ['add_f32', 'matmul', 'fused_chain', 'attention_grad'])
    expect(WebAssembly.validate(pruneCore([name], file)), name).toBe(true);
  expect(pruneCore(['add_f32'], file).length).toBeLessThan(full.length / 8);
  expect(pruneCore(NAMES, file).length).toBeGreaterThan(full.length);
});

test('a module that is no core, or was pruned before, is refused', () => {
  const none = (): boolean => true;
  expect(() => prune('core.wasm', Uint8Array.of(60, 33), none)).toThrow(
    'core.wasm: the bytes are no WebAssembly module',
  );
  expect(() => prune('core.wasm', Uint8Array.of(0, 97, 115, 109, 1, 0, 0, 0), none)).toThrow('was pruned before');
});
