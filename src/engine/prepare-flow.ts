import { ValidationError, type ValidationIssue } from '../errors.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { ContentSelection, FlowRecord, FlowStep } from '../store/flow.ts';
import type { FlowPlan, PlannedStep } from '../store/run-record.ts';
import type { ProjectStore } from '../store/store.ts';
import { readInputs } from './flow-input.ts';
import { prefixPaths } from './prepare-interaction.ts';
import { renderStep } from './render-step.ts';
import { type ExecutionConfig, resolveConfig } from './resolve-config.ts';
import { listReferences } from './step-input.ts';

/** What is asked of a flow. */
export interface FlowRequest {
  readonly inputs: JsonObject;
  readonly config: ExecutionConfig;
  /** What some steps read instead of what the flow has set, by their places. */
  readonly selections: ReadonlyMap<number, ContentSelection>;
}

/** Everything that an execution goes by. */
export interface PreparedFlow {
  readonly plan: FlowPlan;
  /** The values of all inputs, with their defaults. */
  readonly inputs: JsonObject;
  readonly warnings: readonly string[];
}

/**
 * Reads the inputs, resolves each step's prompt, environment and settings, and renders what depends on no other step. Throws a
 * ValidationError that names everything that is wrong, with pointers into the request.
 */
export async function prepareFlow(store: ProjectStore, flow: FlowRecord, request: FlowRequest): Promise<PreparedFlow> {
  const { values, issues, unknown } = readInputs(flow.inputs, request.inputs);
  if (issues.length > 0) throw new ValidationError(issues);
  const environmentIds = flow.steps.map(({ environment }) => request.config.environmentId ?? environment ?? '');
  const [prompts, environments] = await Promise.all([
    store.prompts.findManyByIds(flow.steps.map(({ prompt }) => prompt)),
    store.environments.findManyByIds(environmentIds),
  ]);
  const steps = flow.steps.map((step, index): PlannedStep => {
    const found = prompts.find(({ id }) => id === step.prompt);
    if (found === undefined) throw new ValidationError([{ path: '', message: `step ${step.name} has no prompt` }]);
    const { name, role, contentType, content, inputSchema } = found;
    const environment = requireEnvironment(environments, environmentIds[index] ?? '', step);
    return {
      name: step.name,
      prompt: { name, role, contentType, content, inputSchema },
      inputs: step.inputs,
      environment: environment.id,
      config: resolveConfig(request.config, step, environment),
      context: step.context && { ...step.context, ...request.selections.get(index) },
    };
  });
  const wrong = steps.flatMap((step) => checkRendering(step, values));
  if (wrong.length > 0) throw new ValidationError(wrong);
  return {
    plan: { resultType: flow.resultType, steps },
    inputs: Object.fromEntries(values),
    warnings: unknown.map((name) => `The flow has no input ${name}; it was left out.`),
  };
}

function requireEnvironment(
  environments: readonly EnvironmentRecord[],
  id: string,
  { name }: FlowStep,
): EnvironmentRecord {
  const environment = environments.find((candidate) => candidate.id === id);
  if (environment !== undefined) return environment;
  const message =
    id === '' ? `is required: step ${name} has no environment of its own` : `there is no environment ${id}`;
  throw new ValidationError([{ path: '/config/environmentId', message }]);
}

/** What is wrong with a step whose answers of other steps are not needed to tell. */
function checkRendering(step: PlannedStep, inputs: ReadonlyMap<string, JsonValue>): ValidationIssue[] {
  if (listReferences(step.inputs ?? {}).references.some(({ kind }) => kind === 'steps')) return [];
  try {
    renderStep(step, { inputs, steps: new Map() });
    return [];
  } catch (error) {
    if (!(error instanceof ValidationError)) throw error;
    return prefixPaths(
      '/inputs',
      error.issues.map(({ path, message }) => ({ path, message: `${message} (step ${step.name})` })),
    );
  }
}
