// What npm run bench:peers makes of its figures: tables, page and README, from a stored sample; and that all peers mean the same workloads.

import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { isInstalled } from '../../bench/peers/build.js';
import { CELLS, chosenCells, complaint, SIZES } from '../../bench/peers/cells.js';
import { outcomes } from '../../bench/peers/goals.js';
import { model } from '../../bench/peers/libraries/onnx.js';
import { chosenPeers, PEERS } from '../../bench/peers/list.js';
import { page } from '../../bench/peers/page.js';
import { Progress, showDuration } from '../../bench/peers/progress.js';
import { section } from '../../bench/peers/readme.js';
import { settled, type Entry, type Results } from '../../bench/peers/results.js';
import { report } from '../../bench/peers/tables.js';

const root = join(import.meta.dirname, '../..');
const folder = join(root, 'bench/peers');

const timed = (...rounds: number[]): Entry => ({ repeats: [rounds], rss: 62e6 });

const sample: Results = {
  about: { processor: 'a processor', node: '20.0.0', commit: 'abcdef0', date: '2026-01-02T03:04:05.000Z' },
  versions: { gradtape: '0.1.0', 'another-library': '4.5.6' },
  cells: {
    'LIMIT.peak': { limits: { repeats: [[1e-5]], work: 5e5 } },
    'LIMIT.copy': { limits: { repeats: [[1e-3]], work: 2e7 } },
    'W1.64': { gradtape: timed(2e-5), 'tfjs wasm': timed(5e-5) },
    'W1.512': { gradtape: timed(6e-3), 'tfjs wasm': timed(9e-3) },
    W4: {
      'gradtape eager': timed(3e-3),
      gradtape: timed(1e-3, 1.1e-3, 1.2e-3),
      'tfjs cpu': timed(165e-3),
      'tfjs wasm': timed(22e-3),
      'jax-js jit': timed(6.6e-3),
      PyTorch: timed(2.2e-3),
    },
    W5: {
      gradtape: timed(5e-3),
      'tfjs wasm': { repeats: [], error: "Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'" },
      'tfjs cpu': { repeats: [[5]], wrong: 'loss after 5 updates 3 instead of 2' },
    },
  },
  downloads: { 'gradtape eager': { js: 18_000, wasm: 50_000 }, 'jax-js jit': { js: 99_000, wasm: 0 } },
};

describe('the tables', () => {
  const lines = report(sample).split('\n');
  const line = (start: string, after = ''): string =>
    lines.slice(lines.findIndex((text) => text.includes(after))).find((text) => text.startsWith(start))!;

  it('show medians and their spread, memory and download', () => {
    expect(line('W4 MLP')).toContain('1.10 ms ± 5 %');
    expect(line('W5 peak')).toContain('62 MB');
    expect(line('SIZE')).toContain('66.4 KB');
  });
  it('compare with gradtape compiled, the best JavaScript peer by name', () => {
    expect(line('W4 MLP', 'As a multiple')).toMatch(/ 2\.00 +6\.00 +jax-js jit$/);
  });
  it('say wrong for a wrong result, and why a value is missing in the words of the library', () => {
    expect(line('W5 CNN', 'Other libraries')).toContain('wrong');
    expect(lines).toContain(
      "  W5: tfjs wasm: no kernel: Kernel 'Conv2DBackpropFilter' not registered for backend 'wasm'",
    );
    expect(lines).toContain('  W5: tfjs cpu: wrong: loss after 5 updates 3 instead of 2');
  });
  it('say which goals are met', () => {
    const goal = (title: string): unknown => outcomes(sample).find((outcome) => outcome.title === title);
    expect(goal('W4, to PyTorch on one thread')).toMatchObject({ goal: '≤ 1.00 ×', found: '0.50 ×', met: true });
    expect(goal('W1 512³, part of the arithmetic peak')).toMatchObject({ found: '89 %', met: true });
    expect(goal('W4, best build, ahead of every other JavaScript library')).toMatchObject({
      found: '6.00 ×',
      met: true,
    });
    expect(goal('W7J')).toBeUndefined();
  });
});

