// Cases of single eager ops: the same op on its own result, so often that what stands around a chain is spread thin.

import { GradientTape, tidy, type Tensor } from 'gradtape';

/** Ops of a chain. */
export const OPS = 100;

/** The op on x, on what that gives, and so on. */
export function chain(x: Tensor, op: (x: Tensor) => Tensor, ops: number = OPS): Tensor {
  let y = x;
  for (let i = 0; i < ops; i++) y = op(y);
  return y;
}

/** The chain, recorded, and what is done with its tape; freeing it all is in the time. */
export function taped(
  x: Tensor,
  op: (x: Tensor) => Tensor,
  use: (tape: GradientTape, y: Tensor) => void = () => undefined,
): () => void {
  return () =>
    tidy(() => {
      const tape = new GradientTape();
      tape.watch(x);
      use(tape, chain(x, op));
    });
}
