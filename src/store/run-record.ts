import type { Message, StepOverride, TokenUse } from '../domain.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { DeploymentJob, RunWebhook } from './deployment-job.ts';
import type { Entity } from './entity-store.ts';
import type { FlowContext, FlowRecord } from './flow.ts';
import type { PromptRecord } from './prompt.ts';

export type RunStatus = 'created' | 'processing' | 'completed' | 'failed' | 'cancelled';
export type RunKind = 'interaction' | 'flow' | 'deployment';
export type RunSourceType = 'api' | 'cli' | 'ui' | 'webhook' | 'test-data' | 'system';

export interface RunSource {
  readonly type: RunSourceType;
  /** Who asked, in words. */
  readonly label: string | null;
  readonly principalType: 'apikey' | 'user';
  readonly principalId: string;
  readonly clientIp: string | null;
  /** Through how many gateways the request came; missing: none. */
  readonly hops?: number;
}

export interface RunError {
  readonly code: string;
  readonly message: string;
  readonly isRetryable: boolean;
  /** JSON pointer into the result, where a part of it is wrong. */
  readonly path: string | null;
}

/** One call of a provider. */
export interface RunAttempt {
  readonly provider: string;
  readonly environment: string;
  readonly model: string;
  readonly startedAt: Date;
  readonly executionTimeMs: number;
  readonly tokenUse: TokenUse | null;
  /** Null, or missing in old ones, where no price is known. */
  readonly cost?: number | null;
  readonly error: RunError | null;
  /** The run's id at the API that was called, where it has one. */
  readonly remoteRun?: string;
}

/** Whether the result of a run may come from the cache, and be used again. */
export interface CacheRule {
  /** To refresh is to ask, whatever is kept, and to keep what is answered. */
  readonly policy: 'cache' | 'cache_and_refresh' | 'refresh';
  /** How long a result is fresh; null: a day. */
  readonly ttlSeconds: number | null;
}

/** What mediators say of an answer. */
export interface RunEvaluation {
  /** On the average, from 0 to 10; null where there was nothing to compare. */
  readonly score: number | null;
  /** Whether it is the answer of the parent. */
  readonly selected: boolean;
  readonly scores: readonly { readonly environment: string; readonly model: string; readonly score: number }[];
}

/** What an execution was told, after precedence and defaults. */
export interface RunConfig {
  readonly model: string | null;
  readonly temperature: number | null;
  readonly maxTokens: number | null;
  readonly topP: number | null;
  readonly stop: readonly string[] | null;
  readonly seed: number | null;
  /** Whether the result must fit the result schema. */
  readonly validate: boolean;
  readonly options: JsonObject | null;
  /** What a client of Composable asks to put the result in shape with; kept for it, and not done. */
  readonly formatter: string | number | null;
}

/** That a part of a run began or ended: a step of a flow, a file of a deployment. */
export interface RunProgress {
  readonly step: string | null;
  readonly file: string | null;
  readonly status: RunStatus;
  /** What happened, for people. */
  readonly message: string | null;
}

/** What a run streams, piece by piece: text, and how its parts come along. */
export type StreamPart = string | RunProgress;

/** What a step will do: everything it goes by, as it was when the run was asked for. */
export interface PlannedStep {
  readonly name: string;
  readonly prompt: Pick<PromptRecord, 'name' | 'role' | 'contentType' | 'content' | 'inputSchema'>;
  readonly inputs: JsonObject | null;
  readonly environment: string;
  readonly config: RunConfig & { readonly model: string };
  readonly context: FlowContext | null;
}

/** What a run of a flow will do. */
export interface FlowPlan {
  readonly resultType: FlowRecord['resultType'];
  readonly steps: readonly PlannedStep[];
}

/** A piece of a content that was put before the model. */
export interface RunPassage {
  readonly content: string;
  readonly score: number;
  readonly text: string;
}

/** What a step was given and gave: as large as callers and models make it. */
export interface RunStepPayloads {
  readonly prompt: readonly Message[];
  readonly output: JsonValue;
  readonly passages: readonly RunPassage[];
}

/** A step of a run, as far as it came. */
export interface RunStep extends RunStepPayloads {
  /** The step's name. */
  readonly key: string;
  readonly status: RunStatus;
  readonly environment: string | null;
  readonly model: string | null;
  readonly tokenUse: TokenUse | null;
  readonly executionTimeMs: number | null;
  readonly error: RunError | null;
  /** Where its payloads lie when they are too large for the run. */
  readonly payloadFile: string | null;
}

