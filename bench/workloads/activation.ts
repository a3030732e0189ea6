// Activations made of other ops, until they are ops themselves.

import { add, div, exp, maximum, mul, sub, type Tensor } from 'gradtape';

export const relu = (x: Tensor): Tensor => maximum(x, 0);
export const tanh = (x: Tensor): Tensor => sub(1, div(2, add(exp(mul(x, 2)), 1)));
