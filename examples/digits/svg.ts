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
