import { randomUUID } from 'node:crypto';
import { ConflictError, NotFoundError, UnavailableError } from '../errors.ts';
import type { Metrics } from '../metrics.ts';
import type { Relay } from '../relay/relay.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { ProjectStore, Store } from '../store/store.ts';
import { type ActiveRun, cancellation, cancelledError, startActiveRun, untilFinished } from './active-run.ts';
import type { Connector } from './connector.ts';
import type { Deadlines } from './deadline.ts';
import type { DocumentReading } from './document-reading.ts';
import { createEmbedder } from './embed-passages.ts';
import { createEventLogs } from './event-log.ts';
import type { StartChild } from './execution.ts';
import { createHealth } from './health.ts';
import { type NewRun, unfinished } from './new-run.ts';
import { createPassageIndexes } from './passage-index.ts';
import { type Performance, performRun, shutdown } from './perform-run.ts';
import { createRunChannel } from './run-channel.ts';
import { createRunQueue, type QueueLimits } from './run-queue.ts';
import { isWatchedElsewhere, readEvents, waitForEnd, waitForReader } from './run-reader.ts';
import { createAbortableIterator, parseEventId, type RunStreamEvent } from './run-stream.ts';
import { startRunUpkeep } from './run-upkeep.ts';
import { createSpending, type Spending } from './spending.ts';
import { createTraffic } from './traffic.ts';
import { settledWithin } from './until-settled.ts';
import type { WebhookSecrets } from './webhook-secret.ts';

export interface EngineOptions {
  readonly store: Store;
  readonly connector: Connector;
  readonly webhookSecrets: WebhookSecrets;
  readonly deadlines: Deadlines;
  readonly documents: DocumentReading;
  readonly queue: QueueLimits;
  /** How long a created run waits for its first reader. */
  readonly runTtlSeconds: number;
  /** How long a process may be silent before its runs are taken for lost. */
  readonly leaseMs: number;
  /** How long a run that is cancelled without readers waits for them to come back. */
  readonly disconnectGraceMs: number;
  readonly metrics: Metrics;
  readonly relay: Relay;
  readonly logError: (error: unknown, message: string) => void;
}

export interface FollowOptions {
  /** The id of the last event that the reader has; null: from the beginning. */
  readonly after: string | null;
  /** Whether this reader may start a run that is only created. */
  readonly mayClaim: (run: RunRecord) => boolean;
}

/** Executes runs, and lets readers follow them. */
export interface Engine {
  readonly connector: Connector;
  readonly webhookSecrets: WebhookSecrets;
  readonly documents: DocumentReading;
  readonly spending: Spending;
  /**
   * Records a run, executes it and answers when it is finished, however it ends. Where a run with its id is on record, it
   * waits for the end of that one. The signal says that the caller has left, which ends runs that are told so.
   */
  execute(
    store: ProjectStore,
    run: NewRun,
    environment: EnvironmentRecord | null,
    caller: AbortSignal,
  ): Promise<RunRecord>;
  /** Records a run that its first reader will start. Where a run with its id is on record, the answer is that one. */
  create(store: ProjectStore, run: NewRun): Promise<RunRecord>;
  /**
   * Records a run that any process takes from the queue and executes, this one at once where it has room; `prepare` records before
   * what it needs. Where a run with its id is on record, the answer is that one. Throws a RateLimitedError where too many of the
   * project's are unfinished.
   */
  enqueue(store: ProjectStore, run: NewRun, prepare: () => Promise<Pick<RunRecord, 'fileRuns'>>): Promise<RunRecord>;
  /** Waits for the end of a run, as one of its readers; answers with it as it is when the caller leaves first. */
  wait(store: ProjectStore, run: RunRecord, caller: AbortSignal): Promise<RunRecord>;
  /**
   * The events of a run: those that were, then the live ones, then the end. The first reader of a created run starts it.
   * Throws a NotFoundError, or a ValidationError for an `after` that is no event of this run.
   */
  follow(store: ProjectStore, id: string, options: FollowOptions): Promise<AsyncIterableIterator<RunStreamEvent>>;
  /**
   * Ends a run wherever it is executed, and answers with it as it ended. Throws a NotFoundError, or a ConflictError where it
   * is finished already, other than by being cancelled.
   */
  cancel(store: ProjectStore, id: string): Promise<RunRecord>;
  /** Throws an UnavailableError while it is shutting down. */
  checkAccepting(): void;
  /** Takes nothing new, waits for what runs, and interrupts what is left after the grace time. */
  drain(graceMs: number): Promise<void>;
}

