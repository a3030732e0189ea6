// What a compiler hears of while a function is traced: memory taken, tensors used, values written from JavaScript.

/** A tensor, as far as the runtime knows one. */
export interface Traced {
  readonly _block: number;
  readonly _generation: number;
  readonly _maker: string;
}

/** Hears of everything that is not a launch; launches go through setRecorder() of launch.ts. */
export interface Tracer {
  /** A block was taken. */
  allocated(address: number, bytes: number): void;
  /** A tensor's address was asked for. Returns it, or where the values are moved to. */
  used(x: Traced, address: number): number;
  /** JavaScript wrote all of a tensor's values. */
  written(address: number): void;
  /** A tensor's values are about to be read by JavaScript, by an op or a method: throws. */
  reading(x: Traced, by: string): void;
  /** A variable is about to be made. */
  makingVariable(name: string): void;
  /** Whether what happens now is no part of the function: set by untraced(). */
  paused: boolean;
}

/** The active tracer; null when nothing is traced. */
export let tracer: Tracer | null = null;

/** Runs what is done once and is no part of a traced function: making the variables of a layer, or of an optimizer. */
export function untraced<T>(fn: () => T): T {
  const paused = tracer;
  if (paused === null || paused.paused) return fn();
  paused.paused = true;
  try {
    return fn();
  } finally {
    paused.paused = false;
  }
}

/** Begins tracing, or ends it with null. */
export function setTracer(next: Tracer | null): void {
  tracer = next;
}
