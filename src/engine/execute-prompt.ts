import type { Message, TokenUse } from '../domain.ts';
import { RunFailure } from '../errors.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { RunAttempt } from '../store/run-record.ts';
import { callModel } from './call-model.ts';
import type { Execution, ModelRequest } from './execution.ts';
import { validateAgainst } from './json-schema.ts';
import { describeMisfit, parseStructuredResult } from './structured-result.ts';

/** What is asked of a model, and where. */
export interface PromptRequest extends ModelRequest {
  /** Whether the result must fit the schema. */
  readonly validate: boolean;
}

/**
 * Has a model answer, and reads the answer: text, or JSON that fits the result schema. Where the first answer does not fit, it is asked
 * once more, which `onText` is not told of. Throws a RunFailure, which for an answer that does not fit has the place as its `path`,
 * or what the signal aborts with.
 */
export async function executePrompt(
  request: PromptRequest,
  execution: Execution,
  onText?: (text: string) => void,
): Promise<JsonValue> {
  const { messages, resultSchema, validate } = request;
  const text = await callModel(request, execution, onText);
  if (resultSchema === null) return text;
  const reading = readResult(text, resultSchema, validate);
  if (reading.fits) return reading.value;
  const followUp: Message[] = [
    { role: 'assistant', content: text },
    { role: 'user', content: reading.complaint },
  ];
  const secondText = await callModel({ ...request, messages: [...messages, ...followUp] }, execution);
  const secondReading = readResult(secondText, resultSchema, validate);
  if (secondReading.fits) return secondReading.value;
  throw secondReading.failure;
}

type Reading =
  | { readonly fits: true; readonly value: JsonValue }
  | { readonly fits: false; readonly complaint: string; readonly failure: RunFailure };

function readResult(text: string, schema: JsonObject, validate: boolean): Reading {
  const misfit = (complaint: string, message: string, path?: string): Reading => ({
    fits: false,
    complaint,
    failure: new RunFailure('validation_error', message, { isRetryable: true, ...(path !== undefined && { path }) }),
  });
  const parsed = parseStructuredResult(text);
  if (!parsed.ok) {
    return misfit(describeMisfit([{ path: '', message: parsed.message }]), `The answer is not JSON: ${parsed.message}`);
  }
  const issues = validate ? validateAgainst(schema, parsed.value) : [];
  const [first] = issues;
  if (first === undefined) return { fits: true, value: parsed.value };
  const summary = issues.map(({ path, message }) => `${path || 'the result'} ${message}`).join('; ');
  return misfit(describeMisfit(issues), `The answer does not fit the result schema: ${summary}`, first.path);
}

/** The tokens of all calls; null where no provider says. */
export function sumTokenUse(attempts: readonly RunAttempt[]): TokenUse | null {
  const uses = attempts.flatMap(({ tokenUse }) => (tokenUse === null ? [] : [tokenUse]));
  if (uses.length === 0) return null;
  const sum = (key: keyof TokenUse) => uses.reduce((total, use) => total + use[key], 0);
  return { prompt: sum('prompt'), result: sum('result'), total: sum('total') };
}
