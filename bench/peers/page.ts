// The comparison as a page: one HTML file that needs nothing else.

import { style } from '../../examples/digits/style.js';
import { element, escape, htmlPage } from '../../examples/digits/svg.js';
import { bars } from './bars.js';
import { metOf, outcomes } from './goals.js';
import type { Results } from './results.js';
import { roofline } from './roofline.js';
import { peersOf, rowsOf } from './rows.js';

const OWN_STYLE = `
:root { --own: #2f66d0; --script: #9a8f7d; --pytorch: #c8501e; }
@media (prefers-color-scheme: dark) { :root { --own: #6f9dff; --script: #7d8594; --pytorch: #ff9b66; } }
main { max-width: 1180px; }
h1 { font-size: 30px; font-weight: 650; color: var(--ink); letter-spacing: -0.01em; }
.key .own i { color: var(--own); } .key .script i { color: var(--script); } .key .pytorch i { color: var(--pytorch); }
.key i { border-top-width: 8px; }
.charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(480px, 100%), 1fr)); gap: 26px 36px; }
.chart-of-bars { text-align: left; }
.chart-of-bars figcaption { margin-bottom: 6px; color: var(--soft); font-size: 13px; }
.chart-of-bars figcaption b { display: inline; font-size: 14px; }
.chart-of-bars figcaption span { margin-left: 6px; padding: 0 6px; border-radius: 8px; background: var(--faint); font-size: 11px; }
.bars, .roofline { width: 100%; height: auto; }
.bars text, .roofline text { font-size: 12px; fill: var(--ink); }
.bars .name { fill: var(--soft); } .bars .base .name { fill: var(--ink); font-weight: 650; }
.bars .times { fill: var(--soft); white-space: pre; } .bars .why { fill: var(--soft); font-size: 11px; font-style: italic; }
.bars .axis { stroke: var(--rule); }
.own { --look: var(--own); } .script { --look: var(--script); } .pytorch { --look: var(--pytorch); }
.bars .bar { fill: var(--look); opacity: 0.55; } .bars .base .bar { opacity: 1; }
.bars .spread { stroke: var(--ink); stroke-width: 2; opacity: 0.7; }
.bars g:hover .bar { opacity: 0.85; }
.roofline .grid { stroke: var(--faint); } .roofline .tick { fill: var(--soft); }
.roofline .roof { fill: none; stroke: var(--ink); stroke-width: 1.5; stroke-dasharray: 6 4; }
.roofline { min-width: 760px; }
.roofline .roof-name { fill: var(--ink); font-weight: 650; }
.roofline .line { fill: none; stroke: var(--look); stroke-width: 1.8; opacity: 0.8; stroke-linejoin: round; }
.roofline .base .line { stroke-width: 3.5; opacity: 1; }
.roofline .threads .line { stroke-dasharray: 2 3; }
.roofline .lead { fill: none; stroke: var(--look); stroke-width: 1; opacity: 0.35; }
.roofline circle { fill: var(--look); stroke: var(--card); }
.roofline .roof-name { white-space: pre; } .roofline .label { fill: var(--look); white-space: pre; } .roofline .base .label { font-weight: 650; }
.roofline g:hover .line { stroke-width: 3.5; opacity: 1; }
.goals { width: 100%; border-spacing: 0; align-self: start; } .goals td, .goals th { text-align: right; border-top: 1px solid var(--faint); padding: 4px 0 4px 14px; white-space: nowrap; }
.goals th[scope=row] { padding-left: 0; text-align: left; white-space: normal; color: var(--ink); font-weight: 400; } .goals thead th { border: 0; }
.goals .met { color: var(--variable); } .goals .missed { color: var(--bad); }
`;

/** The page as HTML. */
export function page(results: Results): string {
  const rows = rowsOf(results);
  const all = peersOf(results);
  const peers = all.filter(({ name }) => rows.some((row) => row.of(name) !== null));
  const absent = all.filter((peer) => !peers.includes(peer));
  const reasons = absent.map(({ name }) => `${name}: ${rows.map((row) => row.why(name)).find((why) => why !== '')}`);
  const about = Object.entries(results.about).map(
    ([name, value]) => `<div><dt>${escape(name)}</dt><dd>${escape(value)}</dd></div>`,
  );
  const versions = Object.entries(results.versions).map(
    ([name, value]) => `<div><dt>${escape(name)}</dt><dd>${escape(value)}</dd></div>`,
  );
  const roof = roofline(results, peers);
  const charts = rows.filter(({ name }) => !name.startsWith('W1.') || name === 'W1.512').map((row) => bars(row, peers));
  return htmlPage(
    'gradtape beside other libraries',
    `${style}${OWN_STYLE}`,
    '<header><h1>gradtape beside other libraries</h1></header>',
    `<section><dl>${about.join('')}${versions.join('')}</dl></section>`,
    goals(results),
    ...(roof
      ? [
          section(
            'Matrix products',
            'float32, N × N by N × N, by size. Dotted: two threads. Dashed: what one thread of this engine can do at most, by 128-bit arithmetic and by copies of memory that were measured.',
            `<div class="scroll">${roof}</div>`,
          ),
        ]
      : []),
    section(
      'All workloads',
      'Time of a call or a training step: less is better. The bar is the median, the line on it holds half of the rounds; × compares with gradtape compiled, deterministic, on one thread. Point at a bar for its figures.',
      KEY,
      ...(absent.length > 0 ? [`<p class="none">Without any value: ${escape(reasons.join('; '))}.</p>`] : []),
      element('div', { class: 'charts' }, ...charts),
    ),
    '<footer>Written by npm run bench:peers of gradtape.</footer>',
  );
}

const KEY =
  '<ul class="key"><li class="own"><i></i>gradtape</li><li class="script"><i></i>other JavaScript libraries</li><li class="pytorch"><i></i>PyTorch</li></ul>';

function section(title: string, text: string, ...content: string[]): string {
  return ['<section>', `<h2>${title}</h2>`, `<p>${text}</p>`, ...content, '</section>'].join('\n');
}

function goals(results: Results): string {
  const all = outcomes(results);
  if (all.length === 0) return '';
  const tables = [all.slice(0, Math.ceil(all.length / 2)), all.slice(Math.ceil(all.length / 2))].map((part) => {
    const lines = part.map(
      ({ title, goal, found, met }) =>
        `<tr><th scope="row">${escape(title)}</th><td>${escape(goal)}</td><td>${escape(found)}</td><td class="${met ? 'met' : 'missed'}">${met ? 'met' : 'not met'}</td></tr>`,
    );
    const head = '<thead><tr><th></th><th scope="col">goal</th><th scope="col">found</th><th></th></tr></thead>';
    return `<table class="goals">${head}<tbody>${lines.join('\n')}</tbody></table>`;
  });
  return section(
    'Goals',
    `What the project set out to reach on such a machine: ${metOf(all)}.`,
    element('div', { class: 'charts' }, ...tables),
  );
}
