// The course of a training run: epochs of steps, a test after each, and what came of it.

import { setImmediate } from 'node:timers/promises';
import { batches } from 'gradtape/data';
import { Confusion } from './confusion.js';
import type { Digits } from './digits.js';
import type { DigitSet } from './draw.js';
import type { EpochResult, Standing } from './progress.js';
import type { Epoch, Mistake, Outcome, Step } from './run.js';
import type { TapeGraph } from './tape-layout.js';

/** What learns. */
export interface Classifier {
  /** One step on a batch: its mean loss before the step, and how many it had right. */
  step(batch: DigitSet): { loss: number; right: number };
  /** Probabilities of the ten digits, row by row. */
  predict(batch: DigitSet): ArrayLike<number>;
  /** The tape of a step on a batch; the step itself is not done. */
  tape(batch: DigitSet): TapeGraph;
}

/** How to go about it. */
export interface Course {
  epochs: number;
  batch: number;
  seed: number;
  /** Hears of every step. */
  onStep: (at: Standing) => void;
  /** Hears of the end of every epoch, and of the part that was done of a stopped one. */
  onEpoch: (at: EpochResult) => void;
  /** Asked before every step. */
  isStopped: () => boolean;
}

const TEST_BATCH = 250;

/** Trains until the last epoch is over or `isStopped` says so, then tests once more if something was learnt since. */
export async function train(model: Classifier, digits: Digits, course: Course): Promise<Outcome> {
  const { epochs, batch: batchSize, seed } = course;
  const size = digits.train.labels.shape[0];
  const outcome = { stopped: false, steps: [] as Step[], epochs: [] as Epoch[], seconds: 0 };
  let test: Test | null = null;
  for (let epoch = 1; epoch <= epochs && !outcome.stopped; epoch++) {
    const begin = performance.now();
    let [seen, loss, right] = [0, 0, 0];
    for (const batch of batches(sets(digits.train), { batchSize, seed, epoch })) {
      await setImmediate(); // lets Ctrl-C through
      if (course.isStopped()) {
        outcome.stopped = true;
        break;
      }
      const count = batch.labels.shape[0];
      const result = model.step(batch);
      seen += count;
      loss += result.loss * count;
      right += result.right;
      outcome.steps.push({ epoch: epoch - 1 + seen / size, loss: result.loss, accuracy: result.right / count });
      course.onStep({ epoch, epochs, seen, size, loss: loss / seen, accuracy: right / seen });
    }
    const seconds = (performance.now() - begin) / 1000;
    if (seen === 0) break;
    outcome.seconds += seconds;
    test = testOn(model, digits.test);
    const testAccuracy = test.confusion.accuracy;
    const means = { loss: loss / seen, accuracy: right / seen, testAccuracy, seconds };
    outcome.epochs.push({ ...means, epoch: epoch - 1 + seen / size, testLoss: test.loss });
    course.onEpoch({ ...means, epoch, epochs, seen, size });
  }
  test ??= testOn(model, digits.test);
  const first = batches(sets(digits.train), { batchSize, seed })[Symbol.iterator]().next().value as DigitSet;
  return { ...outcome, confusion: test.confusion, mistakes: test.mistakes, tape: model.tape(first) };
}

interface Test {
  loss: number;
  confusion: Confusion;
  mistakes: Mistake[];
}

/** Predicts a whole set. */
function testOn(model: Classifier, set: DigitSet): Test {
  const confusion = new Confusion(10);
  const mistakes: Mistake[] = [];
  let loss = 0;
  for (const batch of batches(sets(set), { batchSize: TEST_BATCH })) {
    const { images, labels } = batch;
    const probabilities = Array.from(model.predict(batch));
    const pixels = images.shape[1] * images.shape[2];
    labels.data.forEach((truth, i) => {
      const row = probabilities.slice(10 * i, 10 * i + 10);
      const confidence = Math.max(...row);
      const predicted = row.indexOf(confidence);
      loss -= Math.log(Math.max(row[truth]!, 1e-12));
      confusion.add(truth, predicted);
      if (predicted === truth) return;
      const picture = images.data.slice(i * pixels, (i + 1) * pixels);
      mistakes.push({ picture, width: images.shape[2], truth, predicted, confidence, truthConfidence: row[truth]! });
    });
  }
  return { loss: loss / confusion.total, confusion, mistakes };
}

/** The arrays alone: what `batches` goes through. */
const sets = ({ images, labels }: DigitSet): { images: DigitSet['images']; labels: DigitSet['labels'] } => ({
  images,
  labels,
});
