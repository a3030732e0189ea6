// The programs that run in every host: each hands over its results, and throws when one is not what it must be.

import * as gt from 'gradtape';
import type { Tensor } from 'gradtape';
import * as optim from 'gradtape/optim';
import { LOSSES, TOLERANCE } from '../../bench/workloads/expected.js';
import { glorot, integers, uniform } from '../../bench/workloads/generator.js';

/** What a program hands over: a tensor, or a number it has read. */
export type Result = Tensor | number;

/** Takes a result and reads its bits at once. */
type Out = (result: Result) => void;

/** A program runs inside tidy(). */
export type Program = (out: Out) => void;

/** A tensor of the workloads' generator: in [-scale, scale), the same for the same seed everywhere. */
function draw(seed: number, scale: number, shape: number[]): Tensor {
  return gt.tensor(
    uniform(
      seed,
      scale,
      shape.reduce((n, d) => n * d, 1),
    ),
    shape,
  );
}

/** Between low and high. */
function between(seed: number, low: number, high: number, shape: number[]): Tensor {
  return gt.add(draw(seed, (high - low) / 2, shape), (high + low) / 2);
}

/** Hands over f(x…), and its gradients for a cotangent of changing numbers. */
function differentiate(out: Out, f: (...x: Tensor[]) => Tensor, ...x: Tensor[]): void {
  const tape = new gt.GradientTape();
  tape.watch(x);
  const y = f(...x);
  out(y);
  const dy = gt.cast(draw(99, 1, y.shape), y.dtype);
  for (const dx of tape.gradient(y, x, { outputGradients: dy })) if (dx) out(dx);
}

/** As differentiate, in float32 and in float64. */
function inBoth(out: Out, f: (...x: Tensor[]) => Tensor, ...x: Tensor[]): void {
  differentiate(out, f, ...x);
  differentiate(out, f, ...x.map((t) => gt.cast(t, 'float64')));
}

function near(actual: number, expected: number, relative: number, what: string): void {
  if (!(Math.abs(actual - expected) <= relative * Math.abs(expected)))
    throw new Error(`${what}: ${actual}, must be ${expected} within ${relative}`);
}

/** Special values of float32, and numbers around them. */
const SPECIAL = [0, -0, 1, -1, Infinity, -Infinity, NaN, 1e-40, -1e-40, 1e-8, 88.7, -103.9, 3.4e38, -3.4e38, 0.5, 2];

