// The names of all rows that checkOp has been given: what test/package reads.

/** One entry a row; an op with several forms stands here several times. */
export const rows: string[] = [];
