// Batches and seeded orders.

import { describe, expect, it } from 'vitest';
import { batches, permutation, SeededRandom } from '../../src/data/index.js';

const x = { data: Float32Array.from({ length: 14 }, (_, i) => i), shape: [7, 2] };
const y = { data: Int32Array.from({ length: 7 }, (_, i) => 10 * i), shape: [7] };

describe('batches', () => {
  it('goes through the rows in order when there is no seed', () => {
    const all = [...batches({ x, y }, { batchSize: 3 })];
    expect(all.map((b) => b.x.shape)).toEqual([
      [3, 2],
      [3, 2],
      [1, 2],
    ]);
    expect(all.map((b) => [...b.y.data])).toEqual([[0, 10, 20], [30, 40, 50], [60]]);
    expect(all[1]!.x.data).toEqual(new Float32Array([6, 7, 8, 9, 10, 11]));
  });

  it('visits every row once in a shuffled pass and keeps rows of different arrays together', () => {
    const all = [...batches({ x, y }, { batchSize: 3, seed: 5 })];
    const labels = all.flatMap((b) => [...b.y.data]);
    expect([...labels].sort((a, b) => a - b)).toEqual([...y.data]);
    expect(labels).not.toEqual([...y.data]);
    for (const b of all) b.y.data.forEach((label, i) => expect(b.x.data[2 * i]).toBe(label / 5));
  });

  it('has one order per seed and epoch', () => {
    const order = (seed: number, epoch: number) =>
      [...batches({ y }, { batchSize: 7, seed, epoch })].flatMap((b) => [...b.y.data]).join();
    expect(order(5, 0)).toBe(order(5, 0));
    expect(new Set([order(5, 0), order(5, 1), order(6, 0), order(6, 1)]).size).toBe(4);
  });

  it('drops a smaller last batch on request', () => {
    expect([...batches({ y }, { batchSize: 3, dropRemainder: true })].map((b) => b.y.shape)).toEqual([[3], [3]]);
    expect([...batches({ y }, { batchSize: 8, dropRemainder: true })]).toEqual([]);
  });

  it('copies: a changed batch leaves the data alone, and may be gone through again', () => {
    const bytes = { data: Buffer.from([1, 2, 3, 4, 5, 6, 7]), shape: [7] };
    for (const seed of [3, -1]) {
      const pass = batches({ y, bytes }, seed < 0 ? { batchSize: 7 } : { batchSize: 7, seed });
      const first = JSON.stringify([...pass]);
      for (const b of pass) for (const array of [b.y, b.bytes]) array.data.fill(0);
      expect(JSON.stringify([...pass])).toBe(first);
    }
  });

  it('takes arrays without rows', () => {
    expect([...batches({ x: { data: new Uint8Array(0), shape: [0, 784] } }, { batchSize: 4, seed: 1 })]).toEqual([]);
  });

  it('refuses arrays that differ in rows, shapes that do not fit, and odd batch sizes, before the first batch', () => {
    const short = { data: new Int32Array(6), shape: [6] };
    expect(() => batches({ x, short }, { batchSize: 2 })).toThrow('different numbers of rows: x 7, short 6');
    expect(() => batches({ x: { data: x.data, shape: [7] } }, { batchSize: 2 })).toThrow(
      'x has shape [7] and 14 numbers',
    );
    expect(() => batches({}, { batchSize: 2 })).toThrow('arrays is empty');
    expect(() => batches({ x }, { batchSize: 0 })).toThrow('batchSize is 0');
    expect(() => batches({ x }, { batchSize: 1.5 })).toThrow('batchSize must be a whole number');
    expect(() => batches({ x }, { batchSize: 2, seed: -1 })).toThrow('seed must be a whole number');
  });
});

describe('permutation', () => {
  it('holds every number once', () => {
    for (const n of [0, 1, 2, 100]) expect([...permutation(n, 3)].sort((a, b) => a - b)).toEqual([...Array(n).keys()]);
  });

  it('gives all orders of four about equally often', () => {
    const counts = new Map<string, number>();
    for (let seed = 0; seed < 24_000; seed++) {
      const order = permutation(4, seed).join('');
      counts.set(order, (counts.get(order) ?? 0) + 1);
    }
    const chiSquared = [...counts.values()].reduce((sum, n) => sum + (n - 1000) ** 2 / 1000, 0);
    expect(counts.size).toBe(24);
    expect(chiSquared).toBeLessThan(49.7); // 0.1 % for 23 degrees of freedom
  });
});

describe('SeededRandom', () => {
  it('gives the numbers of sfc32', () => {
    // Reference: the recurrence of PractRand's sfc32 in BigInt arithmetic, with the same seeding.
    const mask = 0xffffffffn;
    let [a, b, c, counter] = [123n, 0n, 7n, 1n];
    const next = () => {
      const sum = (a + b + counter++) & mask;
      a = b ^ (b >> 9n);
      b = (c + ((c << 3n) & mask)) & mask;
      c = ((((c << 21n) & mask) | (c >> 11n)) + sum) & mask;
      return Number(sum);
    };
    for (let i = 0; i < 15; i++) next();
    const random = new SeededRandom(123, 7);
    for (let i = 0; i < 1000; i++) expect(random.bits()).toBe(next());
  });

  it('has streams that differ, also for seeds beyond 32 bits', () => {
    const first = [
      [1, 0],
      [1, 1],
      [2, 0],
      [2 ** 32 + 1, 0],
      [2 ** 53 - 1, 2 ** 32 - 1],
    ].map(([s, t]) => new SeededRandom(s!, t).bits());
    expect(new Set(first).size).toBe(first.length);
  });

  it('gives uniform numbers within their bounds', () => {
    const random = new SeededRandom(9);
    let sum = 0;
    for (let i = 0; i < 10_000; i++) {
      const u = random.uniform(-2, 4);
      expect(u >= -2 && u < 4).toBe(true);
      sum += u;
    }
    expect(Math.abs(sum / 10_000 - 1)).toBeLessThan(0.06);
  });

  it('refuses a seed that is not a whole number', () => {
    for (const seed of [-1, 0.5, NaN, 2 ** 53])
      expect(() => new SeededRandom(seed)).toThrow('seed must be a whole number');
  });
});
