// The generator that every number of the workloads comes from.

import { expect, it } from 'vitest';
import { integers, uniform } from '../../bench/workloads/generator.js';

it('draws the first numbers that WORKLOADS.md gives', () => {
  const expected = [-0.11804318, 0.67802656, 0.78732085, -0.11104965];
  uniform(101, 1, 4).forEach((x, i) => expect(x).toBeCloseTo(expected[i]!, 7));
  expect([...integers(601, 6, 65)]).toEqual([48, 62, 58, 46, 54, 34]);
});

it('rounds once, to float32, whatever the scale', () => {
  const unit = uniform(7, 1, 100);
  uniform(7, 3, 100).forEach((x, i) => expect(x).toBe(Math.fround(3 * unit[i]!)));
});
