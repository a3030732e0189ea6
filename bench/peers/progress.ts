// How far a run is, and about how much longer it takes.

/** A process that is to come. */
export interface Task {
  /** What runs: it takes as long as it did before. */
  readonly name: string;
  /** How much of it there is, for what never ran. */
  readonly cells: number;
}

/** Keeps the seconds of what ran. */
export class Progress {
  readonly #took = new Map<string, Task & { readonly seconds: number }>();

  /** A process has ended. */
  add(task: Task, seconds: number): void {
    this.#took.set(task.name, { ...task, seconds });
  }

  /** About the seconds that these take: as long as they did before, or as long as their cells do on average; null when nothing ran. */
  left(tasks: readonly Task[]): number | null {
    const known = [...this.#took.values()];
    const cells = known.reduce((sum, task) => sum + task.cells, 0);
    if (cells === 0) return null;
    const perCell = known.reduce((sum, { seconds }) => sum + seconds, 0) / cells;
    return tasks.reduce((sum, { name, cells }) => sum + (this.#took.get(name)?.seconds ?? perCell * cells), 0);
  }
}

/** Seconds as people say them. */
export function showDuration(seconds: number): string {
  return seconds < 90 ? `${seconds.toFixed(0)} s` : `${(seconds / 60).toFixed(0)} min`;
}
