// The drawn digits: the same from the same seed, all different, and neither trivial nor hopeless to tell apart.

import { describe, expect, it } from 'vitest';
import { drawDigits, SIDE } from '../../examples/digits/draw.js';
import { hands } from '../../examples/digits/glyphs.js';

const PIXELS = SIDE * SIDE;

describe('drawDigits', () => {
  it('draws the same digits from the same seed, others from another', () => {
    expect(drawDigits(20, 3)).toEqual(drawDigits(20, 3));
    expect(drawDigits(20, 3).images.data).not.toEqual(drawDigits(20, 4).images.data);
  });

  it('draws digit number i alike, however many are drawn', () => {
    const { images, labels } = drawDigits(5, 3, 10);
    const all = drawDigits(15, 3);
    expect(images.data).toEqual(all.images.data.subarray(10 * PIXELS));
    expect(labels.data).toEqual(all.labels.data.subarray(10));
  });

  it('gives shapes that fit, and each digit about as often', () => {
    const { images, labels } = drawDigits(3000, 1);
    expect(images.shape).toEqual([3000, 28, 28]);
    expect(images.data.length).toBe(3000 * PIXELS);
    for (let digit = 0; digit < 10; digit++) {
      const count = labels.data.filter((l) => l === digit).length;
      expect(count).toBeGreaterThan(240);
      expect(count).toBeLessThan(360);
    }
  });

  it('puts ink and paper into every picture, and no two pictures are alike', () => {
    const { images } = drawDigits(1000, 1);
    const seen = new Set<string>();
    for (let i = 0; i < 1000; i++) {
      const picture = images.data.subarray(i * PIXELS, (i + 1) * PIXELS);
      const ink = picture.filter((v) => v > 128).length;
      expect(ink, `ink of picture ${i}`).toBeGreaterThan(12);
      expect(ink, `ink of picture ${i}`).toBeLessThan(PIXELS / 2);
      seen.add(picture.join());
    }
    expect(seen.size).toBe(1000);
  });

  it('is a task: the nearest mean picture names most digits, and is far from all', () => {
    const train = drawDigits(3000, 1);
    const test = drawDigits(600, 1, 3000);
    const means = Array.from({ length: 10 }, () => new Float64Array(PIXELS));
    train.labels.data.forEach((label, i) => {
      for (let p = 0; p < PIXELS; p++) means[label]![p]! += train.images.data[i * PIXELS + p]! / 300;
    });
    let right = 0;
    test.labels.data.forEach((label, i) => {
      const picture = test.images.data.subarray(i * PIXELS, (i + 1) * PIXELS);
      const distances = means.map((mean) => mean.reduce((sum, m, p) => sum + (m - picture[p]!) ** 2, 0));
      if (distances.indexOf(Math.min(...distances)) === label) right++;
    });
    expect(right / 600).toBeGreaterThan(0.5);
    expect(right / 600).toBeLessThan(0.9);
  });

  it('draws thousands within two seconds', () => {
    const begin = performance.now();
    drawDigits(4000, 2);
    expect(performance.now() - begin).toBeLessThan(2000);
  });
});

it('every digit is written in several hands, all inside the box', () => {
  expect(hands.length).toBe(10);
  for (const [digit, ways] of hands.entries()) {
    expect(ways.length, `hands of ${digit}`).toBeGreaterThanOrEqual(4);
    for (const curve of ways.flat()) {
      expect(curve.length % 2, `knots of ${digit}`).toBe(0);
      expect(curve.length, `knots of ${digit}`).toBeGreaterThanOrEqual(4);
      for (const v of curve) expect(v >= 0 && v <= 100, `knot ${v} of ${digit}`).toBe(true);
    }
  }
});
