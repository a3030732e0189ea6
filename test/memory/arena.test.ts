// The arena against a model: random sequences of taking, sharing and giving back blocks.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instantiateSync } from '@assemblyscript/loader';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
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
import type { Core } from '../../src/runtime/core.js';

const bytesOfCore = readFileSync(join(import.meta.dirname, '../../dist/core.wasm'));
const module = new WebAssembly.Module(bytesOfCore);
const PAGE = 65536;

/** What a test knows of a block it took. */
interface Held {
  handle: number;
  generation: number;
  address: number;
  bytes: number;
  owners: number;
  /** The byte that the whole block was filled with. */
  mark: number;
}

/** An arena of its own, with a model that every step is compared with. */
class Model {
  readonly core: Core = instantiateSync<Record<string, unknown> & Core>(module).instance.exports as Core &
    Record<string, unknown>;
  readonly held: Held[] = [];
  /** Handles of blocks that were given back, with the generation they had. */
  readonly stale: { handle: number; generation: number }[] = [];
  lowest = Infinity;
  peak = 0;
  private marks = 0;

  constructor(pages: number) {
    this.core.set_budget(pages);
  }

  get words(): Uint32Array {
    return new Uint32Array(this.core.memory.buffer);
  }

  get reserved(): number {
    return this.core.memory.buffer.byteLength;
  }

  get liveBytes(): number {
    return this.held.reduce((sum, b) => sum + b.bytes, 0);
  }

  field(handle: number, field: number): number {
    return this.words[handle / 4 + field]!;
  }

  take(bytes: number): Held | null {
    const handle = this.core.alloc(bytes);
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
    this.core.free(block.handle);
    this.held.splice(i, 1);
    this.stale.push({ handle: block.handle, generation: block.generation });
  }

  private view(block: Held): Uint8Array {
    return new Uint8Array(this.core.memory.buffer, block.address, block.bytes);
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

type Step = { kind: 'take'; bytes: number } | { kind: 'share' | 'release'; which: number };

const which = fc.nat();
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: size.map((bytes) => ({ kind: 'take' as const, bytes })) },
  { weight: 1, arbitrary: which.map((w) => ({ kind: 'share' as const, which: w })) },
  { weight: 5, arbitrary: which.map((w) => ({ kind: 'release' as const, which: w })) },
);

function play(model: Model, steps: readonly Step[]): void {
  for (const s of steps) {
    if (s.kind === 'take') model.take(s.bytes);
    else if (model.held.length > 0) model[s.kind](s.which % model.held.length);
    model.check();
  }
}

describe('the arena', () => {
  it('gives blocks that are aligned, apart, counted, and whole until they are given back', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.infiniteStream(fc.nat()), (steps, order) => {
        const model = new Model(65535);
        play(model, steps);
        model.releaseAll(() => order.next().value ?? 0);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('merges what is given back into one block, and needs no more memory for the same again', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), fc.infiniteStream(fc.nat()), (steps, order) => {
        const model = new Model(65535);
        play(model, steps);
        model.releaseAll(() => order.next().value ?? 0);
        const { reserved } = model;
        for (let again = 0; again < 3; again++) {
          play(model, steps);
          model.releaseAll(() => order.next().value ?? 0);
        }
        expect(model.reserved).toBe(reserved);
        if (model.lowest === Infinity) return;
        const whole = model.core.alloc(reserved - model.lowest);
        expect(model.field(whole, BLOCK_ADDRESS)).toBe(model.lowest);
        expect(model.reserved).toBe(reserved);
        model.core.free(whole);
      }),
      { numRuns: 40, seed: 2 },
    );
  });

  it('stays within its budget, refuses what does not fit, and is as it was after that', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), fc.integer({ min: 2, max: 40 }), (steps, pages) => {
        const model = new Model(pages);
        for (const s of steps) {
          if (s.kind === 'take') model.take(s.bytes);
          else if (model.held.length > 0) model[s.kind](s.which % model.held.length);
          model.check();
          expect(model.reserved).toBeLessThanOrEqual(Math.max(pages * PAGE, DATA_START + PAGE));
        }
        model.releaseAll((n) => n - 1);
        expect(model.core.alloc(0xffff_ffff)).toBe(0);
        expect(model.core.alloc(0xffff_0000)).toBe(0);
        model.check();
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  it('holds ten thousand small blocks at once, and gives all their memory to one after them', () => {
    const model = new Model(65535);
    const handles: number[] = [];
    const round = (n: number): void => {
      for (let i = 0; i < n; i++) handles.push(model.core.alloc(64 * (1 + (i % 5))));
      expect(new Set(handles).size).toBe(n);
      const taken = handles.map((_, i) => 64 * (1 + (i % 5))).reduce((a, b) => a + b, 0);
      expect(model.words[ARENA_STATE / 4 + STATE_LIVE_BYTES]).toBe(taken);
      // Every other one first, so that nothing merges until the second pass.
      for (let i = 0; i < n; i += 2) model.core.free(handles[i]!);
      for (let i = 1; i < n; i += 2) model.core.free(handles[i]!);
      handles.length = 0;
      expect(model.words[ARENA_STATE / 4 + STATE_LIVE_BYTES]).toBe(0);
    };
    round(10_000);
    const { reserved } = model;
    for (let again = 0; again < 5; again++) round(10_000);
    expect(model.reserved).toBe(reserved);
  });

  it('takes and gives back alike for the sizes of a training step, a thousand times', () => {
    const model = new Model(65535);
    const sizes = [3136, 64, 100_352, 401_408, 128, 1_605_632, 40, 802_816];
    for (const bytes of sizes) model.take(bytes);
    model.releaseAll(() => 0);
    const { reserved } = model;
    for (let i = 0; i < 1000; i++) {
      const blocks = sizes.map((bytes) => model.core.alloc(bytes));
      for (const block of i % 2 === 0 ? blocks : blocks.reverse()) model.core.free(block);
    }
    expect(model.reserved).toBe(reserved);
  });
});
