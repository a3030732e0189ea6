// The tape of one training step as SVG: rounded boxes are ops, pills are data, variables and their gradients.

import { element, escape, px } from './svg.js';
import { layout, type Edge, type Node, type TapeGraph } from './tape-layout.js';

const WIDTH = 146;
const HEIGHT = 40;
const PITCH = { x: 174, y: 64 };
const MARGIN = 16;
const CORNER = 8;
const LOOKS: Edge['look'][] = ['saved', 'result', 'forward', 'gradient']; // from the back to the front

type Point = [x: number, y: number];

/** The picture in its natural size. */
export function tapePicture(tape: TapeGraph): string {
  const { nodes, edges } = layout(tape);
  const width = Math.max(...nodes.map((n) => n.column)) * PITCH.x + WIDTH + 2 * MARGIN;
  const height = Math.max(...nodes.map((n) => n.row)) * PITCH.y + HEIGHT + 2 * MARGIN;
  const taken = new Set(nodes.map((n) => `${n.column},${n.row}`));
  return element(
    'svg',
    {
      class: 'tape',
      viewBox: `0 0 ${width} ${height}`,
      width,
      height,
      role: 'img',
      'aria-label': 'The tape of one training step',
    },
    element('defs', {}, ...LOOKS.map(arrowHead)),
    ...LOOKS.flatMap((look) => edges.filter((e) => e.look === look)).map((e) => drawEdge(e, taken)),
    ...nodes.map(drawNode),
  );
}

const left = (n: Node): number => MARGIN + n.column * PITCH.x;
const top = (n: Node): number => MARGIN + n.row * PITCH.y;
const middle = (n: Node): Point => [left(n) + WIDTH / 2, top(n) + HEIGHT / 2];

function drawNode(node: Node): string {
  const [x] = middle(node);
  const round = node.look === 'forward' || node.look === 'gradient' ? 7 : HEIGHT / 2;
  const line = (text: string, size: number, y: number, look: string): string => {
    const fitting = Math.min(size, (WIDTH - 14) / (0.62 * text.length));
    return element(
      'text',
      { class: look, x, y: top(node) + y, 'text-anchor': 'middle', 'font-size': Math.max(fitting, 7.5) },
      escape(text),
    );
  };
  return element(
    'g',
    { class: `node ${node.look}` },
    element('title', {}, escape(node.hover)),
    element('rect', { x: left(node), y: top(node), width: WIDTH, height: HEIGHT, rx: round }),
    line(node.title, 13, 17, 'title'),
    line(node.detail, 11, 32, 'detail'),
  );
}

function drawEdge(edge: Edge, taken: Set<string>): string {
  const d = rounded(route(edge, taken));
  return element(
    'g',
    { class: `edge ${edge.look}` },
    element('title', {}, escape(edge.hover)),
    element('path', { class: 'wire', d, 'marker-end': `url(#head-${edge.look})` }),
    element('path', { class: 'wide', d }), // easier to point at
  );
}

/** Corner points from node to node. Wires run straight, in the gaps between rows and in the gutters between columns, not behind nodes. */
function route({ from, to, look }: Edge, taken: Set<string>): Point[] {
  const [x0, y0] = middle(from);
  const [x1, y1] = middle(to);
  const gap = (PITCH.y - HEIGHT) / 2;
  const gutter = (PITCH.x - WIDTH) / 2;
  const free = (columns: [number, number], rows: [number, number]): boolean => {
    for (let c = Math.min(...columns); c <= Math.max(...columns); c++)
      for (let r = Math.min(...rows); r <= Math.max(...rows); r++)
        if (taken.has(`${c},${r}`) && !(c === from.column && r === from.row) && !(c === to.column && r === to.row))
          return false;
    return true;
  };

  if (look === 'saved' || look === 'result' || from.row === to.row || from.column === 0) {
    const way = to.column >= from.column ? 1 : -1;
    const start: Point = [x0 + (way * WIDTH) / 2, y0];
    const end: Point = [x1 - way * (WIDTH / 2 + 2), y1];
    if (from.row === to.row && free([from.column, to.column], [from.row, from.row])) return [start, end];
    const turn = x0 + way * (WIDTH / 2 + gutter);
    if (Math.abs(to.column - from.column) <= 1) return [start, [turn, y0], [turn, y1], end];
    const over = y1 - HEIGHT / 2 - gap;
    const near = x1 - way * (WIDTH / 2 + gutter);
    return [start, [turn, y0], [turn, over], [near, over], [near, y1], end];
  }
  const way = to.row > from.row ? 1 : -1;
  const start: Point = [x0, y0 + (way * HEIGHT) / 2];
  const end: Point = [x1, y1 - way * (HEIGHT / 2 + 2)];
  const before = y1 - way * (HEIGHT / 2 + gap);
  if (free([from.column, from.column], [from.row, to.row - way]))
    return x0 === x1 && free([from.column, from.column], [from.row, to.row])
      ? [start, end]
      : [start, [x0, before], [x1, before], end];
  const after = y0 + way * (HEIGHT / 2 + gap);
  const aside = x0 + WIDTH / 2 + gutter;
  return [start, [x0, after], [aside, after], [aside, before], [x1, before], end];
}

/** A line through the points with round corners. */
function rounded(points: Point[]): string {
  const bends = points.slice(1, -1).map(([x, y], i) => {
    const before = towards([x, y], points[i]!);
    const after = towards([x, y], points[i + 2]!);
    return `L${px(before[0])} ${px(before[1])}Q${px(x)} ${px(y)} ${px(after[0])} ${px(after[1])}`;
  });
  const [first, last] = [points[0]!, points.at(-1)!];
  return `M${px(first[0])} ${px(first[1])}${bends.join('')}L${px(last[0])} ${px(last[1])}`;
}

/** The point a corner's radius, or half the way, from a corner on the way to its neighbour. */
function towards([x, y]: Point, [nx, ny]: Point): Point {
  const distance = Math.hypot(nx - x, ny - y);
  const part = distance > 0 ? Math.min(CORNER, distance / 2) / distance : 0;
  return [x + (nx - x) * part, y + (ny - y) * part];
}

function arrowHead(look: Edge['look']): string {
  const size = {
    id: `head-${look}`,
    viewBox: '0 0 8 8',
    refX: 6,
    refY: 4,
    markerWidth: 6,
    markerHeight: 6,
    orient: 'auto',
  };
  return element('marker', size, element('path', { class: `head ${look}`, d: 'M0 0.5 L7 4 L0 7.5 Z' }));
}
