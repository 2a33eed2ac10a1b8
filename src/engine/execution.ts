import type { Message } from '../domain.ts';
import type { JsonObject } from '../json.ts';
import type { Metrics } from '../metrics.ts';
import type { GenerateSettings } from '../providers/provider.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { RunAttempt, RunRecord, RunReport } from '../store/run-record.ts';
import type { ProjectStore } from '../store/store.ts';
import type { Connector } from './connector.ts';
import type { Deadlines } from './deadline.ts';
import type { DocumentReading } from './document-reading.ts';
import type { Health } from './health.ts';
import type { NewRun } from './new-run.ts';
import type { Retrieval } from './retrieve.ts';
import type { Spending } from './spending.ts';
import type { Traffic } from './traffic.ts';

/** What is asked of a model, and where. */
export interface ModelRequest {
  readonly environment: EnvironmentRecord;
  readonly model: string;
  readonly messages: readonly Message[];
  readonly settings: GenerateSettings;
  /** The JSON Schema of the result; null: the result is text. */
  readonly resultSchema: JsonObject | null;
}

/** What the calls of providers leave on record. */
export interface Ledger {
  readonly attempts: RunAttempt[];
  /** What was not done as it was asked. */
  readonly warnings: Set<string>;
  /** Whether something of the result came from the cache. */
  isCached?: boolean;
  /** Where another API executed the run: what it says of that. */
  report?: RunReport;
}

/** What prompts are executed with. */
export interface Execution {
  /** The run that is executed. */
  readonly run: RunRecord;
  readonly store: ProjectStore;
  readonly connector: Connector;
  readonly deadlines: Deadlines;
  readonly documents: DocumentReading;
  readonly metrics: Metrics;
  readonly traffic: Traffic;
  readonly health: Health;
  readonly spending: Spending;
  readonly retrieval: Retrieval;
  readonly startChild: StartChild;
  /** How many virtual environments lie around this part of the execution. */
  readonly depth: number;
  /** Ends the execution; its reason becomes the run's error where it is a RunFailure. */
  readonly signal: AbortSignal;
  readonly ledger: Ledger;
  /** Tells of what is no fault of a provider or a caller. */
  readonly logError: (error: unknown, message: string) => void;
}

/** Records a run that is a part of another one and begins to execute it; `finished` is the run at its end, which the signal may bring about. */
export type StartChild = (
  store: ProjectStore,
  run: NewRun,
  environment: EnvironmentRecord,
  options: Pick<Execution, 'signal'> & {
    /** Of a part whose calls are its parent's too; missing: it stands for itself. */
    readonly depth?: number;
  },
) => Promise<{ readonly finished: Promise<RunRecord> }>;
