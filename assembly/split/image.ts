// Work of convolution and its neighbours: see kernels/conv2d.ts and loops/image.ts.

import { COPIED, TURNED } from '../../src/runtime/blocking';
import { at, part } from './work';

/** Depth of a part of turned patches, and of all others. */
function depthOf(meta: usize): f64 {
  const depth = at(meta, 1);
  return ((<u32>at(meta, 22)) & TURNED) == 0 ? depth : min(depth, at(meta, 24) * at(meta, 7) * at(meta, 8));
}

/** Rows of a part, where there are several. */
function partRows(meta: usize): f64 {
  return depthOf(meta) == at(meta, 1) ? 0 : at(meta, 12) * at(meta, 13) * at(meta, 11);
}

/** What is done before the first row of a part: the right operand is packed and, when patches are turned, images are copied. */
function prepare(meta: usize, size: f64): f64 {
  const mode = <u32>at(meta, 22);
  const depth = depthOf(meta);
  const packing = at(meta, 0) * depth * size * 0.08;
  // Gathered patches are made for a chunk's rows alone.
  if ((mode & TURNED) == 0 || (mode & COPIED) == 0) return packing;
  const images = depth / (at(meta, 7) * at(meta, 8));
  return packing + images * at(meta, 9) * at(meta, 23) * size * 0.06;
}

/** Of a row. Parts are prepared for themselves. */
export function convWork(meta: usize, size: f64): f64 {
  return at(meta, 0) * depthOf(meta) * size * 0.016 + part(prepare(meta, size), partRows(meta));
}

/** Of each chunk. */
export function convSetup(meta: usize, size: f64): f64 {
  return partRows(meta) == 0 ? prepare(meta, size) : 0;
}

/** Chunks begin at whole parts, at whole images where these are copied, and at whole tiles otherwise. */
export function convGrain(meta: usize): f64 {
  const mode = <u32>at(meta, 22);
  const places = at(meta, 7) * at(meta, 8);
  if ((mode & TURNED) != 0) return max<f64>(partRows(meta), 4);
  return (mode & COPIED) != 0 && places < 4096 ? places : 4;
}
