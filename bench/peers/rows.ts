// What tables, charts and README show of a comparison: a row for each cell, then memory and download.

import { showMegabytes, showSeconds } from '../harness/table.js';
import { CELLS } from './cells.js';
import { BASE, PEERS, type Peer } from './list.js';
import { figureOf, type Results } from './results.js';

/** A row: less is better, whatever it counts. */
export interface Row {
  readonly name: string;
  readonly title: string;
  /** A peer's seconds or bytes; null when it has none. */
  of(peer: string): number | null;
  /** The same within the quartiles of its rounds. */
  range(peer: string): readonly [low: number, high: number] | null;
  /** A value of this row in its unit. */
  show(value: number): string;
  /** Why a peer has no value; '' when nobody asked it. */
  why(peer: string): string;
}

/** Bytes as `npm run size` counts them. */
export const kilobytes = (bytes: number): string => `${(bytes / 1024).toFixed(1)} KB`;

/** The rows that a comparison has anything of. */
export function rowsOf(results: Results): Row[] {
  const timed = CELLS.filter(({ name }) => results.cells[name] !== undefined).map(({ name, title, workload }): Row => {
    const row = results.cells[name]!;
    return {
      name,
      title: `${workload} ${title}`,
      of: (peer) => figureOf(row[peer])?.seconds ?? null,
      range(peer) {
        const figure = figureOf(row[peer]);
        return figure && [figure.low, figure.high];
      },
      show: showSeconds,
      why: (peer) => (row[peer]?.wrong === undefined ? reason(row[peer]?.error) : `wrong: ${row[peer].wrong}`),
    };
  });
  const w5 = results.cells['W5'];
  const memory: Row = {
    name: 'RSS',
    title: 'W5 peak memory of the process',
    of: (peer) => (figureOf(w5?.[peer]) ? (w5![peer]!.rss ?? null) : null),
    range: () => null,
    show: showMegabytes,
    why: () => '',
  };
  const download: Row = {
    name: 'SIZE',
    title: 'SIZE download to train an MLP',
    of(peer) {
      const found = results.downloads[peer];
      return found ? found.js + found.wasm : null;
    },
    range: () => null,
    show: kilobytes,
    why: () => '',
  };
  return [...timed, ...(w5 ? [memory] : []), ...(Object.keys(results.downloads).length > 0 ? [download] : [])];
}

/** An error as a reason: a library that has no kernel says so in its own words. */
function reason(error: string | undefined): string {
  if (error === undefined) return '';
  return /kernel .* not registered/i.test(error) ? `no kernel: ${error}` : error;
}

/** The peers that appear in any row. */
export function peersOf(results: Results): Peer[] {
  const seen = new Set([...Object.values(results.cells).flatMap(Object.keys), ...Object.keys(results.downloads)]);
  return PEERS.filter(({ name }) => seen.has(name));
}

/** The peers of a kind that have a value in any row. */
export function columnsOf(rows: readonly Row[], kind: Peer['kind']): string[] {
  const own = PEERS.filter((peer) => peer.kind === kind).map(({ name }) => name);
  return own.filter((name) => rows.some((row) => row.of(name) !== null));
}

/** The least value of a row among peers of a kind, and whose it is. */
export function bestOf(row: Row, kind: Peer['kind']): { readonly peer: string; readonly value: number } | null {
  const values = PEERS.filter((peer) => peer.kind === kind).flatMap(({ name }) => {
    const value = row.of(name);
    return value === null ? [] : [{ peer: name, value }];
  });
  return values.reduce<(typeof values)[0] | null>((best, one) => (best && best.value <= one.value ? best : one), null);
}

/** A row's value of gradtape, compiled on one thread; START is not compiled. */
export function baseOf(row: Row): number | null {
  return row.of(BASE) ?? row.of('gradtape eager');
}

/** How many times as much another value of the row is as gradtape's own. */
export function timesBase(row: Row, value: number | null): number | null {
  const base = baseOf(row);
  return base === null || value === null ? null : value / base;
}

/** A factor with two or three digits. */
export function showTimes(times: number): string {
  return times >= 100 ? times.toFixed(0) : times >= 10 ? times.toFixed(1) : times.toFixed(2);
}
