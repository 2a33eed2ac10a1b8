import { z } from 'zod';
import type { Context } from '../../context.ts';
import type { JsonValue } from '../../json.ts';
import { formatDeploymentPath } from '../../resolvers/deployment.ts';
import { type FileRunView, listFileRuns, readFilePayload } from '../../resolvers/file-run.ts';
import type { DeploymentRecord } from '../../store/deployment.ts';
import type { RunAttempt, RunRecord } from '../../store/run-record.ts';
import type { ViewFields } from './form.ts';

/** Where an execution stands, in this API's words. */
const statuses = {
  created: 'PENDING',
  processing: 'EXECUTING',
  completed: 'COMPLETED',
  failed: 'ERROR',
  cancelled: 'STOPPED',
} as const satisfies Readonly<Record<RunRecord['status'], string>>;

const statusSchema = z.enum(['PENDING', 'EXECUTING', 'COMPLETED', 'ERROR', 'STOPPED']);

const usageSchema = z.object({
  model: z.string(),
  input_tokens: z.int(),
  output_tokens: z.int(),
  total_tokens: z.int(),
  cost: z.number().nullable().describe('Null where no price is known.'),
});

const rowSchema = z
  .object({
    file: z.string(),
    file_execution_id: z.string(),
    status: z.enum(['Success', 'Failed']),
    result: z
      .object({
        input_file: z.string(),
        result: z.unknown().describe('The values by their keys.'),
        output: z.unknown().describe('The same.'),
        extracted_text: z.string().nullable().optional(),
        metrics: z.unknown().optional(),
      })
      .nullable(),
    error: z.string().nullable(),
    metadata: z
      .object({
        source_name: z.string(),
        source_hash: z.string().describe('SHA-256 of the bytes.'),
        organization_id: z.string(),
        workflow_id: z.string().nullable(),
        execution_id: z.string(),
        file_execution_id: z.string(),
        total_elapsed_time: z.number().describe('In seconds.'),
        tags: z.array(z.string()),
        tool_metadata: z.array(z.object({ tool_name: z.string(), elapsed_time: z.number(), output_type: z.string() })),
        from_file_history: z.boolean(),
        pages: z.unknown().describe('By each key, the pages that the value came from.'),
        usage: z.object({ llm: z.array(usageSchema), embedding: z.array(usageSchema) }),
      })
      .optional()
      .describe('With include_metadata.'),
  })
  .meta({ id: 'UnstractFileResult' });

type Row = z.output<typeof rowSchema>;

const messageSchema = z.object({
  execution_id: z.string(),
  execution_status: statusSchema,
  status_api: z.string().describe('Where to ask how it stands, from the root of the server on.'),
  error: z.string().nullable(),
  result: z.array(rowSchema).nullable().describe('Null until every file is done.'),
});

export const executionSchema = z.object({ message: messageSchema }).meta({ id: 'UnstractExecution' });

export const executionStatusSchema = z
  .object({
    status: statusSchema,
    message: z
      .union([z.array(rowSchema), messageSchema])
      .describe('The results, or how it stands while it is under way.'),
    error: z.string().nullable().optional(),
  })
  .meta({ id: 'UnstractExecutionStatus' });

/** An execution as it is answered with when it is asked for. */
export async function convertExecution(
  context: Context,
  deployment: DeploymentRecord,
  run: RunRecord,
  view: ViewFields,
): Promise<z.output<typeof executionSchema>> {
  const executionId = run.executionId ?? run.id;
  const path = formatDeploymentPath(context.project.slug, deployment);
  const files = run.finishedAt === null ? null : await listFileRuns(context, run);
  return {
    message: {
      execution_id: executionId,
      execution_status: statuses[run.status],
      status_api: `${path}?execution_id=${executionId}`,
      error: describeError(run, files ?? []),
      result: files && (await Promise.all(files.map((file) => convertFile(context, run, file, view)))),
    },
  };
}

/** An execution as it is answered with when its status is asked for: flat once it is over. */
export async function convertExecutionStatus(
  context: Context,
  deployment: DeploymentRecord,
  run: RunRecord,
  view: ViewFields,
): Promise<z.output<typeof executionStatusSchema>> {
  const { message } = await convertExecution(context, deployment, run, view);
  const { execution_status: status, result, error } = message;
  return result === null ? { status, message } : { status, message: result, error };
}

/** What failed as a whole; what is wrong with files stands in their rows. */
function describeError({ error }: RunRecord, files: readonly FileRunView[]): string | null {
  const isOfTheWhole = files.length === 0 || files.some((file) => file.error === error);
  return isOfTheWhole ? (error?.message ?? null) : null;
}

async function convertFile(
  context: Context,
  run: RunRecord,
  file: FileRunView,
  { includeMetadata, includeMetrics, includeExtractedText }: ViewFields,
): Promise<Row> {
  const { name, id, status, error } = file;
  const payload = await readFilePayload(context, file);
  const isDone = status === 'completed';
  const seconds = (file.origin?.executionTimeMs ?? file.executionTimeMs ?? 0) / 1000;
  const { result } = payload;
  return {
    file: name,
    file_execution_id: id,
    status: isDone ? 'Success' : 'Failed',
    result: isDone
      ? {
          input_file: name,
          result,
          output: result,
          ...((includeExtractedText ?? run.job?.includeExtractedText) && { extracted_text: payload.extractedText }),
          ...((includeMetrics ?? run.job?.includeMetrics) && { metrics: describeMetrics(file, seconds) }),
        }
      : null,
    error: isDone ? null : (error?.message ?? 'The file was not processed'),
    ...((includeMetadata ?? run.job?.includeMetadata) && { metadata: describeMetadata(context, run, file, seconds) }),
  };
}

function describeMetrics({ pages, parts, attempts, origin }: FileRunView, seconds: number): JsonValue {
  return { total_elapsed_time: seconds, pages, parts, llm_calls: (origin?.attempts ?? attempts).length };
}

function describeMetadata(
  { project }: Context,
  run: RunRecord,
  file: FileRunView,
  seconds: number,
): NonNullable<Row['metadata']> {
  const { name, sha256, id, executionId, origin, answerPages, attempts } = file;
  return {
    source_name: name,
    source_hash: sha256,
    organization_id: project.slug,
    workflow_id: run.deployment,
    // Of a file that was answered from the history, what really processed it.
    execution_id: origin?.executionId ?? executionId,
    file_execution_id: origin?.fileRun ?? id,
    total_elapsed_time: seconds,
    tags: [...run.tags],
    tool_metadata: [{ tool_name: 'trivium', elapsed_time: seconds, output_type: 'JSON' }],
    from_file_history: origin !== null,
    pages: answerPages,
    usage: { llm: sumUsage(origin?.attempts ?? attempts), embedding: [] },
  };
}

/** What each model used. */
function sumUsage(attempts: readonly RunAttempt[]): z.output<typeof usageSchema>[] {
  const models = new Map<string, z.output<typeof usageSchema>>();
  for (const { model, tokenUse, cost = null } of attempts) {
    if (tokenUse === null) continue;
    const sum = models.get(model);
    models.set(model, {
      model,
      input_tokens: (sum?.input_tokens ?? 0) + tokenUse.prompt,
      output_tokens: (sum?.output_tokens ?? 0) + tokenUse.result,
      total_tokens: (sum?.total_tokens ?? 0) + tokenUse.total,
      cost: cost === null || sum?.cost === null ? null : (sum?.cost ?? 0) + cost,
    });
  }
  return [...models.values()];
}
