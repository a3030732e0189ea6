// Line charts as SVG: axes, ticks, lines with dots, and a title under the pointer.

import { element, px } from './svg.js';

/** A line of a chart. */
export interface Line {
  name: string;
  /** Class in the page's style: its colour. */
  look: 'train' | 'test';
  points: [x: number, y: number][];
  /** Drawn behind the line: the values that it smooths. */
  cloud?: [x: number, y: number][];
  dots?: boolean;
}

/** How values become heights. */
export interface Scale {
  /** To a number that grows upwards on paper. */
  map: (value: number) => number;
  /** Values worth a tick, upwards. */
  marks: readonly number[];
  text: (value: number) => string;
}

const WIDTH = 460;
const HEIGHT = 290;
const FRAME = { left: 50, right: 14, top: 12, bottom: 40 };
const STRIPS = 80;

/** Loss: powers of ten stand at equal distances. */
export const logarithmic: Scale = {
  map: (v) => Math.log10(Math.max(v, 1e-6)),
  marks: [-5, -4, -3, -2, -1, 0, 1, 2].flatMap((e) => [1, 2, 5].map((m) => Number(`${m}e${e}`))),
  text: (v) => String(v),
};

/** Accuracy: 90, 99 and 99.9 % stand at equal distances, because the errors do. */
export const errorScale: Scale = {
  map: (v) => -Math.log10(Math.max(1 - v, 5e-4)),
  marks: [0, 0.5, 0.8, 0.9, 0.95, 0.98, 0.99, 0.995, 0.998, 0.999],
  text: (v) => `${+(100 * v).toFixed(1)} %`,
};

/** A chart of lines over epochs. */
export function chart(title: string, lines: Line[], scale: Scale, say: (y: number) => string): string {
  const shown = lines.flatMap((l) => l.points).filter(isFinitePoint);
  if (shown.length === 0) return '<p class="none">No step was done.</p>';
  const right = Math.max(...shown.map((p) => p[0]), 1e-9);
  const [low, high] = bounds(
    shown.map((p) => p[1]),
    scale,
  );
  const [bottom, top] = [scale.map(low), scale.map(high)];
  const x = (v: number): number => FRAME.left + (v / right) * (WIDTH - FRAME.left - FRAME.right);
  const y = (v: number): number => {
    const part = (scale.map(v) - bottom) / (top - bottom);
    return HEIGHT - FRAME.bottom - Math.min(1, Math.max(0, part)) * (HEIGHT - FRAME.top - FRAME.bottom);
  };

  const grid = ticks(low, high, scale).map(
    (v) =>
      element('line', { class: 'grid', x1: FRAME.left, x2: WIDTH - FRAME.right, y1: y(v), y2: y(v) }) +
      element('text', { class: 'tick', x: FRAME.left - 8, y: y(v) + 4, 'text-anchor': 'end' }, scale.text(v)),
  );
  const base = HEIGHT - FRAME.bottom;
  const axis = epochTicks(right).map(
    (v) =>
      element('line', { class: 'axis', x1: x(v), x2: x(v), y1: base, y2: base + 5 }) +
      element('text', { class: 'tick', x: x(v), y: base + 19, 'text-anchor': 'middle' }, String(+v.toFixed(2))),
  );
  axis.push(
    element('line', { class: 'axis', x1: FRAME.left, x2: WIDTH - FRAME.right, y1: base, y2: base }),
    element(
      'text',
      { class: 'tick', x: (FRAME.left + WIDTH - FRAME.right) / 2, y: HEIGHT - 4, 'text-anchor': 'middle' },
      'epochs',
    ),
  );
  const curves = lines.map((line) => {
    const path = (points: [number, number][]): string =>
      points
        .filter(isFinitePoint)
        .map((p, i) => `${i ? 'L' : 'M'}${px(x(p[0]))} ${px(y(p[1]))}`)
        .join('');
    const cloud = (line.cloud ?? [])
      .filter(isFinitePoint)
      .map((p) => `M${px(x(p[0]))} ${px(y(p[1]))}h0`)
      .join('');
    const dots = line.dots
      ? line.points
          .filter(isFinitePoint)
          .map((p) =>
            element(
              'circle',
              { cx: x(p[0]), cy: y(p[1]), r: 4 },
              element('title', {}, `${line.name}, epoch ${+p[0].toFixed(2)}: ${say(p[1])}`),
            ),
          )
      : [];
    return element(
      'g',
      { class: line.look },
      element('path', { class: 'cloud', d: cloud }),
      element('path', { class: 'line', d: path(line.points) }),
      ...dots,
    );
  });
  return element(
    'svg',
    { class: 'chart', viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: 'img', 'aria-label': title },
    ...grid,
    ...axis,
    ...strips(lines, x, say),
    ...curves,
  );
}

const isFinitePoint = (p: [number, number]): boolean => Number.isFinite(p[1]);

/** The values' range, out to the marks around it. */
function bounds(values: number[], { marks }: Scale): [low: number, high: number] {
  const low = marks.findLast((m) => m <= Math.min(...values)) ?? marks[0]!;
  const high = marks.find((m) => m >= Math.max(...values) && m > low) ?? marks.at(-1)!;
  return [low, high];
}

function ticks(low: number, high: number, { marks }: Scale): number[] {
  const inside = marks.filter((m) => m >= low && m <= high);
  return inside.length > 12 ? inside.filter((_, i) => i % 3 === 0) : inside;
}

function epochTicks(right: number): number[] {
  const step =
    [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1000].find((s) => right / s <= 6) ?? right;
  return Array.from({ length: Math.floor(right / step + 1e-9) + 1 }, (_, i) => i * step);
}

/** Upright strips that light up under the pointer and say the values there. */
function strips(lines: Line[], x: (v: number) => number, say: (y: number) => string): string[] {
  const main = lines.find((l) => !l.dots && l.points.filter(isFinitePoint).length > 1);
  if (main === undefined) return [];
  const n = Math.min(STRIPS, main.points.length);
  return Array.from({ length: n }, (_, i) => {
    const from = Math.floor((i * main.points.length) / n);
    const to = Math.floor(((i + 1) * main.points.length) / n);
    const [left, value] = main.points[from]!;
    const end = to < main.points.length ? main.points[to]![0] : main.points.at(-1)![0];
    const area = {
      class: 'strip',
      x: x(left),
      y: FRAME.top,
      width: Math.max(x(end) - x(left), 0.5),
      height: HEIGHT - FRAME.top - FRAME.bottom,
    };
    return element('rect', area, element('title', {}, `${main.name}, epoch ${left.toFixed(2)}: ${say(value)}`));
  });
}
