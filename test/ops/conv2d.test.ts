// Convolution of images.

import { beforeAll, describe, expect, test } from 'vitest';
import { ArgumentError, DTypeError, ShapeError } from '../../src/errors.js';
import {
  add,
  conv2d,
  grad,
  GradientTape,
  init,
  ones,
  slice,
  square,
  sum,
  tensor,
  tidy,
  zeros,
  type Tensor,
} from '../../src/index.js';
import type { DataFormat, Padding, Rounding } from '../../src/ops/window.js';
import { array64, checkOp, get, type Array64 } from '../check/op.js';

interface Form {
  strides?: number | [number, number];
  pad?: Padding;
  format?: DataFormat;
  dilations?: number | [number, number];
  rounding?: Rounding;
}

const pair = (x: number | readonly number[]): number[] => (typeof x === 'number' ? [x, x] : [...x]);

/** Output size and the padding before, straight from TensorFlow's formulas. */
function span(input: number, window: number, stride: number, dilation: number, f: Form, axis: number): number[] {
  const reach = (window - 1) * dilation + 1;
  const { pad = 'valid' } = f;
  if (pad === 'same') {
    const output = Math.ceil(input / stride);
    return [output, Math.floor(Math.max(0, (output - 1) * stride + reach - input) / 2)];
  }
  if (pad === 'valid') return [Math.ceil((input - reach + 1) / stride), 0];
  const [before, after] =
    typeof pad === 'number' ? [pad, pad] : (pad[axis + (f.format === 'NCHW' ? 2 : 1)] as [number, number]);
  return [Math[f.rounding ?? 'floor']((input + before + after - reach) / stride + 1), before];
}

/** conv2d in plain loops. */
function convolution(x: Array64, w: Array64, f: Form): Array64 {
  const first = f.format === 'NCHW';
  const alone = x.shape.length === 3;
  const shape = alone ? [1, ...x.shape] : x.shape;
  const [batch, height, width, channels] = (first ? [0, 2, 3, 1] : [0, 1, 2, 3]).map((i) => shape[i]!) as number[] &
    [number, number, number, number];
  const at = (b: number, i: number, j: number, c: number): number =>
    get({ shape, data: x.data }, first ? [b, c, i, j] : [b, i, j, c]);
  const [kh, kw, , filters] = w.shape as [number, number, number, number];
  const [sh, sw] = pair(f.strides ?? 1) as [number, number];
  const [dh, dw] = pair(f.dilations ?? 1) as [number, number];
  const [oh, top] = span(height, kh, sh, dh, f, 0) as [number, number];
  const [ow, left] = span(width, kw, sw, dw, f, 1) as [number, number];
  const out = first ? [batch, filters, oh, ow] : [batch, oh, ow, filters];
  return array64(alone ? out.slice(1) : out, (_, index) => {
    const full = alone ? [0, ...index] : index;
    const [b, i, j, o] = (first ? [0, 2, 3, 1] : [0, 1, 2, 3]).map((axis) => full[axis]!) as [
      number,
      number,
      number,
      number,
    ];
    let sum = 0;
    for (let p = 0; p < kh; p++)
      for (let q = 0; q < kw; q++) {
        const y = i * sh - top + p * dh;
        const z = j * sw - left + q * dw;
        if (y < 0 || z < 0 || y >= height || z >= width) continue;
        for (let c = 0; c < channels; c++) sum += at(b, y, z, c) * get(w, [p, q, c, o]);
      }
    return sum;
  });
}

const SMALL = [[1, 4, 5, 2], [3, 2, 2, 3]]; // prettier-ignore

function row(form: string, f: Form, cases: readonly (readonly [number[], number[]])[]): void {
  checkOp({
    name: 'conv2d',
    form,
    op: (x, w) => conv2d(x!, w!, f.strides ?? 1, f.pad ?? 'valid', f.format, f.dilations, f.rounding),
    arrays: (x, w) => convolution(x!, w!, f),
    cases,
    ...(form === 'valid' && {
      errors: [
        [() => conv2d(ones([1, 4, 4, 2]), ones([3, 3, 3, 1]), 1, 'same'), ShapeError, /channels differ/],
        [() => conv2d(ones([4, 4]), ones([3, 3, 1, 1]), 1, 'same'), ShapeError, /3 or 4 axes/],
        [() => conv2d(ones([4, 4, 1]), ones([3, 3, 1]), 1, 'same'), ShapeError, /filter must have 4 axes/],
        [() => conv2d(ones([2, 2, 1]), ones([5, 3, 1, 1]), 1, 'valid'), ShapeError, /does not fit/],
        [() => conv2d(ones([4, 4, 1]), ones([3, 3, 1, 1]), 0, 'same'), ArgumentError, /strides/],
        [() => conv2d(ones([4, 4, 1]), ones([3, 3, 1, 1]), 1, 'full' as 'same'), ArgumentError, /pad/],
        [() => conv2d(ones([4, 4, 1]), ones([3, 3, 1, 1]), 1, -1), ArgumentError, /pad/],
        [() => conv2d(ones([4, 4, 1]), ones([3, 3, 1, 1]), 1, 'same', 'NWC' as 'NHWC'), ArgumentError, /dataFormat/],
        [() => conv2d(ones([4, 4, 1], 'int32'), ones([3, 3, 1, 1], 'int32'), 1, 'same'), DTypeError, /float/],
        [() => conv2d(ones([4, 4, 1], 'float64'), ones([3, 3, 1, 1]), 1, 'same'), DTypeError, /one dtype/],
      ],
    }),
  });
}

