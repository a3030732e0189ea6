// Times of calls: warm-up, then rounds that go through all cases in turn, so that a slow moment of the machine hits each alike.

/** Something that is timed. */
export interface Case {
  readonly name: string;
  /**
   * One call. Its result is complete when it returns, or when a promise that it returns is fulfilled, and its temporaries are
   * gone.
   */
  run(): unknown;
  /** How many things (ops, elements) one call does; times are printed for one of them. 1 when not said. */
  readonly per?: number;
  /** Work of one call: floating-point operations, bytes read and written. */
  readonly work?: Work;
  /** Name of the case that it is compared with. */
  readonly beside?: string;
  /** What a comparison of its results with the expected ones found. */
  readonly check?: string;
}

/** What a call does, in numbers. */
export interface Work {
  readonly flops?: number;
  readonly bytes?: number;
  /** Records of a compiled program. */
  readonly records?: number;
  /** MiB of its workspace, and the least that any workspace could have. */
  readonly workspace?: number;
  readonly lowerBound?: number;
  /** Largest error, in units of the result's last place. */
  readonly ulp?: number;
  /** Cycles an element takes in SLEEF's functions of two accuracies. */
  readonly u10?: number;
  readonly u35?: number;
}

/** A case with its times. */
export interface Timed {
  readonly name: string;
  readonly per: number;
  readonly work: Work;
  readonly beside: string;
  readonly check: string;
  /** Mean seconds of one call, round by round. */
  readonly rounds: readonly number[];
}

/** How long to time. */
export interface Effort {
  readonly rounds: number;
  /** Least seconds of a round. */
  readonly round: number;
  /** Least seconds of warm-up of a case. */
  readonly warmUp: number;
  /** Time processor time, of all threads of the process, in place of time on the wall. */
  readonly cpu?: boolean;
}

/** As WORKLOADS.md asks: at least 0.4 s and 2 calls of warm-up, then 7 rounds of at least 0.12 s. */
export const FULL: Effort = { rounds: 7, round: 0.12, warmUp: 0.4 };
/** For a first look. */
export const QUICK: Effort = { rounds: 3, round: 0.03, warmUp: 0.1 };

type Clock = () => number;

const wallTime: Clock = () => performance.now() / 1000;
const cpuTime: Clock = () => {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1e6;
};

/** Calls so many times, and only takes the way over promises when a call gives one. */
function callTimes(run: () => unknown, times: number): Promise<void> | null {
  for (let i = 0; i < times; i++) {
    const pending = run();
    if (pending instanceof Promise) return goOn(pending, run, times - i - 1);
  }
  return null;
}

async function goOn(pending: Promise<unknown>, run: () => unknown, times: number): Promise<void> {
  await pending;
  for (let i = 0; i < times; i++) await run();
}

/** Calls for at least so many seconds, looking at the clock once in about a twentieth of that. */
async function callFor(
  now: Clock,
  run: () => unknown,
  seconds: number,
  secondsOfCall: number,
): Promise<{ calls: number; elapsed: number }> {
  const batch = Math.max(1, Math.floor(seconds / 20 / secondsOfCall));
  let calls = 0;
  let elapsed: number;
  const start = now();
  do {
    const pending = callTimes(run, batch);
    if (pending) await pending;
    calls += batch;
    elapsed = now() - start;
  } while (elapsed < seconds);
  return { calls, elapsed };
}

/**
 * Times cases against each other.
 *
 * @param goesOn is asked before each round of a case, with its name and how many rounds it has had; all end with the first no.
 */
export async function timeAll(
  cases: readonly Case[],
  effort: Effort,
  goesOn: (name: string, rounds: number) => Promise<boolean> | boolean = (_, rounds) => rounds < effort.rounds,
): Promise<Timed[]> {
  const now = effort.cpu ? cpuTime : wallTime;
  const secondsOfCall: number[] = [];
  for (const { run } of cases) {
    const { calls, elapsed } = await callFor(now, run, effort.warmUp, Infinity);
    if (calls === 1) await run();
    secondsOfCall.push(elapsed / calls);
  }
  const rounds = cases.map((): number[] => []);
  for (let turn = 0; ; turn++) {
    // Each round begins with another case.
    const round = Math.floor(turn / cases.length);
    const at = (turn + round) % cases.length;
    const { name, run } = cases[at]!;
    if (!(await goesOn(name, round))) break;
    const { calls, elapsed } = await callFor(now, run, effort.round, secondsOfCall[at]!);
    secondsOfCall[at] = elapsed / calls;
    rounds[at]!.push(elapsed / calls);
  }
  return cases.map(({ name, per = 1, work = {}, beside = '', check = '' }, i) => ({
    name,
    per,
    work,
    beside,
    check,
    rounds: rounds[i]!,
  }));
}

/** Timings of the same cases in several processes, taken together. */
export function merge(repeats: readonly (readonly Timed[])[]): Timed[] {
  return (repeats[0] ?? []).map((first, i) => ({ ...first, rounds: repeats.flatMap((timed) => timed[i]!.rounds) }));
}

/** The number below which a share of the others lies, between neighbours by proportion. */
export function quantile(numbers: readonly number[], share: number): number {
  const sorted = [...numbers].sort((a, b) => a - b);
  const place = share * (sorted.length - 1);
  const below = sorted[Math.floor(place)]!;
  return below + (sorted[Math.ceil(place)]! - below) * (place - Math.floor(place));
}

/** Median seconds of one call. */
export function median({ rounds }: Timed): number {
  return quantile(rounds, 0.5);
}
