// Splitting: every kernel gives the same bits in pieces of any size, each run as another worker would.

import { beforeAll, describe, expect, it } from 'vitest';
import { THREADS, THREADS_COUNT } from '../../src/runtime/abi.js';
import { sources } from './kernels.js';
import type { Tensor } from '../../src/index.js';
import type { Optimizer } from '../../src/optim/index.js';
import { fresh, type Library } from './library.js';

/** Grains of a chunk: one is every cut there can be; others cut elsewhere, and leave longer pieces. */
const GRAINS = [1, 2, 3, 7, 1000];
/** As many threads as there are shares, none of which is taken by a real worker. */
const SHARES = 4;

/** Runs everything in pieces: hashes of all programs, and the kernels that ran in more than one piece. */
type Suite = (grains: number) => Promise<{ hashes: readonly string[]; split: ReadonlySet<string> }>;

let suite: Suite;
let whole: readonly string[];
const covered = new Set<string>();

beforeAll(async () => {
  const { gt, force, jobs } = await fresh();
  await gt.init({ threads: 2 });
  await gt.init({ threads: 1 });
  const { words } = await import('../../src/runtime/core.js');
  words[THREADS / 4 + THREADS_COUNT] = SHARES;
  const { setRecorder } = await import('../../src/runtime/launch.js');
  const { KERNELS } = await import('../../src/runtime/kernel-table.js');
  const { runSuite } = await import('../hosts/suite.js');
  const { sgd } = await import('gradtape/optim');
  const { batchNormByOwn } = await import('../../src/ops/channels.js');
  const others = {
    ...programsOf(gt, sgd),
    ...normalisations(gt, (x) => batchNormByOwn(x, null, null, 1e-3).y),
  };
  suite = async (grains) => {
    const split = new Set<string>();
    force(grains);
    let before = jobs();
    setRecorder((header) => {
      if (jobs() !== before) split.add(KERNELS[header & 0xffff]!.split(' ')[0]!);
      before = jobs();
    });
    const { programs } = await runSuite('pieces');
    setRecorder(null);
    expect(programs.filter(({ problem }) => problem !== null)).toEqual([]);
    const hashes = programs.map(({ name, hash }) => `${name} ${hash}`);
    for (const [kernel, program] of Object.entries(others)) {
      const start = jobs();
      const values = gt.tidy(() => program().map((x) => Array.from(x.dataSync())));
      hashes.push(`${kernel} ${values.join(' ')}`);
      if (jobs() > start) split.add(kernel);
    }
    return { hashes, split };
  };
  words[THREADS / 4 + THREADS_COUNT] = 1;
  whole = (await suite(0)).hashes;
  words[THREADS / 4 + THREADS_COUNT] = SHARES;
}, 120_000);

describe('all programs', () => {
  it.each(GRAINS)(
    'give the same bits in pieces of %i grains',
    async (grains) => {
      const { hashes, split } = await suite(grains);
      expect(hashes).toEqual(whole);
      for (const name of split) covered.add(name);
    },
    120_000,
  );

  it('run every kernel that splits in pieces', () => {
    const all = sources().filter(({ split }) => split !== '');
    const families = new Set([...covered].map((name) => name.replace(/_(f32|f64|i32|bool|x32|x64)$/, '')));
    expect(all.map(({ base }) => base).filter((base) => !families.has(base))).toEqual([]);
  });
});

/** What the programs of hosts lack, by the kernel that runs on more than a grain. */
function programsOf(gt: Library, sgd: (rate: number) => Optimizer): Readonly<Record<string, () => Tensor[]>> {
  const x = gt.randomNormal([100], 0, 2, 'float32', 1);
  const [a, b] = [gt.randomNormal([20, 30]), gt.randomNormal([30, 17])];
  const images = gt.randomNormal([3, 9, 9, 2]);
  const filter = gt.randomNormal([3, 3, 2, 5]);
  const long = gt.randomNormal([40, 300]);
  const [bias, channels] = [gt.randomNormal([17]), gt.randomNormal([5])];
  const layer = gt.compile((y: Tensor) => gt.relu(gt.add(gt.matMul(y, b), bias)));
  const convolution = gt.compile((y: Tensor) => gt.relu(gt.add(gt.conv2d(y, filter, 1, 'same'), channels)));
  const chain = gt.compile((y: Tensor) => gt.sum(gt.mul(gt.add(gt.square(y), 1), gt.exp(y)), 1));
  const of = {
    is_nan: gt.isNaN,
    is_inf: gt.isInf,
    is_finite: gt.isFinite,
    floor: gt.floor,
    ceil: gt.ceil,
    round: gt.round,
  };
  const pairs = { logical_or: gt.logicalOr, logical_xor: gt.logicalXor };
  const indices = (high: number): Tensor => gt.cast(gt.clipByValue(gt.mul(x, high), 0, high), 'int32');
  return {
    ...Object.fromEntries(Object.entries(of).map(([name, f]) => [name, () => [f(gt.div(x, gt.relu(x)))]])),
    ...Object.fromEntries(Object.entries(pairs).map(([name, f]) => [name, () => [f(gt.greater(x, 0), gt.less(x, 1))]])),
    logical_not: () => [gt.logicalNot(gt.greater(x, 0))],
    one_hot: () => [gt.oneHot(indices(3), 4)],
    flat_index: () => [gt.gatherND(a, gt.reshape(indices(3), [50, 2]))],
    qr: () => gt.linalg.qr(gt.reshape(a, [3, 20, 10])),
    fused_matmul: () => [layer(a), layer(gt.slice(a, 0, 1)), layer(gt.slice(a, 0, 14))],
    // More columns than rows, in one matrix and in a batch, and one row.
    matmul: () =>
      [false, true].flatMap((tB) =>
        [1, 14, 20].map((m) =>
          gt.matMul(gt.slice(a, 0, m), gt.randomNormal(tB ? [3, 90, 30] : [3, 30, 90], 0, 1, 'float32', 2), false, tB),
        ),
      ),
    fused_conv2d: () => [convolution(images)],
    // The filter's gradient in parts: of images that are copied, gathered, and read where they stand.
    conv2d: () => {
      const many = gt.randomNormal([7, 16, 16, 4], 0, 1, 'float32', 3);
      const taps = gt.randomNormal([3, 3, 4, 24], 0, 1, 'float32', 4);
      return (
        [
          ['same', 1],
          ['same', 2],
          ['valid', 1],
        ] as const
      ).map(([pad, dilation]) =>
        gt.grad((w: Tensor) => gt.sum(gt.square(gt.conv2d(many, w, 1, pad, 'NHWC', dilation))))(taps)!,
      );
    },
    fused_chain: () => [chain(long)],
    sgd_rows: () => {
      const table = gt.variable(gt.ones([40, 6]));
      sgd(0.1).minimize(() => gt.sum(gt.square(gt.gather(table, indices(39)))), [table]);
      const after = table.clone();
      table.dispose();
      return [after];
    },
  };
}

function normalisations(gt: Library, own: (x: Tensor) => Tensor): Readonly<Record<string, () => Tensor[]>> {
  const x = gt.randomNormal([30, 9]);
  return {
    batch_moments: () => [own(x)],
    batch_norm_grad: () => [gt.grad((y: Tensor) => gt.sum(gt.square(own(y))))(x)!],
  };
}
