// The report page of a run: one HTML file that needs nothing else.

import { chart, errorScale, logarithmic, type Line } from './chart.js';
import type { Confusion } from './confusion.js';
import { tapePicture } from './tape-picture.js';
import { grayPng } from './png.js';
import { percent } from './progress.js';
import type { Mistake, Run } from './run.js';
import { style } from './style.js';
import { element, escape, htmlPage } from './svg.js';

const SHOWN = 60; // mistakes drawn at most

/** The page as HTML. */
export function reportPage(run: Run): string {
  const accuracy = run.confusion.total > 0 ? (100 * run.confusion.accuracy).toFixed(2) : '–';
  const epochs = run.epochs.at(-1)?.epoch ?? 0;
  const done = `${+epochs.toFixed(2)} ${epochs === 1 ? 'epoch' : 'epochs'}`;
  const stopped = run.stopped
    ? [`<p class="notice">This run was stopped after ${done}. The page shows what was done until then.</p>`]
    : [];
  return htmlPage(
    `${accuracy} % · handwritten digits · gradtape`,
    style,
    '<header>',
    `<div><h1>Test accuracy on handwritten digits</h1><div class="score">${accuracy}<small> %</small></div></div>`,
    `<p>${done} of training<br>${escape(moment(run.started))}</p>`,
    '</header>',
    ...stopped,
    facts(run.facts),
    '<div class="pair">',
    ...curves(run),
    '</div>',
    '<div class="pair">',
    matrix(run.confusion),
    scores(run.confusion),
    '</div>',
    gallery(run.mistakes, run.confusion.total),
    tape(run),
    '<footer>Written by the digits example of gradtape.</footer>',
  );
}

const section = (title: string, text: string, ...content: string[]): string =>
  [
    `<section id="${title.toLowerCase().replaceAll(' ', '-')}">`,
    `<h2>${title}</h2>`,
    `<p>${text}</p>`,
    ...content,
    '</section>',
  ].join('\n');

const moment = (date: Date): string => `${date.toISOString().slice(0, 16).replace('T', ' ')} UTC`;

function facts(all: Run['facts']): string {
  const list = all.map(([name, value]) => `<div><dt>${escape(name)}</dt><dd>${escape(value)}</dd></div>`);
  return `<section><dl>${list.join('')}</dl></section>`;
}

function key(...entries: [look: string, text: string][]): string {
  return `<ul class="key">${entries.map(([look, text]) => `<li class="${look}"><i></i>${text}</li>`).join('')}</ul>`;
}

function curves({ steps, epochs }: Run): string[] {
  const line = (of: 'loss' | 'accuracy'): Line => {
    const cloud = steps.map((s): [number, number] => [s.epoch, s[of]]);
    return { name: 'training', look: 'train', points: smoothed(cloud), cloud: thinned(cloud) };
  };
  const tests = (of: 'testLoss' | 'testAccuracy'): Line => ({
    name: 'test',
    look: 'test',
    points: epochs.map((e) => [e.epoch, e[of]]),
    dots: true,
  });
  const legend = key(['train', 'training: each step, and its mean'], ['test', 'test, after each epoch']);
  return [
    section(
      'Loss',
      'Cross-entropy for each example, on a logarithmic scale.',
      legend,
      chart('Loss over epochs', [line('loss'), tests('testLoss')], logarithmic, (v) => v.toFixed(4)),
    ),
    section(
      'Accuracy',
      'The scale is logarithmic in the errors: from 90 to 99 % is as far as from 0 to 90 %.',
      legend,
      chart('Accuracy over epochs', [line('accuracy'), tests('testAccuracy')], errorScale, percent),
    ),
  ];
}

/** A running mean over about a fifteenth of the steps, looking back and ahead alike. */
function smoothed(points: [number, number][]): [number, number][] {
  const reach = Math.max(1, Math.round(points.length / 30));
  const sums = [0];
  for (const [, value] of points) sums.push(sums.at(-1)! + value);
  return points.map(([x], i) => {
    const from = Math.max(0, i - reach);
    const to = Math.min(points.length, i + reach + 1);
    return [x, (sums[to]! - sums[from]!) / (to - from)];
  });
}

/** At most some hundreds of the points: more cannot be told apart. */
function thinned<T>(points: T[]): T[] {
  const every = Math.ceil(points.length / 600);
  return points.filter((_, i) => i % every === 0);
}

