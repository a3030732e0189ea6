// Metrics: running means over batches.

import { convert, type TensorLike } from '../convert.js';
import { ShapeError } from '../errors.js';
import { tidy } from '../memory.js';
import { equal } from '../ops/compare.js';
import { cast } from '../ops/cast.js';
import { argMax, sum } from '../ops/reduce.js';
import { showShape } from '../shape.js';
import { withoutRecording } from '../tape/record.js';

/** A mean that grows batch by batch. */
export class Mean {
  private total = 0;
  private count = 0;

  /** Counts a value `weight` times. */
  update(value: number, weight = 1): void {
    this.total += value * weight;
    this.count += weight;
  }

  /** The mean so far; 0 before the first value. */
  result(): number {
    return this.count === 0 ? 0 : this.total / this.count;
  }

  /** Begins anew. */
  reset(): void {
    this.total = 0;
    this.count = 0;
  }
}

/** The share of examples whose highest score is at their label. */
export class Accuracy {
  private readonly mean = new Mean();

  /**
   * Counts a batch.
   *
   * @param labels int32 `[batch]`, or one-hot `[batch, classes]`.
   * @param scores float `[batch, classes]`: logits or probabilities.
   * @returns number of hits in this batch.
   * @throws {ShapeError} when the shapes do not go together.
   */
  update(labels: TensorLike, scores: TensorLike): number {
    return withoutRecording(() =>
      tidy(() => {
        const y = convert(labels, 'accuracy', 'labels').tensor;
        const s = convert(scores, 'accuracy', 'scores').tensor;
        if (s.rank !== 2 || y.shape[0] !== s.shape[0] || (y.rank !== 1 && y.rank !== 2))
          throw new ShapeError(
            'accuracy',
            `labels ${showShape(y.shape)} and scores ${showShape(s.shape)} do not go together`,
          );
        const wanted = y.rank === 2 ? argMax(y, 1) : cast(y, 'int32');
        const hits = Number(sum(cast(equal(argMax(s, 1), wanted), 'int32')).dataSync()[0]);
        this.mean.update(s.shape[0] === 0 ? 0 : hits / s.shape[0]!, s.shape[0]!);
        return hits;
      }),
    );
  }

  /** The share so far; 0 before the first batch. */
  result(): number {
    return this.mean.result();
  }

  /** Begins anew. */
  reset(): void {
    this.mean.reset();
  }
}

/** @see tf.keras.metrics.Accuracy @example accuracy(); */
export function accuracy(): Accuracy {
  return new Accuracy();
}

/** @see tf.keras.metrics.Mean @example mean(); */
export function mean(): Mean {
  return new Mean();
}
