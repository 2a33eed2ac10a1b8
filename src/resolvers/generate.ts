import { z } from 'zod';
import { authorize, isAllowed } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { prepareFlow } from '../engine/prepare-flow.ts';
import type { FlowRecord } from '../store/flow.ts';
import { noSubject, type PlannedStep, type RunConfig, type RunRecord, type RunStep } from '../store/run-record.ts';
import { createRunStep } from '../store/run-step.ts';
import { configInput, describeSource } from './execute.ts';
import { executeOnce, idempotencyKeyField, type PreparedRun } from './execute-once.ts';
import { jsonObjectField, orNotFound, parseInput, tagsField } from './input.ts';
import { prepareRemoteFlow } from './remote-flow.ts';
import { readOverrides, stepOverrideField } from './step-override.ts';

const generateInput = z.object({
  flowId: z.string('is required'),
  inputs: jsonObjectField.nullish(),
  endUser: z.string().max(500, 'must have at most 500 characters').nullish(),
  steps: z.array(stepOverrideField).max(50, 'must have at most 50 members').nullish(),
  config: configInput.nullish(),
  tags: tagsField.nullish(),
  stream: z.boolean().nullish(),
  onDisconnect: z.enum(['continue', 'cancel']).nullish(),
  idempotencyKey: idempotencyKeyField.nullish(),
});

type GenerateRequest = z.output<typeof generateInput>;

/**
 * Executes a flow. Blocking, the answer is the finished run, whether it succeeded or not; with `stream`, it is the created run,
 * which the first reader of its stream starts. A request with an idempotency key that was seen before is answered with the run
 * that it was then, as it is now. Throws for what is the caller's fault, and records no run then.
 */
export async function generate(context: Context, input: unknown): Promise<RunRecord> {
  authorize(context.principal, 'generate');
  const request = parseInput(generateInput, input);
  return executeOnce(context, 'generate', request, () => prepareRun(context, request));
}

async function prepareRun(context: Context, request: GenerateRequest): Promise<PreparedRun> {
  const { flowId } = request;
  const flow = orNotFound(await context.loaders.flow.load(flowId), 'flow', flowId);
  const prepared =
    flow.remoteId == null
      ? await planRun(context, flow, request)
      : await prepareRemoteFlow(context, flow, flow.remoteId, request);
  const environment = 'remote' in prepared ? await context.loaders.environment.load(prepared.environment) : null;
  const run = {
    kind: 'flow' as const,
    name: flow.name,
    ...noSubject,
    flow: flow.id,
    ...prepared,
    prompt: [],
    resultSchema: null,
    tags: request.tags ?? [],
    parent: null,
    retryOf: null,
    endUser: request.endUser ?? null,
    object: null,
    source: describeSource(context),
    onDisconnect: request.onDisconnect ?? 'continue',
    recordPayloads: context.project.recordPayloads,
  };
  return { run, environment };
}

/** A run that executes the steps here, each where it says. */
async function planRun(context: Context, flow: FlowRecord, { inputs, config, steps }: GenerateRequest) {
  const selections = await readOverrides(context, flow, steps ?? []);
  const request = { inputs: inputs ?? {}, config: config ?? {}, selections };
  const { plan, inputs: input, warnings } = await prepareFlow(context.store, flow, request);
  return {
    plan,
    steps: plan.steps.map(createRunStep),
    environment: findCommon(plan.steps.map(({ environment }) => environment)),
    model: findCommon(plan.steps.map((step) => step.config.model)),
    config: describeConfig(plan.steps),
    input,
    warnings,
  };
}

/** What all have; null where they differ. */
function findCommon<T>(values: readonly T[]): T | null {
  const [first, ...others] = values;
  return first !== undefined && others.every((other) => other === first) ? first : null;
}

/** The settings that all steps have; each step has its own. */
function describeConfig(steps: readonly PlannedStep[]): RunConfig {
  const configs = steps.map(({ config }) => config);
  return {
    model: findCommon(configs.map(({ model }) => model)),
    temperature: findCommon(configs.map(({ temperature }) => temperature)),
    maxTokens: findCommon(configs.map(({ maxTokens }) => maxTokens)),
    topP: findCommon(configs.map(({ topP }) => topP)),
    stop: findCommon(configs.map(({ stop }) => stop)),
    seed: findCommon(configs.map(({ seed }) => seed)),
    validate: true,
    options: findCommon(configs.map(({ options }) => options)),
    formatter: null,
  };
}

/** What was executed; null where it was deleted, or is none of the reader's business. */
export async function findFlowOfRun(context: Context, { flow }: RunRecord): Promise<FlowRecord | null> {
  if (flow === null || !isAllowed(context.principal, 'readFlows')) return null;
  return context.loaders.flow.load(flow);
}

/** The steps of a run, with what they were given and gave. One whose process is gone ended with its run. */
export async function listStepsOfRun({ store }: Context, run: RunRecord): Promise<RunStep[]> {
  const steps = await store.runs.loadSteps(run);
  if (run.finishedAt === null) return steps;
  return steps.map((step) => (step.status === 'processing' ? { ...step, status: 'failed', error: run.error } : step));
}
