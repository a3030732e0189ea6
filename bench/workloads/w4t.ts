// W4T on gradtape: a tiny network of three layers that learns a product, by plain gradient descent.

import { add, matMul, mean, square, sub, tanh } from 'gradtape';
import { sgd } from 'gradtape/optim';
import { dataW4T } from './data.js';
import { tensorOf, training, type Float, type Training, type Way } from './training.js';

/** Starts W4T. */
export function w4t(dtype: Float = 'float32', way: Way = 'eager'): Training {
  const data = dataW4T();
  const x = tensorOf(data.x, dtype);
  const y = tensorOf(data.y, dtype);
  return training(data.parameters, [x, y], { dtype, way }, sgd(0.1), ([w1, b1, w2, b2, w3, b3]) => {
    const h1 = tanh(add(matMul(x, w1), b1));
    const h2 = tanh(add(matMul(h1, w2), b2));
    return mean(square(sub(add(matMul(h2, w3), b3), y)));
  });
}
