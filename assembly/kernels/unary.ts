// Kernels with one input and an output of the same shape.

import { Unary, map } from '../loops/map';
import { In, Out } from '../types';

@unmanaged
@final
class Neg<T> extends Unary {
  lanes(x: v128): v128 {
    return v128.neg<T>(x);
  }
}

/** y = -x. */
export function neg_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Neg<f32>>(x, y, from, to);
}
/** y = -x. */
export function neg_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Neg<f64>>(x, y, from, to);
}
/** y = -x. */
export function neg_i32(x: In, y: Out, from: u32, to: u32): void {
  map<i32, Neg<i32>>(x, y, from, to);
}
