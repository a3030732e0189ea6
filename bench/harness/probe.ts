// The engine's limits as cases: the arithmetic peak of 128-bit vectors, and copies of memory. See bench/probe/index.ts.

import { bytesOf } from './bytes.js';
import { quantile, type Case } from './timing.js';

interface Probe {
  chains_f32(steps: number): number;
  chains_f64(steps: number): number;
  copy_loop(from: number, to: number, bytes: number): void;
  copy_bulk(from: number, to: number, bytes: number): void;
  read_loop(from: number, bytes: number): number;
  clock(steps: number): number;
  instructions(steps: number): number;
}

const probe = (await WebAssembly.instantiate(await bytesOf('build/bench/probe.wasm'))).instance
  .exports as WebAssembly.Exports & Probe;

const CHAINS = 12;
const STEPS = 10_000;

/** Multiplications and additions without memory; `work.flops` over its time is the most that any kernel can reach. */
export function peak(dtype: 'float32' | 'float64'): Case {
  const [lanes, chains] = dtype === 'float32' ? [4, probe.chains_f32] : [2, probe.chains_f64];
  return { name: `peak ${dtype}`, work: { flops: STEPS * CHAINS * lanes * 2 }, run: () => void chains(STEPS) };
}

/** Where copies go from and to: 16 MiB of memory in two halves. */
const FROM = 64 * 1024;
const TO = 8 * 2 ** 20;

/** A copy of float32 elements by a loop of vector loads and stores, or by memory.copy. */
export function copy(how: 'loop' | 'bulk', elements: number): Case {
  const bytes = Math.ceil((4 * elements) / 64) * 64;
  if (bytes > TO - FROM) throw new RangeError(`copy: ${elements} elements do not fit the probe's memory.`);
  const f = how === 'loop' ? probe.copy_loop : probe.copy_bulk;
  return {
    name: `${how === 'loop' ? 'copy loop' : 'memory.copy'} @${elements}`,
    per: elements,
    work: { bytes: 8 * elements },
    run: () => f(FROM, TO, bytes),
  };
}

/** A read of float32 elements by a loop of vector loads. */
export function read(elements: number): Case {
  const bytes = Math.ceil((4 * elements) / 64) * 64;
  return {
    name: `read loop @${elements}`,
    per: elements,
    work: { bytes: 4 * elements },
    run: () => void probe.read_loop(FROM, bytes),
  };
}

/** A cycle of the processor's clock: what a case `beside` it takes is a count of cycles. */
export const CLOCK: Case = { name: 'clock cycle', per: 32 * STEPS, run: () => void probe.clock(STEPS) };

/** Samples of a look: the median stands for them, as one alone may be interrupted. */
const SAMPLES = 7;
/** Some 0.1 ms each. */
const CHAINED = 12_000;
const FREE = 40_000;

/**
 * Instructions that the processor takes in a cycle just now, where none waits for another. With a neighbour on the same core it
 * is about half of what it is without: docs/adr/0017.
 */
export function instructionsPerCycle(): number {
  const samples = Array.from({ length: SAMPLES }, () => {
    const start = performance.now();
    probe.clock(CHAINED);
    const between = performance.now();
    probe.instructions(FREE);
    const cycle = (between - start) / (32 * CHAINED);
    return (56 * FREE * cycle) / (performance.now() - between);
  });
  return quantile(samples, 0.5);
}
