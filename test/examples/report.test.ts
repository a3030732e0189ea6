// The report page: it stands alone, whatever the run was, and the tape's picture puts everything somewhere.

import { inflateSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { Confusion } from '../../examples/digits/confusion.js';
import { grayPng } from '../../examples/digits/png.js';
import { reportPage } from '../../examples/digits/report.js';
import type { Run } from '../../examples/digits/run.js';
import { layout, type TapeGraph, type TapeOp, type TapeTensor } from '../../examples/digits/tape-layout.js';
import { tapePicture } from '../../examples/digits/tape-picture.js';
import { outsideOf } from './self-contained.js';

/** The tape of sum(relu(x · w + b)) and its gradient, as a tape shows it: no op says whose rule ran it. */
function smallTape(): TapeGraph {
  const tensors: TapeTensor[] = [];
  const ops: TapeOp[] = [];
  const tensor = (shape: number[], more: Partial<TapeTensor> = {}): number =>
    tensors.push({ id: tensors.length, shape, dtype: 'float32', ...more }) - 1;
  const run = (op: string, inputs: number[], shape: number[]): number => {
    const y = tensor(shape);
    ops.push({ op, inputs, outputs: [y] });
    return y;
  };
  const x = tensor([4, 3], { name: 'x', kind: 'input' });
  const w = tensor([3, 2], { name: 'w <1>', kind: 'variable' });
  const b = tensor([2], { name: 'b', kind: 'variable' });
  const z = run('add', [run('matMul', [x, w], [4, 2]), b], [4, 2]);
  const y = run('relu', [z], [4, 2]);
  const target = run('sum', [y], []);
  const seed = tensor([]);
  const dy = run('broadcastTo', [seed], [4, 2]);
  const dz = run('mul', [dy, run('step', [y], [4, 2])], [4, 2]);
  const db = run('sum', [dz], [2]);
  const dw = run('matMul', [x, dz], [3, 2]);
  const gradients = [[w, dw] as const, [b, db] as const];
  return { ops, tensors, target, seed, gradients };
}

function sampleRun(): Run {
  const confusion = new Confusion(10);
  for (let i = 0; i < 100; i++) confusion.add(i % 10, i % 25 === 0 ? 3 : i % 10);
  const picture = new Uint8Array(784).fill(9);
  return {
    started: new Date(Date.UTC(2026, 10, 23, 8, 30)),
    stopped: false,
    steps: Array.from({ length: 500 }, (_, i) => ({ epoch: (i + 1) / 250, loss: 2 / (i + 1), accuracy: i / 500 })),
    epochs: [1, 2].map((epoch) => ({ epoch, loss: 0.5, accuracy: 0.8, testLoss: 0.4, testAccuracy: 0.9, seconds: 3 })),
    confusion,
    mistakes: [{ picture, width: 28, truth: 5, predicted: 3, confidence: 0.9, truthConfidence: 0.1 }],
    facts: [['digits', '/tmp/<data> & "more"']],
    tape: smallTape(),
    seconds: 6,
  };
}

describe('reportPage', () => {
  const page = reportPage(sampleRun());

  it('asks nobody for anything', () => {
    expect(outsideOf(page)).toEqual([]);
  });

  it('shows accuracy, curves, confusion, scores, mistakes, facts and the tape', () => {
    expect(page).toContain('<title>96.00 % ·');
    expect(page.match(/<svg class="chart"/g)?.length).toBe(2);
    expect(page).toContain('title="2 times a 5 was taken for 3"');
    expect(page).toContain('<th>precision</th>');
    expect(page).toContain('src="data:image/png;base64,');
    expect(page).toContain('2026-11-23 08:30 UTC');
    expect(page).toContain('class="tape"');
  });

  it('escapes what others named', () => {
    expect(page).toContain('/tmp/&#60;data&#62; &#38; &#34;more&#34;');
    expect(page).toContain('w &#60;1&#62;');
  });

  it('has a title under the pointer for curves, nodes and tensors', () => {
    expect(page).toContain('<title>test, epoch 1: 0.4000</title>');
    expect(page).toMatch(/<title>training, epoch [\d.]+: [\d.]+<\/title>/);
    expect(page).toContain('makes tensor 3: float32 [4, 2]');
  });

  it('closes what it opens', () => {
    const count = (pattern: string): number => page.match(new RegExp(pattern, 'g'))?.length ?? 0;
    for (const tag of ['section', 'svg', 'g', 'table', 'tr', 'td', 'div', 'figure', 'dl', 'ul', 'title', 'text'])
      expect(count(`<${tag}[ >]`), tag).toBe(count(`</${tag}>`));
  });

  it('stands for a run that was stopped before its first step, and for one whose loss was no number', () => {
    const empty = { steps: [], epochs: [], confusion: new Confusion(10), mistakes: [], tape: null };
    const none = reportPage({ ...sampleRun(), ...empty, stopped: true });
    expect(none).toContain('stopped after 0 epochs');
    const steps = [1, 2].map((epoch) => ({ epoch, loss: NaN, accuracy: 0.1 }));
    for (const text of [page, none, reportPage({ ...sampleRun(), steps })])
      expect(text).not.toMatch(/NaN|undefined|Infinity/);
  });
});

describe('the tape on paper', () => {
  const { nodes, edges } = layout(smallTape());
  const row = (title: string, look: string): number => nodes.find((n) => n.title === title && n.look === look)!.row;

  it('gives every op, source and gradient a cell of its own', () => {
    expect(nodes.length).toBe(9 + 3 + 2);
    expect(new Set(nodes.map((n) => `${n.column},${n.row}`)).size).toBe(nodes.length);
  });

  it('puts the backward ops beside the op whose rule ran them', () => {
    expect(row('broadcastTo', 'gradient')).toBe(row('sum', 'forward'));
    expect(row('mul', 'gradient')).toBe(row('relu', 'forward'));
    expect(row('step', 'gradient')).toBe(row('relu', 'forward'));
    expect(row('sum', 'gradient')).toBe(row('add', 'forward'));
    expect(row('matMul', 'gradient')).toBe(row('matMul', 'forward'));
  });

  it('does as the tape says, where it says whose rule an op is of', () => {
    const tape = smallTape();
    const ops = tape.ops.map((op, i) => (i < 4 ? op : { ...op, of: [3, 2, 2, 1, 0][i - 4]! }));
    expect(layout({ ...tape, ops })).toEqual({ nodes, edges });
  });

  it('runs forward downwards, and the gradient upwards', () => {
    for (const { from, to, look } of edges) {
      if (look === 'forward' && from.look === 'forward') expect(to.row).toBeGreaterThan(from.row);
      if (look === 'gradient' && from.look === 'gradient') expect(to.row).toBeLessThanOrEqual(from.row);
    }
    expect(edges.filter((e) => e.look === 'saved').length).toBe(2);
    expect(edges.filter((e) => e.look === 'result').length).toBe(2);
  });

  it('is drawn with all its nodes and lines', () => {
    const picture = tapePicture(smallTape());
    expect(picture.match(/class="node /g)?.length).toBe(nodes.length);
    expect(picture.match(/class="edge /g)?.length).toBe(edges.length);
    expect(picture).not.toContain('NaN');
  });
});

it('grayPng writes the pixels into a file of the right form', () => {
  const png = grayPng(
    Uint8Array.from({ length: 6 }, (_, i) => 40 * i),
    3,
    2,
  );
  expect(png.subarray(0, 8).toString('latin1')).toBe('\x89PNG\r\n\x1a\n');
  expect(png.subarray(12, 29).toString('hex')).toBe('4948445200000003000000020800000000');
  const length = png.readUInt32BE(33);
  expect([...inflateSync(png.subarray(41, 41 + length))]).toEqual([0, 0, 40, 80, 0, 120, 160, 200]);
  expect(png.subarray(-12).toString('hex')).toBe('0000000049454e44ae426082'); // with the checksum that every PNG ends with
});
