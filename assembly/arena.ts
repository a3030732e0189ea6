// The arena: reference-counted, 64-byte aligned blocks of linear memory, by two-level segregated fit.

import {
  ARENA_STATE,
  BLOCK_ALIGN,
  STATE_BUDGET_PAGES,
  STATE_LIVE_BLOCKS,
  STATE_LIVE_BYTES,
  STATE_PEAK_BYTES,
} from '../src/runtime/abi';

// Blocks tile the heap without gaps. What is known of a block stands in a descriptor beside the heap, never in the
// heap itself: a scalar costs one cache line, and no kernel can overwrite the arena's own data.
//
//   heap   │ block 64 │ block 448          │ block 128 │ … the end of memory
//              ▲           ▲                   ▲
//   chunk  [desc][desc][desc] …  512 descriptors of 32 bytes; a descriptor never moves
//
// Free blocks hang in lists by size class; two bitmaps find a class that fits in a few instructions, and neighbours
// are merged at once, so both alloc and release take constant time. Small blocks may come back late: src/runtime/core.ts.
// Source of the method: Masmano et al., "TLSF: a new dynamic memory allocator for real-time systems", ECRTS 2004.

/** A block descriptor. The first four fields are read from TypeScript: see BLOCK_* in src/runtime/abi.ts. */
@unmanaged
class Block {
  address: usize;
  bytes: u32;
  generation: u32;
  owners: u32;
  /** The neighbours in memory. */
  below: Block | null;
  above: Block | null;
  /** The neighbours in the free list of its class; `next` also links the descriptors not in use. */
  prev: Block | null;
  next: Block | null;
}

// Sizes in units of BLOCK_ALIGN: below 16 units one class for each size; above, 16 classes for each power of two.
const STEPS: u32 = 16;
const STEP_BITS: u32 = 4;
const LEVELS: u32 = 24;
const UNIT_BITS: u32 = 6;
const PAGE_BITS: u32 = 16;
const DESCRIPTORS_PER_CHUNK: u32 = 512;
/** Memory grows by at least 1 MiB, or an eighth of what is there. */
const GROW_PAGES: u32 = 16;

/** The arena's state, at ARENA_STATE. Kept in memory and not in globals, which threads would not share. */
@unmanaged
class State {
  liveBlocks: u32;
  liveBytes: u32;
  peakBytes: u32;
  budgetPages: u32;
  /** Bit f is set when level f has a free block. */
  levels: u32;
  /** The highest block, which grows with the memory. */
  top: Block | null;
  /** Descriptors not in use. */
  spare: Block | null;
}
// After the state: LEVELS words of step bitmaps, then LEVELS · STEPS list heads.
const STEP_MAPS: usize = ARENA_STATE + 64;
const LISTS: usize = STEP_MAPS + LEVELS * 4;

function state(): State {
  return changetype<State>(<usize>ARENA_STATE);
}

/** The level and step of a size, as level · STEPS + step. */
function classOf(units: u32): u32 {
  if (units < STEPS) return units;
  const log = 31 - clz(units);
  const level = log - STEP_BITS + 1;
  const step = (units >> (log - STEP_BITS)) & (STEPS - 1);
  return level * STEPS + step;
}

function listHead(index: u32): usize {
  return LISTS + ((<usize>index) << 2);
}

function link(block: Block): void {
  const index = classOf(block.bytes >> UNIT_BITS);
  const level = index >> STEP_BITS;
  const head = changetype<Block | null>(load<usize>(listHead(index)));
  block.prev = null;
  block.next = head;
  if (head) head.prev = block;
  store<usize>(listHead(index), changetype<usize>(block));
  const map = STEP_MAPS + ((<usize>level) << 2);
  store<u32>(map, load<u32>(map) | (1 << (index & (STEPS - 1))));
  state().levels |= 1 << level;
}

