// How many channels a step over images takes: whole vectors, then one element at a time. Neither reads nor writes beyond them.

import { loadOne, storeOne } from './walk';

/** Specialise on it, never allocate it. */
@unmanaged
export class Lanes {
  bytes(): u32 {
    return 16;
  }
  get(at: usize): v128 {
    return v128.load(at);
  }
  set(at: usize, v: v128): void {}
}

@unmanaged
@final
export class Whole extends Lanes {
  bytes(): u32 {
    return 16;
  }
  get(at: usize): v128 {
    return v128.load(at);
  }
  set(at: usize, v: v128): void {
    v128.store(at, v);
  }
}

@unmanaged
@final
export class One<T> extends Lanes {
  bytes(): u32 {
    return sizeof<T>();
  }
  get(at: usize): v128 {
    return loadOne<T>(at);
  }
  set(at: usize, v: v128): void {
    storeOne<T>(at, v);
  }
}
