import type { EnvironmentRecord } from '../store/environment.ts';
import type { RunRecord, RunStep, StreamPart } from '../store/run-record.ts';
import type { Execution } from './execution.ts';

/** A run that is executed, with what that takes. */
export interface RunWork {
  readonly run: RunRecord;
  /** The run's own; null where it has none, or it was deleted. */
  readonly environment: EnvironmentRecord | null;
  readonly execution: Execution;
  /** Where the stream goes, if the run has one. */
  readonly emit?: (part: StreamPart) => void;
  /** Records how far a step of a flow came. Throws a RunFailure where another process has the run. */
  readonly saveStep: (index: number, step: RunStep) => Promise<void>;
  /** Records the id of the run at the API that executes it, as `saveStep` does. */
  readonly saveRemoteRun: (remoteRun: string) => Promise<void>;
}
