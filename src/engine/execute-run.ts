import type { Message, TokenUse } from '../domain.ts';
import { RunFailure } from '../errors.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { Connection, Provider } from '../providers/provider.ts';
import type { RunAttempt, RunError, RunOutcome, RunRecord } from '../store/run-record.ts';
import { type Deadlines, withDeadlines } from './deadline.ts';
import { validateAgainst } from './json-schema.ts';
import { describeMisfit, parseStructuredResult } from './structured-result.ts';

/** What an execution needs besides its run. */
export interface Execution {
  readonly provider: Provider;
  readonly connection: Connection;
  readonly deadlines: Deadlines;
  /** Aborts the execution; its reason becomes the run's error where it is a RunFailure. */
  readonly signal: AbortSignal;
  /** Where the text of the first answer goes as it arrives, if anybody reads it. */
  readonly onText?: (text: string) => void;
  /** Is told how long a provider took to begin its answer. */
  readonly onFirstChunk: (ms: number) => void;
  /** Is told of errors that are not the provider's but ours. */
  readonly onUnexpectedError: (error: unknown) => void;
}

type Outcome = Omit<RunOutcome, 'chunkCount'>;

/**
 * Executes a run's prompt: one call of the provider, and a second one (whose text nobody is shown) where the first answer does not fit
 * the result schema. Never throws for what the provider does: that is the outcome.
 */
export async function executeRun(run: RunRecord, execution: Execution): Promise<Outcome> {
  const startedAt = performance.now();
  const attempts: RunAttempt[] = [];
  const warnings: string[] = [];
  const finish = (outcome: Pick<Outcome, 'status' | 'result' | 'error'>): Outcome => ({
    ...outcome,
    attempts,
    warnings: [...run.warnings, ...new Set(warnings)],
    tokenUse: sumTokenUse(attempts),
    executionTimeMs: Math.round(performance.now() - startedAt),
  });
  const ask = (messages: readonly Message[], onText?: (text: string) => void) =>
    attempt(run, messages, execution, { attempts, warnings, onText });

  try {
    const text = await ask(run.prompt, execution.onText);
    if (run.resultSchema === null) return finish({ status: 'completed', result: text, error: null });
    let reading = readResult(text, run.resultSchema, run.config.validate);
    if (!reading.fits) {
      const followUp: Message[] = [
        { role: 'assistant', content: text },
        { role: 'user', content: reading.complaint },
      ];
      reading = readResult(await ask([...run.prompt, ...followUp]), run.resultSchema, run.config.validate);
    }
    if (reading.fits) return finish({ status: 'completed', result: reading.value, error: null });
    return finish({ status: 'failed', result: null, error: reading.error });
  } catch (error) {
    if (!(error instanceof RunFailure)) execution.onUnexpectedError(error);
    return finish(describeFailure(error));
  }
}

async function attempt(
  run: RunRecord,
  messages: readonly Message[],
  { provider, connection, deadlines, signal, onFirstChunk }: Execution,
  {
    attempts,
    warnings,
    onText,
  }: { attempts: RunAttempt[]; warnings: string[]; onText: ((text: string) => void) | undefined },
): Promise<string> {
  const startedAt = new Date();
  const start = performance.now();
  let text = '';
  let tokenUse: TokenUse | null = null;
  const record = (error: RunError | null) => {
    const executionTimeMs = Math.round(performance.now() - start);
    attempts.push({
      provider: provider.kind,
      environment: run.environment,
      model: run.model,
      startedAt,
      executionTimeMs,
      tokenUse,
      error,
    });
  };
  const request = {
    model: run.model,
    messages,
    settings: run.config,
    resultSchema: run.resultSchema,
  };
  try {
    const open = (either: AbortSignal) => provider.generate(request, connection, either);
    for await (const event of withDeadlines(open, deadlines, signal)) {
      if (event.type === 'text') {
        if (text === '') onFirstChunk(performance.now() - start);
        text += event.text;
        onText?.(event.text);
      } else {
        tokenUse = event.tokenUse;
        warnings.push(...event.warnings);
        if (event.reason === 'length') warnings.push('The answer was cut at the limit of tokens.');
        if (event.reason === 'content_filter') warnings.push("The answer was cut by the provider's content filter.");
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
  | { readonly fits: false; readonly complaint: string; readonly error: RunError };

function readResult(text: string, schema: JsonObject, validate: boolean): Reading {
  const misfit = (complaint: string, message: string, path: string | null): Reading => ({
    fits: false,
    complaint,
    error: { code: 'validation_error', message, isRetryable: true, path },
  });
  const parsed = parseStructuredResult(text);
  if (!parsed.ok) {
    return misfit(
      describeMisfit([{ path: '', message: parsed.message }]),
      `The answer is not JSON: ${parsed.message}`,
      null,
    );
  }
  const issues = validate ? validateAgainst(schema, parsed.value) : [];
  const [first] = issues;
  if (first === undefined) return { fits: true, value: parsed.value };
  const summary = issues.map(({ path, message }) => `${path || 'the result'} ${message}`).join('; ');
  return misfit(describeMisfit(issues), `The answer does not fit the result schema: ${summary}`, first.path);
}

/** How a run ends that was not completed. */
export function describeFailure(error: unknown): Pick<Outcome, 'status' | 'result' | 'error'> {
  const runError = convertToRunError(error);
  return { status: runError.code === 'cancelled' ? 'cancelled' : 'failed', result: null, error: runError };
}

/** What callers are told of a failure; of one that is ours, only that it happened. */
export function convertToRunError(error: unknown): RunError {
  if (error instanceof RunFailure) {
    return { code: error.code, message: error.message, isRetryable: error.isRetryable, path: null };
  }
  return { code: 'internal_error', message: 'Something went wrong in the gateway', isRetryable: true, path: null };
}

function sumTokenUse(attempts: readonly RunAttempt[]): TokenUse | null {
  const uses = attempts.flatMap(({ tokenUse }) => (tokenUse === null ? [] : [tokenUse]));
  if (uses.length === 0) return null;
  const sum = (key: keyof TokenUse) => uses.reduce((total, use) => total + use[key], 0);
  return { prompt: sum('prompt'), result: sum('result'), total: sum('total') };
}
