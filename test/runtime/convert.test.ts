// Values of JavaScript to tensors and back: dtypes, shapes, and what is refused.

import { beforeAll, describe, expect, it } from 'vitest';
import {
  add,
  ArgumentError,
  DTypeError,
  init,
  mul,
  ones,
  scalar,
  ShapeError,
  tensor,
  tensor1d,
  tensor2d,
  tensor3d,
  tensor4d,
  tensor5d,
  tensor6d,
  type TensorLike,
  variable,
} from '../../src/index.js';
import { balanced } from '../tape/behaviour.js';

beforeAll(() => init());

const even = (body: () => void) => () => balanced(body);

describe('dtypes', () => {
  it(
    'follow the values: numbers float32, booleans bool, typed arrays their own',
    even(() => {
      const cases: [TensorLike, string][] = [
        [1, 'float32'],
        [[1, 2], 'float32'],
        [true, 'bool'],
        [[[true], [false]], 'bool'],
        [new Float32Array(2), 'float32'],
        [new Float64Array(2), 'float64'],
        [new Int32Array(2), 'int32'],
        [new Uint8Array(2), 'int32'],
        [new Uint8ClampedArray(2), 'int32'],
        [[new Float64Array(2), new Float64Array(2)], 'float64'],
        [[], 'float32'],
      ];
      for (const [values, dtype] of cases) expect(tensor(values).dtype).toBe(dtype);
    }),
  );

  it(
    'are what is asked for, and values are brought to them',
    even(() => {
      expect(tensor([1.7, -1.7, NaN], undefined, 'int32').arraySync()).toEqual([1, -1, 0]);
      expect(tensor([0, 2, -1], undefined, 'bool').arraySync()).toEqual([false, true, true]);
      expect(tensor([true, false], undefined, 'float32').arraySync()).toEqual([1, 0]);
      expect(tensor([0.1], undefined, 'float64').arraySync()).toEqual([0.1]);
      expect(tensor([0.1]).arraySync()).toEqual([Math.fround(0.1)]);
      expect(scalar(3.7, 'int32').arraySync()).toBe(3);
      expect(() => tensor([1], [1], 'float16' as never)).toThrow(DTypeError);
    }),
  );

  it(
    'of a plain number or array beside a float tensor are the tensor’s; typed arrays keep theirs',
    even(() => {
      const x = ones([2], 'float64');
      expect(mul(x, 2).dtype).toBe('float64');
      expect(mul(2, x).dtype).toBe('float64');
      expect(add(x, [0.1, 0.2]).arraySync()).toEqual([1.1, 1.2]);
      expect(add(ones([2]), new Float64Array([1, 2])).dtype).toBe('float64');
      expect(add(ones([2], 'int32'), 0.5).arraySync()).toEqual([1.5, 1.5]);
      expect(add(ones([2], 'int32'), true).dtype).toBe('int32');
    }),
  );

  it(
    'come out as the typed arrays that they are',
    even(() => {
      expect(tensor([1]).dataSync()).toBeInstanceOf(Float32Array);
      expect(tensor([1], [1], 'float64').dataSync()).toBeInstanceOf(Float64Array);
      expect(tensor([1], [1], 'int32').dataSync()).toBeInstanceOf(Int32Array);
      expect(tensor([true]).dataSync()).toEqual(new Uint8Array([1]));
      const x = tensor([1, 2]);
      x.dataSync()[0] = 9;
      expect(x.arraySync()).toEqual([1, 2]);
    }),
  );

  it('come out of promises alike', async () => {
    const x = tensor([[1, 2]]);
    expect(await x.data()).toEqual(new Float32Array([1, 2]));
    expect(await x.array()).toEqual([[1, 2]]);
    x.dispose();
  });
});

