// The data set that needs no download: handwritten digits that the program draws itself, each from its seed and number alone.

import { SeededRandom } from 'gradtape/data';
import { hands, type Curve } from './glyphs.js';

/** Pixels on a side. */
export const SIDE = 28;

/** Pictures of digits, 0 for paper to 255 for ink, and what they show. */
export interface DigitSet {
  readonly images: {
    readonly data: Uint8Array;
    readonly shape: readonly [count: number, height: number, width: number];
  };
  readonly labels: { readonly data: Uint8Array; readonly shape: readonly [count: number] };
}

/**
 * Draws digits number `from` to `from + count - 1` of the endless data set that belongs to a seed.
 *
 * Every digit is written in one of several hands whose knots tremble, then turned, slanted, stretched and shifted as a whole, bent by a
 * smooth random field, inked with a pen of random width and pressure, and put on noisy paper.
 */
export function drawDigits(count: number, seed: number, from = 0): DigitSet {
  const data = new Uint8Array(count * SIDE * SIDE);
  const labels = new Uint8Array(count);
  const ink = new Float32Array(SIDE * SIDE);
  for (let i = 0; i < count; i++) {
    const random = new SeededRandom(seed, from + i);
    const digit = random.integer(10);
    labels[i] = digit;
    ink.fill(0);
    write(digit, random, ink);
    if (random.uniform() < 0.2) blot(random, ink);
    develop(random, ink, data.subarray(i * SIDE * SIDE, (i + 1) * SIDE * SIDE));
  }
  return { images: { data, shape: [count, SIDE, SIDE] }, labels: { data: labels, shape: [count] } };
}

/** About normal, with mean 0 and the given standard deviation; never beyond 3.5 of it. */
function wobble(random: SeededRandom, deviation: number): number {
  let sum = -2;
  for (let i = 0; i < 4; i++) sum += random.uniform();
  return sum * 1.732 * deviation;
}

function write(digit: number, random: SeededRandom, ink: Float32Array): void {
  const choices = hands[digit]!;
  const hand = choices[random.integer(choices.length)]!;
  const place = placement(random);
  const bend = bending(random);
  const tremble = random.uniform(1, 4.2);
  const width = random.uniform(0.75, 1.75);
  const pressure = random.uniform(0, 0.35);
  const phase = random.uniform(0, 6.28);

  let end: [number, number] | null = null; // where the pen stands, when it did not leave the paper
  for (const [c, curve] of hand.entries()) {
    const joins = c > 0 && hand[c - 1]!.at(-2) === curve[0] && hand[c - 1]!.at(-1) === curve[1];
    const knots = curve.map((v) => v + wobble(random, tremble));
    if (joins && end !== null) [knots[0], knots[1]] = end;
    end = [knots.at(-2)!, knots.at(-1)!];
    const path = smooth(knots);
    for (let i = 0; i < path.length; i += 2) {
      const [x, y] = bend(path[i]!, path[i + 1]!);
      [path[i], path[i + 1]] = place(x, y);
    }
    for (let i = 2; i < path.length; i += 2) {
      const radius = width * (1 + pressure * Math.sin(phase + 0.35 * i));
      segment(ink, path[i - 2]!, path[i - 1]!, path[i]!, path[i + 1]!, radius);
    }
  }
}

/** From the box of 100 to pixels: size, aspect, slant, rotation and shift of this writer today. */
function placement(random: SeededRandom): (x: number, y: number) => [number, number] {
  const height = random.uniform(16, 22) / 100;
  const width = height * random.uniform(0.7, 1.15);
  const slant = wobble(random, 0.17);
  const angle = wobble(random, 0.14);
  const [cos, sin] = [Math.cos(angle), Math.sin(angle)];
  const dx = SIDE / 2 - 0.5 + wobble(random, 1.1);
  const dy = SIDE / 2 - 0.5 + wobble(random, 1.1);
  return (x, y) => {
    const v = (y - 50) * height;
    const u = (x - 50) * width - v * slant;
    return [dx + cos * u - sin * v, dy + sin * u + cos * v];
  };
}

