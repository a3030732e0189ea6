// The workloads' generator, and their reference trainings in plain loops, against published figures.

import { describe, expect, it } from 'vitest';
import { LOSSES, TOLERANCE } from '../../bench/workloads/expected.js';
import { integers, uniform } from '../../bench/workloads/generator.js';
import { referenceW4, referenceW4T, referenceW5 } from '../../bench/workloads/reference.js';

describe('the generator', () => {
  it('draws the first numbers that WORKLOADS.md gives', () => {
    const expected = [-0.11804318, 0.67802656, 0.78732085, -0.11104965];
    uniform(101, 1, 4).forEach((x, i) => expect(x).toBeCloseTo(expected[i]!, 7));
    expect([...integers(601, 6, 65)]).toEqual([48, 62, 58, 46, 54, 34]);
  });

  it('rounds once, to float32, whatever the scale', () => {
    const unit = uniform(7, 1, 100);
    uniform(7, 3, 100).forEach((x, i) => expect(x).toBe(Math.fround(3 * unit[i]!)));
  });
});

describe('the reference in plain float64 loops', () => {
  const references = { W4: referenceW4, W4T: referenceW4T, W5: referenceW5 };
  const updates = { W4: 20, W4T: 20, W5: 5 };
  for (const name of ['W4', 'W4T', 'W5'] as const)
    it(`trains ${name} to the losses of PyTorch`, () => {
      const losses = references[name](updates[name]);
      for (const [done, expected] of Object.entries(LOSSES[name])) {
        const loss = losses[Number(done)];
        if (loss !== undefined) expect(Math.abs(loss / expected - 1)).toBeLessThan(TOLERANCE);
      }
    });
});
