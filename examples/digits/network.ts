// What learns the digits: two convolutions and a dense layer, trained by Adam under a gradient tape.

import * as gt from 'gradtape';
import { layers, sequential, type Sequential } from 'gradtape/nn';
import { adam } from 'gradtape/optim';
import type { DigitSet } from './draw.js';
import type { TapeGraph, TapeTensor } from './tape-layout.js';
import type { Classifier } from './train.js';

/** A convolutional network for ten classes of grey pictures. */
export class Network implements Classifier {
  readonly #model: Sequential;
  /** From pictures and labels to the mean loss and the guesses. */
  readonly #step: (x: gt.Tensor, y: gt.Tensor) => readonly [gt.Tensor, gt.Tensor];

  /**
   * @param rate learning rate of the first step; it falls to 0 along a straight line.
   * @param steps number of steps to come.
   */
  constructor(seed: number, rate: number, steps: number) {
    gt.setSeed(seed);
    this.#model = sequential([
      layers.conv2d({ filters: 16, kernelSize: 3, padding: 'same', activation: 'relu' }),
      layers.maxPooling2d(),
      layers.conv2d({ filters: 32, kernelSize: 3, padding: 'same', activation: 'relu' }),
      layers.maxPooling2d(),
      layers.flatten(),
      layers.dropout({ rate: 0.25 }),
      layers.dense({ units: 10 }),
    ]);
    const falling = (done: gt.Tensor): gt.Tensor => gt.mul(rate, gt.sub(1, gt.div(gt.cast(done, 'float64'), steps)));
    const optimizer = adam({ learningRate: falling });
    // Traced on the first batch of a size; from then on the whole step is one call into wasm.
    this.#step = gt.compile((x: gt.Tensor, y: gt.Tensor) => {
      const tape = new gt.GradientTape();
      const logits = this.#model.apply(x, { training: true });
      const loss = gt.losses.sparseSoftmaxCrossEntropy(y, logits);
      const variables = this.#model.trainableVariables;
      const gradients = tape.gradient(loss, variables);
      optimizer.applyGradients(variables.map((v, i) => [gradients[i]!, v]));
      return [loss, gt.argMax(logits, 1)] as const;
    });
  }

  /** Numbers that are learnt; 0 before the first step. */
  get parameters(): number {
    return this.#model.countParams();
  }

  step({ images, labels }: DigitSet): { loss: number; right: number } {
    return gt.tidy(() => {
      const [loss, found] = this.#step(pixels(images), gt.tensor1d(labels.data, 'int32'));
      const guesses = found.dataSync();
      const right = labels.data.reduce((n, label, i) => n + (guesses[i] === label ? 1 : 0), 0);
      return { loss: loss.arraySync() as number, right };
    });
  }

  predict({ images }: DigitSet): ArrayLike<number> {
    return gt.tidy(() => gt.softmax(this.#model.apply(pixels(images))).dataSync());
  }

  /** An outer tape writes down what an inner one does to find the gradient. */
  tape({ images, labels }: DigitSet): TapeGraph {
    return gt.tidy(() => {
      const x = pixels(images);
      const y = gt.tensor1d(labels.data, 'int32');
      const one = gt.scalar(1);
      const outer = new gt.GradientTape();
      outer.watch(one);
      const inner = new gt.GradientTape();
      const loss = gt.losses.sparseSoftmaxCrossEntropy(y, this.#model.apply(x, { training: true }));
      const variables = this.#model.trainableVariables;
      const gradients = inner.gradient(loss, variables, { outputGradients: one });

      const entries = outer.entries();
      const tensors = new Map<number, TapeTensor>();
      for (const t of entries.flatMap((e) => [...e.inputs, ...e.outputs])) tensors.set(t.id, t);
      const name = (t: gt.Tensor, kind: 'variable' | 'input', text: string): void => {
        tensors.set(t.id, { id: t.id, dtype: t.dtype, shape: t.shape, name: text, kind });
      };
      name(x, 'input', 'images');
      name(y, 'input', 'labels');
      for (const v of variables) name(v, 'variable', v.name);
      return {
        ops: entries.map((e) => ({ op: e.op, inputs: e.inputs.map((t) => t.id), outputs: e.outputs.map((t) => t.id) })),
        tensors: [...tensors.values()],
        target: loss.id,
        seed: one.id,
        gradients: variables.flatMap((v, i) => (gradients[i] ? [[v.id, gradients[i].id] as const] : [])),
      };
    });
  }
}

/** Pictures as a tensor: [count, height, width, 1] of 0 to 1. */
function pixels({ data, shape }: DigitSet['images']): gt.Tensor {
  const values = new Float32Array(data.length);
  for (let i = 0; i < data.length; i++) values[i] = data[i]! / 255;
  return gt.tensor4d(values, [...shape, 1]);
}
