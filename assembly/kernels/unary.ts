// Kernels with one input and an output of the same shape.

import { exp, expm1 } from '../lanes/exp';
import { log, log1p } from '../lanes/log';
import { Unary, map } from '../loops/map';
import { In, Out } from '../types';

@unmanaged
@final
class Neg<T> extends Unary {
  lanes(x: v128): v128 {
    return v128.neg<T>(x);
  }
}
@unmanaged
@final
class Exp<T> extends Unary {
  lanes(x: v128): v128 {
    return exp<T>(x);
  }
}
@unmanaged
@final
class Expm1<T> extends Unary {
  lanes(x: v128): v128 {
    return expm1<T>(x);
  }
}
@unmanaged
@final
class Log<T> extends Unary {
  lanes(x: v128): v128 {
    return log<T>(x);
  }
}
@unmanaged
@final
class Log1p<T> extends Unary {
  lanes(x: v128): v128 {
    return log1p<T>(x);
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
/** y = e^x. */
export function exp_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Exp<f32>>(x, y, from, to);
}
/** y = e^x. */
export function exp_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Exp<f64>>(x, y, from, to);
}
/** y = e^x - 1. */
export function expm1_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Expm1<f32>>(x, y, from, to);
}
/** y = e^x - 1. */
export function expm1_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Expm1<f64>>(x, y, from, to);
}
/** y = ln x. */
export function log_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Log<f32>>(x, y, from, to);
}
/** y = ln x. */
export function log_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Log<f64>>(x, y, from, to);
}
/** y = ln(1 + x). */
export function log1p_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Log1p<f32>>(x, y, from, to);
}
/** y = ln(1 + x). */
export function log1p_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Log1p<f64>>(x, y, from, to);
}

@unmanaged
@final
class Square<T> extends Unary {
  lanes(x: v128): v128 {
    return v128.mul<T>(x, x);
  }
}

/** y = x². */
export function square_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Square<f32>>(x, y, from, to);
}
/** y = x². */
export function square_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Square<f64>>(x, y, from, to);
}
/** y = x². */
export function square_i32(x: In, y: Out, from: u32, to: u32): void {
  map<i32, Square<i32>>(x, y, from, to);
}
