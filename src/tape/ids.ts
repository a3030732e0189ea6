// Sets of values, by their ids. Ids count upwards, so those of what a tape records lie close together.

import { lastId } from '../tensor.js';

/** Ids this far above the base are marked; others are in a set. */
const REACH = 1 << 20;

/** Some ids, most of them of values made after it. */
export class Ids {
  private readonly base: number;
  /** A bit for each id. V8 keeps as many words as at first inside the array itself, which costs much less than memory of its own. */
  private marks: Uint32Array = new Uint32Array(16);
  private others: Set<number> | null = null;

  /** @param like another set about values of the same time. */
  constructor(like: Ids | null = null) {
    this.base = like?.base ?? lastId();
  }

  /** How many ids that were given so far may have a place. */
  get places(): number {
    return Math.min(lastId() - this.base + 1, 32 * this.marks.length);
  }

  /** A place for an id, below `places`; -1 for one that is far from the base. Ids that are added may bring new places. */
  placeOf(id: number): number {
    const at = id - this.base;
    return at >= 0 && at < 32 * this.marks.length ? at : -1;
  }

  has(id: number): boolean {
    const at = this.placeOf(id);
    return at < 0 ? this.others !== null && this.others.has(id) : ((this.marks[at >>> 5]! >>> (at & 31)) & 1) === 1;
  }

  add(id: number): void {
    const at = id - this.base;
    if (at >= 0 && at < REACH) {
      if (at >= 32 * this.marks.length) this.grow(at);
      this.marks[at >>> 5]! |= 1 << (at & 31);
    } else (this.others ??= new Set()).add(id);
  }

  delete(id: number): void {
    const at = this.placeOf(id);
    if (at < 0) this.others?.delete(id);
    else this.marks[at >>> 5]! &= ~(1 << (at & 31));
  }

  clear(): void {
    this.marks.fill(0);
    this.others = null;
  }

  get isEmpty(): boolean {
    return (this.others === null || this.others.size === 0) && this.marks.every((word) => word === 0);
  }

  private grow(at: number): void {
    const { marks } = this;
    let length = marks.length;
    while (32 * length <= at) length *= 4;
    this.marks = new Uint32Array(length);
    this.marks.set(marks);
  }
}
