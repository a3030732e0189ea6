// Activation kernels and their fused gradients.

import { elu, mish, relu, relu6, selu, silu, softsign } from '../lanes/activation';
import { gelu, geluGrad, geluTanh, GeluTanhInLoop, geluTanhFar, geluTanhGrad } from '../lanes/erf';
import { ExpInLoop } from '../lanes/exp';
import { SigmoidInLoop, logSigmoid, sigmoid, sigmoidFar, softplus } from '../lanes/sigmoid';
import { Binary, Reduced, Ternary, Unary, map, map2, map3, mapBy, mapReduced } from '../loops/map';
import { In, Out } from '../types';

@unmanaged
@final
class Relu<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return relu<T>(x);
  }
}
@unmanaged
@final
class Relu6<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return relu6<T>(x);
  }
}
@unmanaged
@final
class Elu<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return elu<T>(x);
  }
}
@unmanaged
@final
class Selu<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return selu<T>(x);
  }
}
@unmanaged
@final
class Sigmoid<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return sigmoid<T>(x);
  }
}
@unmanaged
@final
class SigmoidF32 extends Reduced {
  usual(a: v128, b: v128): bool {
    return ExpInLoop.both(a, b);
  }
  turns(x: v128): v128 {
    return ExpInLoop.turns(f32x4.neg(x));
  }
  rest(x: v128, turns: v128): v128 {
    return ExpInLoop.rest(f32x4.neg(x), turns);
  }
  @inline
  quick(x: v128, turns: v128, rest: v128): v128 {
    return SigmoidInLoop.whole(turns, rest);
  }
  lanes(x: v128): v128 {
    return sigmoidFar<f32>(x);
  }
}
@unmanaged
@final
class LogSigmoid<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return logSigmoid<T>(x);
  }
}
@unmanaged
@final
class Softplus<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return softplus<T>(x);
  }
}
@unmanaged
@final
class Softsign<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return softsign<T>(x);
  }
}
@unmanaged
@final
class Silu<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return silu<T>(x);
  }
}
@unmanaged
@final
class Mish<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return mish<T>(x);
  }
}
@unmanaged
@final
class Gelu<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return gelu<T>(x);
  }
}
@unmanaged
@final
class GeluTanh<T extends number> extends Unary {
  lanes(x: v128): v128 {
    return geluTanh<T>(x);
  }
}
@unmanaged
@final
class GeluTanhF32 extends Reduced {
  usual(a: v128, b: v128): bool {
    return GeluTanhInLoop.both(a, b);
  }
  turns(x: v128): v128 {
    return GeluTanhInLoop.turns(x);
  }
  rest(x: v128, turns: v128): v128 {
    return GeluTanhInLoop.rest(x);
  }
  @inline
  quick(x: v128, turns: v128, rest: v128): v128 {
    return GeluTanhInLoop.whole(x, turns, rest);
  }
  lanes(x: v128): v128 {
    return geluTanhFar(x);
  }
}
@unmanaged
@final
class LeakyRelu<T extends number> extends Binary {
  lanes(x: v128, alpha: v128): v128 {
    return v128.bitselect(x, v128.mul<T>(x, alpha), v128.gt<T>(x, v128.splat<T>(<T>0)));
  }
}

/**
 * y = max(x, 0).
 * @reach x, y: from..to
 * @split size * 0.06 by 16
 */
export function relu_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Relu<f32>>(x, y, from, to);
}
/** y = max(x, 0). */
export function relu_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Relu<f64>>(x, y, from, to);
}
/** y = max(x, 0). */
export function relu_i32(x: In, y: Out, from: u32, to: u32): void {
  map<i32, Relu<i32>>(x, y, from, to);
}
/**
 * y = min(max(x, 0), 6).
 * @reach x, y: from..to
 * @split size * 0.06 by 16
 */