function matrix(confusion: Confusion): string {
  const { counts } = confusion;
  const most = Math.max(1, ...counts.map((row, i) => row[i]!));
  const worst = Math.max(1, ...counts.flatMap((row, i) => row.filter((_, j) => j !== i)));
  const rows = counts.map((row, i) => {
    const cells = row.map((n, j) => {
      if (n === 0) return `<td class="zero" title="no ${i} was taken for ${j}">0</td>`;
      const heat = i === j ? 35 + (60 * n) / most : 18 + 72 * Math.sqrt(n / worst);
      const look = `${i === j ? 'right' : 'wrong'}${heat > 55 ? ' deep' : ''}`;
      return `<td class="${look}" style="--heat:${Math.round(heat)}" title="${n} times a ${i} was taken for ${j}">${n}</td>`;
    });
    return `<tr><th scope="row">${i}</th>${cells.join('')}</tr>`;
  });
  const head = counts.map((_, j) => `<th scope="col">${j}</th>`).join('');
  return section(
    'Confusion',
    'Rows: what the digits are. Columns: what they were taken for.',
    `<div class="scroll"><table class="matrix"><thead><tr><th></th>${head}</tr></thead><tbody>${rows.join('\n')}</tbody></table></div>`,
  );
}

function scores(confusion: Confusion): string {
  const rows = confusion.counts.map((_, c) => {
    const [p, r] = [confusion.precision(c), confusion.recall(c)];
    return [p, r, (2 * p * r) / (p + r)];
  });
  const lowest = [0, 1, 2].map((j) => Math.min(...rows.map((row) => row[j]!).filter((v) => !Number.isNaN(v))));
  const cell = (value: number, j: number): string => {
    if (Number.isNaN(value)) return '<td title="no examples to tell from">–</td>';
    return `<td${value === lowest[j] && value < 1 ? ' class="low"' : ''}>${(100 * value).toFixed(1)} %</td>`;
  };
  const lines = rows.map(
    (row, c) => `<tr><th scope="row">${c}</th><td>${confusion.support(c)}</td>${row.map(cell).join('')}</tr>`,
  );
  return section(
    'By digit',
    'Precision: of those taken for the digit, how many are. Recall: of those that are, how many were found. F1: both in one.',
    `<table class="scores"><thead><tr><th>digit</th><th>examples</th><th>precision</th><th>recall</th><th>F1</th></tr></thead><tbody>${lines.join('\n')}</tbody></table>`,
  );
}

function gallery(mistakes: Mistake[], total: number): string {
  const worst = [...mistakes].sort((a, b) => b.confidence - a.confidence).slice(0, SHOWN);
  const whole = (p: number): string => `${(100 * p).toFixed(0)} %`;
  const figures = worst.map((m) => {
    const png = grayPng(m.picture, m.width, m.picture.length / m.width).toString('base64');
    const image = element('img', {
      src: `data:image/png;base64,${png}`,
      width: m.width,
      alt: `a ${m.truth} that was taken for ${m.predicted}`,
    });
    const hover = `${m.predicted} with ${percent(m.confidence)}, ${m.truth} with ${percent(m.truthConfidence)}`;
    return `<figure title="${hover}">${image}<b>${m.truth} <span>→ ${m.predicted}</span></b>${whole(m.confidence)} sure</figure>`;
  });
  const many = mistakes.length > SHOWN ? ` The ${SHOWN} most confident are shown.` : '';
  const text = `${mistakes.length} of ${total.toLocaleString('en-US')} test digits were taken for another: what it is → what it was taken for, the most confident mistakes first.${many}`;
  return section('Mistakes', text, `<div class="gallery">${figures.join('\n')}</div>`);
}

function tape({ tape }: Run): string {
  if (tape === null || tape.ops.length === 0) return section('The tape', 'No step was recorded.');
  return section(
    'The tape of one training step',
    'Left: the ops that ran forward, from the images down to the loss. Right: the backward sweep, from the loss up, each op beside the one whose gradient rule ran it. Point at a node or a line to see its tensors.',
    key(
      ['forward', 'forward'],
      ['gradient', 'gradient'],
      ['saved', 'saved for the backward sweep'],
      ['variable', 'variable, and its gradient'],
    ),
    `<div class="scroll">${tapePicture(tape)}</div>`,
  );
}
