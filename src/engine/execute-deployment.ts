import { RunFailure } from '../errors.ts';
import type { JsonValue } from '../json.ts';
import type { FileOutcome, FileRunRecord } from '../store/file-run.ts';
import { convertToRunError } from './convert-to-run-error.ts';
import { processFile } from './process-file.ts';
import { retryWhileUnavailable } from './retry.ts';
import type { RunWork } from './run-work.ts';

/** How many files of an execution are processed at the same time. */
const filesAtOnce = 4;
/** A file that was begun so often, and never finished, may be what ends its processes. */
const triesMax = 3;

/**
 * Processes the files of a deployment's run, each with a record of its own; those that are done already are not done again.
 * Answers with a row a file, in their order. Throws a RunFailure where all of them failed.
 */
export async function executeDeployment(work: RunWork): Promise<JsonValue> {
  const { run, execution } = work;
  const { store, signal } = execution;
  const ids = run.fileRuns ?? [];
  const found = await retryWhileUnavailable(() => store.fileRuns.findManyByIds(ids), signal);
  const files = new Map(found.map((file) => [file.id, file]));
  const waiting = ids.flatMap((id) => files.get(id) ?? []).filter(({ status }) => !isFinal(status));
  // What was spent before counts too.
  for (const { attempts } of found) execution.ledger.attempts.push(...attempts);

  const failing = new AbortController();
  const either = AbortSignal.any([signal, failing.signal]);
  const workers = Array.from({ length: filesAtOnce }, async () => {
    for (let file = waiting.shift(); file !== undefined; file = waiting.shift()) {
      either.throwIfAborted();
      files.set(file.id, await performFile({ ...work, execution: { ...execution, signal: either } }, file));
    }
  });
  for (const worker of workers) worker.catch((error: unknown) => failing.abort(error));
  await Promise.allSettled(workers);
  either.throwIfAborted();

  const done = ids.flatMap((id) => files.get(id) ?? []);
  const failed = done.filter(({ status }) => status === 'failed');
  const [first] = failed;
  if (first?.error != null && failed.length === done.length) {
    const { code, message, isRetryable } = first.error;
    const all = done.length === 1 ? message : `All ${done.length} files failed; the first one: ${message}`;
    // It was made of such a failure.
    throw new RunFailure(code as RunFailure['code'], all, { isRetryable });
  }
  for (const { name, error } of failed) execution.ledger.warnings.add(`${JSON.stringify(name)}: ${error?.message}`);
  return Promise.all(
    done.map(async (file) => {
      const { result } = await store.fileRuns.loadPayload(file);
      return { file: file.name, status: file.status, result, error: file.error?.message ?? null };
    }),
  );
}

/** Processes one file, with its record and its progress. */
async function performFile(
  { run, environment, execution, emit }: RunWork,
  file: FileRunRecord,
): Promise<FileRunRecord> {
  const { store, signal } = execution;
  const write = async (call: () => Promise<FileRunRecord | null>) => {
    const written = await retryWhileUnavailable(call, signal);
    if (written === null) throw new RunFailure('interrupted', 'Another process has this run');
    const { id, status, error, name } = written;
    emit?.({ step: null, file: id, status, message: error?.message ?? name });
    return written;
  };
  const begun = await write(() => store.fileRuns.begin(file.id, run.epoch));
  const ledger = { attempts: [], warnings: new Set<string>() };
  const fail = (failure: RunFailure): FileOutcome => ({
    type: null,
    status: 'failed',
    error: convertToRunError(failure),
    pages: null,
    answerPages: null,
    parts: null,
    origin: null,
    attempts: [],
    tokenUse: null,
    executionTimeMs: 0,
    result: null,
    extractedText: null,
  });
  const perform = (): Promise<FileOutcome> | FileOutcome => {
    const { job, model } = run;
    if (begun.tries > triesMax) {
      return fail(new RunFailure('interrupted', `Processing it was interrupted ${triesMax} times`));
    }
    if (job == null || environment === null || model === null) {
      return fail(new RunFailure('invalid_request', 'The environment of this run was deleted'));
    }
    return processFile({ run, job, environment, model, execution: { ...execution, ledger } }, begun);
  };
  const outcome = await perform();
  execution.ledger.attempts.push(...outcome.attempts);
  for (const warning of ledger.warnings) execution.ledger.warnings.add(`${JSON.stringify(file.name)}: ${warning}`);
  return write(() => store.fileRuns.finish(file.id, run.epoch, outcome));
}

function isFinal(status: FileRunRecord['status']): boolean {
  return status === 'completed' || status === 'failed' || status === 'cancelled';
}
