// The command line of the main job.

import { parseArgs } from 'node:util';

/** Something that the user can mend: shown as it is, without a stack. */
export class InputError extends Error {}

/** What the command line says. */
export interface Options {
  /** Directory of IDX files; null to draw the digits. */
  data: string | null;
  /** Training digits to draw. */
  draw: number;
  epochs: number;
  seed: number;
  batch: number;
  /** Learning rate. */
  rate: number;
  /** Directory of the report. */
  out: string;
  help: boolean;
}

/** Shown by --help. */
export const usage = `Trains a small convolutional network on handwritten digits.

  npm start                       on digits that the program draws itself
  npm start -- --data DIR         on IDX files, plain or .gz: train-images-idx3-ubyte,
                                  train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte

  --epochs N    times through the training digits (5)
  --seed N      seed of drawing, weights, shuffling and dropout (1)
  --batch N     digits in a step (32)
  --lr X        learning rate of the first step; it falls to 0 (0.004)
  --draw N      training digits to draw, and a quarter as many for the test (8000)
  --out DIR     where report.html goes (out)
  --help        this text

Ctrl-C stops after the step, with the report of what was done; twice quits at once.`;

/**
 * Reads the command line.
 *
 * @throws {InputError} for what it does not know or cannot be.
 */
export function parseOptions(args: string[]): Options {
  const { values } = known(args);
  if (values.data !== undefined && values.draw !== undefined)
    throw new InputError('--draw is the number of digits to draw, and --data reads them from files: give one of them.');
  if (values.data === '') throw new InputError('--data must name a directory of IDX files.');
  return {
    data: values.data ?? null,
    draw: whole('draw', values.draw ?? '8000', 4, 1_000_000),
    epochs: whole('epochs', values.epochs ?? '5', 1, 10_000),
    seed: whole('seed', values.seed ?? '1', 0, 2 ** 31 - 1),
    batch: whole('batch', values.batch ?? '32', 1, 4096),
    rate: positive('lr', values.lr ?? '0.004'),
    out: values.out ?? 'out',
    help: values.help ?? false,
  };
}

function known(args: string[]) {
  const text = { type: 'string' } as const;
  try {
    return parseArgs({
      args,
      options: {
        data: text,
        draw: text,
        epochs: text,
        seed: text,
        batch: text,
        lr: text,
        out: text,
        help: { type: 'boolean', short: 'h' },
      },
    });
  } catch (error) {
    throw new InputError(`${(error as Error).message.replace(/\.$/, '')}. See --help.`);
  }
}

function whole(name: string, text: string, low: number, high: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= low && value <= high) return value;
  throw new InputError(`--${name} must be a whole number from ${low} to ${high}, got '${text}'.`);
}

function positive(name: string, text: string): number {
  const value = text.trim() === '' ? NaN : Number(text);
  if (value > 0 && value < Infinity) return value;
  throw new InputError(`--${name} must be a number above 0, got '${text}'.`);
}