function unlink(block: Block): void {
  const prev = block.prev;
  const next = block.next;
  if (next) next.prev = prev;
  if (prev) {
    prev.next = next;
    return;
  }
  const index = classOf(block.bytes >> UNIT_BITS);
  store<usize>(listHead(index), changetype<usize>(next));
  if (next) return;
  const level = index >> STEP_BITS;
  const map = STEP_MAPS + ((<usize>level) << 2);
  const steps = load<u32>(map) & ~(1 << (index & (STEPS - 1)));
  store<u32>(map, steps);
  if (steps == 0) state().levels &= ~(1 << level);
}

/** A free block of at least `units`, taken from its list, or null. */
function take(units: u32): Block | null {
  // The block last freed in the size's own class fits most often: training asks for the same sizes again and again.
  const own = changetype<Block | null>(load<usize>(listHead(classOf(units))));
  if (own && own.bytes >> UNIT_BITS >= units) {
    unlink(own);
    return own;
  }
  // Otherwise round up to the next class, any block of which fits.
  let wanted = units;
  if (units >= STEPS) wanted += (1 << (31 - clz(units) - STEP_BITS)) - 1;
  const index = classOf(wanted);
  let level = index >> STEP_BITS;
  let steps = load<u32>(STEP_MAPS + ((<usize>level) << 2)) & ((<u32>~0) << (index & (STEPS - 1)));
  if (steps == 0) {
    const levels = level >= 31 ? 0 : state().levels & ((<u32>~0) << (level + 1));
    if (levels == 0) return null;
    level = ctz(levels);
    steps = load<u32>(STEP_MAPS + ((<usize>level) << 2));
  }
  const block = changetype<Block | null>(load<usize>(listHead(level * STEPS + ctz(steps))));
  if (block) unlink(block);
  return block;
}

/** Adds `bytes` of memory (whole pages) at the top of the heap as free space. False when there is none to be had. */
function grow(bytes: u32): bool {
  const have = <u32>memory.size();
  const least = (bytes >> PAGE_BITS) + ((bytes & 0xffff) != 0 ? 1 : 0);
  const budget = state().budgetPages;
  if (least > budget || have > budget - least) return false;
  let pages = max(max(least, GROW_PAGES), have >> 3);
  if (pages > budget - have) pages = budget - have;
  let start = <usize>memory.grow(pages);
  if (<i32>start == -1 && pages > least) {
    pages = least;
    start = <usize>memory.grow(pages);
  }
  if (<i32>start == -1) return false;
  extend(start << PAGE_BITS, pages << PAGE_BITS);
  return true;
}

/** Makes [address, address + bytes) part of the heap: a free block above the top one, merged with it if that is free. */
function extend(address: usize, bytes: u32): void {
  let top = state().top;
  if (top && top.owners == 0) {
    unlink(top);
    top.bytes += bytes;
    link(top);
    return;
  }
  // The first bytes of new memory become descriptors when there are none left.
  if (!state().spare) {
    const chunk = DESCRIPTORS_PER_CHUNK * <u32>offsetof<Block>();
    describe(address);
    // The chunk lies between blocks for good: a block with an owner, so that no neighbour merges with it.
    const fence = spareBlock();
    fence.address = address;
    fence.bytes = chunk;
    fence.owners = 1;
    stack(fence);
    address += chunk;
    bytes -= chunk;
    if (bytes == 0) return;
    top = fence;
  }
  const block = spareBlock();
  block.address = address;
  block.bytes = bytes;
  block.owners = 0;
  stack(block);
  link(block);
}

/** Puts a block on top of the heap. */
function stack(block: Block): void {
  const top = state().top;
  block.below = top;
  block.above = null;
  if (top) top.above = block;
  state().top = block;
}

/** Turns a chunk of memory into unused descriptors. */
function describe(address: usize): void {
  for (let i: u32 = DESCRIPTORS_PER_CHUNK; i > 0; i--) {
    const block = changetype<Block>(address + (i - 1) * offsetof<Block>());
    block.generation = 1;
    block.next = state().spare;
    state().spare = block;
  }
}

/** A descriptor not in use. The caller has made sure that there is one. */
function spareBlock(): Block {
  const block = changetype<Block>(state().spare);
  state().spare = block.next;
  return block;
}