/** How long a shutdown waits for the ends of runs to be recorded. */
const lastWritesMs = 5_000;

/** Where processes are told of runs to be cancelled. */
const cancelTopic = 'cancel';

/** Starts the engine of this process: from now on it renews the leases of its runs and fails those that are overdue. */
export function createEngine(options: EngineOptions): Engine {
  const { store, connector, metrics, relay, runTtlSeconds, leaseMs, disconnectGraceMs, logError } = options;
  const owner = randomUUID();
  const active = new Map<string, ActiveRun>();
  metrics.watch('runs_active', () => active.size);
  let isDraining = false;
  /** Ends the readers of what other processes execute. */
  const closing = new AbortController();
  const eventLogs = createEventLogs(store.runEventWriter, closing.signal);
  const startChild: StartChild = async (projectStore, newRun, environment, { signal, ...part }) => {
    const run = await projectStore.runs.insert(hold(newRun));
    return { finished: untilFinished(start(projectStore, run, environment, { stream: false, ...part }), signal) };
  };
  const spending = createSpending({ tenancy: store.tenancy, logError });
  const retrieval = { indexes: createPassageIndexes(), embedder: createEmbedder(connector) };
  const shared = { traffic: createTraffic(), health: createHealth(), spending, retrieval, startChild };
  const performer = { ...options, ...shared, owner, eventLogs, closing: closing.signal };
  const readers = { relay, findActive: (id: string) => active.get(id), closing: closing.signal, disconnectGraceMs };

  const leaseEnd = () => new Date(Date.now() + leaseMs);
  /** A run that this process has from the beginning. */
  const hold = (run: NewRun) => {
    const status = 'processing' as const;
    return { ...run, ...unfinished, owner, deadlineAt: leaseEnd(), status, epoch: 1, startedAt: new Date() };
  };
  // The database says it too, half a second later.
  const unsubscribe = relay.subscribe(cancelTopic, (id) => {
    if (typeof id === 'string') active.get(id)?.abort(cancellation);
  });

  const start = (
    projectStore: ProjectStore,
    run: RunRecord,
    environment: EnvironmentRecord | null,
    how: Pick<Performance, 'stream' | 'depth'>,
  ): ActiveRun => {
    const channel = createRunChannel(run.id, run.epoch);
    const activeRun = startActiveRun({
      channel,
      execute: (signal) =>
        performRun(performer, projectStore, run, environment, { channel, signal, ...how }).finally(() =>
          active.delete(run.id),
        ),
      disconnectGraceMs: run.onDisconnect === 'cancel' ? disconnectGraceMs : null,
      isWatchedElsewhere: async () => {
        const current = await projectStore.runs.findOneById(run.id);
        return current !== null && isWatchedElsewhere(current, disconnectGraceMs);
      },
    });
    // Readers and callers get it; without any, it is the log's.
    activeRun.finished.catch((error: unknown) => logError(error, `The end of run ${run.id} could not be recorded`));
    active.set(run.id, activeRun);
    return activeRun;
  };

  const claim = async (projectStore: ProjectStore, run: RunRecord): Promise<RunRecord> => {
    const claimed = await projectStore.runs.claim(run.id, owner, leaseEnd());
    if (claimed !== null) {
      const environment = await findEnvironment(projectStore, claimed);
      start(projectStore, claimed, environment, { stream: true });
      return claimed;
    }
    return (await projectStore.runs.findOneById(run.id)) ?? run;
  };

  const queue = createRunQueue({
    store,
    limits: options.queue,
    async take(projectStore, id) {
      const run = await projectStore.runs.takeQueued(id, owner, leaseEnd());
      return run && start(projectStore, run, await findEnvironment(projectStore, run), { stream: true });
    },
    logError,
  });
  const stopUpkeep = startRunUpkeep({ store, owner, active, leaseMs, fillQueue: queue.fill, logError });

  /** Records a run; where its reserved id is taken, `existing` is the run that has it. */
  const record = async (
    projectStore: ProjectStore,
    run: Parameters<ProjectStore['runs']['insert']>[0],
  ): Promise<{ run: RunRecord; isNew: boolean }> => {
    try {
      return { run: await projectStore.runs.insert(run), isNew: true };
    } catch (error) {
      const existing =
        error instanceof ConflictError && run.id !== undefined ? await projectStore.runs.findOneById(run.id) : null;
      if (existing === null) throw error;
      return { run: existing, isNew: false };
    }
  };

  const checkAccepting = () => {
    if (isDraining) throw new UnavailableError('This gateway is shutting down; try again');
  };
  const wait: Engine['wait'] = async (projectStore, run, caller) =>
    (await waitForEnd(readers, projectStore, run, caller)) ?? (await projectStore.runs.findOneById(run.id)) ?? run;

  return {
    connector,
    webhookSecrets: options.webhookSecrets,
    documents: options.documents,
    spending,
    checkAccepting,
    wait,
    async execute(projectStore, newRun, environment, caller) {
      checkAccepting();
      const { run, isNew } = await record(projectStore, hold(newRun));
      return isNew
        ? waitForReader(start(projectStore, run, environment, { stream: false }), caller)
        : wait(projectStore, run, caller);
    },
    async create(projectStore, newRun) {
      checkAccepting();
      const { run } = await record(projectStore, {
        ...newRun,
        ...unfinished,
        status: 'created',
        epoch: 0,
        owner: null,
        deadlineAt: new Date(Date.now() + runTtlSeconds * 1000),
        startedAt: null,
      });
      return run;
    },
    async enqueue(projectStore, newRun, prepare) {
      checkAccepting();
      const waiting = { status: 'created' as const, epoch: 0, owner: null, deadlineAt: new Date(), startedAt: null };
      const run = await queue.accept(projectStore.project, async () => {
        const prepared = await prepare();
        return (await record(projectStore, { ...newRun, ...prepared, ...unfinished, ...waiting })).run;
      });
      await queue.fill();
      return run;
    },
    async follow(projectStore, id, { after, mayClaim }) {
      const run = await requireRun(projectStore, id);
      const place = after === null ? { epoch: 0, number: 0 } : parseEventId(id, after);
      const isOurs = run.status === 'created' && run.kind !== 'deployment' && mayClaim(run) && !isDraining;
      const current = isOurs ? await claim(projectStore, run) : run;
      return createAbortableIterator((signal) => readEvents(readers, projectStore, current, place, signal));
    },
    async cancel(projectStore, id) {
      const run = await requireRun(projectStore, id);
      if (run.status === 'cancelled') return run;
      if (run.finishedAt !== null)
        throw new ConflictError(`Run ${id} is ${run.status}; it cannot be cancelled any more`);
      const asked =
        (await projectStore.runs.cancelCreated(run, cancelledError)) ?? (await projectStore.runs.requestCancel(id));
      active.get(id)?.abort(cancellation);
      if (!active.has(id)) relay.publish(cancelTopic, id);
      return wait(projectStore, asked ?? run, AbortSignal.timeout(leaseMs));
    },
    async drain(graceMs) {
      isDraining = true;
      const queueStopped = queue.stop();
      const allFinished = () => Promise.allSettled([...active.values()].map(({ finished }) => finished));
      await settledWithin(allFinished(), graceMs);
      for (const { abort } of active.values()) abort(shutdown);
      // Ends that cannot be recorded, because the database is away, must not hold the shutdown.
      await settledWithin(allFinished(), lastWritesMs);
      closing.abort();
      await allFinished();
      await settledWithin(queueStopped, lastWritesMs);
      await stopUpkeep();
      unsubscribe();
    },
  };
}

async function findEnvironment(store: ProjectStore, run: RunRecord): Promise<EnvironmentRecord | null> {
  return run.environment === null ? null : store.environments.findOneById(run.environment);
}

async function requireRun(store: ProjectStore, id: string): Promise<RunRecord> {
  const run = await store.runs.findOneById(id);
  if (run === null) throw new NotFoundError(`There is no run ${id}`);
  return run;
}
