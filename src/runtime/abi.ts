// Numbers both sides must agree on. Compiled by asc and by tsc: keep it portable, import nothing.

/** Version of everything below and of the kernel list. Raise it whenever `assembly/kernels.txt` or a layout changes. */
export const ABI_VERSION = 3;

// Linear memory starts with fixed regions; static data follows at DATA_START, then the heap.
//
//   0        64        2048        4096              14848         16384
//   ├─ null ─┼─ arena ─┼─ threads ─┼─ launch record ─┼─ constants ─┼─ static data, heap …
//
/** Byte address of the arena's state. Nothing is ever stored below it, so address 0 is never a live block. */
export const ARENA_STATE = 64;
/** Byte address of the record that an eager launch is written to. */
export const RECORD = 4096;
/** Bytes that the launch record may take. */
export const RECORD_BYTES = 10752;
/** How many constants have a place; for each there is a descriptor of CONSTANT_STRIDE bytes, then a block of BLOCK_ALIGN. */
export const CONSTANT_COUNT = 16;
/** Byte address of their descriptors, which are like the arena's, though the arena does not know them. */
export const CONSTANTS = 14848;
export const CONSTANT_STRIDE = 32;
/** Byte address of their blocks. */
export const CONSTANT_BLOCKS = 15360;
/** Byte address of the first static data: `--memoryBase` in asconfig.json. */
export const DATA_START = 16384;

/** Bit of what `build()` of a core says: it was compiled with relaxed SIMD. */
export const BUILD_RELAXED = 1;
/** Likewise: its memory is shared by threads, and it is given one. */
export const BUILD_THREADS = 2;

// Arena state, in 32-bit words from ARENA_STATE.
export const STATE_LIVE_BLOCKS = 0;
export const STATE_LIVE_BYTES = 1;
export const STATE_PEAK_BYTES = 2;
/** Bytes of linear memory the arena may grow to, in pages of 64 KiB. */
export const STATE_BUDGET_PAGES = 3;

// A block descriptor, in 32-bit words from its address. A handle is the descriptor's address and a generation.
export const BLOCK_ADDRESS = 0;
/** Capacity in bytes, a multiple of BLOCK_ALIGN. */
export const BLOCK_BYTES = 1;
/** Goes up by one whenever the block is freed, so that an old handle no longer fits. */
export const BLOCK_GENERATION = 2;
/** Owners of the block; 0 when it is free. */
export const BLOCK_OWNERS = 3;
/** The next block in the free list; of a block that is taken it is for whoever took it. */
export const BLOCK_NEXT = 7;
/** Alignment and granularity of blocks, in bytes: a cache line, and four SIMD vectors. */
export const BLOCK_ALIGN = 64;

// dtype codes: the variant of a kernel is its base ID plus the code.
export const FLOAT32 = 0;
export const FLOAT64 = 1;
export const INT32 = 2;
export const BOOL = 3;

/** The op ID of a group of records: see assembly/program.ts. */
export const GROUP_OP = 0xffff;

// Threads, in a build with shared memory: see assembly/threads.ts. Words below count from THREADS, 32 bits each; what different
// threads write stands in different cache lines.
/** Byte address of what the threads share. */
export const THREADS = 2048;
/** The job's number. Idle workers wait for it to change. */
export const THREADS_JOB = 0;
/** Chunks of the job that are done; with the job's number in the next word one 64-bit number. */
export const THREADS_DONE = 16;
// The job, as long as it has chunks that are not done.
export const THREADS_RECORD = 32;
export const THREADS_FROM = 33;
export const THREADS_TO = 34;
/** Units of a chunk. */
export const THREADS_CHUNK = 35;
export const THREADS_CHUNKS = 36;
/** Microseconds that a chunk should take. */
export const THREADS_MICROSECONDS = 37;
/** How many threads there are, the main one included; 0 and 1 mean that none is to be waited for. */
export const THREADS_COUNT = 38;
/** Where the threads' rooms begin. */
export const THREADS_ROOMS = 39;
/** Bytes from a worker's room to the next one's. */
export const THREADS_ROOM_BYTES = 40;
/** For tests: grains of a chunk, whatever that is worth. The main thread does the shares of absent workers as they would. */
export const THREADS_GRAINS = 41;
/** The first thread's own words; the main thread is number 0. */
export const THREADS_SLOTS = 48;
/** Words of a slot. */
export const THREADS_SLOT_WORDS = 16;
/** As many threads as there are slots. */
export const MOST_THREADS = 28;

// A slot: a worker's state; the number of the job that the thread works on, 0 for none; chunks of its share that nobody has
// taken, with their job's number in the next word one 64-bit number.
export const SLOT_STATE = 0;
export const SLOT_JOB = 1;
export const SLOT_LEFT = 2;

// States of a worker.
export const WORKER_ABSENT = 0;
export const WORKER_AWAKE = 1;
export const WORKER_ASLEEP = 2;
/** It stopped with an error, maybe within a chunk. */
export const WORKER_FAILED = 3;

/** Pages of 64 KiB that shared memory begins with: asconfig.json says so, too. */
export const SHARED_PAGES = 16;
