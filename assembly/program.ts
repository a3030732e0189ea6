// The virtual machine: records one after the other, and groups of records that run strip by strip.

import { GROUP_OP } from '../src/runtime/abi';
import { dispatch } from './dispatch';

// A group is a record of records whose ranges count the same elements. They run on one strip of the range after the
// other, so that what they hand to each other stays in the cache. In 32-bit words, with offsets from the group's start:
//
//   0  GROUP_OP | words << 16
//   1  units of the whole range          2  units of a strip
//   3  number of records                 4  number of rebased pointers          5  0
//   for each record           its offset · the word of its `from` in it · elements for each unit
//   for each rebased pointer  offset of the word that holds it · address of a strip's buffer · bytes for each unit
//   (padding to an even word) the records
//
// A rebased pointer belongs to a value that lives in one strip only: it is moved back by what precedes the strip, so that
// the kernel, which counts from the start of the range, finds the strip's buffer there.

const HEAD: usize = 6 * 4;
const ROW: usize = 3 * 4;

function runGroup(group: usize): void {
  const units = load<u32>(group, 4);
  const strip = load<u32>(group, 8);
  const records = group + HEAD;
  const pointers = records + <usize>load<u32>(group, 12) * ROW;
  const end = pointers + <usize>load<u32>(group, 16) * ROW;
  let from: u32 = 0;
  while (from < units) {
    const to = units - from < strip ? units : from + strip;
    for (let p = pointers; p < end; p += ROW) {
      store<u32>(group + (load<u32>(p) << 2), load<u32>(p, 4) - from * load<u32>(p, 8));
    }
    for (let r = records; r < pointers; r += ROW) {
      const record = group + (load<u32>(r) << 2);
      const range = record + (load<u32>(r, 4) << 2);
      const scale = load<u32>(r, 8);
      store<u32>(range, from * scale);
      store<u32>(range, to * scale, 4);
      dispatch(record);
    }
    from = to;
  }
}

/** Runs the records from `start` to `end`, which stand one after the other. */
export function run_program(start: usize, end: usize): void {
  for (let record = start; record < end; record += (<usize>load<u16>(record, 2)) << 2) {
    if (load<u16>(record) == GROUP_OP) runGroup(record);
    else dispatch(record);
  }
}
