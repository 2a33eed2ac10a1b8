import { authorize, isAllowed } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import type { DeploymentRecord } from '../store/deployment.ts';
import type { FilePayload, FileRunRecord } from '../store/file-run.ts';
import type { RunRecord } from '../store/run-record.ts';

/** A file of a run of a deployment, with the run and its place there. */
export interface FileRunView extends FileRunRecord {
  readonly runRecord: RunRecord;
  readonly position: number;
}

/** The files of a run, in the order in which they were sent. Where the run ended before they did, they ended with it. */
export async function listFileRuns(context: Context, run: RunRecord): Promise<FileRunView[]> {
  authorize(context.principal, 'readRuns');
  const loaded = await Promise.all((run.fileRuns ?? []).map((id) => context.loaders.fileRun.load(id)));
  return loaded.flatMap((file, position) => {
    if (file === null) return [];
    const view = { ...file, runRecord: run, position };
    const isOver = run.finishedAt !== null && file.status !== 'completed' && file.status !== 'failed';
    return [isOver ? { ...view, status: run.status === 'cancelled' ? run.status : 'failed', error: run.error } : view];
  });
}

const loadedPayloads = new WeakMap<FileRunRecord, Promise<FilePayload>>();

/** What a file says and what was found in it. Where that is not recorded, only who waited for the execution here has the result. */
export async function readFilePayload({ store }: Context, file: FileRunView): Promise<FilePayload> {
  const { runRecord, position } = file;
  if (runRecord.recordPayloads === 'metadata') {
    const row = Array.isArray(runRecord.result) ? runRecord.result[position] : null;
    return { result: isJsonObject(row) ? (row.result ?? null) : null, extractedText: null };
  }
  // One reading serves all fields of the file.
  const payload = loadedPayloads.get(file) ?? store.fileRuns.loadPayload(file);
  loadedPayloads.set(file, payload);
  return payload;
}

/** How a file was processed, in words that programs read; null until it was. */
export function describeFileRun({ runRecord, ...file }: FileRunView): JsonObject | null {
  if (file.status !== 'completed' && file.status !== 'failed') return null;
  const { origin, answerPages, parts, pages, sha256 } = file;
  return {
    organization: runRecord.job?.organization ?? null,
    deployment: runRecord.deployment,
    version: runRecord.job?.version ?? null,
    sha256,
    pages,
    parts,
    answerPages: answerPages === null ? null : { ...answerPages },
    fromHistory: origin !== null,
    executionId: origin?.executionId ?? file.executionId,
    fileExecutionId: origin?.fileRun ?? file.id,
    executionTimeMs: origin?.executionTimeMs ?? file.executionTimeMs,
  };
}

/** What was executed; null where it was deleted, or is none of the reader's business. */
export async function findDeploymentOfRun(context: Context, run: RunRecord): Promise<DeploymentRecord | null> {
  if (run.deployment === null || !isAllowed(context.principal, 'readDeployments')) return null;
  return context.loaders.deployment.load(run.deployment);
}

/** The run of a deployment with this execution id, or null. */
export async function findExecution(
  context: Context,
  deployment: Pick<DeploymentRecord, 'id'>,
  executionId: string,
): Promise<RunRecord | null> {
  authorize(context.principal, 'readRuns');
  const filter = { executionId: [executionId], deployment: [deployment.id] };
  const { items } = await context.store.runs.findPage({ first: 1 }, filter);
  return items[0] ?? null;
}
