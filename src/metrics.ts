import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client';
import type { TokenUse } from './domain.ts';

/** What is counted of a run that ended. */
export interface FinishedRun {
  readonly kind: string;
  readonly status: string;
  /** The kind of provider that executed it; none where its parts have their own. */
  readonly provider: string;
  readonly model: string;
  readonly executionTimeMs: number | null;
  /** The calls of providers. */
  readonly attempts: readonly {
    readonly provider: string;
    readonly model: string;
    readonly tokenUse: TokenUse | null;
  }[];
}

/** What this process counts, for Prometheus. */
export interface Metrics {
  runFinished(run: FinishedRun): void;
  /** A provider began to answer that long after it was asked. */
  firstChunkCame(provider: string, ms: number): void;
  databaseAnswered(ms: number): void;
  /** Has `count` asked whenever the metrics are read. */
  watch(name: 'runs_active' | 'streams_open', count: () => number): void;
  /** In Prometheus' text format, whose media type is `contentType`. */
  render(): Promise<string>;
  readonly contentType: string;
}

/** Callers choose models, and every name is a time series of its own. */
const maxModels = 200;

const secondsOfRuns = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600];
const secondsOfCommands = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.5, 1, 5];

const helpOfGauges = {
  runs_active: 'Runs that this process executes',
  streams_open: 'Readers that follow runs at this process',
} as const;

/** The metrics of one gateway; Node's own (memory, event loop lag, garbage collection) are among them. */
export function createMetrics(): Metrics {
  const registry = new Registry();
  const registers = [registry];
  collectDefaultMetrics({ register: registry });
  const runs = new Counter({
    name: 'trivium_runs_total',
    help: 'Runs that ended',
    labelNames: ['kind', 'status', 'provider', 'model'],
    registers,
  });
  const tokens = new Counter({
    name: 'trivium_tokens_total',
    help: 'Tokens, as providers counted them',
    labelNames: ['direction', 'provider', 'model'],
    registers,
  });
  const durations = new Histogram({
    name: 'trivium_run_duration_seconds',
    help: 'How long executions took',
    labelNames: ['kind', 'provider'],
    buckets: secondsOfRuns,
    registers,
  });
  const firstChunks = new Histogram({
    name: 'trivium_first_chunk_seconds',
    help: 'How long providers took to begin their answers',
    labelNames: ['provider'],
    buckets: secondsOfRuns,
    registers,
  });
  const commands = new Histogram({
    name: 'trivium_database_command_seconds',
    help: 'How long commands of the database took',
    buckets: secondsOfCommands,
    registers,
  });
  const models = new Set<string>();
  const nameModel = (model: string) => {
    if (models.size < maxModels) models.add(model);
    return models.has(model) ? model : 'other';
  };

  return {
    contentType: registry.contentType,
    runFinished({ kind, status, provider, model, executionTimeMs, attempts }) {
      runs.inc({ kind, status, provider, model: nameModel(model) });
      if (executionTimeMs !== null) durations.observe({ kind, provider }, executionTimeMs / 1000);
      for (const attempt of attempts) {
        const labels = { provider: attempt.provider, model: nameModel(attempt.model) };
        tokens.inc({ direction: 'prompt', ...labels }, attempt.tokenUse?.prompt ?? 0);
        tokens.inc({ direction: 'result', ...labels }, attempt.tokenUse?.result ?? 0);
      }
    },
    firstChunkCame: (provider, ms) => firstChunks.observe({ provider }, ms / 1000),
    databaseAnswered: (ms) => commands.observe(ms / 1000),
    watch(name, count) {
      const help = helpOfGauges[name];
      new Gauge({
        name: `trivium_${name}`,
        help,
        registers,
        collect() {
          this.set(count());
        },
      });
    },
    render: () => registry.metrics(),
  };
}
