import { RateLimitedError } from '../errors.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { ProjectStore, Store } from '../store/store.ts';

/** How much of what waits is executed, and how much may wait. */
export interface QueueLimits {
  /** How many of its runs a process executes at the same time. */
  readonly concurrency: number;
  /** How many runs of a project may be unfinished. */
  readonly projectMax: number;
}

export interface QueueOptions {
  readonly store: Store;
  readonly limits: QueueLimits;
  /** Takes a run and executes it; false where another process was faster, else when it is through. */
  readonly take: (store: ProjectStore, id: string) => Promise<{ readonly finished: Promise<unknown> } | null>;
  readonly logError: (error: unknown, message: string) => void;
}

/** The runs that any process takes and executes, when it has room for them: the order is fair between projects. */
export interface RunQueue {
  /** Records a run by `insert`. Throws a RateLimitedError where too many of the project's are unfinished. */
  accept(project: string, insert: () => Promise<RunRecord>): Promise<RunRecord>;
  /** Takes what there is room for; resolves when that is taken. */
  fill(): Promise<void>;
  /** Takes nothing any more; resolves when what was being taken is. */
  stop(): Promise<void>;
}

const retryAfterMs = 5_000;

export function createRunQueue({ store, limits, take, logError }: QueueOptions): RunQueue {
  let running = 0;
  let turns = 0;
  /** When each project had its last turn on this process. */
  const lastTurns = new Map<string, number>();
  let isStopped = false;
  let filling: Promise<void> | null = null;
  let isAskedAgain = false;
  /** Runs of each project that are being recorded at the moment. */
  const accepting = new Map<string, number>();

  const takeNext = async (): Promise<boolean> => {
    const turnOf = (project: string): number => lastTurns.get(project) ?? 0;
    // Who has fewer under way comes first, and of those, who waits longest for a turn: else the many of one hold up all others.
    const waiting = (await store.runMaintenance.findQueued()).toSorted(
      (one, other) => one.underWay - other.underWay || turnOf(one.project) - turnOf(other.project),
    );
    for (const { id, project } of waiting) {
      if (isStopped || running >= limits.concurrency) return false;
      const taken = await take(store.forProject(project), id);
      if (taken === null) continue;
      running += 1;
      turns += 1;
      lastTurns.set(project, turns);
      const leave = () => {
        running -= 1;
        void fill();
      };
      taken.finished.then(leave, leave);
      // Of each project one at a time: who has fewer comes first.
      return true;
    }
    return false;
  };
  const work = async () => {
    do {
      isAskedAgain = false;
      while (!isStopped && running < limits.concurrency && (await takeNext()));
    } while (isAskedAgain && !isStopped);
  };
  const fill = async (): Promise<void> => {
    if (isStopped) return;
    // Who asks while it is looked wants what came meanwhile to be seen.
    isAskedAgain = true;
    filling ??= work()
      .catch((error: unknown) => logError(error, 'Runs that wait could not be taken'))
      .finally(() => {
        filling = null;
      });
    await filling;
  };

  return {
    fill,
    async stop() {
      isStopped = true;
      await filling;
    },
    async accept(project, insert) {
      const others = accepting.get(project) ?? 0;
      accepting.set(project, others + 1);
      try {
        const unfinished = { kind: ['deployment'], status: ['created', 'processing'] } as const;
        const count = await store.forProject(project).runs.count(unfinished);
        if (count + others >= limits.projectMax) {
          const message = `${limits.projectMax} executions are unfinished, which is as many as an organization may have at once; try again later`;
          throw new RateLimitedError(message, retryAfterMs);
        }
        return await insert();
      } finally {
        const left = (accepting.get(project) ?? 1) - 1;
        if (left === 0) accepting.delete(project);
        else accepting.set(project, left);
      }
    },
  };
}
