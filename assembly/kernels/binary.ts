// Kernels with two inputs that broadcast.

import { Binary } from '../loops/map';
import { walk2 } from '../loops/walk';
import { In, Meta, Out } from '../types';

@unmanaged
@final
class Add<T> extends Binary {
  lanes(a: v128, b: v128): v128 {
    return v128.add<T>(a, b);
  }
}

/** y = a + b. */
export function add_f32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f32, Add<f32>>(a, b, y, meta, from, to);
}
/** y = a + b. */
export function add_f64(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<f64, Add<f64>>(a, b, y, meta, from, to);
}
/** y = a + b. */
export function add_i32(a: In, b: In, y: Out, meta: Meta, from: u32, to: u32): void {
  walk2<i32, Add<i32>>(a, b, y, meta, from, to);
}
