// The arena against a model: random sequences of taking, sharing and giving back blocks.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { instantiateSync } from '@assemblyscript/loader';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ARENA_STATE, BLOCK_ADDRESS, DATA_START, STATE_LIVE_BYTES } from '../../src/runtime/abi.js';
import type { Core } from '../../src/runtime/core.js';
import { Model, play, step } from './model.js';

const bytesOfCore = readFileSync(join(import.meta.dirname, '../../dist/core.wasm'));
const module = new WebAssembly.Module(bytesOfCore);
const PAGE = 65536;

/** An arena of its own, with a model. */
function modelWithin(pages: number): Model<Core> {
  const core = instantiateSync<Record<string, unknown> & Core>(module).instance.exports as Core &
    Record<string, unknown>;
  core.set_budget(pages);
  return new Model(core);
}

describe('the arena', () => {
  it('gives blocks that are aligned, apart, counted, and whole until they are given back', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 120 }), fc.infiniteStream(fc.nat()), (steps, order) => {
        const model = modelWithin(65535);
        play(model, steps);
        model.releaseAll(() => order.next().value ?? 0);
      }),
      { numRuns: 60, seed: 1 },
    );
  });

  it('merges what is given back into one block, and needs no more memory for the same again', () => {
    fc.assert(
      fc.property(fc.array(step, { minLength: 20, maxLength: 120 }), fc.infiniteStream(fc.nat()), (steps, order) => {
        const model = modelWithin(65535);
        play(model, steps);
        model.releaseAll(() => order.next().value ?? 0);
        const { reserved } = model;
        for (let again = 0; again < 3; again++) {
          play(model, steps);
          model.releaseAll(() => order.next().value ?? 0);
        }
        expect(model.reserved).toBe(reserved);
        if (model.lowest === Infinity) return;
        const whole = model.blocks.alloc(reserved - model.lowest);
        expect(model.field(whole, BLOCK_ADDRESS)).toBe(model.lowest);
        expect(model.reserved).toBe(reserved);
        model.blocks.free(whole);
      }),
      { numRuns: 40, seed: 2 },
    );
  });

  it('stays within its budget, refuses what does not fit, and is as it was after that', () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 150 }), fc.integer({ min: 2, max: 40 }), (steps, pages) => {
        const model = modelWithin(pages);
        for (const s of steps) {
          if (s.kind === 'take') model.take(s.bytes);
          else if (model.held.length > 0) model[s.kind](s.which % model.held.length);
          model.check();
          expect(model.reserved).toBeLessThanOrEqual(Math.max(pages * PAGE, DATA_START + PAGE));
        }
        model.releaseAll((n) => n - 1);
        expect(model.blocks.alloc(0xffff_ffff)).toBe(0);
        expect(model.blocks.alloc(0xffff_0000)).toBe(0);
        model.check();
      }),
      { numRuns: 60, seed: 3 },
    );
  });

  it('holds ten thousand small blocks at once, and gives all their memory to one after them', () => {
    const model = modelWithin(65535);
    const handles: number[] = [];
    const round = (n: number): void => {
      for (let i = 0; i < n; i++) handles.push(model.blocks.alloc(64 * (1 + (i % 5))));
      expect(new Set(handles).size).toBe(n);
      const taken = handles.map((_, i) => 64 * (1 + (i % 5))).reduce((a, b) => a + b, 0);
      expect(model.words[ARENA_STATE / 4 + STATE_LIVE_BYTES]).toBe(taken);
      // Every other one first, so that nothing merges until the second pass.
      for (let i = 0; i < n; i += 2) model.blocks.free(handles[i]!);
      for (let i = 1; i < n; i += 2) model.blocks.free(handles[i]!);
      handles.length = 0;
      expect(model.words[ARENA_STATE / 4 + STATE_LIVE_BYTES]).toBe(0);
    };
    round(10_000);
    const { reserved } = model;
    for (let again = 0; again < 5; again++) round(10_000);
    expect(model.reserved).toBe(reserved);
  });

  it('takes and gives back alike for the sizes of a training step, a thousand times', () => {
    const model = modelWithin(65535);
    const sizes = [3136, 64, 100_352, 401_408, 128, 1_605_632, 40, 802_816];
    for (const bytes of sizes) model.take(bytes);
    model.releaseAll(() => 0);
    const { reserved } = model;
    for (let i = 0; i < 1000; i++) {
      const blocks = sizes.map((bytes) => model.blocks.alloc(bytes));
      for (const block of i % 2 === 0 ? blocks : blocks.reverse()) model.blocks.free(block);
    }
    expect(model.reserved).toBe(reserved);
  });
});
