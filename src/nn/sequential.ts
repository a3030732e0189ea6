// Sequential: layers one after the other.

import { ArgumentError } from '../errors.js';
import { clone } from '../ops/clone.js';
import type { Tensor } from '../tensor.js';
import type { Variable } from '../variable.js';
import { Layer, type LayerOptions } from './layer.js';

/** Options of sequential. */
export interface SequentialOptions extends LayerOptions {
  layers?: readonly Layer[];
}

/** See sequential(). */
export class Sequential extends Layer {
  private readonly chain: Layer[] = [];

  constructor(options: SequentialOptions) {
    super('sequential', options);
    for (const layer of options.layers ?? []) this.add(layer);
  }

  /** The layers, first to last. */
  get layers(): readonly Layer[] {
    return this.chain;
  }

  /** Puts a layer at the end. */
  add(layer: Layer): this {
    if (!(layer instanceof Layer)) throw new ArgumentError(`${this.name}.add`, `it takes a layer: got ${typeof layer}`);
    this.chain.push(layer);
    return this;
  }

  override get built(): boolean {
    return this.chain.every((layer) => layer.built);
  }

  override get variables(): Variable[] {
    return this.chain.flatMap((layer) => layer.variables);
  }

  override dispose(): void {
    for (const layer of this.chain) layer.dispose();
    super.dispose();
  }

  /** Name, kind and number of parameters of each layer, as text. */
  summary(): string {
    const rows = this.chain.map((layer) => [layer.name, layer.constructor.name, String(layer.countParams())] as const);
    const width = Math.max(5, ...rows.map(([name]) => name.length));
    const lines = [['layer', 'kind', 'parameters'] as const, ...rows].map(
      ([name, kind, count]) => `${name.padEnd(width)}  ${kind.padEnd(16)}${count.padStart(12)}`,
    );
    return [...lines, `${'total'.padEnd(width)}  ${''.padEnd(16)}${String(this.countParams()).padStart(12)}`].join(
      '\n',
    );
  }

  protected override call(x: Tensor, training: boolean): Tensor {
    let y = x;
    for (const layer of this.chain) y = layer.apply(y, { training });
    return y === x ? clone(x) : y;
  }
}

/**
 * A model of layers that feed each other, built on the first call.
 *
 * @see tf.keras.Sequential
 * @example sequential({ layers: [dense({ units: 16, activation: 'tanh' }), dense({ units: 1 })] });
 */
export function sequential(options: SequentialOptions | readonly Layer[] = {}): Sequential {
  return new Sequential(
    Array.isArray(options) ? { layers: options as readonly Layer[] } : (options as SequentialOptions),
  );
}
