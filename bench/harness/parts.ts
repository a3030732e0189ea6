// What a process of the START workload reports.

/** Names of the parts, in their order. */
export const PARTS = ['import', 'init', 'first gradients'] as const;

/** What fresh.ts prints, as JSON. */
export interface Report {
  /** Seconds of each part, on the wall and of the processor. */
  readonly wall: readonly number[];
  readonly cpu: readonly number[];
  readonly loss: number;
  /** Sum of the gradients' magnitudes. */
  readonly gradients: number;
}