export function relu6_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Relu6<f32>>(x, y, from, to);
}
/** y = min(max(x, 0), 6). */
export function relu6_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Relu6<f64>>(x, y, from, to);
}
/** y = min(max(x, 0), 6). */
export function relu6_i32(x: In, y: Out, from: u32, to: u32): void {
  map<i32, Relu6<i32>>(x, y, from, to);
}
/**
 * y = x, and e^x - 1 below 0.
 * @reach x, y: from..to
 * @split size * 0.3 by 16
 */
export function elu_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Elu<f32>>(x, y, from, to);
}
/** y = x, and e^x - 1 below 0. */
export function elu_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Elu<f64>>(x, y, from, to);
}
/**
 * y = elu with the scales of a self-normalizing network.
 * @reach x, y: from..to
 * @split size * 0.3 by 16
 */
export function selu_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Selu<f32>>(x, y, from, to);
}
/** y = elu with the scales of a self-normalizing network. */
export function selu_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Selu<f64>>(x, y, from, to);
}
/**
 * y = 1 / (1 + e^-x).
 * @reach x, y: from..to
 * @split size * 0.3 by 16
 */
export function sigmoid_f32(x: In, y: Out, from: u32, to: u32): void {
  mapReduced<SigmoidF32>(x, y, from, to);
}
/** y = 1 / (1 + e^-x). */
export function sigmoid_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Sigmoid<f64>>(x, y, from, to);
}
/**
 * y = ln sigmoid(x).
 * @reach x, y: from..to
 * @split size * 0.3 by 16
 */
export function log_sigmoid_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, LogSigmoid<f32>>(x, y, from, to);
}
/** y = ln sigmoid(x). */
export function log_sigmoid_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, LogSigmoid<f64>>(x, y, from, to);
}
/**
 * y = ln(1 + e^x).
 * @reach x, y: from..to
 * @split size * 0.3 by 16
 */
export function softplus_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Softplus<f32>>(x, y, from, to);
}
/** y = ln(1 + e^x). */
export function softplus_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Softplus<f64>>(x, y, from, to);
}
/**
 * y = x / (1 + |x|).
 * @reach x, y: from..to
 * @split size * 0.06 by 16
 */
export function softsign_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Softsign<f32>>(x, y, from, to);
}
/** y = x / (1 + |x|). */
export function softsign_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Softsign<f64>>(x, y, from, to);
}
/**
 * y = x sigmoid(x).
 * @reach x, y: from..to
 * @split size * 0.3 by 16
 */
export function silu_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Silu<f32>>(x, y, from, to);
}
/** y = x sigmoid(x). */
export function silu_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Silu<f64>>(x, y, from, to);
}
/**
 * y = x tanh(softplus(x)).
 * @reach x, y: from..to
 * @split size * 0.5 by 16
 */
export function mish_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Mish<f32>>(x, y, from, to);
}
/** y = x tanh(softplus(x)). */
export function mish_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Mish<f64>>(x, y, from, to);
}
/**
 * y = x Φ(x), Φ being the normal distribution.
 * @reach x, y: from..to
 * @split size * 0.5 by 16
 */
export function gelu_f32(x: In, y: Out, from: u32, to: u32): void {
  map<f32, Gelu<f32>>(x, y, from, to);
}
/** y = x Φ(x), Φ being the normal distribution. */
export function gelu_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, Gelu<f64>>(x, y, from, to);
}
/**
 * y = x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2.
 * @reach x, y: from..to
 * @split size * 0.5 by 16
 */
export function gelu_tanh_f32(x: In, y: Out, from: u32, to: u32): void {
  mapReduced<GeluTanhF32>(x, y, from, to);
}
/** y = x (1 + tanh(√(2/π) (x + 0.044715 x³))) / 2. */
export function gelu_tanh_f64(x: In, y: Out, from: u32, to: u32): void {
  map<f64, GeluTanh<f64>>(x, y, from, to);
}
/**
 * y = x, and alpha · x below 0.
 * @reach x, y: from..to
 * @split size * 0.06 by 16
 */
