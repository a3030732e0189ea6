// Training workloads on gradtape: what they share.

import { tensor, tidy, variable, type Tensor, type Variable } from 'gradtape';
import type { Optimizer } from 'gradtape/optim';
import type { Values } from './data.js';

/** The dtype that a workload computes in. */
export type Float = 'float32' | 'float64';

/** A training that goes on step by step. */
export interface Training {
  /** One step: changes the parameters, and reads the loss, as it was before, to the host. */
  step(): number;
  dispose(): void;
}

/** A tensor of a workload's numbers. */
export function tensorOf({ shape, values }: Values, dtype: Float): Tensor {
  return tensor(values, shape, dtype);
}

/** The six parameters that each workload here has. */
export type Six<T> = readonly [T, T, T, T, T, T];

/** Trains parameters by an optimizer; the training owns both, and the inputs. */
export function training(
  parameters: readonly Values[],
  inputs: readonly Tensor[],
  dtype: Float,
  optimizer: Optimizer,
  lossOf: (parameters: Six<Variable>) => Tensor,
): Training {
  const variables = parameters.map((values) => tidy(() => variable(tensorOf(values, dtype))));
  const loss = (): Tensor => lossOf(variables as [...Six<Variable>]);
  return {
    step: () => tidy(() => optimizer.minimize(loss, variables).dataSync()[0]!),
    dispose() {
      for (const x of [...variables, ...inputs]) x.dispose();
      optimizer.dispose();
    },
  };
}
