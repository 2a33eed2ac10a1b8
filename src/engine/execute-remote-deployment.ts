import { RunFailure } from '../errors.ts';
import { isJsonObject, type JsonValue } from '../json.ts';
import type { RemoteFileResult } from '../providers/remote.ts';
import type { FileOutcome, FileRunRecord } from '../store/file-run.ts';
import { callRemote } from './call-remote.ts';
import { convertToRunError } from './convert-to-run-error.ts';
import { retryWhileUnavailable } from './retry.ts';
import type { RunWork } from './run-work.ts';

const nothing = {
  type: null,
  pages: null,
  answerPages: null,
  parts: null,
  origin: null,
  result: null,
  extractedText: null,
  attempts: [],
  tokenUse: null,
  executionTimeMs: null,
} as const;

/**
 * Has the files of a deployment's run processed by the API of its environment, all in one call, and records what becomes of each. A
 * run that has begun there is gone on with, so that files are sent once. Answers with a row a file, in their order. Throws a
 * RunFailure where all of them failed.
 */
export async function executeRemoteDeployment(work: RunWork): Promise<JsonValue> {
  const { run, execution, saveRemoteRun } = work;
  const { store, signal, ledger } = execution;
  const ids = run.fileRuns ?? [];
  const found = await retryWhileUnavailable(() => store.fileRuns.findManyByIds(ids), signal);
  const files = ids.flatMap((id) => found.find((file) => file.id === id) ?? []);
  const isOpen = ({ status }: FileRunRecord) => status === 'created' || status === 'processing';
  const write = async (call: () => Promise<FileRunRecord | null>) => {
    const written = await retryWhileUnavailable(call, signal);
    if (written === null) throw new RunFailure('interrupted', 'Another process has this run');
    const { id, status, error, name } = written;
    work.emit?.({ step: null, file: id, status, message: error?.message ?? name });
    return written;
  };
  for (const file of files) if (isOpen(file)) await write(() => store.fileRuns.begin(file.id, run.epoch));

  const results = new Map<number, RemoteFileResult>();
  let failure: unknown = null;
  try {
    await callRemote(work, {
      data: isJsonObject(run.input?.customData) ? run.input.customData : {},
      files: files.map(({ name, size, file }) => ({ name, type: null, size, open: () => store.files.open(file) })),
      onStarted: saveRemoteRun,
      onFile: (result) => void results.set(result.index, result),
    });
  } catch (error) {
    signal.throwIfAborted();
    failure = error;
  }
  const done: FileRunRecord[] = [];
  for (const [index, file] of files.entries()) {
    const outcome = describeOutcome(results.get(index), failure);
    done.push(isOpen(file) ? await write(() => store.fileRuns.finish(file.id, run.epoch, outcome)) : file);
  }
  if (failure !== null) throw failure;
  const failed = done.filter(({ status }) => status === 'failed');
  for (const { name, error } of failed) ledger.warnings.add(`${JSON.stringify(name)}: ${error?.message}`);
  if (failed.length === done.length) throw new RunFailure('provider_error', failed[0]?.error?.message ?? 'All failed');
  return Promise.all(
    done.map(async (file) => {
      const { result } = await store.fileRuns.loadPayload(file);
      return { file: file.name, status: file.status, result, error: file.error?.message ?? null };
    }),
  );
}

/** What became of a file; one of which nothing was said has failed as the whole did. */
function describeOutcome(said: RemoteFileResult | undefined, failure: unknown): FileOutcome {
  if (said === undefined) {
    const silence = new RunFailure('provider_error', 'The provider said nothing of this file');
    return { ...nothing, status: 'failed', error: convertToRunError(failure ?? silence) };
  }
  const { result, tokenUse, error } = said;
  if (error === null) return { ...nothing, status: 'completed', error: null, result, tokenUse };
  return { ...nothing, status: 'failed', error: convertToRunError(new RunFailure('provider_error', error)), tokenUse };
}
