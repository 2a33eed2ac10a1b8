import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { ConflictError, NotFoundError, ValidationError } from '../errors.ts';
import { isJsonObject } from '../json.ts';
import type { DeploymentRecord } from '../store/deployment.ts';
import { createId } from '../store/entity-store.ts';
import type { StoredFile } from '../store/file.ts';
import { noSubject, type RunRecord } from '../store/run-record.ts';
import { lookUpDeployment, webhookUrlField } from './deployment.ts';
import { describeSource } from './execute.ts';
import { executeOnce, idempotencyKeyField, type PreparedRun } from './execute-once.ts';
import { jsonObjectField, parseInput, tagsField } from './input.ts';
import { prepareDeployment } from './prepare-deployment.ts';
import { fetchPresignedFiles } from './presigned-file.ts';

/** The longest that a caller may wait for an execution. */
const timeoutMaxSeconds = 300;

const urlField = z
  .url({ protocol: /^https?$/, error: 'must be a URL that begins with https://' })
  .max(8_000, 'must have at most 8,000 characters');

const runFilesInput = z.object({
  deploymentId: z.string().nullish(),
  organization: z.string().nullish(),
  name: z.string().nullish(),
  /** Stored, and nobody's yet. */
  files: z.array(z.custom<StoredFile>()).nullish(),
  presignedUrls: z.array(urlField).nullish(),
  timeout: z
    .int('must be a whole number')
    .min(-1, 'must be at least -1')
    .max(timeoutMaxSeconds, `must be at most ${timeoutMaxSeconds}`)
    .nullish(),
  includeMetadata: z.boolean().nullish(),
  includeMetrics: z.boolean().nullish(),
  includeExtractedText: z.boolean().nullish(),
  useFileHistory: z.boolean().nullish(),
  customData: jsonObjectField.nullish(),
  tags: tagsField.nullish(),
  webhookUrl: webhookUrlField.nullish(),
  idempotencyKey: idempotencyKeyField.nullish(),
});

const noHistory = 'The history of files is of what is processed here; useFileHistory was left out.';

type RunFilesRequest = z.output<typeof runFilesInput>;

/**
 * Has files processed by a deployment. The answer is the accepted run, which goes on whatever becomes of this process; with a timeout
 * that is positive, the run as it is at its end, or when so many seconds are over. A request with an idempotency key that was seen
 * before is answered with the run that it was then. Throws for what is the caller's fault, a ConflictError where the deployment is not
 * active, and a RateLimitedError where too much is unfinished; no run is recorded then.
 */
export async function runFiles(context: Context, input: unknown): Promise<RunRecord> {
  authorize(context.principal, 'runFiles');
  const request = parseInput(runFilesInput, input);
  const deployment = await requireDeployment(context, request);
  checkFileCount(context, request);
  const fetched = await fetchPresignedFiles(context, request.presignedUrls ?? []);
  try {
    const files = [...(request.files ?? []), ...fetched];
    checkFiles(files);
    const run = await acceptOnce(context, request, deployment, files);
    const waitMs = Math.max(request.timeout ?? 0, 0) * 1000;
    return waitMs === 0 ? run : await waitAtMost(context, run, waitMs);
  } finally {
    // Where the run is another one, or there is none.
    await context.store.files.removeUnclaimed(fetched.map(({ id }) => id));
  }
}

/**
 * Has the files of a finished execution processed again that failed, or all where none did: a new execution, by the deployment as it is
 * now. Throws a ConflictError where the deployment is gone or not active, or a file is not there any more.
 */
export async function retryFiles(context: Context, run: RunRecord): Promise<RunRecord> {
  const { store, engine, signal } = context;
  const deployment = run.deployment === null ? null : await context.loaders.deployment.load(run.deployment);
  if (deployment === null) throw new ConflictError(`The deployment of run ${run.id} was deleted`);
  checkActive(deployment);
  const order = run.fileRuns ?? [];
  const found = new Map((await store.fileRuns.findManyByIds(order)).map((file) => [file.id, file]));
  const all = order.flatMap((id) => found.get(id) ?? []);
  const failed = all.filter(({ status }) => status !== 'completed');
  const { input } = await store.runs.loadPayloads(run);
  const customData = isJsonObject(input?.customData) ? input.customData : null;
  const copies: StoredFile[] = [];
  try {
    for (const { file, name } of failed.length > 0 ? failed : all) {
      copies.push(
        await store.files.write(store.files.open(file), { name, maxBytes: engine.documents.fileMaxBytes, signal }),
      );
    }
    const request = { ...run.job, customData, tags: [...run.tags], webhookUrl: run.webhook?.url ?? null };
    const prepared = await prepareRun(context, request, deployment, copies);
    return await accept(context, { ...prepared.run, retryOf: run.id }, copies);
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw error;
    throw new ConflictError(`A file of run ${run.id} is not there any more; send them again with runFiles`, error);
  } finally {
    await store.files.removeUnclaimed(copies.map(({ id }) => id));
  }
}

async function requireDeployment(context: Context, request: RunFilesRequest): Promise<DeploymentRecord> {
  const { deploymentId: id, organization, name } = request;
  const deployment = await lookUpDeployment(context, { id, organization, name }, 'deploymentId');
  if (deployment === null) throw new NotFoundError(`There is no deployment ${id ?? `${organization}/${name}`}`);
  checkActive(deployment);
  return deployment;
}

