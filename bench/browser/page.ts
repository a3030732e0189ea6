// The benchmark's page: times the chosen suites one by one, each in a worker of its own, and shows a table as soon as it has its figures.
//
// Opened with ?report it begins at once, and posts each result and the end to the server. ?suites=, ?builds=, ?only= and ?quick say what to run.

import type { CoreBuild } from 'gradtape';
import { hasRelaxedSimd } from '../../src/runtime/features.js';
import type { Result } from '../harness/run.js';
import type { Column } from '../harness/suite.js';
import { figure, showFigure, showSeconds } from '../harness/table.js';
import { FULL, median, QUICK, type Timed } from '../harness/timing.js';
import type { Answer, PageOrder } from './worker.js';

/** What the page posts, suite by suite. */
export interface Posted {
  readonly family: string;
  readonly simd: CoreBuild['simd'];
  readonly answer: Answer;
}

const query = new URLSearchParams(location.search);
const only = query.get('only') ?? '';
const families = (await (await fetch('/suites.json')).json()) as string[];
const builds: CoreBuild['simd'][] = ['deterministic', ...(hasRelaxedSimd() ? (['relaxed'] as const) : [])];
const results = new Map<string, Result>();

const element = (id: string): HTMLElement => document.getElementById(id)!;
const progress = element('progress') as HTMLProgressElement;
const start = element('start') as HTMLButtonElement;
const quick = element('quick') as HTMLInputElement;

/** An element with a text, and perhaps a class. */
function make(tag: string, text = '', className = ''): HTMLElement {
  const made = document.createElement(tag);
  made.textContent = text;
  made.className = className;
  return made;
}

/** Boxes to tick, by a name. */
function choices(id: string, names: readonly string[], isChosen: (name: string) => boolean): () => string[] {
  const boxes = names.map((name) => {
    const box = document.createElement('input');
    box.type = 'checkbox';
    box.checked = isChosen(name);
    const label = make('label');
    label.append(box, ` ${name}`);
    element(id).append(label);
    return { name, box };
  });
  return () => boxes.filter(({ box }) => box.checked).map(({ name }) => name);
}

/** What the figures depend on. */
function facts(): Record<string, string> {
  const engine = /(Firefox|Edg|Chrome|Version)\/[\d.]+/.exec(navigator.userAgent)?.[0] ?? navigator.userAgent;
  return {
    engine: engine.replace('Version', 'Safari').replace('/', ' '),
    processors: `${navigator.hardwareConcurrency} logical processors`,
    clock: crossOriginIsolated ? 'fine clock' : 'coarse clock: the page is not isolated',
    date: new Date().toISOString(),
  };
}

/** Times a suite in a worker of its own. */
function time(order: PageOrder): Promise<Answer> {
  const worker = new Worker('/browser/worker.js', { type: 'module' });
  return new Promise<Answer>((done) => {
    worker.addEventListener('message', ({ data }: MessageEvent<Answer>) => done(data));
    worker.addEventListener('error', ({ message }) => done({ problem: message || 'the worker does not load' }));
    worker.postMessage(order);
  }).finally(() => worker.terminate());
}

async function post(path: string, value: unknown): Promise<void> {
  if (query.has('report')) await fetch(path, { method: 'POST', body: JSON.stringify(value) });
}

/** A cell of a table: its text, its class, and the share of it that a bar fills. */
type Cell = readonly [text: string, className?: string, share?: number];

function rowOf(tag: string, cells: readonly Cell[]): HTMLElement {
  const row = make('tr');
  for (const [text, className, share] of cells) {
    const cell = make(tag, text, className);
    if (share !== undefined) cell.style.setProperty('--share', `${(100 * Math.min(1, share)).toFixed(1)}%`);
    row.append(cell);
  }
  return row;
}

/** A case's name, with a mark where its result was compared with the expected one. */
function nameCell({ name, check }: Timed): Cell {
  return [name, check === '' ? '' : 'checked'];
}

/** A time and its spread. */
function timesOf(timed: Timed | undefined): Cell[] {
  if (!timed) return [[''], ['']];
  const [least, most] = [Math.min(...timed.rounds), Math.max(...timed.rounds)];
  const spread = `${showSeconds(least / timed.per)} – ${showSeconds(most / timed.per)}`;
  return [[showSeconds(median(timed) / timed.per)], [spread, 'spread']];
}

