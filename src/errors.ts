// The error classes, and the one form of their messages: `<op>: <what is wrong>: <the values>. <what to do>.`

/** Base of every error that gradtape throws on purpose. */
export class GradtapeError extends Error {
  /** Stable and kebab-case, for programs that handle errors. */
  readonly code: string;
  /** The function that refused, as the user wrote it. */
  readonly op: string;

  constructor(code: string, op: string, problem: string, advice = '') {
    super(`${op}: ${problem}. ${advice}`.trim());
    this.name = new.target.name;
    this.code = code;
    this.op = op;
  }
}

/** Sizes, ranks or axes that do not go together. */
export class ShapeError extends GradtapeError {
  constructor(op: string, problem: string, advice?: string) {
    super('shape', op, problem, advice);
  }
}

/** A dtype that the op has no meaning for. */
export class DTypeError extends GradtapeError {
  constructor(op: string, problem: string, advice?: string) {
    super('dtype', op, problem, advice);
  }
}

/** An argument that is not one of the values the op takes. */
export class ArgumentError extends GradtapeError {
  constructor(op: string, problem: string, advice?: string) {
    super('argument', op, problem, advice);
  }
}

/** A tape used out of turn. */
export class TapeError extends GradtapeError {
  constructor(op: string, problem: string, advice?: string) {
    super('tape', op, problem, advice);
  }
}

/** A tensor used after its memory was given back. */
export class DisposedError extends GradtapeError {
  constructor(op: string, problem: string, advice?: string) {
    super('disposed', op, problem, advice);
  }
}

/** The memory budget, or the host's memory, does not allow another tensor. */
export class OutOfMemoryError extends GradtapeError {
  constructor(op: string, problem: string, advice?: string) {
    super('out-of-memory', op, problem, advice);
  }
}

/** core.wasm is missing, is something else, or does not fit this JavaScript. */
export class LoadError extends GradtapeError {
  constructor(op: string, problem: string, advice?: string) {
    super('load', op, problem, advice);
  }
}

/** A thread that others wait for no longer works. What it worked on is lost; those that are left go on. */
export class ThreadError extends GradtapeError {
  constructor(op: string, problem: string, advice?: string) {
    super('thread', op, problem, advice);
  }
}

/** Something that a compiled step cannot contain. */
export class CompileError extends GradtapeError {
  constructor(op: string, problem: string, advice?: string) {
    super('compile', op, problem, advice);
  }
}

/** A gradient that mathematics or this version does not give. */
export class NotDifferentiableError extends GradtapeError {
  constructor(op: string, problem: string, advice?: string) {
    super('not-differentiable', op, problem, advice);
  }
}

/** Bytes that are not what their format says they are: a file cut short, of another kind, or of another size. */
export class DataError extends GradtapeError {
  constructor(op: string, problem: string, advice?: string) {
    super('data', op, problem, advice);
  }
}

/** A NaN or an infinity that anomalyMode has found. */
export class AnomalyError extends GradtapeError {
  /** Whether an op made it, or the gradient of one. */
  readonly phase: 'forward' | 'backward';
  /** The caller's line, as the host writes stack frames: of the op, or of the op whose gradient it is. */
  readonly where: string;

  constructor(op: string, phase: 'forward' | 'backward', where: string, problem: string, advice?: string) {
    super('anomaly', op, problem, advice);
    this.phase = phase;
    this.where = where;
  }
}