/** Takes a merged block's descriptor out of use. Its generation stays above that of every handle to it. */
function retire(block: Block): void {
  block.generation++;
  block.owners = 0;
  block.next = state().spare;
  state().spare = block;
}

/** Cuts what is not needed off a block and frees it. */
function trim(block: Block, bytes: u32): void {
  const rest = block.bytes - bytes;
  if (rest == 0 || !state().spare) return;
  const tail = spareBlock();
  tail.address = block.address + bytes;
  tail.bytes = rest;
  tail.owners = 0;
  tail.below = block;
  const above = block.above;
  tail.above = above;
  if (above) above.below = tail;
  else state().top = tail;
  block.above = tail;
  block.bytes = bytes;
  link(tail);
}

/** Makes sure that a descriptor is left to cut a block with. False when memory is exhausted. */
function refill(): bool {
  const chunk = DESCRIPTORS_PER_CHUNK * <u32>offsetof<Block>();
  while (!state().spare) {
    const block = take(chunk >> UNIT_BITS);
    if (block) {
      // Its start becomes descriptors, for good; the rest is cut off and stays free.
      block.owners = 1;
      describe(block.address);
      trim(block, chunk);
    } else if (!grow(chunk)) return false;
  }
  return true;
}

/**
 * Takes a block of at least `bytes` that no counter sees: the core's own. Its content is whatever was there before.
 *
 * @returns the descriptor's address, or 0 when the budget or the host's memory does not allow it.
 */
export function reserve(bytes: u32): usize {
  if (bytes > 0xffff_0000) return 0;
  const size = bytes == 0 ? BLOCK_ALIGN : (bytes + BLOCK_ALIGN - 1) & ~(BLOCK_ALIGN - 1);
  if (!refill()) return 0;
  let block = take(size >> UNIT_BITS);
  if (!block) {
    // The class is rounded up to find a block at once, so ask for as much as the class needs.
    if (!grow(size + (size >> STEP_BITS)) && !grow(size)) return 0;
    block = take(size >> UNIT_BITS);
    if (!block) return 0;
  }
  trim(block, size);
  block.owners = 1;
  return changetype<usize>(block);
}

/** As reserve, for a tensor. */
export function alloc(bytes: u32): usize {
  const handle = reserve(bytes);
  if (handle == 0) return 0;
  const s = state();
  s.liveBlocks++;
  s.liveBytes += changetype<Block>(handle).bytes;
  if (s.liveBytes > s.peakBytes) s.peakBytes = s.liveBytes;
  return handle;
}

/** Gives a block back that reserve() gave, and merges it with its free neighbours. */
export function unreserve(handle: usize): void {
  let block = changetype<Block>(handle);
  block.generation++;
  block.owners = 0;

  const above = block.above;
  if (above && above.owners == 0) {
    unlink(above);
    absorb(block, above);
  }
  const below = block.below;
  if (below && below.owners == 0) {
    unlink(below);
    absorb(below, block);
    block = below;
  }
  link(block);
}

/** Frees a block whose last owner is gone. Old handles no longer fit. */
export function free(handle: usize): void {
  const s = state();
  s.liveBlocks--;
  s.liveBytes -= changetype<Block>(handle).bytes;
  unreserve(handle);
}

/** Makes `above` part of `block`. */
function absorb(block: Block, above: Block): void {
  block.bytes += above.bytes;
  const next = above.above;
  block.above = next;
  if (next) next.below = block;
  else state().top = block;
  retire(above);
}

/** Sets the budget, in pages of 64 KiB of linear memory, and starts the arena on the first call. */
export function set_budget(pages: u32): void {
  state().budgetPages = pages;
  if (state().top) return;
  const start = (__heap_base + (BLOCK_ALIGN - 1)) & ~(<usize>BLOCK_ALIGN - 1);
  extend(start, ((<u32>memory.size()) << PAGE_BITS) - <u32>start);
}

/** Starts a new measurement of the peak. */
export function reset_peak(): void {
  state().peakBytes = state().liveBytes;
}