describe('the rounds that count', () => {
  const entry = (repeats: number[][], beside?: number[][]): Results => ({
    ...sample,
    cells: { W4: { gradtape: beside ? { repeats, beside } : { repeats } } },
  });
  const roundsOf = (results: Results): number[][] => settled(results).cells['W4']!['gradtape']!.repeats;

  it('are those beside which the processor was whole', () => {
    const some = entry([[5, 1, 2, 3, 9]], [[2.8, 3.9, 3.8, 3.9, 2.7]]);
    expect(roundsOf(some)).toEqual([[1, 2, 3]]);
    expect(settled(some).about['calm']).toBe('60 % of 5 rounds');
  });
  it('are the three calmest where fewer were calm, process by process', () => {
    const beside = [[2.8, 3.9, 3.3, 3.1], [3.9, 3.9, 3.9, 2]]; // prettier-ignore
    expect(roundsOf(entry([[4, 1, 2, 3], [1, 2, 3, 4]], beside))).toEqual([[1, 2, 3], [1, 2, 3]]); // prettier-ignore
  });
  it('are all where nobody looked, or a call was timed once', () => {
    expect(roundsOf(entry([[4, 1, 2, 3]]))).toEqual([[4, 1, 2, 3]]);
    expect(roundsOf(entry([[4]], [[]]))).toEqual([[4]]);
  });
});

