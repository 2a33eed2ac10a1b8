import type { Message } from '../domain.ts';
import { ValidationError } from '../errors.ts';
import type { JsonObject } from '../json.ts';
import type { PlannedStep } from '../store/run-record.ts';
import { validateInput } from './input-schema.ts';
import { type ReferenceValues, resolveReferences } from './step-input.ts';
import { renderTemplate } from './template.ts';

/**
 * The message that a step's prompt makes of the flow's inputs and of what earlier steps answered. Throws a ValidationError with
 * pointers into the data of the prompt.
 */
export function renderStep(
  { prompt, inputs }: Pick<PlannedStep, 'prompt' | 'inputs'>,
  values: ReferenceValues,
): Message {
  // A variable that the step says nothing of is the flow's input with its name.
  const data: JsonObject = { ...Object.fromEntries(values.inputs), ...resolveReferences(inputs ?? {}, values) };
  const issues = validateInput([prompt], data);
  if (issues.length > 0) throw new ValidationError(issues);
  const { role, contentType, content, inputSchema } = prompt;
  return { role, content: renderTemplate({ contentType, content, inputSchema, data }) };
}
