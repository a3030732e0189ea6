// Plain f64 arrays with a shape: what references are written on.

/** A dense row-major array of float64. */
export interface Array64 {
  readonly shape: readonly number[];
  readonly data: Float64Array;
}

export const sizeOf = (shape: readonly number[]): number => shape.reduce((n, d) => n * d, 1);

/** A new array; `at` gives the element of a flat index, or of its coordinates. */
export function array64(shape: readonly number[], at: (flat: number, index: number[]) => number = () => 0): Array64 {
  const data = new Float64Array(sizeOf(shape));
  for (let i = 0; i < data.length; i++) data[i] = at(i, unflatten(i, shape));
  return { shape: [...shape], data };
}

/** Coordinates of a flat index. */
export function unflatten(flat: number, shape: readonly number[]): number[] {
  const index = new Array<number>(shape.length);
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const d = shape[axis]!;
    index[axis] = flat % d;
    flat = Math.floor(flat / d);
  }
  return index;
}

/** Flat index of coordinates. */
export function flatten(index: readonly number[], shape: readonly number[]): number {
  return shape.reduce((flat, d, axis) => flat * d + index[axis]!, 0);
}

/** The element at coordinates. */
export function get(x: Array64, index: readonly number[]): number {
  return x.data[flatten(index, x.shape)]!;
}

/** NumPy's broadcast shape. */
export function broadcastShape(...shapes: (readonly number[])[]): number[] {
  const rank = Math.max(0, ...shapes.map((s) => s.length));
  return Array.from({ length: rank }, (_, axis) => {
    const sizes = shapes.map((s) => s[axis - rank + s.length] ?? 1);
    const size = sizes.find((d) => d !== 1) ?? 1;
    if (sizes.some((d) => d !== 1 && d !== size)) throw new Error(`these do not broadcast: ${JSON.stringify(shapes)}`);
    return size;
  });
}

/** Applies a function of numbers to arrays that broadcast. */
export function mapArrays(f: (...x: number[]) => number, ...inputs: Array64[]): Array64 {
  const shape = broadcastShape(...inputs.map((x) => x.shape));
  return array64(shape, (_, index) =>
    f(
      ...inputs.map((x) =>
        get(
          x,
          index.slice(shape.length - x.shape.length).map((i, axis) => (x.shape[axis] === 1 ? 0 : i)),
        ),
      ),
    ),
  );
}
