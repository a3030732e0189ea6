// What a classifier took for what: counts, accuracy, precision and recall, and the table in a terminal.

/** Counts of examples by true class (row) and predicted class (column). */
export class Confusion {
  readonly counts: readonly (readonly number[])[];
  readonly classes: number;
  readonly #counts: number[][];

  constructor(classes: number) {
    this.classes = classes;
    this.#counts = Array.from({ length: classes }, () => new Array<number>(classes).fill(0));
    this.counts = this.#counts;
  }

  /** Counts one example. */
  add(truth: number, predicted: number): void {
    this.#counts[truth]![predicted]!++;
  }

  /** Examples counted. */
  get total(): number {
    return this.#counts.flat().reduce((a, b) => a + b, 0);
  }

  /** Examples predicted right. */
  get right(): number {
    return this.#counts.reduce((sum, row, i) => sum + row[i]!, 0);
  }

  /** Part of all examples that was predicted right; NaN without examples. */
  get accuracy(): number {
    return this.right / this.total;
  }

  /** Examples of a class. */
  support(c: number): number {
    return this.#counts[c]!.reduce((a, b) => a + b, 0);
  }

  /** Part of a class that was found; NaN when the class has no examples. */
  recall(c: number): number {
    return this.#counts[c]![c]! / this.support(c);
  }

  /** Part of what was taken for a class that is of it; NaN when nothing was. */
  precision(c: number): number {
    return this.#counts[c]![c]! / this.#counts.reduce((sum, row) => sum + row[c]!, 0);
  }
}

/** The table as lines of text: rows are what the digits are, columns what they were taken for. */
export function confusionTable(confusion: Confusion, color: boolean): string[] {
  const { counts, classes } = confusion;
  const cell = Math.max(4, ...counts.flat().map((n) => String(n).length + 2));
  const worst = Math.max(1, ...counts.flatMap((row, i) => row.filter((_, j) => i !== j)));
  const dim = (text: string): string => (color ? `\x1b[2m${text}\x1b[22m` : text);
  const head = Array.from({ length: classes }, (_, j) => String(j).padStart(cell)).join('');
  const lines = [`${'confusion'.padEnd(10)}${dim('predicted')}`, `${dim('true')}      ${head}    recall`];
  counts.forEach((row, i) => {
    const cells = row.map((n, j) => {
      const text = (n === 0 ? '·' : String(n)).padStart(cell);
      if (!color) return text;
      if (i === j) return `\x1b[32m${text}\x1b[39m`;
      return n === 0
        ? dim(text)
        : `\x1b[48;5;${n > 0.66 * worst ? 88 : n > 0.33 * worst ? 52 : 235}m\x1b[97m${text}\x1b[0m`;
    });
    lines.push(`${String(i).padStart(4)}      ${cells.join('')}  ${part(confusion.recall(i))}`);
  });
  const precisions = counts
    .map((_, j) => part(confusion.precision(j)).trim().replace(/ %$/, '').padStart(cell))
    .join('');
  return [...lines, `${dim('precision')} ${precisions}`];
}

const part = (fraction: number): string =>
  (Number.isNaN(fraction) ? '-' : `${(100 * fraction).toFixed(0)} %`).padStart(8);
