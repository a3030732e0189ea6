// The layers, as nn.layers holds them.

export { conv2d, maxPooling2d } from './conv.js';
export { dense } from './dense.js';
export { activation, dropout, flatten } from './shaping.js';