/** A smooth random displacement of the box: two waves in each direction. */
function bending(random: SeededRandom): (x: number, y: number) => [number, number] {
  const strength = random.uniform(0, 4.5);
  const waves = Array.from({ length: 4 }, () => [
    random.uniform(-0.07, 0.07),
    random.uniform(-0.07, 0.07),
    random.uniform(0, 6.28),
  ]) as [number, number, number][];
  const wave = (k: number, x: number, y: number): number => {
    const [fx, fy, phase] = waves[k]!;
    return strength * Math.sin(fx * x + fy * y + phase);
  };
  return (x, y) => [x + wave(0, x, y) + wave(1, x, y), y + wave(2, x, y) + wave(3, x, y)];
}

/** Points on the Catmull-Rom curve through the knots; two knots give a straight line. */
function smooth(knots: Curve): number[] {
  const n = knots.length / 2;
  if (n === 2) return [...knots];
  const path = [knots[0]!, knots[1]!];
  const steps = 5;
  for (let i = 0; i + 1 < n; i++) {
    const before = 2 * Math.max(i - 1, 0);
    const after = 2 * Math.min(i + 2, n - 1);
    for (let s = 1; s <= steps; s++) {
      const t = s / steps;
      for (let axis = 0; axis < 2; axis++) {
        const p0 = knots[before + axis]!;
        const p1 = knots[2 * i + axis]!;
        const p2 = knots[2 * i + 2 + axis]!;
        const p3 = knots[after + axis]!;
        const curve = (p2 - p0) * t + (2 * p0 - 5 * p1 + 4 * p2 - p3) * t * t + (3 * p1 - 3 * p2 + p3 - p0) * t * t * t;
        path.push(p1 + 0.5 * curve);
      }
    }
  }
  return path;
}

/** Inks a straight line with round ends; a pixel takes the darkest of what touches it. */
function segment(ink: Float32Array, x0: number, y0: number, x1: number, y1: number, radius: number): void {
  const reach = radius + 0.5;
  const left = Math.max(0, Math.ceil(Math.min(x0, x1) - reach));
  const right = Math.min(SIDE - 1, Math.floor(Math.max(x0, x1) + reach));
  const top = Math.max(0, Math.ceil(Math.min(y0, y1) - reach));
  const bottom = Math.min(SIDE - 1, Math.floor(Math.max(y0, y1) + reach));
  const dx = x1 - x0;
  const dy = y1 - y0;
  const square = dx * dx + dy * dy || 1;
  for (let y = top; y <= bottom; y++) {
    for (let x = left; x <= right; x++) {
      const t = Math.min(1, Math.max(0, ((x - x0) * dx + (y - y0) * dy) / square));
      const ox = x0 + t * dx - x;
      const oy = y0 + t * dy - y;
      const cover = Math.min(1, reach - Math.sqrt(ox * ox + oy * oy));
      const at = y * SIDE + x;
      if (cover > ink[at]!) ink[at] = cover;
    }
  }
}

/** A stray line near the edge, as from a neighbouring digit. */
function blot(random: SeededRandom, ink: Float32Array): void {
  const side = random.integer(4);
  const along = random.uniform(0, SIDE);
  const depth = random.uniform(-1, 2);
  const length = random.uniform(2, 9);
  const [x, y] =
    side < 2 ? [along, side === 0 ? depth : SIDE - 1 - depth] : [side === 2 ? depth : SIDE - 1 - depth, along];
  const [dx, dy] = side < 2 ? [length, wobble(random, 1)] : [wobble(random, 1), length];
  segment(ink, x, y, x + dx, y + dy, random.uniform(0.5, 1.2));
}

/** From ink to bytes: contrast, and the grain of the paper. */
function develop(random: SeededRandom, ink: Float32Array, pixels: Uint8Array): void {
  const contrast = random.uniform(0.7, 1);
  const grain = random.uniform(0, 0.1);
  for (let i = 0; i < ink.length; i++) {
    const value = ink[i]! * contrast + grain * (random.uniform() + random.uniform() - 1);
    pixels[i] = Math.round(255 * Math.min(1, Math.max(0, value)));
  }
}
