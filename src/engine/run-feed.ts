import { isJsonObject, type JsonValue } from '../json.ts';
import type { Relay } from '../relay/relay.ts';
import type { RunChange } from '../store/run.ts';
import type { Store } from '../store/store.ts';

export interface RunFeedOptions {
  readonly store: Pick<Store, 'forProject' | 'onRunChange'>;
  readonly relay: Relay;
  readonly logError: (error: unknown, message: string) => void;
}

/** Tells which runs change: those of this process at once, those of other processes by asking the database. */
export interface RunFeed {
  /**
   * Tells of every change in a project from now on, now and then twice; settles once nothing can be missed any more. Call what it
   * answers with to leave.
   */
  join(project: string, listener: (change: RunChange) => void): Promise<() => void>;
  /** Aborts when the process shuts down. */
  readonly closing: AbortSignal;
  /** How many projects the database is asked for. */
  countProjects(): number;
  /** Ends everything that follows it. */
  close(): void;
}

/** How often the database is asked for what other processes wrote. */
const pollMs = 1_000;
/** How far back each time, because writes arrive in another order than their clocks say: clocks may differ by as much. */
const overlapMs = 10_000;
/** A run that changed so shortly ago may change again with the same time; it is told of once more. */
const settledMs = 50;

/** Where processes tell each other of changed runs. */
const changeTopic = 'changes';

interface Watch {
  readonly listeners: Set<(change: RunChange) => void>;
  /** When the runs of the overlap last changed, as far as was told. */
  readonly told: Map<string, number>;
  /** Settles when the changes before the first listener are known. */
  readonly ready: Promise<void>;
  polledAt: number;
  timer: NodeJS.Timeout | undefined;
}

export function createRunFeed({ store, relay, logError }: RunFeedOptions): RunFeed {
  const watches = new Map<string, Watch>();
  const closing = new AbortController();

  const tell = ({ listeners, told }: Watch, change: RunChange) => {
    told.set(change.id, change.updatedAt.getTime());
    for (const listener of listeners) listener(change);
  };
  const forgetRuns = store.onRunChange((change) => {
    const watch = watches.get(change.project);
    if (watch !== undefined) tell(watch, change);
    relay.publish(changeTopic, { id: change.id, project: change.project, updatedAt: change.updatedAt.getTime() });
  });
  // What is lost on this way comes with the next look into the database.
  const unsubscribe = relay.subscribe(changeTopic, (message) => {
    const change = readChange(message);
    const watch = change === null ? undefined : watches.get(change.project);
    if (change !== null && watch !== undefined && watch.told.get(change.id) !== change.updatedAt.getTime())
      tell(watch, change);
  });

  const poll = async (project: string, watch: Watch, onFound: (change: RunChange) => void) => {
    const startedAt = Date.now();
    const from = watch.polledAt - overlapMs;
    for await (const change of store.forProject(project).runs.findChanges(new Date(from))) {
      const changedAt = change.updatedAt.getTime();
      if (watch.told.get(change.id) === changedAt) continue;
      onFound(change);
      if (changedAt > startedAt - settledMs) watch.told.delete(change.id);
    }
    watch.polledAt = startedAt;
    for (const [id, updatedAt] of watch.told) if (updatedAt < from) watch.told.delete(id);
  };
  const pollOn = (project: string, watch: Watch) => {
    watch.timer = setTimeout(async () => {
      await poll(project, watch, (change) => tell(watch, change)).catch((error: unknown) =>
        logError(error, 'The changes of runs could not be read'),
      );
      if (watches.get(project) === watch) pollOn(project, watch);
    }, pollMs);
  };

  const startWatch = (project: string): Watch => {
    const ready = Promise.withResolvers<void>();
    const watch: Watch = {
      listeners: new Set(),
      told: new Map(),
      ready: ready.promise,
      polledAt: Date.now(),
      timer: undefined,
    };
    watches.set(project, watch);
    // What changed before is nobody's news.
    const first = poll(project, watch, ({ id, updatedAt }) => watch.told.set(id, updatedAt.getTime()));
    first.then(() => {
      if (watches.get(project) === watch) pollOn(project, watch);
      ready.resolve();
    }, ready.reject);
    return watch;
  };

  return {
    closing: closing.signal,
    async join(project, listener) {
      const watch = watches.get(project) ?? startWatch(project);
      watch.listeners.add(listener);
      const leave = () => {
        watch.listeners.delete(listener);
        if (watch.listeners.size > 0 || watches.get(project) !== watch) return;
        watches.delete(project);
        clearTimeout(watch.timer);
      };
      try {
        await watch.ready;
      } catch (error) {
        leave();
        throw error;
      }
      return leave;
    },
    countProjects: () => watches.size,
    close() {
      forgetRuns();
      unsubscribe();
      for (const { timer } of watches.values()) clearTimeout(timer);
      watches.clear();
      closing.abort();
    },
  };
}

function readChange(message: JsonValue): RunChange | null {
  if (!isJsonObject(message)) return null;
  const { id, project, updatedAt } = message;
  if (typeof id !== 'string' || typeof project !== 'string' || typeof updatedAt !== 'number') return null;
  return { id, project, updatedAt: new Date(updatedAt) };
}
