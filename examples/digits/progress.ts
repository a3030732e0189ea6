// The progress of a training run in a terminal: one line that is rewritten in place, or plain lines when the output is a file.

/** What Progress needs of process.stdout. */
export interface Output {
  readonly isTTY?: boolean;
  readonly columns?: number;
  write(text: string): unknown;
}

/** Where training stands. */
export interface Standing {
  epoch: number;
  epochs: number;
  /** Examples seen in this epoch, of `size`. */
  seen: number;
  size: number;
  /** Means over this epoch so far. */
  loss: number;
  accuracy: number;
}

/** An epoch that is over. */
export interface EpochResult extends Standing {
  testAccuracy: number;
  seconds: number;
}

const REDRAW = 80; // milliseconds between two drawings of the bar: no faster than the eye
const PLAIN = 5000; // milliseconds between two plain lines within an epoch
const BAR = 24; // cells of the bar when there is room
const NARROW = 6; // and when there is little

/** Shows Standing after Standing. Times are measured from its making, by the clock given. */
export class Progress {
  readonly #out: Output;
  readonly #clock: () => number;
  readonly #live: boolean;
  readonly #color: boolean;
  #drawn = -Infinity;
  #begin: number;
  #done = 0;
  #shown = '';

  constructor(out: Output, env: Record<string, string | undefined>, clock: () => number = () => performance.now()) {
    this.#out = out;
    this.#clock = clock;
    this.#live = out.isTTY === true && env['TERM'] !== 'dumb';
    this.#color = colorful(out, env);
    this.#begin = clock();
    if (!this.#live) this.#drawn = this.#begin;
  }

  /** Starts the clock of examples/s and time left anew: call it when training begins. */
  start(): void {
    this.#begin = this.#clock();
    this.#done = 0;
  }

  /** Shows where training stands; cheap when called often. */
  update(at: Standing): void {
    const now = this.#clock();
    this.#done = (at.epoch - 1) * at.size + at.seen;
    if (now - this.#drawn < (this.#live ? REDRAW : PLAIN)) return;
    this.#drawn = now;
    const seconds = (now - this.#begin) / 1000;
    const rate = seconds > 0 ? this.#done / seconds : 0;
    const left = rate > 0 ? (at.epochs * at.size - this.#done) / rate : Infinity;
    const width = (this.#out.columns ?? 80) - 1; // in the last column some terminals wrap
    if (this.#live) this.#draw(liveLine(at, rate, left, width, this.#color));
    else this.#out.write(`${plainLine(at, rate)}  ${duration(left)} left\n`);
  }

  /** Replaces the bar by the result of an epoch. */
  epoch(at: EpochResult): void {
    const rate = at.seen / Math.max(at.seconds, 1e-9);
    this.line(`${plainLine(at, rate)}  ${at.seconds.toFixed(1)} s  test ${percent(at.testAccuracy)}`);
  }

  /** A line of its own, above the bar if one is shown. */
  line(text: string): void {
    this.#draw('');
    this.#out.write(`${text}\n`);
    if (this.#live) this.#drawn = -Infinity; // the next update draws the bar below the line
  }

  /** Takes the bar away. */
  clear(): void {
    this.#draw('');
  }

  // One write for each drawing, over the old text and not after erasing it: nothing flickers.
  #draw(text: string): void {
    if (!this.#live || text === this.#shown) return;
    this.#shown = text;
    this.#out.write(`\r${text}\x1b[K`);
  }
}

/** Whether text may be coloured: a terminal that is not dumb, and no NO_COLOR (no-color.org). */
export function colorful(out: Output, env: Record<string, string | undefined>): boolean {
  return out.isTTY === true && env['TERM'] !== 'dumb' && (env['NO_COLOR'] ?? '') === '';
}

/** `97.85 %` */
export function percent(fraction: number): string {
  return `${(100 * fraction).toFixed(2)} %`;
}

/** `0:07`, `12:34`, `1:02:03` */
export function duration(seconds: number): string {
  if (!Number.isFinite(seconds)) return '-:--';
  const s = Math.round(seconds);
  const parts = [Math.floor(s / 60) % 60, s % 60];
  if (s >= 3600) parts.unshift(Math.floor(s / 3600));
  return parts.map((part, i) => (i === 0 ? String(part) : String(part).padStart(2, '0'))).join(':');
}

const rateText = (rate: number): string => `${Math.round(rate).toLocaleString('en-US')} examples/s`;

function plainLine(at: Standing, rate: number): string {
  const epoch = `epoch ${String(at.epoch).padStart(String(at.epochs).length)}/${at.epochs}`;
  const part = at.seen < at.size ? `${String(Math.floor((100 * at.seen) / at.size)).padStart(4)}%` : ' 100%';
  return `${epoch}${part}  loss ${at.loss.toFixed(4)}  accuracy ${percent(at.accuracy)}  ${rateText(rate)}`;
}

/** The bar and as many of the figures as fit the width: in full, else short, else only the most wanted. */
function liveLine(at: Standing, rate: number, left: number, width: number, color: boolean): string {
  const done = at.size > 0 ? at.seen / at.size : 1;
  const head = `epoch ${at.epoch}/${at.epochs}  `;
  const loss = `  loss ${at.loss.toFixed(4)}`;
  const accuracy = `accuracy ${(100 * at.accuracy).toFixed(1)} %`;
  const time = `  ${duration(left)} left`;
  const full = [loss, `  ${accuracy}`, `  ${rateText(rate)}`, time];
  const short = [loss, `  ${accuracy.replace('uracy', '')}`, time, `  ${rateText(rate).replace('amples', '')}`];
  const choices = [full, ...short.map((_, i) => short.slice(0, short.length - i)), []].map((figures) =>
    figures.join(''),
  );
  const rest = (figures: string): number => width - head.length - 4 - figures.length;
  const figures = choices.find((c) => rest(c) > NARROW) ?? '';
  const cells = Math.min(BAR, rest(figures) - 1);
  const bar = cells >= NARROW ? `${barOf(done, cells, color)} ` : '';
  const line = `${head}${bar}${String(Math.floor(100 * done)).padStart(3)}%${figures}`;
  return rest(figures) >= 0 ? line : line.slice(0, Math.max(0, width));
}

/** A line of half-cell steps: heavy where work is done, light where it is not. */
function barOf(done: number, cells: number, color: boolean): string {
  const halves = Math.round(done * cells * 2);
  const full = '━'.repeat(halves >> 1);
  const half = halves & 1 ? '╸' : '';
  const rest = '─'.repeat(cells - full.length - half.length);
  return color ? `\x1b[36m${full}${half}\x1b[90m${rest}\x1b[39m` : `${full}${half}${rest}`;
}
