import type { Message } from '../domain.ts';
import { RunFailure, ValidationError } from '../errors.ts';
import { isJsonObject, type JsonValue } from '../json.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { FlowPlan, PlannedStep, RunPassage, RunStep } from '../store/run-record.ts';
import { createRunStep } from '../store/run-step.ts';
import { findStepIndex } from './check-flow.ts';
import { convertToRunError } from './convert-to-run-error.ts';
import { executePrompt, sumTokenUse } from './execute-prompt.ts';
import type { Execution } from './execution.ts';
import { renderStep } from './render-step.ts';
import { retrievePassages, writePassages } from './retrieve.ts';
import type { RunWork } from './run-work.ts';
import { listReferences } from './step-input.ts';

/** What a list is asked for with. An object, because many providers have no other schemas. */
const listSchema = {
  type: 'object',
  properties: { items: { type: 'array', items: { type: 'string' } } },
  required: ['items'],
  additionalProperties: false,
} as const;

/** How a step ends that is under way when another fails. */
const siblingFailed = new RunFailure('cancelled', 'Another step failed', { isRetryable: true });

/**
 * Executes the steps of a flow, each as soon as those are done that it refers to, and answers with what the last one does. Each is
 * recorded when it begins and when it ends; those that are done already are not done again. The first failure ends all, and
 * has the step's name.
 */
export async function executeFlow(work: RunWork): Promise<JsonValue> {
  const { run, execution, emit } = work;
  const { plan } = run;
  if (plan === null) throw new RunFailure('invalid_request', 'What this run would do is not on record');
  const environments = await execution.store.environments.findManyByIds(plan.steps.map((step) => step.environment));
  const done = await execution.store.runs.loadSteps(run);

  const stop = new AbortController();
  const signal = AbortSignal.any([execution.signal, stop.signal]);
  const outputs = new Map<string, JsonValue>();
  const keep = (index: number, output: JsonValue) => {
    outputs.set(plan.steps[index]?.name ?? '', output);
    outputs.set(`step${index + 1}`, output);
  };
  let failure: unknown;
  const perform = async (planned: PlannedStep, index: number): Promise<void> => {
    const former = done[index];
    const isLast = index === plan.steps.length - 1;
    if (former?.status === 'completed') {
      keep(index, former.output);
      if (isLast && typeof former.output === 'string') emit?.(former.output);
      return;
    }
    const environment = environments.find(({ id }) => id === planned.environment) ?? null;
    const output = await performStep({ ...work, execution: { ...execution, signal } }, planned, {
      index,
      environment,
      outputs,
      resultType: isLast ? plan.resultType : 'text',
      isStreamed: isLast,
    });
    keep(index, output);
  };

  const started: Promise<void>[] = [];
  for (const [index, planned] of plan.steps.entries()) {
    const before = listNeeded(plan, planned).map((needed) => started[needed]);
    started.push(
      Promise.all(before).then(async () => {
        if (signal.aborted) throw signal.reason;
        await perform(planned, index);
      }),
    );
    started[index]?.catch((error: unknown) => {
      if (signal.aborted) return;
      failure = nameFailure(planned, error);
      stop.abort(siblingFailed);
    });
  }
  await Promise.allSettled(started);
  execution.ledger.attempts.sort((one, other) => one.startedAt.getTime() - other.startedAt.getTime());
  if (failure !== undefined) throw failure;
  execution.signal.throwIfAborted();
  return outputs.get(plan.steps.at(-1)?.name ?? '') ?? null;
}

/** The places of the steps whose answers a step refers to; a flow is saved only where they are earlier ones. */
function listNeeded({ steps }: FlowPlan, { inputs }: PlannedStep): number[] {
  const { references } = listReferences(inputs ?? {});
  return references.filter(({ kind }) => kind === 'steps').map(({ name }) => findStepIndex(steps, name));
}

interface StepPlace {
  readonly index: number;
  readonly environment: EnvironmentRecord | null;
  /** What the steps before it answered, by name. */
  readonly outputs: ReadonlyMap<string, JsonValue>;
  readonly resultType: FlowPlan['resultType'];
  readonly isStreamed: boolean;
}

/** Executes one step, with its record and its progress. */
async function performStep(
  { run, execution, emit, saveStep }: RunWork,
  planned: PlannedStep,
  { index, environment, outputs, resultType, isStreamed }: StepPlace,
): Promise<JsonValue> {
  const start = performance.now();
  const ledger: Execution['ledger'] = { attempts: [], warnings: new Set() };
  let step: RunStep = { ...createRunStep(planned), status: 'processing' };
  const record = async (changes: Partial<RunStep>) => {
    step = { ...step, ...changes };
    await saveStep(index, step);
    emit?.({ step: step.key, file: null, status: step.status, message: step.error?.message ?? null });
  };
  const end = (changes: Partial<RunStep>) => {
    execution.ledger.attempts.push(...ledger.attempts);
    for (const warning of ledger.warnings) execution.ledger.warnings.add(`Step ${planned.name}: ${warning}`);
    const executionTimeMs = Math.round(performance.now() - start);
    return record({ tokenUse: sumTokenUse(ledger.attempts), executionTimeMs, ...changes });
  };
  try {
    await record({});
    if (environment === null) throw new RunFailure('invalid_request', 'Its environment was deleted');
    const message = render(planned, { inputs: new Map(Object.entries(run.input ?? {})), steps: outputs });
    const passages = await readContext({ ...execution, ledger }, planned, message, environment);
    const introduction = await writePassages(execution.store, passages);
    step = { ...step, passages, prompt: introduction === null ? [message] : [introduction, message] };
    const output = await executePrompt(
      {
        environment,
        model: planned.config.model,
        messages: step.prompt,
        settings: planned.config,
        resultSchema: resultType === 'list' ? listSchema : null,
        validate: true,
      },
      { ...execution, ledger },
      isStreamed ? emit : undefined,
    );
    const value = resultType === 'list' && isJsonObject(output) ? (output.items ?? []) : output;
    await end({ status: 'completed', output: value });
    return value;
  } catch (error) {
    const failed = convertToRunError(error);
    await end({ status: failed.code === 'cancelled' ? 'cancelled' : 'failed', error: failed });
    throw error;
  }
}

/** What of the contents is put before the model. */
async function readContext(
  execution: Execution,
  { context }: PlannedStep,
  { content }: Message,
  environment: EnvironmentRecord,
): Promise<RunPassage[]> {
  if (context === null) return [];
  const passages = await retrievePassages(execution, context, content, environment);
  if (passages.length === 0) execution.ledger.warnings.add('No content was found that fits its prompt.');
  return passages;
}

/** What answers of earlier steps make a prompt unusable is the run's failure. */
function render(planned: PlannedStep, values: Parameters<typeof renderStep>[1]): Message {
  try {
    return renderStep(planned, values);
  } catch (error) {
    if (error instanceof ValidationError) throw new RunFailure('invalid_request', error.message, { cause: error });
    throw error;
  }
}

/** The same failure with the step's name. */
function nameFailure({ name }: PlannedStep, error: unknown): unknown {
  if (!(error instanceof RunFailure)) return error;
  const { code, message, isRetryable, path } = error;
  return new RunFailure(code, `Step ${name}: ${message}`, {
    isRetryable,
    ...(path !== undefined && { path }),
    cause: error,
  });
}
