// How products, convolution, attention and normalisation reach and cut their operands. Compiled by asc and by tsc: keep it portable, import nothing.

/** Rows of a register tile. */
export const TILE_ROWS = 4;
/** Bytes of a register tile's row: 8 columns of f32, 4 of f64. */
export const TILE_BYTES = 32;
/** Depth of a block. An element's sum over k is made block by block, so these bits depend on it. */
export const BLOCK_DEPTH = 256;
/** Rows of a block of a, which lies in the L2 cache. A multiple of TILE_ROWS. */
export const BLOCK_ROWS = 128;
/** Columns of a block of b, which lies in the L2 cache. A multiple of a tile's columns. */
export const BLOCK_COLUMNS = 256;
/** Rows of c up to so many bytes wide are made without packing a; up to twice as many, but for short runs: see gemm. */
export const NARROW_BYTES = 32;
/** Queries, and keys, of a block of attention scores. A multiple of TILE_ROWS and of a tile's columns. */
export const ATTENTION_BLOCK = 64;
/** Rows of a part of layer normalisation's gradients. That of gamma is the sum of the parts' sums, so its bits depend on it. */
export const NORM_ROWS = 16;

// Ways in which patches of images are reached, bits of a mode; 0 is the source itself, where it stands.
/** From copies of images with zeros around. */
export const COPIED = 1;
/** From patches that are gathered. */
export const GATHERED = 2;
/** With taps down and places along the depth. */
export const TURNED = 4;

// Activations that a product does to its rows while they are in the cache.
export const LINEAR = 0;
export const RELU = 1;
