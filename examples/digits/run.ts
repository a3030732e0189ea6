// What a training run leaves behind: the figures that the terminal and the report page show.

import type { Confusion } from './confusion.js';
import type { TapeGraph } from './tape-layout.js';

/** One training step. */
export interface Step {
  /** Epochs done, with fractions: 1.25 is a quarter into the second. */
  epoch: number;
  /** Mean over the batch. */
  loss: number;
  accuracy: number;
}

/** One epoch, or the part of it that was done. */
export interface Epoch {
  /** Epochs done at its end. */
  epoch: number;
  /** Means over its training examples, while it learnt from them. */
  loss: number;
  accuracy: number;
  /** Means over the test examples at its end. */
  testLoss: number;
  testAccuracy: number;
  seconds: number;
}

/** A test example that was taken for something else. */
export interface Mistake {
  /** Pixels, 0 for paper to 255 for ink. */
  picture: Uint8Array;
  width: number;
  truth: number;
  predicted: number;
  /** Probability that the model gave its prediction, and the truth. */
  confidence: number;
  truthConfidence: number;
}

/** What came of training. */
export interface Outcome {
  /** True when the user stopped it before the last epoch was over. */
  stopped: boolean;
  steps: Step[];
  epochs: Epoch[];
  /** Of the test at the end. */
  confusion: Confusion;
  mistakes: Mistake[];
  /** The tape of one training step. */
  tape: TapeGraph | null;
  /** Spent on steps, without the tests. */
  seconds: number;
}

/** A run, finished or stopped, as the report shows it. */
export interface Run extends Outcome {
  started: Date;
  /** Names and values, in the order shown. */
  facts: [name: string, value: string][];
}
