// What is made outside scopes: finalizers give it back, and the leak report names what is still held.

import { beforeAll, describe, expect, it } from 'vitest';
import {
  ArgumentError,
  dispose,
  GradientTape,
  init,
  keep,
  leakReport,
  losses,
  memory,
  ones,
  square,
  type Tensor,
  tidy,
  trackLeaks,
  variable,
} from '../../src/index.js';
import { isRecording } from '../../src/tape/record.js';
import { held } from '../tape/behaviour.js';

beforeAll(() => init());

const collect = (globalThis as { gc?: () => void }).gc;

/** Collects garbage and lets finalizers run until something holds; false after a while. */
async function eventually(holds: () => boolean, tries = 200): Promise<boolean> {
  for (let i = 0; i < tries && !holds(); i++) {
    collect?.();
    await new Promise((done) => setTimeout(done, 5));
  }
  return holds();
}

describe.runIf(collect)('finalizers', () => {
  it('give back tensors that were dropped outside scopes', async () => {
    const before = held();
    (() => {
      for (let i = 0; i < 100; i++) square(ones([16]));
      tidy(() => ones([3]));
    })();
    expect(held().numTensors).toBe(before.numTensors + 201);
    expect(await eventually(() => held().numTensors === before.numTensors)).toBe(true);
    expect(held()).toEqual(before);
  });

  it('give back dropped variables, at the block they have at last', async () => {
    const before = held();
    (() => {
      const v = variable(ones([100]));
      tidy(() => v.assign(square(ones([100]))));
      tidy(() => v.assignAdd(1));
    })();
    expect(held().numTensors).toBeGreaterThan(before.numTensors);
    expect(await eventually(() => held().numTensors === before.numTensors)).toBe(true);
    expect(held()).toEqual(before);
  });

  it('do not give back again what was disposed', async () => {
    const keeper = ones([16]);
    const before = held();
    let made = 0;
    (() => {
      for (let i = 0; i < 50; i++) {
        const x = ones([16]);
        x.dispose();
        made++;
      }
    })();
    const after = Array.from({ length: made }, () => ones([16]));
    await eventually(() => false, 5);
    expect(after.every((x) => (x.arraySync() as number[]).every((v) => v === 1))).toBe(true);
    expect(held().numTensors).toBe(before.numTensors + made);
    dispose([keeper, after]);
  });

  it('stop and empty a tape that was dropped while it recorded', async () => {
    const before = held();
    (() => {
      const x = ones([4]);
      new GradientTape({ persistent: true }).watch(x);
      square(square(x));
    })();
    expect(isRecording()).toBe(true);
    expect(await eventually(() => !isRecording() && held().numTensors === before.numTensors)).toBe(true);
    expect(held()).toEqual(before);
  });

  it('leave what was kept', async () => {
    const before = held();
    const kept: Tensor[] = [];
    tidy(() => kept.push(keep(ones([2]))));
    expect(await eventually(() => held().numTensors === before.numTensors, 5)).toBe(false);
    dispose(kept);
    expect(held()).toEqual(before);
  });
});

/** The place in this file of the line above a call. */
function lineAbove(): string {
  const [, file, line] = /(leaks\.test\.ts):(\d+)/.exec(new Error().stack!.split('\n')[2]!)!;
  return `${file}:${Number(line) - 1}:`;
}

describe('leakReport', () => {
  it('names the op and the line of the caller of what is still held', () => {
    trackLeaks(true);
    try {
      const x = ones([2, 3]);
      const here = lineAbove();
      const gone = ones([5]);
      gone.dispose();
      tidy(() => {
        square(x);
      });
      const y = tidy(() => square(square(x)));
      const there = lineAbove();
      const report = leakReport();
      expect(report).toHaveLength(2);
      expect(report[0]).toMatchObject({ op: 'ones', dtype: 'float32', shape: [2, 3], bytes: 64 });
      expect(report[0]!.where).toContain(here);
      expect(report[1]).toMatchObject({ op: 'square', shape: [2, 3] });
      expect(report[1]!.where).toContain(there);
      dispose([x, y]);
      expect(leakReport()).toEqual([]);
    } finally {
      trackLeaks(false);
    }
  });

  it('finds the caller through ops that are made of many ops', () => {
    trackLeaks(true);
    try {
      const x = ones([2, 3]);
      const t = new GradientTape({ persistent: true });
      t.watch(x);
      const y = losses.softmaxCrossEntropy(ones([2, 3]), x);
      const here = lineAbove();
      const dx = t.gradient(y, x);
      t.dispose();
      const report = leakReport();
      expect(report.length).toBeGreaterThanOrEqual(3);
      for (const leak of report) expect(leak.where).toContain('leaks.test.ts:');
      expect(report.some((leak) => leak.where.includes(here))).toBe(true);
      dispose([x, y, dx]);
    } finally {
      trackLeaks(false);
    }
  });

  it('begins anew with trackLeaks(true), and is an error without it', () => {
    expect(() => leakReport()).toThrow(ArgumentError);
    expect(() => leakReport()).toThrow('leakReport: nothing was noted. Call trackLeaks(true) first.');
    const x = ones([2]);
    trackLeaks(true);
    expect(leakReport()).toEqual([]);
    trackLeaks(false);
    const { numTensors } = memory();
    x.dispose();
    expect(memory().numTensors).toBe(numTensors - 1);
  });
});
