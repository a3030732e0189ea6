// A model of the arena, which every step of a random sequence is compared with, and such sequences.

import fc from 'fast-check';
import { expect } from 'vitest';
import {
  ARENA_STATE,
  BLOCK_ADDRESS,
  BLOCK_ALIGN,
  BLOCK_BYTES,
  BLOCK_GENERATION,
  BLOCK_OWNERS,
  DATA_START,
  STATE_LIVE_BLOCKS,
  STATE_LIVE_BYTES,
  STATE_PEAK_BYTES,
} from '../../src/runtime/abi.js';

/** What gives blocks and takes them back: the arena itself, or what stands before it. */
export interface Blocks {
  readonly memory: WebAssembly.Memory;
  /** A block of at least `bytes`, by its descriptor's address; 0 when there is no room. */
  alloc(bytes: number): number;
  /** Takes a block back that has one owner. */
  free(handle: number): void;
}

/** What a test knows of a block it took. */
export interface Held {
  handle: number;
  generation: number;
  address: number;
  bytes: number;
  owners: number;
  /** The byte that the whole block was filled with. */
  mark: number;
}

/** Blocks, with a model that every step is compared with. None is taken before, and the peak is 0. */
export class Model<B extends Blocks = Blocks> {
  readonly blocks: B;
  readonly held: Held[] = [];
  /** Handles of blocks that were given back, with the generation they had. */
  readonly stale: { handle: number; generation: number }[] = [];
  lowest: number = Infinity;
  peak = 0;
  private marks = 0;

  constructor(blocks: B) {
    this.blocks = blocks;
  }

  get words(): Uint32Array {
    return new Uint32Array(this.blocks.memory.buffer);
  }

  get reserved(): number {
    return this.blocks.memory.buffer.byteLength;
  }

  get liveBytes(): number {
    return this.held.reduce((sum, b) => sum + b.bytes, 0);
  }

  field(handle: number, field: number): number {
    return this.words[handle / 4 + field]!;
  }

  take(bytes: number): Held | null {
    const handle = this.blocks.alloc(bytes);
    if (handle === 0) return null;
    const block: Held = {
      handle,
      generation: this.field(handle, BLOCK_GENERATION),
      address: this.field(handle, BLOCK_ADDRESS),
      bytes: this.field(handle, BLOCK_BYTES),
      owners: 1,
      mark: (this.marks = (this.marks % 255) + 1),
    };
    expect(this.field(handle, BLOCK_OWNERS)).toBe(1);
    expect(block.bytes).toBe(Math.max(1, Math.ceil(bytes / BLOCK_ALIGN)) * BLOCK_ALIGN);
    expect(block.address % BLOCK_ALIGN).toBe(0);
    expect(block.address).toBeGreaterThanOrEqual(DATA_START);
    expect(block.address + block.bytes).toBeLessThanOrEqual(this.reserved);
    for (const b of this.held) {
      const apart = b.address + b.bytes <= block.address || block.address + block.bytes <= b.address;
      if (!apart) throw new Error(`${block.address}+${block.bytes} overlaps ${b.address}+${b.bytes}`);
    }
    this.view(block).fill(block.mark);
    this.held.push(block);
    this.lowest = Math.min(this.lowest, block.address);
    this.peak = Math.max(this.peak, this.liveBytes);
    return block;
  }

  /** Adds an owner, as src/runtime/core.ts does. */
  share(i: number): void {
    const block = this.held[i]!;
    this.words[block.handle / 4 + BLOCK_OWNERS]!++;
    block.owners++;
  }

  /** Takes an owner away; with the last one the block goes. */
  release(i: number): void {
    const block = this.held[i]!;
    expect(this.field(block.handle, BLOCK_OWNERS)).toBe(block.owners);
    expect(this.field(block.handle, BLOCK_GENERATION)).toBe(block.generation);
    expect(this.field(block.handle, BLOCK_ADDRESS)).toBe(block.address);
    if (--block.owners > 0) {
      this.words[block.handle / 4 + BLOCK_OWNERS]!--;
      return;
    }
    const view = this.view(block);
    const spoilt = view.findIndex((byte) => byte !== block.mark);
    if (spoilt >= 0) throw new Error(`byte ${spoilt} of the block at ${block.address} was overwritten`);
    this.blocks.free(block.handle);
    this.held.splice(i, 1);
    this.stale.push({ handle: block.handle, generation: block.generation });
  }

  private view(block: Held): Uint8Array {
    return new Uint8Array(this.blocks.memory.buffer, block.address, block.bytes);
  }

  /** Compares the arena's counters with the model's, and old handles with what stands there now. */
  check(): void {
    const at = ARENA_STATE / 4;
    const { words } = this;
    expect(words[at + STATE_LIVE_BLOCKS]).toBe(this.held.length);
    expect(words[at + STATE_LIVE_BYTES]).toBe(this.liveBytes);
    expect(words[at + STATE_PEAK_BYTES]).toBe(this.peak);
    for (const { handle, generation } of this.stale)
      if (this.field(handle, BLOCK_GENERATION) === generation) throw new Error(`a handle of ${handle} fits again`);
  }

  releaseAll(order: (n: number) => number): void {
    while (this.held.length > 0) this.release(order(this.held.length) % this.held.length);
    this.check();
  }
}

/** Sizes as programs have them: mostly small, some large, some on the edges of size classes. */
const size = fc.oneof(
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 1024 }) },
  { weight: 3, arbitrary: fc.integer({ min: 1, max: 200_000 }) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 4, max: 20 }).chain((p) => fc.integer({ min: -1, max: 1 }).map((d) => 2 ** p + d)),
  },
  { weight: 1, arbitrary: fc.integer({ min: 1, max: 3_000_000 }) },
);

export type Step = { kind: 'take'; bytes: number } | { kind: 'share' | 'release'; which: number };

const which = fc.nat();
export const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: size.map((bytes) => ({ kind: 'take' as const, bytes })) },
  { weight: 1, arbitrary: which.map((w) => ({ kind: 'share' as const, which: w })) },
  { weight: 5, arbitrary: which.map((w) => ({ kind: 'release' as const, which: w })) },
);

export function play(model: Model, steps: readonly Step[]): void {
  for (const s of steps) {
    if (s.kind === 'take') model.take(s.bytes);
    else if (model.held.length > 0) model[s.kind](s.which % model.held.length);
    model.check();
  }
}
