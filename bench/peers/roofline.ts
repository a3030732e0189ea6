// W1's roofline: rates of matrix products by size, beneath the arithmetic peak and the memory's limit.

import { element, px } from '../../examples/digits/svg.js';
import { lookOf } from './bars.js';
import { SIZES } from './cells.js';
import type { Peer } from './list.js';
import { limitOf, type Results } from './results.js';
import { rowsOf } from './rows.js';

const WIDTH = 1060;
const HEIGHT = 470;
const FRAME = { left: 62, right: 230, top: 16, bottom: 58 };
const LABEL = 16;
/** The chart begins at this part of the peak; who stays below is only named. */
const FLOOR = 32;

/** GFLOP/s of a peer by size. */
interface Curve {
  readonly peer: Peer;
  readonly points: readonly (readonly [n: number, rate: number])[];
}

function curvesOf(results: Results, peers: readonly Peer[]): Curve[] {
  const rows = new Map(rowsOf(results).map((row) => [row.name, row]));
  return peers
    .map((peer) => ({
      peer,
      points: SIZES.flatMap((n) => {
        const seconds = rows.get(`W1.${n}`)?.of(peer.name) ?? null;
        return seconds === null ? [] : [[n, (2 * n ** 3) / seconds / 1e9] as const];
      }),
    }))
    .filter(({ points }) => points.length > 1);
}

/** Multiplications and additions for each byte of two operands and a result. */
const intensity = (n: number): number => (2 * n ** 3) / (3 * 4 * n * n);

const rateText = (rate: number): string => rate.toFixed(rate < 10 ? 1 : 0);

/** The chart; '' when W1 or the engine's limits were not measured. */
export function roofline(results: Results, peers: readonly Peer[]): string {
  const [peak, copied] = [limitOf(results, 'LIMIT.peak'), limitOf(results, 'LIMIT.copy')];
  const all = curvesOf(results, peers);
  if (peak === null || copied === null || all.length === 0) return '';
  const least = peak / 1e9 / FLOOR;
  const isHigh = ({ points }: Curve): boolean => points.some(([, rate]) => rate >= least);
  const curves = all.filter(isHigh);
  const below = all.filter((curve) => !isHigh(curve));
  const rates = curves.flatMap(({ points }) => points.map(([, rate]) => rate));
  const roof = (n: number): number => Math.min(peak, copied * intensity(n)) / 1e9;
  const high = Math.log2(Math.max(...rates, peak / 1e9) * 1.15);
  const low = Math.floor(Math.log2(Math.max(least, Math.min(...rates))));
  const [from, to] = [Math.log2(SIZES[0]!) - 0.15, Math.log2(SIZES.at(-1)!) + 0.15];
  const right = WIDTH - FRAME.right;
  const base = HEIGHT - FRAME.bottom;
  const x = (n: number): number => FRAME.left + ((Math.log2(n) - from) / (to - from)) * (right - FRAME.left);
  const y = (rate: number): number => base - (Math.max(0, Math.log2(rate) - low) / (high - low)) * (base - FRAME.top);

  const ticks = Array.from({ length: Math.floor(high) - low + 1 }, (_, i) => 2 ** (low + i));
  const grid = ticks.map(
    (rate) =>
      element('line', { class: 'grid', x1: FRAME.left, x2: right, y1: y(rate), y2: y(rate) }) +
      element('text', { class: 'tick', x: FRAME.left - 8, y: y(rate) + 4, 'text-anchor': 'end' }, String(rate)),
  );
  const axis = SIZES.map(
    (n) =>
      element('text', { class: 'tick', x: x(n), y: base + 20, 'text-anchor': 'middle' }, `${n}³`) +
      element(
        'text',
        { class: 'tick', x: x(n), y: base + 36, 'text-anchor': 'middle' },
        `${px(intensity(n))} flop/byte`,
      ),
  );
  const edges = [2 ** from, ...SIZES, 2 ** to];
  const limit = edges.map((n, i) => `${i ? 'L' : 'M'}${px(x(n))} ${px(y(roof(n)))}`).join('');
  const top = y(peak / 1e9);
  const places = spread([top, ...curves.map(({ points }) => y(points.at(-1)![1]))]);
  const roofs = [
    element('path', { class: 'roof', d: limit }),
    element(
      'text',
      { class: 'roof-name', x: right + 16, y: places[0]! + 4 },
      `${rateText(peak / 1e9)}  arithmetic peak`,
    ),
    ...below.map(({ peer, points }, i) =>
      element(
        'text',
        { class: 'tick', x: FRAME.left + 8, y: base - 8 - LABEL * i },
        `below the chart: ${peer.name}, at most ${Math.max(...points.map(([, rate]) => rate)).toFixed(1)}`,
      ),
    ),
  ];
  const lines = curves.map(({ peer, points }, i) => {
    const path = points.map(([n, rate], j) => `${j ? 'L' : 'M'}${px(x(n))} ${px(y(rate))}`).join('');
    const [lastN, last] = points.at(-1)!;
    const dots = points.map(([n, rate]) =>
      element(
        'circle',
        { cx: x(n), cy: y(rate), r: 3.5 },
        element('title', {}, `${peer.name}, ${n}³: ${rate.toFixed(1)} GFLOP/s`),
      ),
    );
    const place = places[i + 1]!;
    const label = { class: 'label', x: right + 16, y: place + 4 };
    const lead = `M${px(x(lastN) + 5)} ${px(y(last))}L${px(right + 12)} ${px(place)}`;
    return element(
      'g',
      { class: `${lookOf(peer)}${peer.options.threads > 1 ? ' threads' : ''}` },
      element('path', { class: 'lead', d: lead }),
      element('path', { class: 'line', d: path }),
      ...dots,
      element('text', label, `${rateText(last)}  ${peer.name}`),
    );
  });
  return element(
    'svg',
    {
      class: 'roofline',
      viewBox: `0 0 ${WIDTH} ${HEIGHT}`,
      role: 'img',
      'aria-label': 'Rates of matrix products by size',
    },
    ...grid,
    ...axis,
    element('text', { class: 'tick', x: FRAME.left - 50, y: 10 }, 'GFLOP/s'),
    ...lines,
    ...roofs,
  );
}

/** Heights of labels: near those wanted, and a line apart. */
function spread(wanted: readonly number[]): number[] {
  const order = wanted.map((_, i) => i).sort((a, b) => wanted[a]! - wanted[b]!);
  const places = [...wanted];
  let below = -Infinity;
  for (const i of order) {
    places[i] = Math.max(wanted[i]!, below + LABEL);
    below = places[i];
  }
  const over = below - (HEIGHT - FRAME.bottom);
  let above = Infinity;
  if (over > 0)
    for (const i of order.reverse()) {
      places[i] = Math.min(places[i]!, above === Infinity ? HEIGHT - FRAME.bottom : above - LABEL);
      above = places[i];
    }
  return places;
}
