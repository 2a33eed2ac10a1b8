import type { Message, TokenUse } from '../domain.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { encodeFields } from './codec.ts';
import type { FlowContext, FlowRecord } from './flow.ts';
import type { PromptRecord } from './prompt.ts';
import type { PayloadFiles } from './run-payload.ts';
import type { RunConfig, RunError, RunStatus } from './run-record.ts';

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

const noStepPayloads: RunStepPayloads = { prompt: [], output: null, passages: [] };

/** A run may have fifty steps, and all of them are read with it. */
const maxInlineBytes = 64 * 1024;

/** A step as a run that has not begun has it. */
export function createRunStep({ name, environment, config }: PlannedStep): RunStep {
  const outcome = { tokenUse: null, executionTimeMs: null, error: null, payloadFile: null, ...noStepPayloads };
  return { key: name, status: 'created', environment, model: config.model, ...outcome };
}

/** A step as it lies within its run: without payloads where they are not recorded, or where they lie in a file. */
export async function storeRunStep(
  files: PayloadFiles,
  project: string,
  run: string,
  step: RunStep,
  isRecorded: boolean,
): Promise<RunStep> {
  if (!isRecorded) return { ...step, ...noStepPayloads };
  const { prompt, output, passages } = step;
  const payloadFile = await files.writeIfLarge(project, run, { prompt, output, passages }, maxInlineBytes);
  return payloadFile === null ? step : { ...step, ...noStepPayloads, payloadFile };
}

/** A step with its payloads, wherever they lie. */
export async function loadRunStep(files: PayloadFiles, project: string, step: RunStep): Promise<RunStep> {
  if (step.payloadFile === null) return step;
  // Only storeRunStep writes these files.
  const payloads = (await files.read(project, step.payloadFile)) as RunStepPayloads | null;
  return { ...step, ...payloads };
}

/** One step as the codec of runs writes all of them. */
export function encodeRunStep(step: RunStep): unknown {
  return encodeFields({ step }, { schemaFields: [], jsonFields: ['step'] }).step;
}