function checkActive({ name, isActive }: DeploymentRecord): void {
  if (!isActive) throw new ConflictError(`Deployment ${name} is not active; activate it first`);
}

/** Nothing that is asked for in vain needs to be fetched. */
function checkFileCount({ engine }: Context, { files, presignedUrls }: RunFilesRequest): void {
  const count = (files?.length ?? 0) + (presignedUrls?.length ?? 0);
  const { maxFiles } = engine.documents;
  if (count === 0) throw new ValidationError([{ path: '/files', message: 'must have at least one file or URL' }]);
  if (count > maxFiles) {
    throw new ValidationError([{ path: '/files', message: `must have at most ${maxFiles} files and URLs` }]);
  }
}

function checkFiles(files: readonly StoredFile[]): void {
  const issues = files.flatMap(({ size, name }, index) =>
    size === 0 ? [{ path: `/files/${index}`, message: `must not be empty: ${JSON.stringify(name)} has no bytes` }] : [],
  );
  if (issues.length > 0) throw new ValidationError(issues);
}

async function acceptOnce(
  context: Context,
  request: RunFilesRequest,
  deployment: DeploymentRecord,
  files: readonly StoredFile[],
): Promise<RunRecord> {
  const { idempotencyKey, timeout: _timeout, presignedUrls: _urls, ...fields } = request;
  // What files are is their bytes and names, wherever they come from.
  const body = { ...fields, deploymentId: deployment.id, files: files.map(({ name, sha256 }) => ({ name, sha256 })) };
  return executeOnce(
    context,
    'runFiles',
    { idempotencyKey, ...body, stream: true },
    () => prepareRun(context, request, deployment, files),
    ({ run }) => accept(context, run, files),
  );
}

async function prepareRun(
  context: Context,
  request: Pick<
    RunFilesRequest,
    | 'customData'
    | 'tags'
    | 'webhookUrl'
    | 'useFileHistory'
    | 'includeMetadata'
    | 'includeMetrics'
    | 'includeExtractedText'
  >,
  deployment: DeploymentRecord,
  files: readonly StoredFile[],
): Promise<PreparedRun> {
  const customData = request.customData ?? null;
  const { environment, config, resultSchema, job } = await prepareDeployment(context, deployment, customData);
  const url = request.webhookUrl ?? deployment.webhookUrl;
  const run = {
    kind: 'deployment' as const,
    name: deployment.name,
    ...noSubject,
    deployment: deployment.id,
    remote: deployment.remoteId == null ? null : { id: deployment.remoteId, steps: [] },
    executionId: randomUUID(),
    job: {
      ...job,
      useFileHistory: request.useFileHistory ?? false,
      includeMetadata: request.includeMetadata ?? false,
      includeMetrics: request.includeMetrics ?? false,
      includeExtractedText: request.includeExtractedText ?? false,
    },
    webhook: url === null ? null : { url, dueAt: new Date(), attempts: 0, deliveredAt: null, error: null },
    environment: environment.id,
    model: config.model,
    config,
    prompt: [],
    resultSchema,
    input: { files: files.map(({ name, size, sha256 }) => ({ name, size, sha256 })), customData },
    tags: request.tags ?? [],
    parent: null,
    retryOf: null,
    endUser: null,
    object: null,
    source: describeSource(context),
    warnings: deployment.remoteId != null && request.useFileHistory === true ? [noHistory] : [],
    onDisconnect: 'continue' as const,
    recordPayloads: context.project.recordPayloads,
  };
  return { run, environment };
}

/**
 * Records a run with its files, and puts it into the queue. The run comes last: what is interrupted before has left files that
 * nobody sees, and what was accepted is complete.
 */
async function accept(
  { engine, store, rateLimiter, principal, project }: Context,
  run: PreparedRun['run'],
  files: readonly StoredFile[],
): Promise<RunRecord> {
  engine.checkAccepting();
  await rateLimiter.takeExecution(principal.id);
  await engine.spending.check({ project: project.id, principal: principal.id });
  const id = run.id ?? createId();
  const { executionId, job } = run;
  if (executionId == null || job == null) throw new Error('A run of a deployment has no job');
  return engine.enqueue(store, { ...run, id }, async () => {
    await store.files.claim(
      files.map((file) => file.id),
      id,
    );
    const { workflow } = job;
    const fileRuns = await store.fileRuns.insertMany(
      files.map(({ id: file, name, size, sha256 }) => ({ run: id, executionId, workflow, name, size, sha256, file })),
    );
    return { fileRuns: fileRuns.map((fileRun) => fileRun.id) };
  });
}

/** Waits for the end of a run, but no longer than that; answers with it as it is then. */
async function waitAtMost({ engine, store, signal }: Context, run: RunRecord, ms: number): Promise<RunRecord> {
  const ended = AbortSignal.any([signal, AbortSignal.timeout(ms)]);
  const over = Promise.withResolvers<null>();
  const onAbort = () => over.resolve(null);
  ended.addEventListener('abort', onAbort, { once: true });
  const finished = await Promise.race([engine.wait(store, run, ended), over.promise]);
  ended.removeEventListener('abort', onAbort);
  return finished ?? (await store.runs.findOneById(run.id)) ?? run;
}