/** A figure; where it is a part of what there can be, with a bar. */
function figureCell(column: Column, value: number | string | null): Cell {
  const isPart = (column.kind === 'percent' || column.kind === 'ofLimit') && typeof value === 'number';
  return isPart ? [showFigure(column, value), 'bar', value / 100] : [showFigure(column, value)];
}

/** A suite's table: times and figures of the first build, and beside them the time of the other one. */
function tableOf(family: string): HTMLElement {
  const [first, other] = builds.map((simd) => results.get(`${family} ${simd}`));
  const { title, unit = 'per call', columns, timings, build } = first ?? other!;
  const beside = first ? other?.timings : undefined;

  const table = make('table');
  const head = make('thead');
  head.append(
    rowOf('th', [
      ['case'],
      [unit],
      ['min – max'],
      ...columns.map((column) => [column.title] as const),
      ...(beside ? ([['relaxed', 'beside'], ['min – max'], ['× as fast']] as const) : []),
    ]),
  );
  const body = make('tbody');
  body.append(
    ...timings.map((timed) => {
      const twin = beside?.find(({ name }) => name === timed.name);
      const twins = timesOf(twin).map(([text, className = 'beside']) => [text, className] as const);
      return rowOf('td', [
        nameCell(timed),
        ...timesOf(timed),
        ...columns.map((column) => figureCell(column, figure(column, timed, timings))),
        ...(beside ? [...twins, [twin ? (median(timed) / median(twin)).toFixed(2) : ''] as const] : []),
      ]);
    }),
  );
  table.append(head, body);
  const heading = make('h2', `${title} `);
  heading.append(make('small', build.simd));
  const scroll = make('div', '', 'scroll');
  scroll.append(table);
  const section = make('section');
  section.append(heading, scroll);
  return section;
}

/** Shows a suite's table in the place of its older one. */
function show(family: string): void {
  const section = tableOf(family);
  section.id = `suite-${family}`;
  const older = document.getElementById(section.id);
  if (older) older.replaceWith(section);
  else element('tables').append(section);
}

async function run(suites: readonly string[], chosen: readonly CoreBuild['simd'][]): Promise<void> {
  const effort = quick.checked ? QUICK : FULL;
  const orders = suites.flatMap((family) => chosen.map((simd) => ({ family, simd, effort, only })));
  results.clear();
  element('tables').replaceChildren();
  progress.hidden = false;
  progress.max = orders.length;
  const begin = performance.now();
  for (const [i, order] of orders.entries()) {
    progress.value = i;
    const say = (): void => {
      const seconds = ((performance.now() - begin) / 1000).toFixed(0);
      element('now').textContent = `${order.family}, ${order.simd} (${i + 1} of ${orders.length}), ${seconds} s`;
    };
    say();
    const clock = setInterval(say, 1000);
    const answer = await time(order);
    clearInterval(clock);
    if ('problem' in answer) element('tables').append(make('p', `${order.family}: ${answer.problem}`, 'problem'));
    else if (answer.result.timings.length > 0) {
      results.set(`${order.family} ${order.simd}`, answer.result);
      show(order.family);
    }
    await post('/suite', { family: order.family, simd: order.simd, answer } satisfies Posted);
  }
  progress.value = orders.length;
  element('now').textContent = `Done in ${((performance.now() - begin) / 1000).toFixed(0)} s.`;
  await post('/end', facts());
}

/** Whether the address asks for something; it asks for all where it does not say. */
const isAsked =
  (list: string) =>
  (name: string): boolean =>
    (query.get(list) ?? name).split(',').includes(name);

const suites = choices('suites', families, isAsked('suites'));
const chosen = choices('builds', builds, isAsked('builds'));
quick.checked = query.has('quick');
element('facts').textContent = Object.values(facts()).slice(0, 3).join(' · ');
element('choice').addEventListener('submit', (event) => {
  event.preventDefault();
  start.disabled = true;
  void run(suites(), chosen() as CoreBuild['simd'][]).finally(() => (start.disabled = false));
});
if (query.has('report')) (element('choice') as HTMLFormElement).requestSubmit();
