import { encodeFields } from './codec.ts';
import type { PayloadFiles } from './run-payload.ts';
import type { PlannedStep, RunStep, RunStepPayloads } from './run-record.ts';

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
