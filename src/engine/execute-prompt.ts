import type { Message, TokenUse } from '../domain.ts';
import { RunFailure } from '../errors.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Metrics } from '../metrics.ts';
import type { GenerateSettings } from '../providers/provider.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { RunAttempt, RunError, RunReport } from '../store/run-record.ts';
import type { ProjectStore } from '../store/store.ts';
import type { Connector } from './connector.ts';
import { type Deadlines, withDeadlines } from './deadline.ts';
import { validateAgainst } from './json-schema.ts';
import { describeMisfit, parseStructuredResult } from './structured-result.ts';

/** What is asked of a model, and where. */
export interface PromptRequest {
  readonly environment: EnvironmentRecord;
  readonly model: string;
  readonly messages: readonly Message[];
  readonly settings: GenerateSettings;
  /** The JSON Schema of the result; null: the result is text. */
  readonly resultSchema: JsonObject | null;
  /** Whether the result must fit the schema. */
  readonly validate: boolean;
}

/** What the calls of providers leave on record. */
export interface Ledger {
  readonly attempts: RunAttempt[];
  /** What was not done as it was asked. */
  readonly warnings: Set<string>;
  /** Where another API executed the run: what it says of that. */
  report?: RunReport;
}

/** What prompts are executed with. */
export interface Execution {
  readonly store: ProjectStore;
  readonly connector: Connector;
  readonly deadlines: Deadlines;
  readonly metrics: Metrics;
  /** Ends the execution; its reason becomes the run's error where it is a RunFailure. */
  readonly signal: AbortSignal;
  readonly ledger: Ledger;
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

/** One call of the model, which is on the ledger however it ends. */
async function callModel(
  { environment, model, messages, settings, resultSchema }: PromptRequest,
  { connector, deadlines, metrics, signal, ledger }: Execution,
  onText?: (text: string) => void,
): Promise<string> {
  const { provider, connection } = connector.connect(environment);
  const startedAt = new Date();
  const start = performance.now();
  let text = '';
  let tokenUse: TokenUse | null = null;
  const record = (error: RunError | null) => {
    const executionTimeMs = Math.round(performance.now() - start);
    const attempt = { provider: provider.kind, environment: environment.id, model, startedAt, executionTimeMs };
    ledger.attempts.push({ ...attempt, tokenUse, error });
  };
  try {
    const request = { model, messages, settings, resultSchema };
    const open = (either: AbortSignal) => provider.generate(request, connection, either);
    for await (const event of withDeadlines(open, { ...deadlines, ...environment.policy }, signal)) {
      if (event.type === 'text') {
        if (text === '') metrics.firstChunkCame(provider.kind, performance.now() - start);
        text += event.text;
        onText?.(event.text);
      } else if (event.type === 'progress') {
        tokenUse = event.tokenUse ?? tokenUse;
      } else {
        tokenUse = event.tokenUse ?? tokenUse;
        for (const warning of event.warnings) ledger.warnings.add(warning);
        if (event.reason === 'length') ledger.warnings.add('The answer was cut at the limit of tokens.');
        if (event.reason === 'content_filter') {
          ledger.warnings.add("The answer was cut by the provider's content filter.");
        }
      }
    }
  } catch (error) {
    record(convertToRunError(error));
    throw error;
  }
  record(null);
  return text;
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

/** What callers are told of a failure; of one that is ours, only that it happened. */
export function convertToRunError(error: unknown): RunError {
  if (error instanceof RunFailure) {
    return { code: error.code, message: error.message, isRetryable: error.isRetryable, path: error.path ?? null };
  }
  return { code: 'internal_error', message: 'Something went wrong in the gateway', isRetryable: true, path: null };
}

/** The tokens of all calls; null where no provider says. */
export function sumTokenUse(attempts: readonly RunAttempt[]): TokenUse | null {
  const uses = attempts.flatMap(({ tokenUse }) => (tokenUse === null ? [] : [tokenUse]));
  if (uses.length === 0) return null;
  const sum = (key: keyof TokenUse) => uses.reduce((total, use) => total + use[key], 0);
  return { prompt: sum('prompt'), result: sum('result'), total: sum('total') };
}