/** What a page of runs may leave out: large, or of many fields. */
export const runDetails = [
  'source',
  'config',
  'input',
  'prompt',
  'plan',
  'steps',
  'resultSchema',
  'result',
  'attempts',
] as const satisfies readonly (keyof RunRecord)[];
export type RunDetail = (typeof runDetails)[number];

/** One execution. */
export interface RunRecord extends Entity {
  readonly project: string;
  readonly kind: RunKind;
  readonly name: string;
  readonly status: RunStatus;
  readonly tags: readonly string[];
  readonly parent: string | null;
  /** The run whose request it repeats. */
  readonly retryOf: string | null;
  readonly source: RunSource;
  /** Null where each of its parts has its own. */
  readonly environment: string | null;
  readonly model: string | null;
  readonly config: RunConfig;
  readonly input: JsonObject | null;
  readonly prompt: readonly Message[];
  readonly resultSchema: JsonObject | null;
  readonly result: JsonValue;
  readonly tokenUse: TokenUse | null;
  /** Null, or missing in old ones, where no price is known. */
  readonly cost?: number | null;
  readonly executionTimeMs: number | null;
  readonly error: RunError | null;
  readonly warnings: readonly string[];
  readonly attempts: readonly RunAttempt[];
  readonly rating: number | null;
  /** Null or missing: it is executed, and its result is not kept for others. */
  readonly cache?: CacheRule | null;
  /** Whether its result came from the cache; missing in old ones. */
  readonly isCached?: boolean;
  /** Null, or missing in old ones, where it was not one of several answers. */
  readonly evaluation?: RunEvaluation | null;
  readonly endUser: string | null;
  readonly object: string | null;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** The interaction or version that was executed, and the draft that it belongs to. */
  readonly interaction: string | null;
  readonly interactionDraft: string | null;
  readonly flow: string | null;
  /** What a flow will do, and how far it came; null and empty for others. */
  readonly plan: FlowPlan | null;
  readonly steps: readonly RunStep[];
  readonly deployment: string | null;
  /** What the API of the environment executes; null where it is executed here. */
  readonly remote: RemoteSubject | null;
  /** Of a deployment's: a UUID, what it does, its files in their order, and who is told of its end; else null or missing. */
  readonly executionId?: string | null;
  readonly job?: DeploymentJob | null;
  readonly fileRuns?: readonly string[] | null;
  readonly webhook?: RunWebhook | null;
  /** Whether prompt, input and result stay on record once the run is finished. */
  readonly recordPayloads: 'all' | 'metadata';
  /** Where input and prompt lie, and where the result does, when they are too large for the run itself. */
  readonly requestFile: string | null;
  readonly resultFile: string | null;
  /** The process that executes it, and how often it changed hands: every write of an executing process names both. */
  readonly owner: string | null;
  readonly epoch: number;
  /** When a created run expires, or a processing run's lease ends; null once it is finished. */
  readonly deadlineAt: Date | null;
  /** How many parts it streamed: the number of the last one. */
  readonly chunkCount: number;
  /** What becomes of it when nobody waits for it any more. */
  readonly onDisconnect: 'continue' | 'cancel';
  /** When somebody asked its process to end it. */
  readonly cancelRequestedAt: Date | null;
  /** When a reader on another process than its own was last there. */
  readonly watchedAt: Date | null;
}

/** What is executed elsewhere. */
export interface RemoteSubject {
  /** Its id there. */
  readonly id: string;
  /** What steps of a flow do otherwise this time. */
  readonly steps: readonly StepOverride[];
  /** The run's id there, once it has begun, where another process may go on with it. */
  readonly run?: string;
}

/** Of what a run executes, one kind is named. */
export const noSubject = {
  interaction: null,
  interactionDraft: null,
  flow: null,
  plan: null,
  steps: [],
  deployment: null,
  remote: null,
} as const;

/** What an execution ends with; what another API has executed is only known then, too. */
export type RunOutcome = Pick<
  RunRecord,
  | 'status'
  | 'result'
  | 'isCached'
  | 'tokenUse'
  | 'cost'
  | 'executionTimeMs'
  | 'error'
  | 'warnings'
  | 'attempts'
  | 'chunkCount'
> &
  RunReport;

/** What the API that executed a run says of how it did. */
export type RunReport = Partial<Pick<RunRecord, 'model' | 'prompt' | 'resultSchema'>>;

/** What is left of a run's payloads where they are not recorded. */
export const noPayloads = { input: null, prompt: [], plan: null, result: null } as const;
