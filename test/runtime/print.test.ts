// Tensors as text.

import { beforeAll, expect, it } from 'vitest';
import { init, range, reshape, scalar, tensor, tidy, variable, zeros, type Tensor } from '../../src/index.js';

beforeAll(() => init());

/** The lines of a tensor's text. */
const lines = (make: () => Tensor, verbose = false): string[] => tidy(() => make().toString(verbose)).split('\n');

it('a scalar is its value, to seven digits', () => {
  expect(lines(() => scalar(3.14159274))).toEqual(['Tensor', '    3.141593']);
  expect(lines(() => scalar(1e-9))).toEqual(['Tensor', '    1e-9']);
  expect(lines(() => scalar(7, 'int32'))).toEqual(['Tensor', '    7']);
  expect(lines(() => scalar(true))).toEqual(['Tensor', '    true']);
});

it('rows stand in brackets, columns in line', () => {
  expect(lines(() => tensor([1.5, -2, NaN, Infinity]))).toEqual([
    'Tensor',
    '    [1.5     , -2      , NaN     , Infinity]',
  ]);
  expect(
    lines(() =>
      tensor([
        [1, 100],
        [1000, 2.5],
      ]),
    ),
  ).toEqual(['Tensor', '    [[1   , 100],', '     [1000, 2.5]]']);
  expect(lines(() => reshape(range(0, 8), [2, 2, 2]))).toEqual([
    'Tensor',
    '    [[[0, 1],',
    '      [2, 3]],',
    '     [[4, 5],',
    '      [6, 7]]]',
  ]);
});

it('long axes show their ends', () => {
  expect(lines(() => range(0, 30))).toEqual(['Tensor', '    [0 , 1 , 2 , ..., 27, 28, 29]']);
  const rows = lines(() => zeros([100, 2]));
  expect(rows).toHaveLength(1 + 7);
  expect(rows[4]).toContain('...');
  expect(lines(() => zeros([20]))[1]).not.toContain('...');
});

it('empty tensors show their empty axes', () => {
  expect(lines(() => zeros([0]))).toEqual(['Tensor', '    []']);
  expect(lines(() => zeros([0, 3]))).toEqual(['Tensor', '    []']);
  expect(lines(() => zeros([2, 0]))).toEqual(['Tensor', '    [[],', '     []]']);
});

it('verbose text has dtype, rank and shape', () => {
  expect(lines(() => zeros([1, 2], 'float64'), true)).toEqual([
    'Tensor',
    '  dtype: float64',
    '  rank: 2',
    '  shape: [1,2]',
    '  values:',
    '    [[0, 0]]',
  ]);
});

it('a variable prints as its values', () => {
  const v = variable([1, 2]);
  expect(String(v)).toBe('Tensor\n    [1, 2]');
  v.dispose();
});
