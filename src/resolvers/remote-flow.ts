import type { Context } from '../context.ts';
import type { Selection, StepOverride } from '../domain.ts';
import { readInputs } from '../engine/flow-input.ts';
import { type ExecutionConfig, resolveRemoteConfig } from '../engine/resolve-config.ts';
import { ValidationError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { FlowRecord } from '../store/flow.ts';
import type { StepOverrideInput } from './step-override.ts';

interface RemoteFlowRequest {
  readonly inputs?: JsonObject | null | undefined;
  readonly config?: ExecutionConfig | null | undefined;
  readonly steps?: readonly StepOverrideInput[] | null | undefined;
}

/**
 * What a run of a flow has that another API executes as a whole. Inputs are checked as far as they were described here, and all of
 * them are sent; what steps read is named by ids and names there. Throws a ValidationError.
 */
export async function prepareRemoteFlow(
  context: Context,
  flow: FlowRecord,
  remoteId: string,
  { inputs, config, steps }: RemoteFlowRequest,
) {
  const environment = flow.environment === null ? null : await context.loaders.environment.load(flow.environment);
  if (environment === null) {
    throw new ValidationError([{ path: '/flowId', message: `is flow ${flow.name}, whose environment was deleted` }]);
  }
  if (config?.environmentId != null && config.environmentId !== environment.id) {
    const message = `must be left out: flow ${flow.name} is executed where it was imported from`;
    throw new ValidationError([{ path: '/config/environmentId', message }]);
  }
  const { values, issues } = readInputs(flow.inputs, inputs ?? {});
  if (issues.length > 0) throw new ValidationError(issues);
  const subject = { environment: environment.id, model: null, temperature: null, maxTokens: null };
  const settings = resolveRemoteConfig(config ?? {}, subject, environment);
  return {
    environment: environment.id,
    model: settings.model,
    config: settings,
    input: { ...inputs, ...Object.fromEntries(values) },
    remote: { id: remoteId, steps: (steps ?? []).map(convertOverride) },
    warnings: [],
  };
}

function convertOverride({ step, context }: StepOverrideInput): StepOverride {
  return { step, folders: convertSelection(context?.folders), tags: convertSelection(context?.tags) };
}

function convertSelection(selection: Partial<Record<keyof Selection, string[] | null | undefined>> | null | undefined) {
  return selection == null ? null : { ids: selection.ids ?? null, names: selection.names ?? null };
}
