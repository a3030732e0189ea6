// Steps whose programs are saved in tests: between them they use most kinds of kernels.

import * as gt from 'gradtape';
import * as nn from 'gradtape/nn';
import * as optim from 'gradtape/optim';
import type { TypedArray } from '../../src/dtype.js';

/** A compiled step, its arguments for run number i, and what it changes. */
export interface Example {
  readonly step: ((...args: gt.Tensor[]) => unknown) & gt.Compiled;
  readonly inputs: (i: number) => TypedArray[];
  readonly shapes: readonly (readonly number[])[];
  readonly variables: () => readonly gt.Variable[];
  readonly dispose: () => void;
}

const wave = (n: number, i: number): Float32Array => Float32Array.from({ length: n }, (_, j) => Math.sin(i * 31 + j));
const whole = (n: number, i: number, below: number): Int32Array =>
  Int32Array.from({ length: n }, (_, j) => (i * 7 + j * 5) % below);

function training(model: nn.Sequential, shape: number[], optimizer: optim.Optimizer, ids = false): Example {
  const loss = (x: gt.Tensor, y: gt.Tensor): gt.Tensor =>
    gt.losses.sparseSoftmaxCrossEntropy(y, model.apply(x, { training: true }));
  const step = gt.compile((x: gt.Tensor, y: gt.Tensor) => optimizer.minimize(() => loss(x, y)));
  const size = shape.reduce((n, d) => n * d, 1);
  return {
    step: step as Example['step'],
    inputs: (i) => [ids ? whole(size, i, 9) : wave(size, i), whole(shape[0]!, i, 3)],
    shapes: [shape, [shape[0]!]],
    variables: () => [...model.variables, ...optimizer.variables],
    dispose: () => {
      step.dispose();
      model.dispose();
      optimizer.dispose();
    },
  };
}

/** The tiny network of the benchmark (W4T): gradients by a tape, one step of plain descent. */
function tiny(): Example {
  const layer = (inputs: number, units: number): gt.Variable[] => [
    gt.variable(gt.randomNormal([inputs, units], 0, 0.3)),
    gt.variable(gt.zeros([units])),
  ];
  const variables = [...layer(2, 16), ...layer(16, 16), ...layer(16, 1)];
  const [w1, b1, w2, b2, w3, b3] = variables as [
    gt.Variable,
    gt.Variable,
    gt.Variable,
    gt.Variable,
    gt.Variable,
    gt.Variable,
  ];
  const step = gt.compile((x: gt.Tensor, y: gt.Tensor) => {
    const tape = new gt.GradientTape();
    const hidden = gt.tanh(gt.add(gt.matMul(gt.tanh(gt.add(gt.matMul(x, w1), b1)), w2), b2));
    const loss = gt.mean(gt.square(gt.sub(gt.add(gt.matMul(hidden, w3), b3), y)));
    tape.gradient(loss, variables).forEach((g, i) => variables[i]!.assignSub(gt.mul(g!, 0.1)));
    return loss;
  });
  return {
    step: step as Example['step'],
    inputs: (i) => [wave(32, i), wave(16, i + 1)],
    shapes: [
      [16, 2],
      [16, 1],
    ],
    variables: () => variables,
    dispose: () => {
      step.dispose();
      gt.dispose(variables);
    },
  };
}

