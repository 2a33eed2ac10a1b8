import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { ValidationError } from '../../errors.ts';
import { executeInteraction } from '../../resolvers/execute.ts';
import { findOwnId } from '../../resolvers/own-id.ts';
import { findReference } from '../../resolvers/specifier.ts';
import type { RunRecord } from '../../store/run-record.ts';
import type { RestDependencies } from '../dependencies.ts';
import { createProblem, problemSchema } from './error.ts';
import { bodyList, idParams, jsonObject, problems } from './field.ts';
import { contextOf, isNewerClient, readHeader } from './request-context.ts';
import { convertExecutedRun, executedRunSchema } from './run-shape.ts';
import { viewRun } from './run-view.ts';

const tags = ['Composable: execution'];

const modelOptions = z
  .looseObject({
    temperature: z.number().nullish(),
    max_tokens: z.int().nullish(),
    top_p: z.number().nullish(),
    stop_sequence: z.array(z.string()).nullish(),
    seed: z.int().nullish(),
  })
  .describe('As newer clients write the settings.');

export const configPayload = z
  .object({
    environment: z.string().nullish(),
    model: z.string().nullish(),
    temperature: z.number().nullish(),
    max_tokens: z.int().nullish(),
    top_p: z.number().nullish(),
    stop: z.array(z.string()).nullish(),
    seed: z.int().nullish(),
    do_validate: z.boolean().nullish(),
    formatter: z.union([z.number(), z.string()], 'must be a number or a text').nullish(),
    model_options: modelOptions.nullish(),
  })
  .nullish();

const executionFields = {
  data: jsonObject.nullish(),
  config: configPayload,
  result_schema: jsonObject.nullish(),
  stream: z.boolean().nullish(),
  do_validate: z.boolean().nullish(),
  tags: bodyList,
  parent: z.string().nullish().describe('The run that this one is part of.'),
  on_disconnect: z
    .enum(['continue', 'cancel'])
    .nullish()
    .describe('What happens to the run when nobody waits for it any more; continue unless given.'),
  object: z.string().nullish().describe('What the run is about; data.objectId unless given.'),
};

const executionPayload = z.object(executionFields).meta({ id: 'ComposableExecution' });
const interactionField = z.string().describe('A name or an id: Name, Name@draft, Name@3, Name@tag.');

const headers = z.object({
  'x-interaction-tag': z.string().optional().describe('What selects the version where the name does not.'),
  'idempotency-key': z.string().optional().describe('The same key and body are executed once in 24 hours.'),
});

/** What interactions are executed by. */
export const executeRoutes: FastifyPluginAsyncZod<RestDependencies> = async (server, { settings }) => {
  const answer = {
    200: executedRunSchema,
    ...problems,
    422: problemSchema.describe('The answer of the model does not fit the result schema.'),
    502: problemSchema.describe('The provider failed.'),
    504: problemSchema.describe('The provider took too long.'),
  };
  /** `interaction` is a name or an id, `tag` what selects the version where that does not. */
  const execute = async (
    request: FastifyRequest,
    reply: FastifyReply,
    payload: z.output<typeof executionPayload>,
    { interaction, tag }: { interaction: string; tag: string | undefined },
  ) => {
    const context = contextOf(request);
    const reference = await findReference(context, interaction);
    const ownTag = 'tag' in reference ? reference.tag : null;
    const run = await executeInteraction(context, {
      ...reference,
      tag: ownTag ?? tag ?? readHeader(request, 'x-interaction-tag'),
      idempotencyKey: readHeader(request, 'idempotency-key'),
      ...(await convertPayload(context, payload)),
    });
    if (run.error !== null) return sendFailure(reply, run, run.error);
    const options = { ttlSeconds: settings.runTtlSeconds, isTyped: isNewerClient(request) };
    return convertExecutedRun(await viewRun(context, run, options));
  };

  server.post(
    '/execute',
    {
      schema: {
        tags,
        summary: 'Execute an interaction by its name',
        headers,
        body: executionPayload.extend({ interaction: interactionField }),
        response: answer,
      },
    },
    (request, reply) => {
      const { interaction, ...payload } = request.body;
      return execute(request, reply, payload, { interaction, tag: undefined });
    },
  );
  server.post(
    '/execute/:endpoint',
    {
      schema: {
        tags,
        summary: 'Execute an interaction by its name in PascalCase',
        headers,
        params: z.object({ endpoint: interactionField }),
        querystring: z.object({ tag: z.string().optional() }),
        body: executionPayload.nullish(),
        response: answer,
      },
    },
    (request, reply) =>
      execute(request, reply, request.body ?? {}, {
        interaction: request.params.endpoint,
        tag: request.query.tag,
      }),
  );
  server.post(
    '/runs',
    {
      schema: {
        tags: ['Composable: runs'],
        summary: 'Make a run: execute an interaction',
        headers,
        body: executionPayload.extend({
          interaction: interactionField.optional(),
          interactionId: interactionField.optional(),
        }),
        response: answer,
      },
    },
    (request, reply) => {
      const { interaction, interactionId, ...payload } = request.body;
      const chosen = interaction ?? interactionId;
      if (chosen === undefined) throw new ValidationError([{ path: '/interaction', message: 'is required' }]);
      return execute(request, reply, payload, { interaction: chosen, tag: undefined });
    },
  );
  server.post(
    '/interactions/:id/execute',
    {
      schema: {
        tags,
        summary: 'Execute an interaction by its id',
        headers,
        params: idParams,
        body: executionPayload.nullish(),
        response: answer,
      },
    },
    (request, reply) => execute(request, reply, request.body ?? {}, { interaction: request.params.id, tag: undefined }),
  );
};

/** A payload as the resolver takes it. */
async function convertPayload(context: Context, payload: z.output<typeof executionPayload>) {
  const { data, config, result_schema: resultSchema, stream, do_validate: validate, tags: runTags } = payload;
  return {
    data,
    config: await convertConfig(context, config, validate),
    resultSchema,
    stream,
    tags: runTags,
    parentId: payload.parent,
    object: payload.object,
    onDisconnect: payload.on_disconnect,
  };
}

/** Settings as the resolvers take them. */
export async function convertConfig(
  context: Context,
  config: z.output<typeof configPayload>,
  validate?: boolean | null | undefined,
) {
  const options = config?.model_options;
  return {
    environmentId: config?.environment == null ? null : await findOwnId(context, 'environments', config.environment),
    model: config?.model,
    temperature: config?.temperature ?? options?.temperature,
    maxTokens: config?.max_tokens ?? options?.max_tokens,
    topP: config?.top_p ?? options?.top_p,
    stop: config?.stop ?? options?.stop_sequence,
    seed: config?.seed ?? options?.seed,
    validate: validate ?? config?.do_validate,
    formatter: config?.formatter,
  };
}

/** A failed execution is an error to these clients, which names the run that records it. */
export function sendFailure(
  reply: FastifyReply,
  run: RunRecord,
  { code, message, path }: Pick<NonNullable<RunRecord['error']>, 'code' | 'message' | 'path'>,
): FastifyReply {
  const status = code === 'timeout' ? 504 : code === 'validation_error' ? 422 : 502;
  const details = { code, ...(path !== null && { path }) };
  return reply.status(status).send(createProblem(status, message, { id: run.id, details }));
}