describe('shapes', () => {
  it(
    'follow the nesting',
    even(() => {
      const cases: [TensorLike, number[]][] = [
        [3, []],
        [[], [0]],
        [
          [[], []],
          [2, 0],
        ],
        [[1, 2, 3], [3]],
        [[[[1], [2]]], [1, 2, 1]],
        [
          [new Float32Array(4), new Float32Array(4)],
          [2, 4],
        ],
      ];
      for (const [values, shape] of cases) expect(tensor(values).shape).toEqual(shape);
    }),
  );

  it(
    'are given to flat values',
    even(() => {
      expect(tensor([1, 2, 3, 4], [2, 2]).arraySync()).toEqual([
        [1, 2],
        [3, 4],
      ]);
      expect(tensor(5, [1, 1]).arraySync()).toEqual([[5]]);
      expect(tensor([], [0, 3]).shape).toEqual([0, 3]);
      expect(tensor(new Float32Array(6), [3, 2]).shape).toEqual([3, 2]);
    }),
  );

  it(
    'that the values do not fill are refused, whole numbers only',
    even(() => {
      for (const shape of [[3], [2, 3], [-4], [2.5], [4, 0]])
        expect(() => tensor([1, 2, 3, 4], shape)).toThrow(ShapeError);
      expect(() =>
        tensor(
          [
            [1, 2],
            [3, 4],
          ],
          [4],
        ),
      ).toThrow('tensor: values of shape [2, 2] does not fill shape [4].');
      expect(() => tensor(1, [2])).toThrow('values is one number and does not fill shape [2]');
      expect(() => tensor([1], [1 << 30])).toThrow('more than a tensor can hold');
      expect(() => tensor([1], 'x' as never)).toThrow(ArgumentError);
    }),
  );

  it(
    'of rows that differ in length or depth are refused',
    even(() => {
      const ragged: unknown[] = [
        [[1, 2], [3]],
        [[1], [2, 3]],
        [1, [2]],
        [[1], 2],
        [[[1]], [[2], [3]]],
        [
          [[1], [2]],
          [3, 4],
        ],
        [new Float32Array(2), new Float32Array(3)],
        [new Float32Array(2), [1, [2]]],
      ];
      for (const values of ragged)
        expect(() => tensor(values as TensorLike), JSON.stringify(values)).toThrow(ShapeError);
    }),
  );

  it(
    'have the rank that the maker names',
    even(() => {
      const makers = [tensor1d, tensor2d, tensor3d, tensor4d, tensor5d, tensor6d] as const;
      makers.forEach((make, i) => {
        const rank = i + 1;
        let nested: unknown = [7, 8];
        for (let r = 1; r < rank; r++) nested = [nested];
        const x = make(nested as TensorLike);
        expect(x.rank).toBe(rank);
        expect([...x.dataSync()]).toEqual([7, 8]);
        expect(() => make([nested] as TensorLike)).toThrow(`${make.name}: it makes tensors of rank ${rank}`);
      });
      expect(tensor2d([1, 2], [2, 1]).arraySync()).toEqual([[1], [2]]);
      expect(tensor3d([1, 2], [1, 2, 1], 'int32').dtype).toBe('int32');
      expect(() => tensor2d([1, 2], [2])).toThrow('tensor2d: shape must have 2 sizes: got 1.');
    }),
  );
});

describe('what is no value', () => {
  it(
    'is refused by kind',
    even(() => {
      for (const values of [undefined, null, 'x', {}, () => 1, Symbol('s'), 1n])
        expect(() => tensor(values as never)).toThrow(ArgumentError);
      expect(() => tensor([1, 'x'] as never)).toThrow('values holds something that is not a number: the string "x".');
      expect(() => tensor([[1], [null]] as never)).toThrow('is not a number: null');
      expect(() => tensor([1, undefined] as never)).toThrow('is not a number: undefined');
      expect(() => tensor(ones([1]))).toThrow('values is a tensor already. Use clone(x) for another one.');
      expect(() => scalar([1] as never)).toThrow('scalar: value must be a number or a boolean: got object.');
      expect(() => add(new DataView(new ArrayBuffer(4)) as never, 1)).toThrow(ArgumentError);
    }),
  );

  it(
    'leaves the other argument’s conversion nowhere',
    even(() => {
      expect(() => add([1, 2], 'x' as never)).toThrow(ArgumentError);
      expect(() => variable('x' as never)).toThrow(ArgumentError);
    }),
  );
});