export function leaky_relu_f32(x: In, y: Out, alpha: f64, from: u32, to: u32): void {
  mapBy<f32, LeakyRelu<f32>>(x, f32x4.splat(<f32>alpha), y, from, to);
}
/** y = x, and alpha · x below 0. */
export function leaky_relu_f64(x: In, y: Out, alpha: f64, from: u32, to: u32): void {
  mapBy<f64, LeakyRelu<f64>>(x, f64x2.splat(alpha), y, from, to);
}

@unmanaged
@final
class TanhGrad<T extends number> extends Binary {
  lanes(y: v128, dy: v128): v128 {
    return v128.mul<T>(dy, v128.sub<T>(v128.splat<T>(<T>1), v128.mul<T>(y, y)));
  }
}
@unmanaged
@final
class SigmoidGrad<T extends number> extends Binary {
  lanes(y: v128, dy: v128): v128 {
    return v128.mul<T>(dy, v128.mul<T>(y, v128.sub<T>(v128.splat<T>(<T>1), y)));
  }
}
@unmanaged
@final
class ReluGrad<T extends number> extends Binary {
  lanes(y: v128, dy: v128): v128 {
    return v128.and(dy, v128.gt<T>(y, v128.splat<T>(<T>0)));
  }
}
@unmanaged
@final
class Relu6Grad<T extends number> extends Binary {
  lanes(x: v128, dy: v128): v128 {
    return v128.and(dy, v128.and(v128.gt<T>(x, v128.splat<T>(<T>0)), v128.lt<T>(x, v128.splat<T>(<T>6))));
  }
}
@unmanaged
@final
class SoftplusGrad<T extends number> extends Binary {
  lanes(x: v128, dy: v128): v128 {
    return v128.mul<T>(dy, sigmoid<T>(x));
  }
}
@unmanaged
@final
class LogSigmoidGrad<T extends number> extends Binary {
  lanes(x: v128, dy: v128): v128 {
    return v128.mul<T>(dy, sigmoid<T>(v128.neg<T>(x)));
  }
}
@unmanaged
@final
class SiluGrad<T extends number> extends Binary {
  lanes(x: v128, dy: v128): v128 {
    return siluGrad<T>(x, dy);
  }
}
@unmanaged
@final
class GeluGrad<T extends number> extends Binary {
  lanes(x: v128, dy: v128): v128 {
    return geluGrad<T>(x, dy);
  }
}
@unmanaged
@final
class GeluTanhGrad<T extends number> extends Ternary {
  lanes(x: v128, y: v128, dy: v128): v128 {
    return geluTanhGrad<T>(x, y, dy);
  }
}
@unmanaged
@final
class EluGrad<T extends number> extends Binary {
  lanes(y: v128, dy: v128): v128 {
    return v128.bitselect(dy, v128.mul<T>(dy, v128.add<T>(y, v128.splat<T>(<T>1))), v128.gt<T>(y, v128.splat<T>(<T>0)));
  }
}

function siluGrad<T extends number>(x: v128, dy: v128): v128 {
  const one = v128.splat<T>(<T>1);
  const s = sigmoid<T>(x);
  return v128.mul<T>(dy, v128.mul<T>(s, v128.add<T>(v128.mul<T>(x, v128.sub<T>(one, s)), one)));
}

/**
 * dx = dy (1 - y²) for y = tanh x.
 * @reach y, dy, dx: from..to
 * @split size * 0.06 by 16
 */
export function tanh_grad_f32(y: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f32, TanhGrad<f32>>(y, dy, dx, from, to);
}
/** dx = dy (1 - y²) for y = tanh x. */
export function tanh_grad_f64(y: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f64, TanhGrad<f64>>(y, dy, dx, from, to);
}
/**
 * dx = dy y (1 - y) for y = sigmoid(x).
 * @reach y, dy, dx: from..to
 * @split size * 0.06 by 16
 */
export function sigmoid_grad_f32(y: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f32, SigmoidGrad<f32>>(y, dy, dx, from, to);
}
/** dx = dy y (1 - y) for y = sigmoid(x). */
export function sigmoid_grad_f64(y: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f64, SigmoidGrad<f64>>(y, dy, dx, from, to);
}
/**
 * dx = dy where y = relu(x) is positive, else 0.
 * @reach y, dy, dx: from..to
 * @split size * 0.06 by 16
 */
