// What a kernel's arguments are. scripts/kernels.ts reads these names; to the compiler they are plain addresses.

/** Address of a block that the kernel reads. */
export type In = usize;
/** Address of a block that the kernel writes, all of its range. */
export type Out = usize;
/** Address of a block that the kernel reads and writes. */
export type InOut = usize;
/** Address of working memory. */
export type Scratch = usize;
/** Address of 32-bit numbers inside the record. */
export type Meta = usize;
