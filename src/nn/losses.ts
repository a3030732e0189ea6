// The losses, as nn.losses holds them: labels first, then predictions, as in TensorFlow.js.

export { absoluteDifference, meanSquaredError, softmaxCrossEntropy, sparseSoftmaxCrossEntropy } from '../ops/losses.js';