export function relu_grad_f32(y: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f32, ReluGrad<f32>>(y, dy, dx, from, to);
}
/** dx = dy where y = relu(x) is positive, else 0. */
export function relu_grad_f64(y: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f64, ReluGrad<f64>>(y, dy, dx, from, to);
}
/**
 * dx = dy where 0 < x < 6, else 0.
 * @reach x, dy, dx: from..to
 * @split size * 0.06 by 16
 */
export function relu6_grad_f32(x: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f32, Relu6Grad<f32>>(x, dy, dx, from, to);
}
/** dx = dy where 0 < x < 6, else 0. */
export function relu6_grad_f64(x: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f64, Relu6Grad<f64>>(x, dy, dx, from, to);
}
/**
 * dx = dy sigmoid(x).
 * @reach x, dy, dx: from..to
 * @split size * 0.3 by 16
 */
export function softplus_grad_f32(x: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f32, SoftplusGrad<f32>>(x, dy, dx, from, to);
}
/** dx = dy sigmoid(x). */
export function softplus_grad_f64(x: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f64, SoftplusGrad<f64>>(x, dy, dx, from, to);
}
/**
 * dx = dy sigmoid(-x).
 * @reach x, dy, dx: from..to
 * @split size * 0.3 by 16
 */
export function log_sigmoid_grad_f32(x: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f32, LogSigmoidGrad<f32>>(x, dy, dx, from, to);
}
/** dx = dy sigmoid(-x). */
export function log_sigmoid_grad_f64(x: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f64, LogSigmoidGrad<f64>>(x, dy, dx, from, to);
}
/**
 * dx = dy s (1 + x (1 - s)) for s = sigmoid(x).
 * @reach x, dy, dx: from..to
 * @split size * 0.3 by 16
 */
export function silu_grad_f32(x: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f32, SiluGrad<f32>>(x, dy, dx, from, to);
}
/** dx = dy s (1 + x (1 - s)) for s = sigmoid(x). */
export function silu_grad_f64(x: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f64, SiluGrad<f64>>(x, dy, dx, from, to);
}
/**
 * dx = dy (Φ(x) + x φ(x)), φ being the density of Φ.
 * @reach x, dy, dx: from..to
 * @split size * 0.5 by 16
 */
export function gelu_grad_f32(x: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f32, GeluGrad<f32>>(x, dy, dx, from, to);
}
/** dx = dy (Φ(x) + x φ(x)), φ being the density of Φ. */
export function gelu_grad_f64(x: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f64, GeluGrad<f64>>(x, dy, dx, from, to);
}
/**
 * dx = dy times the derivative of y = gelu_tanh(x).
 * @reach x, y, dy, dx: from..to
 * @split size * 0.2 by 16
 */
export function gelu_tanh_grad_f32(x: In, y: In, dy: In, dx: Out, from: u32, to: u32): void {
  map3<f32, GeluTanhGrad<f32>>(x, y, dy, dx, from, to);
}
/** dx = dy times the derivative of y = gelu_tanh(x). */
export function gelu_tanh_grad_f64(x: In, y: In, dy: In, dx: Out, from: u32, to: u32): void {
  map3<f64, GeluTanhGrad<f64>>(x, y, dy, dx, from, to);
}
/**
 * dx = dy, and dy (y + 1) where y = elu(x) is not positive.
 * @reach y, dy, dx: from..to
 * @split size * 0.06 by 16
 */
export function elu_grad_f32(y: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f32, EluGrad<f32>>(y, dy, dx, from, to);
}
/** dx = dy, and dy (y + 1) where y = elu(x) is not positive. */
export function elu_grad_f64(y: In, dy: In, dx: Out, from: u32, to: u32): void {
  map2<f64, EluGrad<f64>>(y, dy, dx, from, to);
}
