// Pairs of shapes that broadcast, one for each path through the walker.

type Shape = readonly number[];

export const BROADCASTS: readonly (readonly [Shape, Shape])[] = [
  [[], []],
  [[7], [7]],
  [[64], [64]],
  [[33], []],
  [[], [5]],
  // Rows and columns, long and shorter than a vector.
  [[5, 3], [3]], // prettier-ignore
  [[5, 3], [5, 1]], // prettier-ignore
  [[9, 10], [10]], // prettier-ignore
  [[17, 2], [17, 1]], // prettier-ignore
  [[5, 1], [1, 3]], // prettier-ignore
  // Planes, and more axes than the innermost three.
  [[4, 5, 6], [5, 1]], // prettier-ignore
  [[3, 1, 2], [1, 4, 1]], // prettier-ignore
  [[3, 2, 2], [2, 2]], // prettier-ignore
  [[2, 3, 2, 3], [3, 1, 3]], // prettier-ignore
  [[2, 1, 3, 1, 2], [1, 4, 1, 2, 1]], // prettier-ignore
  [[2, 2, 2, 2, 2, 2], [2, 1, 2, 1, 2, 1]], // prettier-ignore
];

/** Strides of a contiguous operand inside a broadcast shape: 0 where it repeats. */
export function broadcastStrides(operand: Shape, shape: Shape): number[] {
  const lead = shape.length - operand.length;
  const strides = new Array<number>(shape.length).fill(0);
  let step = 1;
  for (let i = operand.length - 1; i >= 0; i--) {
    if (operand[i] !== 1) strides[lead + i] = step;
    step *= operand[i]!;
  }
  return strides;
}
