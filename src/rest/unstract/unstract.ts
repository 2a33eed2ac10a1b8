import type { FastifyInstance, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { findExecution } from '../../resolvers/file-run.ts';
import { runFiles } from '../../resolvers/run-files.ts';
import { isForm, withForm } from '../../upload/receive-form.ts';
import type { RestDependencies } from '../dependencies.ts';
import { contextOf, createDeploymentHook } from './deployment-context.ts';
import { refusalSchema, refuse, sendError } from './error.ts';
import { convertExecution, convertExecutionStatus, executionSchema, executionStatusSchema } from './execution-shape.ts';
import { readExecutionFields, readStatusQuery } from './form.ts';

export const unstractPrefix = '/deployment';

const tags = ['Unstract'];
const params = z.object({
  organization: z.string().describe("The organization: the project's slug."),
  name: z.string().describe('The API name of the deployment.'),
});
const text = (description: string) => z.string().optional().describe(description);
const views = {
  include_metadata: text('Whether each row has its metadata: hash, times, use of models.'),
  include_metrics: text('Whether each row has its metrics.'),
  include_extracted_text: text('Whether each row has the text of its file.'),
};
const form = z.object({
  files: z.array(z.file()).optional().describe('The files; at least one, or one address.'),
  timeout: text('How many seconds to wait for the end, 1 to 300; -1 and 0: it goes on in the background.'),
  ...views,
  use_file_history: text('Whether a file that was processed before gets the same answer.'),
  tags: text('Tags, separated by commas.'),
  custom_data: text('A JSON object: kept, and given to the prompts of an interaction.'),
  presigned_urls: z.array(z.string()).optional().describe('Addresses that give a file each; https only.'),
});
const headers = z.object({
  'idempotency-key': z.string().optional().describe('The same key, fields and files are executed once in 24 hours.'),
});
const refusals = {
  400: refusalSchema.describe('A field is wrong, or a file missing or empty.'),
  401: refusalSchema.describe('The key is not for this deployment.'),
  403: refusalSchema.describe('There is no key.'),
  404: refusalSchema.describe('There is no such API, or execution.'),
  422: refusalSchema.describe('The deployment is not active.'),
  429: refusalSchema.describe('Too much at once; Retry-After says when to come again.'),
};

/** The API of Unstract's deployments, as its documentation has it and its published clients use it. */
export async function unstractRoutes(server: FastifyInstance, dependencies: RestDependencies): Promise<void> {
  await server.register(
    async (api) => {
      api.setErrorHandler(sendError);
      api.setNotFoundHandler((request, reply) => sendError(refuse(404, 'API not found'), request, reply));
      // The form is read from the socket, and what else comes is refused by its type.
      api.removeAllContentTypeParsers();
      api.addContentTypeParser('*', (_request, _body, done) => done(null));
      // Fields are checked in their own order, and told in this API's words; the schemas are for the documentation.
      api.setValidatorCompiler(() => () => true);
      await api.register(deploymentRoutes, dependencies);
    },
    { prefix: unstractPrefix },
  );
}

const deploymentRoutes: FastifyPluginAsyncZod<RestDependencies> = async (server, dependencies) => {
  server.addHook('onRequest', createDeploymentHook(dependencies));
  const url = '/api/:organization/:name';
  server.post(
    url,
    {
      schema: {
        tags,
        params,
        headers,
        summary: 'Has a deployment process files',
        consumes: ['multipart/form-data'],
        body: form,
        response: {
          200: executionSchema,
          ...refusals,
          422: z
            .union([refusalSchema, executionSchema])
            .describe('The deployment is not active; or all files failed while the caller waited.'),
        },
      },
    },
    async (request, reply) => {
      const { context, deployment } = contextOf(request);
      checkBody(request);
      const { files } = context.store;
      const { uploads, bodyMaxBytes: fieldMaxBytes } = dependencies.settings;
      const options = { files, limits: uploads, fieldMaxBytes, signal: context.signal };
      const wants = (name: string) => name === 'files';
      return withForm(request.raw, { ...options, wants }, async (received) => {
        const fields = readExecutionFields(received.fields);
        const stored = received.files.map(({ file }) => file);
        if (stored.length + fields.presignedUrls.length === 0 || stored.some(({ size }) => size === 0)) {
          throw refuse(400, "File shouldn't be empty");
        }
        const input = { ...fields, deploymentId: deployment.id, files: stored, idempotencyKey: readKey(request) };
        const run = await runFiles(context, input);
        const isFailure = run.status === 'failed' && fields.timeout > 0;
        return reply.status(isFailure ? 422 : 200).send(await convertExecution(context, deployment, run, fields));
      });
    },
  );
  server.get(
    url,
    {
      schema: {
        tags,
        params,
        summary: 'Says how an execution stands, with its results once it is over',
        querystring: z.object({ execution_id: z.string().describe('A UUID.'), ...views }),
        response: { 200: executionStatusSchema, ...refusals },
      },
    },
    async (request) => {
      const { context, deployment } = contextOf(request);
      const { executionId, ...view } = readStatusQuery(request.query);
      const run = await findExecution(context, deployment, executionId);
      if (run === null) throw refuse(404, `Execution with ID '${executionId}' does not exist.`);
      return convertExecutionStatus(context, deployment, run, view);
    },
  );
  // The hook refuses them, before it asks who calls.
  server.route({
    url,
    method: ['PUT', 'PATCH', 'DELETE'],
    schema: { hide: true },
    handler: () => undefined,
  });
};

function checkBody({ headers: { 'content-type': contentType, 'content-length': length } }: FastifyRequest): void {
  if (contentType === undefined && Number(length ?? 0) === 0) throw refuse(400, "File shouldn't be empty");
  if (!isForm(contentType)) {
    throw refuse(415, `Unsupported media type "${contentType ?? ''}" in request.`, 'unsupported_media_type');
  }
}

function readKey({ headers: { 'idempotency-key': key } }: FastifyRequest): string | null {
  return (Array.isArray(key) ? key[0] : key) ?? null;
}