describe('the page', () => {
  const html = page(sample);
  it('has a roofline, a chart for each row, and the goals', () => {
    expect(html).toContain('class="roofline"');
    expect(html.match(/class="chart-of-bars"/g)).toHaveLength(5);
    expect(html).toContain('class="goals"');
  });
  it('has only numbers, and refers to nothing outside', () => {
    expect(html).not.toMatch(/NaN|undefined|null|Infinity/);
    expect(html).not.toMatch(/(src|href)="(?!data:)/);
  });
});

describe('the section of README', () => {
  const text = section({ results: sample, source: 'bench/results/sample.json' });
  it('names machine, version, date and what is compared', () => {
    for (const part of ['a processor', '20.0.0', '2026-01-02', 'abcdef0', 'another-library 4.5.6'])
      expect(text).toContain(part);
  });
  it('shows the figures of the sample', () => {
    expect(text).toContain(
      '| W4 MLP training step, Adam | **1.10 ms** | 2.20 ms | 2.00 × | **1.10 ms** | – | – | 6.60 ms jax-js jit | 6.00 × |',
    );
    expect(text).toContain('| W4 MLP training step, Adam | 3.00 ms | 1.10 ms |');
    expect(text).toContain('| W4, to PyTorch on one thread | ≤ 1.00 × | 0.50 × |');
  });
});

describe('the list', () => {
  it('takes results for right within the tolerance, and for wrong beyond it', () => {
    expect(complaint('W1.64', { check: { abs: 8684.7 } })).toBe('');
    expect(complaint('W1.64', { check: { abs: 8784.7 } })).toBe('Σ|x| 8784.700 instead of 8684.621');
    expect(complaint('W3', { check: { abs: 0.878445609, last: 3e-6 } })).toContain('gradient');
    expect(complaint('W4', { losses: [2.3879, 1.8047, 0, 0, 0, 0.55165] })).toBe('');
    expect(complaint('W4', { losses: [2.3879, NaN] })).toContain('loss after 1 updates NaN');
  });
  it('finds cells by workload, op and name, and refuses what is not there', () => {
    expect(chosenCells('w2.softmax, W4').map(({ name }) => name)).toEqual([
      'W2.softmax@1000',
      'W2.softmax@1000000',
      'W4',
    ]);
    expect(chosenCells('W4')).toHaveLength(1);
    expect(() => chosenCells('W9')).toThrow(/W9/);
  });
  it('finds peers by name and by words of their names', () => {
    expect(chosenPeers('gradtape')).toHaveLength(1);
    expect(chosenPeers('tfjs').map(({ name }) => name)).toEqual(['tfjs cpu', 'tfjs wasm', 'tfjs wasm 2 threads']);
    expect(() => chosenPeers('nobody')).toThrow(/nobody/);
  });
  it('has a file for each peer', () => {
    for (const { file, kind } of PEERS)
      expect(existsSync(join(folder, 'libraries', `${file}.${kind === 'PyTorch' ? 'py' : 'ts'}`))).toBe(true);
  });
});

describe('the time that is left', () => {
  it('is what processes took before, and by their cells what never ran', () => {
    const progress = new Progress();
    const [known, unknown] = [{ name: 'W4 gradtape', cells: 1 }, { name: 'W2 gradtape', cells: 8 }]; // prettier-ignore
    expect(progress.left([known])).toBeNull();
    progress.add(known, 2);
    expect(progress.left([known, unknown])).toBe(18);
    progress.add(unknown, 10);
    expect(progress.left([known, unknown])).toBe(12);
    expect([showDuration(89), showDuration(600)]).toEqual(['89 s', '10 min']);
  });
});

describe('peers in other languages', () => {
  it('PyTorch does all workloads, by the names of the list', () => {
    const python = readFileSync(join(folder, 'libraries/pytorch.py'), 'utf8');
    expect(python).toContain(`for n in (${SIZES.join(', ')})`);
    for (const { name } of CELLS) {
      const [workload, part] = name.split('.');
      expect(python).toContain(part === undefined ? `"${name}"` : `f"${workload}.`);
      if (workload === 'W2') for (const word of part!.split('@')) expect(python).toMatch(new RegExp(`\\b${word}\\b`));
    }
  });
  it('an ONNX model has its graph in the fields that onnx.proto names', () => {
    const weights = { shape: [2, 1], values: Float32Array.of(1, 2) };
    const node = { op: 'MatMul', inputs: ['x', 'w'], output: 'y' };
    const bytes = model({
      inputs: { x: [3, 2] },
      constants: { w: weights },
      nodes: [node],
      output: 'y',
      outputShape: [3, 1],
    });
    const [version, graph, operators] = fields(bytes);
    expect(version).toEqual([1, 8]);
    expect(fields(operators![1] as Uint8Array)).toEqual([[2, 17]]);
    const parts = fields(graph![1] as Uint8Array);
    expect(parts.map(([field]) => field)).toEqual([1, 2, 5, 11, 12]);
    expect(fields(parts[0]![1] as Uint8Array).map(([field, value]) => [field, text(value)])).toEqual([
      [1, 'x'],
      [1, 'w'],
      [2, 'y'],
      [4, 'MatMul'],
    ]);
    const [rows, columns, type, name, raw] = fields(parts[2]![1] as Uint8Array);
    expect([rows, columns, type]).toEqual([[1, 2], [1, 1], [2, 1]]); // prettier-ignore
    expect(text(name![1])).toBe('w');
    expect(raw![1]).toEqual(Uint8Array.of(0, 0, 128, 63, 0, 0, 0, 64));
  });
});

describe('the libraries’ files', () => {
  it.skipIf(!isInstalled())('type-check against the packages', { timeout: 120_000 }, () => {
    const compiler = join(root, 'node_modules/typescript/bin/tsc');
    expect(execFileSync(process.execPath, [compiler, '-p', folder], { encoding: 'utf8' })).toBe('');
  });
});

/** The fields of a protocol buffer: numbers, and bytes. */
function fields(bytes: Uint8Array): [field: number, value: number | Uint8Array][] {
  const found: [number, number | Uint8Array][] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let shift = 1; ; shift *= 128) {
      const byte = bytes[at++]!;
      value += (byte & 127) * shift;
      if (byte < 128) return value;
    }
  };
  while (at < bytes.length) {
    const tag = varint();
    if ((tag & 7) === 0) found.push([tag >> 3, varint()]);
    else {
      const length = varint();
      found.push([tag >> 3, bytes.slice(at, at + length)]);
      at += length;
    }
  }
  return found;
}

function text(value: number | Uint8Array | undefined): string {
  return new TextDecoder().decode(value as Uint8Array);
}
