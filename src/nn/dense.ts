// Dense: an affine map of the last axis.

import type { DType } from '../dtype.js';
import { ShapeError } from '../errors.js';
import { add } from '../ops/binary.js';
import { matMul } from '../ops/matmul.js';
import { reshape } from '../ops/reshape.js';
import { showShape, sizeOf, type Shape } from '../shape.js';
import type { Tensor } from '../tensor.js';
import type { Variable } from '../variable.js';
import { activationOf, type Activation } from './activations.js';
import { initializerOf, type Initializer, type InitializerName } from './initializers.js';
import { Layer, needCount, type AddWeight, type LayerOptions } from './layer.js';

/** Options of layers with a kernel, a bias and an activation. */
export interface WeightOptions extends LayerOptions {
  activation?: Activation;
  useBias?: boolean;
  kernelInitializer?: Initializer | InitializerName;
  biasInitializer?: Initializer | InitializerName;
}

/** Options of dense. */
export interface DenseOptions extends WeightOptions {
  /** Size of the output's last axis. */
  units: number;
}

/** See dense(). */
export class Dense extends Layer {
  private kernel: Variable | null = null;
  private bias: Variable | null = null;
  private readonly options: DenseOptions;
  private readonly activation: (x: Tensor) => Tensor;

  constructor(options: DenseOptions) {
    super('dense', options);
    needCount(this.name, 'units', options.units);
    this.options = options;
    this.activation = activationOf(options.activation ?? 'linear');
  }

  protected override check(x: Tensor): void {
    if (x.rank < 1) throw new ShapeError(this.name, 'x must have at least one axis: got a scalar');
    const wanted = this.built ? this.kernel!.shape[0] : x.shape.at(-1);
    if (x.shape.at(-1) !== wanted)
      throw new ShapeError(this.name, `the layer was built for ${wanted} inputs: got x ${showShape(x.shape)}`);
  }

  protected override build(shape: Shape, _dtype: DType, addWeight: AddWeight): void {
    const { units, useBias = true, kernelInitializer = 'glorotUniform', biasInitializer = 'zeros' } = this.options;
    this.kernel = addWeight('kernel', [shape.at(-1)!, units], initializerOf(kernelInitializer));
    this.bias = useBias ? addWeight('bias', [units], initializerOf(biasInitializer)) : null;
  }

  protected override call(x: Tensor): Tensor {
    const kernel = this.kernel!;
    const rows = x.rank === 2 ? x : reshape(x, [sizeOf(x.shape.slice(0, -1)), kernel.shape[0]!]);
    let y = matMul(rows, kernel);
    if (this.bias) y = add(y, this.bias);
    y = this.activation(y);
    return x.rank === 2 ? y : reshape(y, [...x.shape.slice(0, -1), this.options.units]);
  }
}

/**
 * activation(x · kernel + bias) over the last axis.
 *
 * @param options kernel `[inputs, units]` starts as Glorot's uniform, bias `[units]` as zeros.
 * @see tf.keras.layers.Dense
 * @example dense({ units: 10, activation: 'relu' });
 */
export function dense(options: DenseOptions): Dense {
  return new Dense(options);
}
