// The progress bar and the confusion table: what a terminal, a narrow one, and a file get to see.

import { stripVTControlCharacters } from 'node:util';
import { describe, expect, it } from 'vitest';
import { Confusion, confusionTable } from '../../examples/digits/confusion.js';
import { duration, Progress, type Output } from '../../examples/digits/progress.js';

/** A terminal that keeps what was written, and a clock that is set by hand. */
function terminal(options: Partial<Output>, env: Record<string, string> = {}) {
  const writes: string[] = [];
  const clock = { now: 0 };
  const progress = new Progress({ ...options, write: (text) => writes.push(text) }, env, () => clock.now);
  return { progress, writes, clock, text: () => stripVTControlCharacters(writes.join('')).replaceAll('\r', '') };
}

const half = { epoch: 2, epochs: 5, seen: 4000, size: 8000, loss: 0.08123, accuracy: 0.9742 };
const ESC = '\x1b[';

describe('Progress in a terminal', () => {
  it('shows epoch, bar, loss, accuracy, examples/s and time left in one line', () => {
    const { progress, text, clock } = terminal({ isTTY: true, columns: 100 });
    clock.now = 3000;
    progress.update(half);
    expect(text()).toBe(
      'epoch 2/5  ━━━━━━━━━━━━────────────  50%  loss 0.0812  accuracy 97.4 %  4,000 examples/s  0:07 left',
    );
  });

  it('still shows them all in 80 columns, shorter', () => {
    const { progress, text, clock } = terminal({ isTTY: true, columns: 80 });
    clock.now = 3000;
    progress.update(half);
    for (const part of ['━', 'loss 0.0812', 'acc 97.4 %', '0:07 left', '4,000 ex/s']) expect(text()).toContain(part);
  });

  it('never reaches the last column, however narrow the terminal', () => {
    for (let columns = 1; columns <= 130; columns++) {
      const { progress, text, clock } = terminal({ isTTY: true, columns });
      clock.now = 1000;
      progress.update(half);
      expect([...text()].length, `${columns} columns`).toBeLessThan(columns);
    }
  });

  it('draws at most every 80 ms, over the old line and in one write', () => {
    const { progress, writes, clock } = terminal({ isTTY: true, columns: 80 });
    for (let i = 0; i < 100; i++) {
      clock.now = i * 10;
      progress.update({ ...half, seen: 40 * i });
    }
    expect(writes.length).toBeLessThanOrEqual(13);
    for (const write of writes) {
      expect(write.startsWith('\r') && write.endsWith(`${ESC}K`)).toBe(true);
      expect(write).not.toContain('\n');
    }
  });

  it('clears the bar before a line, and draws it again behind', () => {
    const { progress, writes, clock } = terminal({ isTTY: true, columns: 80 });
    clock.now = 1000;
    progress.update(half);
    progress.line('hello');
    expect(writes.slice(1)).toEqual([`\r${ESC}K`, 'hello\n']);
    clock.now = 1001;
    progress.update(half);
    expect(writes.length).toBe(4);
  });

  it('writes no colour with NO_COLOR', () => {
    const coloured = (env: Record<string, string>): boolean => {
      const { progress, writes, clock } = terminal({ isTTY: true, columns: 80 }, env);
      clock.now = 1000;
      progress.update(half);
      return writes.join('').includes(`${ESC}36m`);
    };
    expect([{}, { NO_COLOR: '' }, { NO_COLOR: '1' }].map(coloured)).toEqual([true, true, false]);
  });
});

describe('Progress in a file or a dumb terminal', () => {
  it.each([
    [{ isTTY: false }, {}],
    [{ isTTY: true, columns: 80 }, { TERM: 'dumb' }],
  ])('writes whole lines, every five seconds at most, and one for each epoch: %j %j', (options, env) => {
    const { progress, writes, clock } = terminal(options, env as Record<string, string>);
    for (let i = 1; i <= 80; i++) {
      clock.now = i * 100;
      progress.update({ ...half, epoch: 1, seen: 100 * i });
    }
    progress.epoch({ ...half, epoch: 1, seen: 8000, testAccuracy: 0.9688, seconds: 8 });
    progress.clear();
    expect(writes).toEqual([
      'epoch 1/5  62%  loss 0.0812  accuracy 97.42 %  1,000 examples/s  0:35 left\n',
      'epoch 1/5 100%  loss 0.0812  accuracy 97.42 %  1,000 examples/s  8.0 s  test 96.88 %\n',
    ]);
  });
});

it('duration writes seconds as people read them', () => {
  expect([0, 7.4, 75, 3723, Infinity].map(duration)).toEqual(['0:00', '0:07', '1:15', '1:02:03', '-:--']);
});

describe('Confusion', () => {
  const confusion = new Confusion(3);
  const counts = [
    [3, 1, 0],
    [1, 3, 0],
    [0, 0, 0],
  ];
  counts.forEach((row, i) => row.forEach((n, j) => Array.from({ length: n }, () => confusion.add(i, j))));

  it('counts, and tells accuracy, precision and recall', () => {
    expect(confusion.counts).toEqual(counts);
    expect(confusion.accuracy).toBe(0.75);
    expect([0, 1, 2].map((c) => confusion.recall(c))).toEqual([0.75, 0.75, NaN]);
    expect([0, 1, 2].map((c) => confusion.precision(c))).toEqual([0.75, 0.75, NaN]);
  });

  it('is drawn as a table whose columns line up, with colours or without', () => {
    const table = confusionTable(confusion, false);
    expect(table.map((line) => line.trimEnd())).toEqual([
      'confusion predicted',
      'true         0   1   2    recall',
      '   0         3   1   ·      75 %',
      '   1         1   3   ·      75 %',
      '   2         ·   ·   ·         -',
      'precision   75  75   -',
    ]);
    expect(confusionTable(confusion, true).map(stripVTControlCharacters)).toEqual(table);
  });
});
