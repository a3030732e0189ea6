// Tables for people: aligned columns, times in the unit that suits them.

import type { Column, Description } from './suite.js';
import { median, type Timed } from './timing.js';

const UNITS = [
  [1, 's'],
  [1e3, 'ms'],
  [1e6, 'µs'],
  [1e9, 'ns'],
] as const;

/** Seconds with three digits, in s, ms, µs or ns. */
export function showSeconds(seconds: number): string {
  const [factor, unit] = UNITS.find(([factor]) => seconds * factor >= 1) ?? UNITS[3];
  const value = seconds * factor;
  return `${value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : value >= 1 ? 2 : 3)} ${unit}`;
}

/** Bytes in megabytes, as the limits of memory are stated. */
export function showMegabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(bytes < 10e6 ? 1 : 0)} MB`;
}

/** Lines of a table whose first column is text and whose others are figures. */
export function alignTable(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  const [head, ...body] = rows.map((row) =>
    row
      .map((cell, i) => (i === 0 ? cell.padEnd(widths[i]!) : cell.padStart(widths[i]!)))
      .join('   ')
      .trimEnd(),
  );
  return [head ?? '', '─'.repeat(widths.reduce((sum, width) => sum + width + 3, -3)), ...body];
}

/** The least seconds that a case could take: by its arithmetic, and by the memory that it reads and writes. */
function roofline({ work, beside }: Timed, copies: string | undefined, all: readonly Timed[]): [number, number] | null {
  const [peak, copy] = [beside, copies].map((name) => all.find((timed) => timed.name === name));
  if (!work.flops || !work.bytes || !peak?.work.flops || !copy?.work.bytes) return null;
  return [(work.flops / peak.work.flops) * median(peak), (work.bytes / copy.work.bytes) * median(copy)];
}

/** A column's figure for a case; null when it has none. */
export function figure(column: Column, timed: Timed, all: readonly Timed[]): number | string | null {
  const { kind, work, copies, with: other = timed.beside } = column;
  if (kind === 'limit' || kind === 'ofLimit') {
    const limits = roofline(timed, copies, all);
    if (limits === null) return null;
    const [arithmetic, memory] = limits;
    if (kind === 'limit') return arithmetic > memory ? 'arithmetic' : 'memory';
    return (100 * Math.max(arithmetic, memory)) / median(timed);
  }
  const beside = all.find(({ name }) => name === other);
  const rate = (of: Timed): number | undefined => {
    const done = work && of.work[work];
    return done === undefined ? undefined : done / median(of);
  };
  if (kind === 'more') return beside ? (median(timed) - median(beside)) / 1e6 : null;
  const once = (of: Timed): number => median(of) / of.per;
  if (kind === 'added') return beside ? 1e9 * (once(timed) - once(beside)) : null;
  if (kind === 'times') return beside ? once(timed) / once(beside) : null;
  if (kind === 'plain') return (work && timed.work[work]) ?? null;
  const own = rate(timed);
  if (own === undefined) return null;
  if (kind === 'giga') return own / 1e9;
  const limit = beside && rate(beside);
  return limit === undefined ? null : (100 * own) / limit;
}

/** Columns whose figures need no digits behind the point. */
const WHOLE: readonly Column['kind'][] = ['percent', 'ofLimit', 'added', 'more'];

/** A column's figure as text. */
export function showFigure({ kind }: Column, value: number | string | null): string {
  if (value === null) return '';
  if (typeof value === 'string') return value;
  const whole = kind === 'plain' ? Number.isInteger(value) : WHOLE.includes(kind);
  return value.toFixed(whole ? 0 : 2);
}

/** A suite's table: median and spread of each case, then its columns. */
export function showTable(
  { title, unit = 'per call', counts, columns }: Description,
  timings: readonly Timed[],
): string {
  const show = counts === 'bytes' ? showMegabytes : showSeconds;
  const checks = timings.some((timed) => timed.check !== '');
  const rows = timings.map((timed) => [
    timed.name,
    show(median(timed) / timed.per),
    `${show(Math.min(...timed.rounds) / timed.per)} – ${show(Math.max(...timed.rounds) / timed.per)}`,
    ...columns.map((column) => showFigure(column, figure(column, timed, timings))),
    ...(checks ? [timed.check] : []),
  ]);
  const titles = columns.map((column) => column.title);
  const [head, rule, ...body] = alignTable([
    [title, unit, 'min – max', ...titles, ...(checks ? ['check'] : [])],
    ...rows,
  ]);
  return [head, rule, ...body].join('\n');
}

/** The same cases of several columns, each with its timings, side by side: medians. */
export function compareTable(
  title: string,
  columns: readonly (readonly [title: string, timings: readonly Timed[]])[],
): string {
  const names = [...new Set(columns.flatMap(([, timings]) => timings.map(({ name }) => name)))];
  const cell = (timings: readonly Timed[], name: string): string => {
    const timed = timings.find((one) => one.name === name);
    return timed ? showSeconds(median(timed) / timed.per) : '';
  };
  const rows = names.map((name) => [name, ...columns.map(([, timings]) => cell(timings, name))]);
  return alignTable([[title, ...columns.map(([title]) => title)], ...rows]).join('\n');
}
