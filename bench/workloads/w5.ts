// W5 on gradtape: a convolutional classifier of small images, by gradient descent with momentum.

import { add, conv2d, losses, matMul, maxPool, relu, reshape, tensor1d } from 'gradtape';
import { momentum } from 'gradtape/optim';
import { dataW5 } from './data.js';
import { tensorOf, training, type Float, type Training, type Way } from './training.js';

/** Starts W5. */
export function w5(dtype: Float = 'float32', way: Way = 'eager'): Training {
  const data = dataW5();
  const x = tensorOf(data.x, dtype);
  const labels = tensor1d(data.y, 'int32');
  const optimizer = momentum({ learningRate: 0.01, momentum: 0.9 });
  return training(data.parameters, [x, labels], { dtype, way }, optimizer, ([k1, c1, k2, c2, w, b]) => {
    const h1 = maxPool(relu(add(conv2d(x, k1, 1, 'same'), c1)), 2, 2, 'valid');
    const h2 = maxPool(relu(add(conv2d(h1, k2, 1, 'same'), c2)), 2, 2, 'valid');
    const z = add(matMul(reshape(h2, [x.shape[0]!, -1]), w), b);
    return losses.sparseSoftmaxCrossEntropy(labels, z);
  });
}
