// Adam: steps scaled by running means of gradients and of their squares.

import { adamStep, type AdamConstants } from '../ops/update.js';
import { ArgumentError } from '../errors.js';
import type { Tensor } from '../tensor.js';
import type { Variable } from '../variable.js';
import { checkDecay, Optimizer, optionsOf, type OptimizerOptions } from './optimizer.js';

/** Options of adam. */
export interface AdamOptions extends OptimizerOptions {
  /** Decay of the mean of gradients, in [0, 1). */
  beta1?: number;
  /** Decay of the mean of squared gradients, in [0, 1). */
  beta2?: number;
  /** Added to the root of the mean square. */
  epsilon?: number;
}

/** See adam(). */
export class Adam extends Optimizer {
  protected readonly slotNames = ['m', 'v'] as const;
  private readonly constants: AdamConstants;

  constructor({ learningRate = 0.001, beta1 = 0.9, beta2 = 0.999, epsilon = 1e-7 }: AdamOptions) {
    super('adam', learningRate);
    checkDecay('adam', 'beta1', beta1);
    checkDecay('adam', 'beta2', beta2);
    if (!(epsilon > 0)) throw new ArgumentError('adam', `epsilon must be above 0: got ${String(epsilon)}`);
    this.constants = { beta1, beta2, epsilon };
  }

  protected override update(p: Variable, g: Tensor, slots: readonly Variable[], rate: Tensor, steps: Variable): void {
    adamStep(p, slots as readonly [Variable, Variable], g, rate, steps, this.constants);
  }
}

/**
 * Adam with bias correction. Defaults are Keras's: learning rate 0.001, beta1 0.9, beta2 0.999, epsilon 1e-7.
 *
 * @param options a learning rate, or an object.
 * @see tf.keras.optimizers.Adam, and Kingma and Ba, "Adam: a method for stochastic optimization", 2015
 * @example adam(0.001);
 */
export function adam(options: number | AdamOptions = {}): Adam {
  return new Adam(optionsOf(options));
}
