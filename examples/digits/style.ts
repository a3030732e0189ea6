// The report page's style: system fonts, light and dark, wide and narrow.

/** CSS of the page. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #fbfaf7; --card: #ffffff; --ink: #1d2129; --soft: #5f6775; --faint: #e7e4dc; --rule: #d8d4c9;
  --train: #2f66d0; --test: #c8501e; --good: #2f66d0; --bad: #c8331e;
  --forward: #2f66d0; --forward-fill: #eaf0fc; --gradient: #c8501e; --gradient-fill: #fdefe7;
  --variable: #22806a; --variable-fill: #e6f5f0; --input: #6b7280; --input-fill: #f0f1f3; --saved: #9aa2af;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14161b; --card: #1b1e25; --ink: #e8e9ec; --soft: #9aa3b2; --faint: #2a2f39; --rule: #39404d;
    --train: #7aa5ff; --test: #ff9b66; --good: #5b8def; --bad: #ff6b4d;
    --forward: #7aa5ff; --forward-fill: #1f2b45; --gradient: #ff9b66; --gradient-fill: #3a261b;
    --variable: #5fd0b0; --variable-fill: #17332b; --input: #a5adba; --input-fill: #262a33; --saved: #6c7686;
  }
}
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
  font-variant-numeric: tabular-nums;
}
main { max-width: 1120px; margin: 0 auto; padding: 40px 24px 64px; }
header { display: flex; flex-wrap: wrap; gap: 8px 48px; align-items: flex-end; justify-content: space-between; margin-bottom: 28px; }
header p { margin: 0; color: var(--soft); }
h1 { margin: 0; font-size: 15px; font-weight: 600; color: var(--soft); }
.score { font-size: clamp(52px, 12vw, 84px); font-weight: 650; line-height: 1.05; letter-spacing: -0.03em; }
.score small { font-size: 0.5em; font-weight: 500; color: var(--soft); }
.notice { border-left: 3px solid var(--test); padding: 2px 12px; margin: 0 0 24px; color: var(--soft); }
section { background: var(--card); border: 1px solid var(--faint); border-radius: 14px; padding: 20px 24px 24px; margin-top: 20px; min-width: 0; }
h2 { margin: 0 0 2px; font-size: 18px; }
section > p { margin: 0 0 14px; color: var(--soft); font-size: 14px; max-width: 72ch; }
.pair { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 0 20px; }
dl { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 14px 24px; margin: 0; }
dt { color: var(--soft); font-size: 13px; }
dd { margin: 0; font-weight: 550; overflow-wrap: anywhere; }
.none { color: var(--soft); }

.key { display: flex; flex-wrap: wrap; gap: 4px 18px; font-size: 13px; color: var(--soft); margin: 0 0 8px; padding: 0; list-style: none; }
.key li { display: flex; align-items: center; gap: 7px; }
.key i { width: 18px; height: 0; border-top: 3px solid currentColor; border-radius: 2px; }
.key .train i { color: var(--train); } .key .test i { color: var(--test); }
.key .forward i { color: var(--forward); } .key .gradient i { color: var(--gradient); }
.key .saved i { color: var(--saved); border-top-style: dashed; border-top-width: 2px; } .key .variable i { color: var(--variable); }

svg { display: block; font-family: inherit; }
.chart { width: 100%; height: auto; overflow: visible; }
.chart .grid { stroke: var(--faint); } .chart .axis { stroke: var(--rule); }
.chart .tick { fill: var(--soft); font-size: 12px; }
.chart .strip { fill: transparent; } .chart .strip:hover { fill: var(--faint); }
.chart .line { fill: none; stroke: currentColor; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; pointer-events: none; }
.chart .cloud { fill: none; stroke: currentColor; stroke-width: 3; stroke-linecap: round; opacity: 0.16; pointer-events: none; }
.chart circle { fill: currentColor; stroke: var(--card); stroke-width: 1.5; }
.chart .train { color: var(--train); } .chart .test { color: var(--test); }

.scroll { overflow-x: auto; margin: 0 -24px; padding: 0 24px; }
table { border-collapse: separate; border-spacing: 2px; font-size: 14px; }
th { font-weight: 500; color: var(--soft); text-align: right; padding: 2px 8px; font-size: 13px; }
thead th { text-align: center; }
.matrix { width: 100%; table-layout: fixed; min-width: 340px; max-width: 560px; }
.matrix th:first-child { width: 28px; padding: 0 4px; }
.matrix td { text-align: center; padding: 0; height: 36px; border-radius: 5px; font-size: 13px; }
.matrix td.zero { color: transparent; background: color-mix(in srgb, var(--faint) 45%, transparent); }
.matrix td.right { background: color-mix(in srgb, var(--good) calc(var(--heat) * 1%), var(--card)); }
.matrix td.wrong { background: color-mix(in srgb, var(--bad) calc(var(--heat) * 1%), var(--card)); }
.matrix td.deep { color: #fff; font-weight: 600; }
.matrix td:hover { outline: 2px solid var(--ink); }
.scores { width: 100%; border-spacing: 0; }
.scores td, .scores th { padding: 5px 6px; text-align: right; border-top: 1px solid var(--faint); }
.scores thead th { border: 0; }
.scores tbody th { color: var(--ink); font-weight: 650; font-size: 15px; text-align: left; }
.scores thead th:first-child { text-align: left; }
.scores .low { color: var(--bad); font-weight: 600; }

.gallery { display: grid; grid-template-columns: repeat(auto-fill, minmax(92px, 1fr)); gap: 18px 12px; }
figure { margin: 0; text-align: center; font-size: 13px; color: var(--soft); line-height: 1.35; }
figure img { width: 100%; aspect-ratio: 1; image-rendering: pixelated; border-radius: 8px; border: 1px solid var(--faint); filter: invert(1); background: #000; border-color: #181b23; }
figure b { display: block; margin-top: 5px; color: var(--ink); font-size: 15px; font-weight: 600; }
figure b span { color: var(--bad); }
@media (prefers-color-scheme: dark) { figure img { filter: none; border-color: var(--faint); } }

.tape { margin: 0 auto; }
.node rect { stroke-width: 1.4; }
.node .title { font-weight: 600; fill: var(--ink); } .node .detail { fill: var(--soft); }
.node:hover rect { stroke-width: 2.6; }
.forward rect { fill: var(--forward-fill); stroke: var(--forward); } .gradient rect { fill: var(--gradient-fill); stroke: var(--gradient); }
.variable rect { fill: var(--variable-fill); stroke: var(--variable); } .input rect { fill: var(--input-fill); stroke: var(--input); }
.result rect { fill: var(--card); stroke: var(--variable); stroke-dasharray: 4 3; }
.wire { fill: none; stroke-width: 1.6; }
.wide { fill: none; stroke: transparent; stroke-width: 12; }
.edge:hover .wire { stroke-width: 3; }
.edge.forward .wire { stroke: var(--forward); } .edge.gradient .wire { stroke: var(--gradient); }
.edge.saved .wire { stroke: var(--saved); stroke-dasharray: 5 4; stroke-width: 1.3; }
.edge.result .wire { stroke: var(--variable); }
.head.forward { fill: var(--forward); } .head.gradient { fill: var(--gradient); } .head.saved { fill: var(--saved); } .head.result { fill: var(--variable); }
footer { margin-top: 28px; color: var(--soft); font-size: 13px; text-align: center; }

@media (max-width: 820px) { .pair { grid-template-columns: minmax(0, 1fr); } }
@media (max-width: 520px) {
  main { padding: 24px 12px 40px; } section { padding: 16px 14px 18px; border-radius: 12px; } .scroll { margin: 0 -14px; padding: 0 14px; }
  .matrix td { height: 30px; font-size: 12px; } .gallery { grid-template-columns: repeat(auto-fill, minmax(72px, 1fr)); }
  dl { grid-template-columns: repeat(2, minmax(0, 1fr)); }
}
@media print { section { break-inside: avoid; } }
`;