/** One of a kind: dense layers, convolution and pooling, rows by index, a fused chain, and many ops. */
export const EXAMPLES: Readonly<Record<string, () => Example>> = {
  'the tiny network W4T': tiny,
  'dense layers with dropout and adam': () =>
    training(
      nn.sequential([
        nn.layers.dense({ units: 7, activation: 'tanh' }),
        nn.layers.dropout({ rate: 0.5 }),
        nn.layers.dense({ units: 3 }),
      ]),
      [5, 4],
      optim.adam(0.01),
    ),
  'convolution and pooling with momentum': () =>
    training(
      nn.sequential([
        nn.layers.conv2d({ filters: 3, kernelSize: 3, activation: 'relu', padding: 'same' }),
        nn.layers.maxPooling2d({ poolSize: 2 }),
        nn.layers.conv2d({ filters: 4, kernelSize: 3, strides: 2 }),
        nn.layers.flatten(),
        nn.layers.dense({ units: 3 }),
      ]),
      [2, 10, 10, 1],
      optim.momentum(0.1),
    ),
  'a filter gradient in parts of the images': () =>
    training(
      nn.sequential([
        nn.layers.conv2d({ filters: 8, kernelSize: 3, padding: 'same' }),
        nn.layers.flatten(),
        nn.layers.dense({ units: 3 }),
      ]),
      [5, 24, 24, 4],
      optim.sgd(0.1),
    ),
  'rows by index, attention and a generator': () => {
    const table = gt.variable(gt.randomUniform([9, 6], -1, 1), true, 'table');
    const scale = gt.scalar(0.3);
    const optimizer = optim.sgd(0.1);
    const step = gt.compile((ids: gt.Tensor) =>
      optimizer.minimize(() => {
        const x = gt.gather(table, ids);
        const scores = gt.softmax(gt.mul(gt.matMul(x, x, false, true), scale));
        const y = gt.matMul(gt.matMul(scores, x), gt.transpose(x));
        return gt.mean(gt.square(gt.add(y, gt.randomNormal([4, 4], 0, 0.1))));
      }),
    );
    return {
      step: step as Example['step'],
      inputs: (i) => [whole(4, i, 9)],
      shapes: [[4]],
      variables: () => [table, ...optimizer.variables],
      dispose: () => {
        step.dispose();
        gt.dispose([table, scale]);
        optimizer.dispose();
      },
    };
  },
  'attention of many heads, causal and with masks, and adamw': () => {
    const layer = nn.layers.multiHeadAttention({ numHeads: 2, keyDim: 3, valueDim: 5, causal: true });
    const optimizer = optim.adamw(0.01);
    const weights = gt.randomNormal([2, 1, 9]);
    const step = gt.compile((x: gt.Tensor, y: gt.Tensor) =>
      optimizer.minimize(() => {
        const h = layer.apply(x, { attentionMask: gt.greater(gt.sin(gt.range(0, 9)), -0.9) });
        // Keys and values serve both elements of the batch.
        const z = gt.scaledDotProductAttention(h, gt.slice(h, 0, 1), gt.slice(x, 0, 1), { mask: weights, heads: 2 });
        return gt.mean(gt.square(gt.sub(z, y)));
      }),
    );
    return {
      step: step as Example['step'],
      inputs: (i) => [wave(72, i), wave(72, i + 1)],
      shapes: [
        [2, 9, 4],
        [2, 9, 4],
      ],
      variables: () => [...layer.variables, ...optimizer.variables],
      dispose: () => {
        step.dispose();
        layer.dispose();
        optimizer.dispose();
        weights.dispose();
      },
    };
  },
  'an elementwise chain that is fused, where, arguments of maxima and copies': () => {
    const v = gt.variable(gt.fill([5000], 0.5), true, 'long');
    const step = gt.compile((x: gt.Tensor, b: gt.Tensor) => {
      const y = gt.mul(gt.tanh(gt.add(gt.mul(x, v), 0.1)), gt.sigmoid(x));
      v.assign(gt.add(gt.mul(v, 0.9), gt.mul(y, 0.01)));
      const rows = gt.reshape(y, [100, 50]);
      return {
        y,
        sums: gt.sum(gt.where(gt.greater(rows, 0), rows, gt.reshape(b, [1, 50])), 0),
        places: gt.argMax(rows, 1),
        wide: gt.cast(
          gt.reverse(
            gt.pad(rows, [
              [1, 0],
              [0, 2],
            ]),
            1,
          ),
          'float64',
        ),
      };
    });
    return {
      step: step as Example['step'],
      inputs: (i) => [wave(5000, i), wave(50, i + 1)],
      shapes: [[5000], [50]],
      variables: () => [v],
      dispose: () => {
        step.dispose();
        v.dispose();
      },
    };
  },
  'chains that end in a sum and a mean of everything': () => {
    const v = gt.variable(gt.fill([120, 60], 0.5), true, 'field');
    const step = gt.compile((x: gt.Tensor) => {
      v.assignAdd(gt.mul(gt.square(gt.sub(v, x)), 0.01));
      return {
        loss: gt.mean(gt.square(gt.sub(gt.tanh(x), 0.3))),
        sum: gt.sum(gt.abs(gt.sub(gt.sin(gt.cast(x, 'float64')), 1))),
      };
    });
    return {
      step: step as Example['step'],
      inputs: (i) => [wave(7200, i)],
      shapes: [[120, 60]],
      variables: () => [v],
      dispose: () => {
        step.dispose();
        v.dispose();
      },
    };
  },
  'chains that end in reductions of rows': () => {
    const v = gt.variable(gt.fill([130, 54], 0.5), true, 'rows');
    const step = gt.compile((x: gt.Tensor) => {
      const y = gt.mul(gt.tanh(gt.add(gt.mul(x, v), 0.1)), gt.sigmoid(x));
      const z = gt.sub(gt.exp(x), gt.mul(v, 2));
      return { rows: gt.sum(y, 1), most: gt.max(z, 1) };
    });
    return {
      step: step as Example['step'],
      inputs: (i) => [wave(7020, i)],
      shapes: [[130, 54]],
      variables: () => [v],
      dispose: () => {
        step.dispose();
        v.dispose();
      },
    };
  },
  'dilated convolution and mean pooling in float64, with a second derivative': () => {
    const w = gt.variable(gt.cast(gt.randomUniform([3, 2, 2, 3], -1, 1, 'float32'), 'float64'), true, 'filter');
    const step = gt.compile((x: gt.Tensor) => {
      const outer = new gt.GradientTape();
      const inner = new gt.GradientTape();
      const y = gt.conv2d(x, w, 1, 'same', 'NHWC', 2);
      const loss = gt.sum(gt.prod(gt.avgPool(gt.maxPool(gt.tanh(y), 2, 1, 'same'), 2, 2, 'valid'), 3));
      const g = inner.gradient(loss, w)!;
      const h = outer.gradient(gt.sum(gt.square(g)), w)!;
      w.assignSub(gt.mul(h, 0.001));
      return { loss, g };
    });
    return {
      step: step as Example['step'],
      inputs: (i) => [Float64Array.from(wave(48, i))],
      shapes: [[1, 6, 4, 2]],
      variables: () => [w],
      dispose: () => {
        step.dispose();
        w.dispose();
      },
    };
  },
  'factorizations with their gradients, and gamma numbers': () => {
    const w = gt.variable(gt.mul(gt.eye(4), 3), true, 'matrix');
    const step = gt.compile((x: gt.Tensor) => {
      const tape = new gt.GradientTape();
      const a = gt.add(w, gt.mul(x, 0.3));
      const l = gt.linalg.cholesky(gt.add(gt.matMul(a, a, false, true), gt.eye(4)));
      const [q, r] = gt.linalg.qr(gt.slice(a, [0, 0], [4, 3]));
      const parts = [l, q, r, gt.linalg.inv(a), gt.linalg.triangularSolve(l, x), gt.linalg.solve(a, x)];
      const loss = gt.addN([
        ...parts.map((y) => gt.sum(gt.square(y))),
        gt.linalg.det(a),
        gt.linalg.slogdet(a).logAbsDet,
      ]);
      const g = tape.gradient(loss, w)!;
      w.assignSub(gt.mul(g, 1e-4));
      return { loss, g, draws: gt.randomGamma([9], 0.5, 2) };
    });
    return {
      step: step as Example['step'],
      inputs: (i) => [wave(16, i)],
      shapes: [[4, 4]],
      variables: () => [w],
      dispose: () => {
        step.dispose();
        w.dispose();
      },
    };
  },
};
