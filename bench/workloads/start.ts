// START on gradtape: from nothing to the loss and the gradients of W4 as host arrays.

import { GradientTape, init, tensor1d, tidy, type CoreBuild, type TypedArray } from 'gradtape';
import { readFile } from 'node:fs/promises';
import type { TrainingData } from './data.js';
import { tensorOf, type Six } from './training.js';
import { lossW4 } from './w4.js';

/** The loss and its six gradients, on the host. */
export interface First {
  readonly loss: number;
  readonly gradients: readonly TypedArray[];
}

/** Starts a build of the core. */
export async function begin(simd: CoreBuild['simd'] = 'deterministic'): Promise<void> {
  const file = simd === 'relaxed' ? 'core.relaxed.wasm' : 'core.wasm';
  await init({ simd, wasm: await readFile(`dist/${file}`) });
}

/** Makes the tensors, the loss and the gradients. */
export function firstGradients(data: TrainingData<Int32Array>): First {
  return tidy(() => {
    const x = tensorOf(data.x, 'float32');
    const labels = tensor1d(data.y, 'int32');
    const parameters = data.parameters.map((values) => tensorOf(values, 'float32'));
    const tape = new GradientTape();
    tape.watch(parameters);
    const loss = lossW4(x, labels, parameters as [...Six<(typeof parameters)[0]>]);
    const gradients = tape.gradient(loss, parameters);
    return { loss: loss.dataSync()[0]!, gradients: gradients.map((g) => g!.dataSync()) };
  });
}
