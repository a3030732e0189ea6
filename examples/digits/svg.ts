// Text for SVG and HTML.

/** Text as it may stand in an element or a quoted attribute. */
export function escape(text: string): string {
  return text.replace(/[&<>"']/g, (c) => `&#${c.charCodeAt(0)};`);
}

/** A number with at most one decimal, for coordinates. */
export function px(value: number): string {
  return String(Math.round(value * 10) / 10);
}

/** An element whose children are given as markup. */
export function element(name: string, attributes: Record<string, string | number>, ...children: string[]): string {
  const given = Object.entries(attributes).map(
    ([key, value]) => ` ${key}="${escape(typeof value === 'number' ? px(value) : value)}"`,
  );
  return `<${name}${given.join('')}>${children.join('')}</${name}>`;
}

/** A page that needs nothing else: one HTML document. Title and style are given as text and CSS, the rest as markup. */
export function htmlPage(title: string, css: string, ...body: readonly string[]): string {
  return [
    '<!doctype html>',
    '<html lang="en">',
    '<head>',
    '<meta charset="utf-8">',
    '<meta name="viewport" content="width=device-width, initial-scale=1">',
    '<meta name="color-scheme" content="light dark">',
    '<link rel="icon" href="data:,">',
    `<title>${escape(title)}</title>`,
    `<style>${css}</style>`,
    '</head>',
    '<body><main>',
    ...body,
    '</main></body></html>',
    '',
  ].join('\n');
}