row('valid', {}, [
  [SMALL[0]!, SMALL[1]! && [3, 2, 2, 3]],
  [[2, 3, 3, 1], [3, 3, 1, 9]],
  [[5, 4, 3], [2, 2, 3, 4]],
  [[0, 4, 4, 1], [2, 2, 1, 2]],
]); // prettier-ignore
row('1 × 1', {}, [
  [[2, 3, 2, 5], [1, 1, 5, 3]],
]); // prettier-ignore
row('same', { pad: 'same' }, [
  [[1, 4, 5, 2], [3, 2, 2, 3]],
  [[2, 5, 4, 3], [4, 5, 3, 2]],
  [[1, 2, 2, 1], [5, 5, 1, 1]],
]); // prettier-ignore
row('same, strides 2 and 3', { pad: 'same', strides: [2, 3] }, [
  [[1, 5, 7, 2], [3, 3, 2, 2]],
  [[1, 4, 4, 1], [1, 1, 1, 2]],
]); // prettier-ignore
row('dilated', { pad: 'same', dilations: [2, 1] }, [
  [[1, 6, 5, 2], [3, 2, 2, 3]],
]); // prettier-ignore
row('dilated and strided', { strides: 2, dilations: 2 }, [
  [[1, 7, 8, 1], [2, 3, 1, 2]],
]); // prettier-ignore
row('padded by 1', { pad: 1, strides: 2 }, [
  [[1, 4, 5, 2], [3, 3, 2, 2]],
]); // prettier-ignore
row('padded by 1, sizes rounded up', { pad: 1, strides: 2, rounding: 'ceil' }, [
  [[1, 4, 5, 2], [3, 3, 2, 2]],
]); // prettier-ignore
row('explicitly padded', { pad: [[0, 0], [2, 0], [1, 3], [0, 0]] }, [
  [[1, 3, 4, 2], [3, 2, 2, 2]],
]); // prettier-ignore
row('NCHW', { format: 'NCHW', pad: [[0, 0], [0, 0], [1, 0], [0, 2]], strides: [1, 2] }, [
  [[2, 2, 4, 3], [2, 2, 2, 3]],
  [[2, 4, 3], [2, 2, 2, 3]],
]); // prettier-ignore

describe('conv2d', () => {
  beforeAll(() => init());

  test('is the cross-correlation: the filter is not flipped', () => {
    tidy(() => {
      const y = conv2d(tensor([1, 2, 3, 4], [1, 4, 1]), tensor([1, 10], [1, 2, 1, 1]), 1, 'valid');
      expect(y.arraySync()).toEqual([[[21], [32], [43]]]);
    });
  });

  test('computes no filter gradient when only that of the input is asked for', () => {
    tidy(() => {
      const x = ones([1, 4, 4, 1]);
      const w = ones([2, 2, 1, 1]);
      const tape = new GradientTape();
      tape.watch(x);
      const [dx, dw] = tape.gradient(conv2d(x, w, 1, 'valid'), [x, w]);
      expect(dx!.arraySync()[0][1][1]).toEqual([4]);
      expect(dw).toBeNull();
    });
  });

  test("adds a filter's gradient up by parts of the images: the sum of those of single images", () => {
    tidy(() => {
      const value = (i: number): number => Math.sin(i * 1.7) + (i % 7) / 5;
      const w = array64([3, 3, 4, 24], value);
      for (const [pad, strides, dilation] of [
        ['same', 1, 1],
        ['valid', 1, 1],
        ['same', 1, 2],
        ['same', 2, 1],
      ] as const)
        for (const dtype of ['float32', 'float64'] as const) {
          const x = tensor(array64([7, 24, 24, 4], value).data, [7, 24, 24, 4], dtype);
          const filter = tensor(w.data, w.shape, dtype);
          const dw = (images: Tensor): Tensor =>
            grad((v: Tensor) => sum(square(conv2d(images, v, strides, pad, 'NHWC', dilation))))(filter)!;
          let expected: Tensor = zeros(w.shape, dtype);
          for (let i = 0; i < 7; i++) expected = add(expected, dw(slice(x, i, 1)));
          const [got, want] = [Float64Array.from(dw(x).dataSync()), Float64Array.from(expected.dataSync())];
          const most = want.reduce((m, e) => Math.max(m, Math.abs(e)), 0);
          const epsilon = dtype === 'float32' ? 1e-6 : 1e-14;
          want.forEach((e, i) => expect(Math.abs(got[i]! - e)).toBeLessThan(epsilon * most));
        }
    });
  });

  test('agrees with its reference on images as large as those of a network', () => {
    tidy(() => {
      const value = (i: number): number => Math.sin(i * 1.7) + (i % 7) / 5;
      for (const [x, w, f] of [
        [array64([3, 28, 28, 1], value), array64([3, 3, 1, 16], value), { pad: 'same' }],
        [array64([2, 14, 14, 16], value), array64([3, 3, 16, 32], value), { pad: 'same' }],
        [array64([1, 20, 21, 40], value), array64([3, 3, 40, 9], value), { pad: 'same', strides: 2 }],
      ] as const) {
        const expected = convolution(x, w, f);
        const y = conv2d(tensor(x.data, x.shape), tensor(w.data, w.shape), (f as Form).strides ?? 1, 'same').dataSync();
        expected.data.forEach((e, i) => expect(Math.abs(y[i]! - e)).toBeLessThan(1e-9 * 360));
      }
    });
  });
});
