import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import { authorize } from '../../auth/permission.ts';
import { NotFoundError } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import { executeInteraction } from '../../resolvers/execute.ts';
import { generate } from '../../resolvers/generate.ts';
import { idField } from '../../resolvers/input.ts';
import { findOwnId } from '../../resolvers/own-id.ts';
import { findRun } from '../../resolvers/run.ts';
import { rateRun } from '../../resolvers/run-change.ts';
import type { RunRecord } from '../../store/run-record.ts';
import type { RestDependencies } from '../dependencies.ts';
import { apiKeyField, envelope, refusals, wrap } from './envelope.ts';
import { createRefusal, refusalSchema, renameIssues } from './error.ts';
import { contextOf } from './request-context.ts';

const inputs = z.custom<JsonObject>((value) => typeof value === 'object' && value !== null && !Array.isArray(value), {
  error: 'must be a JSON object',
});

/** What is misspelled in a context must not let the step read what the flow has set. */
const onlyKnown = (allowed: readonly string[]) => (issue: { readonly code?: string; readonly keys?: unknown }) =>
  issue.code === 'unrecognized_keys' && Array.isArray(issue.keys)
    ? `has no ${issue.keys.join(', ')}; allowed are ${allowed.join(', ')}`
    : undefined;

const selection = z
  .strictObject(
    { ids: z.array(z.string()).nullish(), names: z.array(z.string()).nullish() },
    { error: onlyKnown(['ids', 'names']) },
  )
  .describe('A list with members decides; all, when every list given is empty.');

const stepOverride = z.object({
  context: z
    .strictObject(
      { folders: selection.nullish(), tags: selection.nullish() },
      { error: onlyKnown(['folders', 'tags']) },
    )
    .nullish(),
});

const generation = z
  .object({
    apiKey: apiKeyField,
    userId: z.string().nullish().describe('The end user that it is made for.'),
    flow: z.object({ inputs: inputs.nullish().describe("Values of the flow's inputs.") }).nullish(),
    steps: z.record(z.string(), stepOverride).nullish().describe('By the names of steps, or step1, step2, …'),
  })
  .meta({ id: 'PromptitudeGeneration' });

const promptGeneration = z
  .object({
    apiKey: apiKeyField,
    prompt: z.object({
      promptId: z.string().describe("An interaction's id, or the one that it has elsewhere."),
      inputs: inputs.nullish(),
    }),
    endUserId: z.string().nullish().describe('The end user that it is made for.'),
  })
  .meta({ id: 'PromptitudePromptGeneration' });

const generated = envelope(
  z.object({
    result: z.unknown().describe('A text, or a list of texts where the flow answers with one.'),
    logId: z.string().describe('The id of the run.'),
  }),
);

const rated = envelope(z.object({ promptsLogs: z.object({ id: z.string(), rating: z.int() }) }));

const headers = z.object({
  'idempotency-key': z.string().optional().describe('The same key and body are executed once in 24 hours.'),
});

/** What flows and prompts are executed by, and what was executed is rated by. */
export const generateRoutes: FastifyPluginAsyncZod<RestDependencies> = async (server) => {
  const answer = {
    200: generated,
    ...refusals,
    502: refusalSchema.describe('The model failed; results has the logId.'),
  };

  server.post(
    '/flows/:flowId/generate',
    {
      schema: {
        tags: ['Promptitude'],
        summary: 'Execute a flow',
        headers,
        params: z.object({ flowId: z.string().describe('An id, or the one that the flow has elsewhere.') }),
        body: generation.nullish(),
        response: answer,
      },
    },
    async (request, reply) => {
      const context = contextOf(request);
      const { userId, flow, steps } = request.body ?? {};
      const overrides = Object.entries(steps ?? {});
      try {
        const run = await generate(context, {
          flowId: await findOwnId(context, 'flows', request.params.flowId),
          inputs: flow?.inputs,
          endUser: userId,
          steps: overrides.map(([step, override]) => ({ step, ...override })),
          idempotencyKey: readIdempotencyKey(request),
        });
        return sendRun(reply, run);
      } catch (error) {
        throw renameIssues(error, [
          ...overrides.map(
            ([step], index) => [new RegExp(`^/steps/${index}(/step$)?(?=/|$)`), `/steps/${step}`] as const,
          ),
          [/^\/inputs/, '/flow/inputs'],
          [/^\/endUser/, '/userId'],
        ]);
      }
    },
  );

  server.post(
    '/generate',
    {
      schema: {
        tags: ['Promptitude'],
        summary: 'Execute a prompt',
        headers,
        body: promptGeneration,
        response: answer,
      },
    },
    async (request, reply) => {
      const context = contextOf(request);
      const { prompt, endUserId } = request.body;
      const interactionId = await findOwnId(context, 'interactions', prompt.promptId);
      if (!idField.safeParse(interactionId).success) throw new NotFoundError(`There is no prompt ${prompt.promptId}`);
      try {
        const run = await executeInteraction(context, {
          interactionId,
          data: prompt.inputs,
          endUser: endUserId,
          idempotencyKey: readIdempotencyKey(request),
        });
        return sendRun(reply, run);
      } catch (error) {
        throw renameIssues(error, [
          [/^\/data/, '/prompt/inputs'],
          [/^\/interactionId/, '/prompt/promptId'],
          [/^\/endUser/, '/endUserId'],
        ]);
      }
    },
  );

  server.post(
    '/logs/:logId/rate',
    {
      schema: {
        tags: ['Promptitude'],
        summary: 'Rate what was generated',
        params: z.object({ logId: z.string() }),
        body: z.object({
          apiKey: apiKeyField,
          rating: z.object({ rating: z.number().describe('1 to 3; 0 takes it back.') }),
        }),
        response: { 200: rated, ...refusals },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const { logId } = request.params;
      authorize(context.principal, 'annotateRuns');
      const run = await findRun(context, logId);
      if (run === null || run.kind === 'deployment') throw new NotFoundError(`There is no log ${logId}`);
      try {
        const { id, rating } = await rateRun(context, logId, request.body.rating);
        return wrap({ promptsLogs: { id, rating: rating ?? 0 } });
      } catch (error) {
        throw renameIssues(error, [[/^\/rating/, '/rating/rating']]);
      }
    },
  );
};

function readIdempotencyKey({ headers: { 'idempotency-key': key } }: FastifyRequest): string | undefined {
  return Array.isArray(key) ? key[0] : key;
}

/** A run that failed is an error to these clients, which names the run that records it. */
function sendRun(reply: FastifyReply, { id, result, error }: RunRecord) {
  if (error !== null) return reply.status(502).send(createRefusal(502, error.message, { logId: id }));
  return wrap({ result, logId: id });
}