/** Every program, by what it is about. */
export const PROGRAMS: Readonly<Record<string, Program>> = {
  'elementwise ops of one input'(out) {
    const everywhere = [
      ...[gt.abs, gt.neg, gt.exp, gt.expm1, gt.square, gt.sin, gt.cos, gt.tan, gt.atan, gt.sinh, gt.cosh, gt.tanh],
      ...[gt.asinh, gt.sigmoid, gt.logSigmoid, gt.softplus, gt.softsign, gt.relu, gt.relu6, gt.elu, gt.selu, gt.silu],
      ...[gt.swish, gt.mish, gt.leakyRelu, gt.identity, gt.clone, gt.reciprocal],
      ...[gt.gelu, (x: Tensor) => gt.gelu(x, true), gt.erf, gt.erfc],
    ];
    const positive = [gt.lgamma, gt.digamma, gt.log, gt.log1p, gt.sqrt, gt.rsqrt, gt.acosh];
    const inside = [gt.asin, gt.acos, gt.atanh];
    const steps = [gt.sign, gt.floor, gt.ceil, gt.round, gt.step, gt.isNaN, gt.isInf, gt.isFinite];
    for (const f of everywhere) inBoth(out, (x) => f(x), between(1, -6, 6, [4, 257]));
    for (const f of positive) inBoth(out, (x) => f(x), between(2, 1, 50, [515]));
    for (const f of inside) inBoth(out, (x) => f(x), between(3, -0.99, 0.99, [515]));
    inBoth(out, (x) => gt.clipByValue(x, -1, 2), between(4, -6, 6, [515]));
    for (const f of [...everywhere, ...positive, ...inside, ...steps]) out(f(gt.tensor(SPECIAL)));
  },

  'elementwise ops of two inputs'(out) {
    const a = between(11, 0.5, 4, [3, 1, 37]);
    const b = between(12, 0.5, 4, [5, 1]);
    const smooth = [
      ...[gt.add, gt.sub, gt.mul, gt.div, gt.divNoNan, gt.pow, gt.maximum, gt.minimum, gt.squaredDifference],
      ...[gt.atan2, gt.mod, gt.prelu],
    ];
    for (const f of smooth) inBoth(out, (x, y) => f(x, y), a, b);
    inBoth(out, (x, y, z) => gt.addN([x, y, z]), a, a, a);
    const left = gt.tensor(SPECIAL, [SPECIAL.length, 1]);
    for (const f of [...smooth, gt.floorDiv]) out(f(left, gt.tensor(SPECIAL)));
    out(gt.add(gt.tensor([1, 2 ** 30], [2], 'int32'), gt.tensor([2, 2 ** 30], [2], 'int32')));
  },

  'comparisons, logic and where'(out) {
    const a = gt.tensor(SPECIAL, [SPECIAL.length, 1]);
    const b = gt.tensor(SPECIAL);
    for (const f of [gt.equal, gt.notEqual, gt.less, gt.lessEqual, gt.greater, gt.greaterEqual]) out(f(a, b));
    const p = gt.tensor([true, true, false, false]);
    const q = gt.tensor([true, false, true, false]);
    for (const f of [gt.logicalAnd, gt.logicalOr, gt.logicalXor]) out(f(p, q));
    out(gt.logicalNot(p));
    inBoth(out, (x, y) => gt.where(gt.less(x, y), x, y), draw(21, 1, [6, 7]), draw(22, 1, [7]));
  },

  'casts and fills'(out) {
    const x = between(31, -300, 300, [67]);
    for (const dtype of ['float32', 'float64', 'int32', 'bool'] as const) out(gt.cast(x, dtype));
    for (const y of [gt.zeros([3, 2]), gt.ones([5], 'int32'), gt.fill([2, 2], 7), gt.eye(3, 4), gt.linspace(0, 1, 7)])
      out(y);
    for (const y of [gt.range(3, -4, -2), gt.oneHot([2, 0, 5], 4), gt.zerosLike(x), gt.onesLike(x)]) out(y);
    inBoth(out, (d) => gt.diag(d), draw(32, 1, [5]));
  },

  reductions(out) {
    const x = between(41, 0.5, 1.5, [3, 65, 9]);
    const folds = [gt.sum, gt.mean, gt.max, gt.min, gt.prod, gt.logSumExp];
    for (const f of folds) for (const axes of [undefined, 0, [1], [0, 2], -1]) inBoth(out, (t) => f(t, axes), x);
    inBoth(out, (t) => gt.norm(t, 2, [1]), x);
    inBoth(out, (t) => gt.moments(t, [0, 1]).variance, x);
    out(gt.sum(draw(42, 1, [100_003])));
    for (const f of [gt.argMax, gt.argMin]) out(f(x, 1));
    for (const f of [gt.any, gt.all])
      out(
        f(
          gt.tensor([
            [true, false],
            [true, true],
          ]),
          1,
        ),
      );
  },

  'softmax and losses'(out) {
    const logits = draw(51, 4, [6, 10]);
    const labels = gt.tensor(integers(52, 6, 10));
    const dense = gt.cast(gt.oneHot(labels, 10), 'float32');
    inBoth(out, (x) => gt.softmax(x), logits);
    inBoth(out, (x) => gt.logSoftmax(x), logits);
    inBoth(out, (x) => gt.losses.softmaxCrossEntropy(gt.cast(dense, x.dtype), x), logits);
    inBoth(out, (x) => gt.losses.sparseSoftmaxCrossEntropy(labels, x), logits);
    const target = draw(53, 4, [6, 10]);
    for (const loss of [gt.losses.meanSquaredError, gt.losses.absoluteDifference])
      inBoth(out, (x, y) => loss(x, y), target, logits);
    const share = between(55, 0.1, 0.9, [6, 10]);
    for (const loss of [gt.losses.hingeLoss, gt.losses.huberLoss, gt.losses.logLoss, gt.losses.sigmoidCrossEntropy])
      inBoth(out, (x, y) => loss(x, y), share, between(56, 0.1, 0.9, [6, 10]));
    inBoth(out, (x, y) => gt.losses.cosineDistance(x, y, -1), target, logits);
    inBoth(out, (x) => gt.losses.computeWeightedLoss(x, gt.cast(between(54, 0, 1, [6, 1]), x.dtype)), logits);
  },

  normalisation(out) {
    const image = between(116, -1, 3, [2, 3, 4, 5]);
    const [mean, variance, offset, scale] = [121, 122, 123, 124].map((seed) => between(seed, 0.5, 2, [5]));
    for (const [shape, f] of [
      [[2, 3, 4, 5], gt.batchNorm],
      [[24, 5], gt.batchNorm2d],
      [[2, 12, 5], gt.batchNorm3d],
      [[2, 3, 4, 5], gt.batchNorm4d],
    ] as const)
      inBoth(
        out,
        (t, ...p) => f(gt.reshape(t, [...shape]), p[0]!, p[1]!, p[2], p[3]),
        image,
        mean!,
        variance!,
        offset!,
        scale!,
      );
    for (const beta of [0.75, 0.6]) inBoth(out, (t) => gt.localResponseNormalization(t, 2, 1, 0.5, beta), image);
    inBoth(out, (t, u) => gt.movingAverage(t, u, 0.9, 3), image, draw(125, 1, [2, 3, 4, 5]));
    const x = between(111, -1, 3, [5, 3, 37]);
    inBoth(out, (t, g, b) => gt.layerNorm(t, g, b), x, draw(112, 1, [37]), draw(113, 1, [37]));
    inBoth(out, (t, g, b) => gt.layerNorm(t, g, b, [0, 1], 1e-5), x, draw(114, 1, [5, 3]), draw(115, 1, [5, 3]));
    inBoth(out, (t) => gt.layerNorm(t), x);
  },

  'matrix products'(out) {
    for (const [m, k, n] of [
      [33, 65, 17],
      [4, 8, 8],
      [1, 300, 1],
      [130, 5, 257],
    ] as const)
      inBoth(out, (a, b) => gt.matMul(a, b), draw(101, 1, [m, k]), draw(102, 1, [k, n]));
    inBoth(out, (a, b) => gt.matMul(a, b, true, true), draw(103, 1, [2, 9, 5]), draw(104, 1, [3, 9]));
    inBoth(out, (a, b) => gt.dot(a, b), draw(105, 1, [7, 31]), draw(106, 1, [31]));
    inBoth(out, (a, b) => gt.outerProduct(a, b), draw(107, 1, [5]), draw(108, 1, [9]));
    inBoth(
      out,
      (a, b, c) => gt.einsum('bqhd,bkhd,...hk->b...q', a, b, c),
      draw(109, 1, [2, 5, 3, 4]),
      draw(110, 1, [2, 6, 3, 4]),
      draw(111, 1, [3, 6]),
    );
    inBoth(out, (a) => gt.einsum('iji->j', a), draw(112, 1, [4, 5, 4]));
    inBoth(
      out,
      (a, b, bias) => gt.fused.matMul({ a, b, bias, activation: 'relu' }),
      draw(115, 1, [9, 30]),
      draw(116, 1, [30, 11]),
      draw(117, 1, [11]),
    );
    inBoth(
      out,
      (x, filter, bias) => gt.fused.depthwiseConv2d({ x, filter, strides: 2, pad: 'same', bias, activation: 'relu6' }),
      draw(92, 1, [2, 7, 6, 3]),
      draw(93, 1, [3, 3, 3, 2]),
      draw(94, 1, [6]),
    );
    inBoth(
      out,
      (x, filter, bias) => gt.fused.conv2d({ x, filter, strides: 1, pad: 'same', bias, activation: 'relu' }),
      draw(118, 1, [2, 6, 5, 3]),
      draw(119, 1, [3, 3, 3, 5]),
      draw(120, 1, [5]),
    );
    inBoth(
      out,
      (a, b) =>
        gt.tensordot(a, b, [
          [0, 2],
          [1, 0],
        ]),
      draw(113, 1, [3, 4, 5]),
      draw(114, 1, [5, 3, 7]),
    );
  },

  'linear algebra'(out) {
    const x = draw(121, 1, [2, 5, 5]);
    const firm = (t: Tensor): Tensor => gt.add(t, gt.mul(gt.eye(5, 5, [], t.dtype), 4));
    inBoth(out, (t) => gt.linalg.inv(firm(t)), x);
    inBoth(out, (t) => gt.linalg.det(t), x);
    inBoth(out, (t) => gt.linalg.slogdet(firm(t)).logAbsDet, x);
    inBoth(out, (t) => gt.linalg.cholesky(firm(gt.matMul(t, t, false, true))), x);
    inBoth(out, (t) => gt.linalg.bandPart(t, 1, 2), x);
    for (const i of [0, 1]) inBoth(out, (t) => gt.linalg.qr(t)[i]!, draw(122, 1, [9, 6]));
    inBoth(out, (t) => gt.linalg.gramSchmidt(t), draw(123, 1, [3, 7]));
    for (const adjoint of [false, true]) {
      inBoth(out, (t, b) => gt.linalg.solve(firm(t), b, adjoint), x, draw(124, 1, [5, 3]));
      inBoth(out, (t, b) => gt.linalg.triangularSolve(firm(t), b, adjoint, !adjoint), x, draw(125, 1, [5, 3]));
    }
    out(
      gt.linalg.inv([
        [1, 2],
        [2, 4],
      ]),
    );
  },

  'what only moves elements'(out) {
    const x = draw(61, 1, [4, 6, 5]);
    const moves: ((t: Tensor) => Tensor)[] = [
      (t) => gt.transpose(t, [2, 0, 1]),
      (t) => gt.reshape(t, [8, 15]),
      (t) => gt.flatten(t),
      (t) => gt.squeeze(gt.expandDims(t, 1)),
      (t) => gt.concat([t, t, gt.slice(t, [1, 0, 0], [2, 6, 5])], 0),
      (t) => gt.stack([t, t], 2),
      (t) => gt.unstack(t, 1)[3]!,
      (t) => gt.split(t, [1, 3], 0)[1]!,
      (t) =>
        gt.pad(
          t,
          [
            [1, 2],
            [0, 1],
            [3, 0],
          ],
          0.5,
        ),
      (t) => gt.tile(t, [1, 3, 2]),
      (t) => gt.broadcastTo(gt.slice(t, [0, 0, 0], [4, 1, 5]), [3, 4, 6, 5]),
      (t) => gt.reverse(t, [0, 2]),
      (t) => gt.stridedSlice(t, [0, -1, 0], [0, 0, 0], [1, -2, 3], 5, 5, 0, 0, 0),
      (t) => gt.meshgrid(gt.slice1d(gt.flatten(t), 0, 9), gt.slice1d(gt.flatten(t), 9, 5))[1]!,
      (t) => gt.reverse3d(t, 1),
      (t) => gt.gather(t, gt.tensor([3, 0, 3, 1], [4], 'int32'), 1),
      (t) => gt.cumsum(t, 1, false, true),
      (t) => gt.cumprod(t, -1, true),
      (t) => gt.unsortedSegmentSum(t, gt.tensor([1, 0, 1, 4], [4], 'int32'), 5),
    ];
    for (const f of moves) inBoth(out, f, x);
    const corners = gt.tensor([3, 5, 0, 0, 3, 5], [3, 2], 'int32');
    inBoth(out, (t) => gt.gatherND(t, corners), x);
    inBoth(out, (t) => gt.scatterND(corners, gt.squeeze(gt.slice(t, [0, 0, 0], [3, 1, 5]), [1]), [4, 6, 5]), x);
    inBoth(out, (t, u) => gt.tensorScatterUpdate(t, corners, u), x, draw(65, 1, [3, 5]));
    const numbers = gt.tensor(integers(63, 24, 9), [4, 6], 'int32');
    inBoth(out, (w) => gt.bincount(numbers, w, 8), draw(64, 1, [4, 6]));
    inBoth(out, (w) => gt.denseBincount(numbers, w, 8), draw(64, 1, [4, 6]));
    const v = draw(62, 1, [7]);
    const ranked: ((t: Tensor) => Tensor)[] = [
      (t) => gt.reverse1d(t),
      (t) => gt.reverse2d(gt.reshape(t, [7, 1])),
      (t) => gt.reverse4d(gt.reshape(t, [1, 7, 1, 1])),
      (t) => gt.pad1d(gt.slice1d(gt.concat1d([t, t]), 2, 9), [1, 2]),
      (t) =>
        gt.slice2d(
          gt.concat2d(
            [
              gt.pad2d(gt.reshape(t, [7, 1]), [
                [0, 1],
                [2, 0],
              ]),
            ],
            0,
          ),
          [1, 0],
          [5, 3],
        ),
      (t) =>
        gt.slice3d(
          gt.concat3d(
            [
              gt.pad3d(gt.reshape(t, [1, 7, 1]), [
                [1, 0],
                [0, 1],
                [1, 1],
              ]),
            ],
            0,
          ),
          [0, 1, 0],
          [2, 4, 2],
        ),
      (t) =>
        gt.slice4d(
          gt.concat4d(
            [
              gt.pad4d(gt.reshape(t, [1, 7, 1, 1]), [
                [1, 0],
                [0, 1],
                [1, 1],
                [0, 2],
              ]),
            ],
            0,
          ),
          [0, 1, 0, 0],
          [2, 4, 2, 1],
        ),
    ];
    for (const f of ranked) inBoth(out, f, v);
  },

  'sorting and searching'(out) {
    const x = draw(91, 1, [3, 40, 2]);
    inBoth(out, (t) => gt.sort(t, 1), x);
    inBoth(out, (t) => gt.sort(t, 1, false), x);
    inBoth(out, (t) => gt.topk(gt.transpose(t, [0, 2, 1]), 5).values, x);
    out(gt.argSort(x, 0));
    out(gt.argSort(gt.tensor(SPECIAL), -1, false));
    out(gt.topk(gt.tensor(integers(92, 200, 9)), 20).indices);
    out(gt.unique(gt.tensor(integers(93, 60, 9))).indices);
    const steps = gt.linspace(-1, 1, 9);
    for (const f of [gt.searchSorted, gt.lowerBound, gt.upperBound]) out(f(steps, gt.flatten(x)));
  },

  'convolution and pooling'(out) {
    const x = draw(71, 1, [2, 9, 8, 3]);
    const filter = draw(72, 1, [3, 3, 3, 5]);
    inBoth(out, (a, b) => gt.conv2d(a, b, 1, 'same'), x, filter);
    inBoth(out, (a, b) => gt.conv2d(a, b, 2, 'valid'), x, filter);
    inBoth(out, (a, b) => gt.conv2d(a, b, 1, 'valid', 'NHWC', 2), x, filter);
    for (const pool of [gt.maxPool, gt.avgPool]) {
      inBoth(out, (a) => pool(a, 2, 2, 'valid'), x);
      inBoth(out, (a) => pool(a, 3, 2, 'same'), x);
    }
    inBoth(out, (a, b) => gt.depthwiseConv2d(a, b, 1, 'same'), x, draw(83, 1, [3, 3, 3, 2]));
    inBoth(out, (a, b) => gt.depthwiseConv2d(a, b, 2, 'valid', 'NHWC', [1, 2]), x, draw(84, 1, [2, 3, 3, 1]));
    inBoth(
      out,
      (a, b, c) => gt.separableConv2d(a, b, c, 2, 'same'),
      x,
      draw(85, 1, [3, 3, 3, 1]),
      draw(86, 1, [1, 1, 3, 7]),
    );
    const volumes = draw(73, 1, [1, 4, 5, 6, 3]);
    const w3 = draw(90, 1, [3, 2, 2, 3, 4]);
    inBoth(out, (a, b) => gt.conv3d(a, b, [2, 1, 2], 'same'), volumes, w3);
    inBoth(
      out,
      (a, b) => gt.conv3dTranspose(a, b, [1, 7, 11, 7, 4], [2, 2, 1], 'valid'),
      volumes,
      draw(91, 1, [1, 3, 2, 4, 3]),
    );
    inBoth(out, (a, b) => gt.dilation2d(a, b, [1, 2], 'same', [2, 1]), x, draw(89, 1, [3, 2, 3]));
    inBoth(out, (a) => gt.pool(a, [2, 3], 'avg', 'same', [2, 1]), x);
    inBoth(out, (a) => gt.maxPoolWithArgmax(a, 2, 2, 'valid').result, x);
    out(gt.maxPoolWithArgmax(x, 3, 2, 'same', true).indexes);
    inBoth(out, (a) => gt.maxPool3d(a, 2, [1, 2, 2], 'same'), volumes);
    inBoth(out, (a) => gt.avgPool3d(a, [2, 3, 1], 2, 'valid'), volumes);
    inBoth(out, (a, b) => gt.conv1d(a, b, 2, 'same'), draw(74, 1, [2, 9, 3]), draw(75, 1, [4, 3, 5]));
    inBoth(out, (a, b) => gt.conv2dTranspose(a, b, [2, 18, 16, 5], 2, 'same'), x, draw(76, 1, [3, 3, 5, 3]));
  },

  images(out) {
    const x = draw(87, 1, [2, 5, 6, 5]);
    for (const size of [[9, 11], [3, 2]] as [number, number][]) {
      inBoth(out, (a) => gt.image.resizeBilinear(a, size), x);
      inBoth(out, (a) => gt.image.resizeBilinear(a, size, true), x);
      inBoth(out, (a) => gt.image.resizeBilinear(a, size, false, true), x);
      inBoth(out, (a) => gt.image.resizeNearestNeighbor(a, size, false, true), x);
    } // prettier-ignore
    const boxes = draw(88, 1.25, [7, 4]);
    const images = gt.tensor([0, 1, 1, 0, 1, 0, 0], [7], 'int32');
    for (const method of ['bilinear', 'nearest'] as const)
      inBoth(out, (a) => gt.image.cropAndResize(a, boxes, images, [4, 3], method, 0.5), x);
    inBoth(out, (a) => gt.image.flipLeftRight(a), x);
    inBoth(out, (a) => gt.image.grayscaleToRGB(gt.sum(a, -1, true)), x);
  },

  'space, mirrors and recurrent cells'(out) {
    const x = draw(77, 1, [4, 4, 6, 4]);
    inBoth(out, (a) => gt.depthToSpace(a, 2), x);
    inBoth(out, (a) => gt.depthToSpace(a, 2, 'NCHW'), x);
    inBoth(out, (a) => gt.spaceToBatchND(a, [2, 3], [[0, 2], [1, 2]]), x); // prettier-ignore
    inBoth(out, (a) => gt.batchToSpaceND(a, [2, 2], [[0, 1], [1, 2]]), x); // prettier-ignore
    for (const mode of ['reflect', 'symmetric'] as const)
      inBoth(out, (a) => gt.mirrorPad(a, [[0, 0], [2, 1], [0, 3], [1, 0]], mode), x); // prettier-ignore
    const [bias, kernel] = [draw(78, 1, [20]), draw(79, 1, [8, 20])];
    const [data, c, h] = [80, 81, 82].map((seed) => draw(seed, 1, [3, seed === 80 ? 3 : 5])) as [
      Tensor,
      Tensor,
      Tensor,
    ];
    inBoth(out, (w, b, d, s, u) => gt.basicLSTMCell(1, w, b, d, s, u)[1], kernel, bias, data, c, h);
    const cell = (d: Tensor, s: Tensor, u: Tensor): [Tensor, Tensor] => [gt.tanh(gt.mul(s, u)), gt.add(s, gt.sum(d))];
    inBoth(out, (d, s, u) => gt.addN(gt.multiRNNCell([cell, cell], d, [s, u], [u, s]).flat()), data, c, h);
  },

  'random numbers'(out) {
    gt.setSeed(7);
    for (const dtype of ['float32', 'float64'] as const) {
      out(gt.randomUniform([1001], -1, 3, dtype));
      out(gt.randomNormal([1001], 1, 2, dtype));
      out(gt.truncatedNormal([1001], 0, 1, dtype));
      out(gt.randomGamma([1001], 0.4, 2, dtype));
    }
    out(gt.randomUniformInt([1001], -5, 1000));
    out(gt.randomNormal([33], 0, 1, 'float32', 42));
    out(gt.dropout(gt.ones([513]), 0.25));
    out(gt.multinomial(draw(81, 1, [4]), 99));
    const numbers = gt.randomNormal([100_000]);
    if (Math.abs(Number(gt.mean(numbers).dataSync()[0])) > 0.02)
      throw new Error('the mean of normal numbers is not near 0');
  },

  'derivatives of the second and third order'(out) {
    const x = gt.scalar(0.7, 'float64');
    const outer = new gt.GradientTape();
    outer.watch(x);
    const middle = new gt.GradientTape();
    middle.watch(x);
    const inner = new gt.GradientTape();
    inner.watch(x);
    const first = inner.gradient(gt.exp(gt.sin(x)), x)!;
    const second = middle.gradient(first, x)!;
    const third = outer.gradient(second, x)!;
    for (const d of [first, second, third]) out(d);
    const [s, c] = [Math.sin(0.7), Math.cos(0.7)];
    near(Number(second.dataSync()[0]), Math.exp(s) * (c * c - s), 1e-12, 'the second derivative of exp(sin x)');
    near(
      Number(third.dataSync()[0]),
      Math.exp(s) * (c ** 3 - 3 * s * c - c),
      1e-12,
      'the third derivative of exp(sin x)',
    );
  },

  'a Jacobian'(out) {
    const x = draw(721, 1, [16]);
    const weights = gt.tensor(glorot(722, 16, 16, 256), [16, 16]);
    const tape = new gt.GradientTape();
    tape.watch(x);
    out(tape.jacobian(gt.tanh(gt.dot(x, weights)), x)!);
  },

  attention(out) {
    const [q, k, v] = [draw(131, 1, [2, 70, 8]), draw(132, 1, [2, 67, 8]), draw(133, 1, [67, 12])];
    const mask = gt.greater(draw(134, 1, [70, 67]), -0.5);
    inBoth(out, (a, b, c) => gt.scaledDotProductAttention(a, b, c), q, k, v);
    inBoth(out, (a, b, c) => gt.scaledDotProductAttention(a, b, c, { causal: true, heads: 4, scale: 0.3 }), q, k, v);
    inBoth(out, (a, b, c) => gt.scaledDotProductAttention(a, b, c, { mask }), q, k, v);
    inBoth(
      out,
      (a, b, c, bias) => gt.scaledDotProductAttention(a, b, c, { mask: bias, causal: true }),
      q,
      k,
      v,
      draw(135, 1, [67]),
    );
  },

  'W4T: twenty steps of a tiny network'(out) {
    const input = uniform(451, 1, 64);
    const x = gt.tensor(input, [32, 2]);
    const y = gt.tensor(
      Float32Array.from({ length: 32 }, (_, i) => input[2 * i]! * input[2 * i + 1]!),
      [32, 1],
    );
    const layers = [
      [461, 2, 16],
      [462, 16, 16],
      [463, 16, 1],
    ] as const;
    const parameters = layers.flatMap(([seed, n, m]) => [
      gt.variable(gt.tensor(glorot(seed, n, m, n * m), [n, m])),
      gt.variable(gt.zeros([m])),
    ]);
    const layer = (h: Tensor, i: number): Tensor => gt.add(gt.matMul(h, parameters[2 * i]!), parameters[2 * i + 1]!);
    const loss = (): Tensor => gt.mean(gt.square(gt.sub(layer(gt.tanh(layer(gt.tanh(layer(x, 0)), 1)), 2), y)));
    const optimizer = optim.sgd({ learningRate: 0.1 });
    const losses = Array.from({ length: 20 }, () => Number(optimizer.minimize(loss, parameters).dataSync()[0]));
    losses.push(Number(loss().dataSync()[0]));
    losses.forEach(out);
    for (const [step, expected] of Object.entries(LOSSES.W4T))
      near(losses[Number(step)]!, expected, TOLERANCE, `loss after ${step} steps`);
    parameters.forEach(out);
    gt.dispose(parameters);
    optimizer.dispose();
  },

  optimizers(out) {
    const learningRate = optim.schedules.cosineDecay({
      initialLearningRate: 0,
      decaySteps: 4,
      warmupTarget: 0.1,
      warmupSteps: 2,
    });
    for (const optimizer of [
      optim.momentum({ learningRate: 0.05, momentum: 0.9 }),
      optim.adam(0.05),
      optim.adam({ amsgrad: true }),
      optim.adamw({ learningRate }),
      ...[optim.adagrad, optim.rmsprop, optim.adadelta, optim.adamax, optim.nadam, optim.lion].map((make) =>
        make(0.05),
      ),
    ]) {
      const w = gt.variable(draw(91, 1, [37]));
      for (let step = 0; step < 5; step++) out(optimizer.minimize(() => gt.sum(gt.square(w)), [w]));
      out(optim.clipByGlobalNorm([w], 0.1).list[0]!);
      out(w);
      w.dispose();
      optimizer.dispose();
    }
  },

  'a compiled step'(out) {
    const w = gt.variable(draw(95, 1, [60, 100]));
    const optimizer = optim.adam(0.01);
    const x = draw(96, 1, [50, 60]);
    const step = gt.compile((batch: Tensor) =>
      optimizer.minimize(() => gt.mean(gt.square(gt.sub(gt.tanh(gt.add(gt.mul(gt.matMul(batch, w), 0.1), 0.2)), 0.5)))),
    );
    for (let i = 0; i < 4; i++) out(step(x));
    out(w);
    step.dispose();
    w.dispose();
    optimizer.dispose();
  },
};
