// gradCheck, gradGradCheck and expectClose: they pass what is right, and name what is not.

import { beforeAll, describe, expect, test } from 'vitest';
import { add, cast, customGradient, init, memory, mul, neg, square, tensor, tidy, type Tensor } from 'gradtape';
import { expectClose, gradCheck, GradCheckError, gradGradCheck, MismatchError } from 'gradtape/testing';

beforeAll(() => init());

/** x², whose rule says 2x + wrong. */
const squareWithRule = (rule: (dy: Tensor, x: Tensor) => Tensor) =>
  customGradient((x: Tensor) => ({ value: square(x), gradFunc: (dy: Tensor) => rule(dy, x) }));

function caught(body: () => unknown): GradCheckError {
  try {
    body();
  } catch (error) {
    if (error instanceof GradCheckError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('gradCheck', () => {
  test('passes a right gradient, says how close it is, and leaves no tensor alive', () => {
    const x = tensor([[1, -2, 0.5]]);
    const before = memory().numTensors;
    const report = gradCheck((a, b) => mul(square(a), neg(b)), [x, [[3], [4]]]);
    expect(report.elements).toBe(5);
    expect(report.maxError).toBeLessThan(1e-8);
    expect(memory().numTensors).toBe(before);
    x.dispose();
  });

  test('names the function, the input, the element and both values of a wrong gradient', () => {
    const almost = squareWithRule((dy, x) => add(mul(mul(2, x), dy), tensor([0, 0, 0.01], [3], x.dtype)));
    const error = caught(() =>
      tidy(() =>
        gradCheck(
          (a, b) => add(a, almost(b)),
          [
            [1, 2, 3],
            [4, 5, 6],
          ],
          { name: 'almost' },
        ),
      ),
    );
    expect(error.message).toMatch(
      /^gradCheck\(almost\): the gradient of input 1 at \[2\] gives .*, finite differences give /,
    );
    expect(error.input).toBe(1);
    expect(error.index).toEqual([2]);
    expect(Math.abs(error.gradient! - error.difference)).toBeCloseTo(0.01, 6);
  });

  test('finds a gradient of null where the function does depend on the input', () => {
    const cut = (x: Tensor): Tensor => tensor(x.dataSync(), x.shape, x.dtype);
    const error = caught(() =>
      gradCheck(
        (x, y) => mul(cut(x), y),
        [
          [1.5, 2.5],
          [1, 2],
        ],
      ),
    );
    expect(error.input).toBe(0);
    expect(error.gradient).toBeNull();
    expect(error.message).toContain('the gradient of input 0 at');
  });

  test('takes functions of several outputs in any structure, and leaves out those that are no floats', () => {
    gradCheck((x) => ({ a: square(x), b: [neg(x), cast(x, 'int32')] }), [[1.5, 2.5]]);
  });

  test('leaves int32 and bool inputs alone', () => {
    const report = gradCheck((x, i) => mul(x, cast(i, 'float64')), [[1.5, 2.5], new Int32Array([2, 3])]);
    expect(report.elements).toBe(2);
  });

  test('has nothing to compare in a tensor without elements', () => {
    expect(gradCheck((x) => square(x), [tensor([], [0, 3])]).elements).toBe(0);
  });
});

describe('gradGradCheck', () => {
  test('passes rules made of ops, in the inputs and in the gradients that flow in', () => {
    const report = gradGradCheck(
      (a, b) => mul(square(a), b),
      [
        [1, 2],
        [3, 4],
      ],
    );
    expect(report.elements).toBe(6);
    expect(report.maxError).toBeLessThan(1e-7);
  });

  test('finds a rule that is right, but cut off from its input', () => {
    const frozen = squareWithRule((dy, x) =>
      mul(
        tensor(
          x.dataSync().map((v) => 2 * v),
          x.shape,
          x.dtype,
        ),
        dy,
      ),
    );
    tidy(() => gradCheck(frozen, [[1, 2]]));
    expect(caught(() => tidy(() => gradGradCheck(frozen, [[1, 2]]))).message).toMatch(/^gradGradCheck\(/);
  });
});

describe('expectClose', () => {
  test('passes equal structures, NaN beside NaN, and null beside null', () => {
    tidy(() => {
      expectClose({ a: tensor([1, 2]), b: [null, 3] }, { a: [1, 2 + 1e-7], b: [null, 3] });
      expectClose([NaN, Infinity, -0], [NaN, Infinity, 0]);
    });
  });

  test('names the place that differs most, with both values', () => {
    expect(() =>
      expectClose(
        [
          [1, 2],
          [3, 4.1],
        ],
        [
          [1, 2.01],
          [3, 4],
        ],
      ),
    ).toThrow('2 values differ, most at [1][1]: actual[1][1] is 4.1, expected 4');
  });

  test('tells structures apart', () => {
    expect(() => expectClose([1, 2], [1])).toThrow(MismatchError);
    expect(() => expectClose(null, 0)).toThrow(MismatchError);
    expect(() => expectClose({ a: 1 }, { b: 1 })).toThrow(MismatchError);
    expect(() => expectClose(NaN, 0)).toThrow(MismatchError);
    expect(() => expectClose(1, Infinity)).toThrow(MismatchError);
  });
});
