import type { FastifyReply } from 'fastify';
import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import {
  type Generated,
  generateTestData,
  type ProposedInteraction,
  proposeInteraction,
  suggestPromptImprovements,
} from '../../resolvers/generation.ts';
import { findOwnId } from '../../resolvers/own-id.ts';
import { configPayload, convertConfig, sendFailure } from './execute-routes.ts';
import { idParams, jsonObject, problems } from './field.ts';
import { roleSchema } from './prompt-shape.ts';
import { contextOf, isNewerClient } from './request-context.ts';

const tags = ['Composable: generation'];

const proposalSchema = z.object({
  name: z.string(),
  description: z.string(),
  prompts: z.array(
    z.object({
      type: z.literal('template'),
      template: z.object({
        role: roleSchema,
        name: z.string(),
        content: z.string(),
        content_type: z.literal('text'),
        inputSchema: jsonObject,
      }),
    }),
  ),
  result_schema: jsonObject,
  tags: z.array(z.string()),
});

/** What the model of an interaction makes for the people who work on it. Each is recorded as a run. */
export const generationRoutes: FastifyPluginAsyncZod = async (server) => {
  server.post(
    '/interactions/:id/generate-test-data',
    {
      schema: {
        tags,
        summary: 'Data that the interaction could be executed with',
        params: idParams,
        body: z.object({ message: z.string().nullish(), count: z.int().nullish(), config: configPayload }).nullish(),
        response: { 200: z.array(jsonObject), ...problems },
      },
    },
    async (request, reply) => {
      const context = contextOf(request);
      const { message, count, config } = request.body ?? {};
      const input = { message, count, config: await convertConfig(context, config) };
      const made = await generateTestData(context, await findSubject(context, request.params.id), input);
      return answer(reply, made, (items) => items);
    },
  );
  server.post(
    '/interactions/:id/suggest-prompt-improvements',
    {
      schema: {
        tags,
        summary: 'How the prompts could be better',
        params: idParams,
        body: z.object({ config: configPayload }).nullish(),
        response: {
          200: z.object({
            result: z.union([z.string(), z.array(z.object({ type: z.literal('text'), value: z.string() }))]),
          }),
          ...problems,
        },
      },
    },
    async (request, reply) => {
      const context = contextOf(request);
      const input = { config: await convertConfig(context, request.body?.config) };
      const made = await suggestPromptImprovements(context, await findSubject(context, request.params.id), input);
      const isNewer = isNewerClient(request);
      return answer(reply, made, (value) => ({ result: isNewer ? [{ type: 'text', value }] : value }));
    },
  );
  server.post(
    '/interactions/:id/generate-interaction',
    {
      schema: {
        tags,
        summary: 'An interaction for what is described; it is not stored',
        params: idParams,
        body: z.object({ description: z.string(), config: configPayload }),
        response: { 200: z.array(proposalSchema), ...problems },
      },
    },
    async (request, reply) => {
      const context = contextOf(request);
      const { description, config } = request.body;
      const input = { description, config: await convertConfig(context, config) };
      const made = await proposeInteraction(context, await findSubject(context, request.params.id), input);
      return answer(reply, made, (value) => [convertProposal(value)]);
    },
  );
};

const findSubject = (context: Context, reference: string) => findOwnId(context, 'interactions', reference);

function answer<T, Answer>(reply: FastifyReply, { run, value }: Generated<T>, convert: (value: T) => Answer) {
  if (value !== null) return reply.send(convert(value));
  const misfit = { code: 'validation_error', message: 'The model made something else', path: null };
  return sendFailure(reply, run, run.error ?? misfit);
}

function convertProposal(proposed: ProposedInteraction): z.input<typeof proposalSchema> {
  const { name, description, prompts, inputSchema, resultSchema } = proposed;
  return {
    name,
    description,
    prompts: prompts.map((prompt) => ({
      type: 'template',
      template: { ...prompt, content_type: 'text', inputSchema },
    })),
    result_schema: resultSchema,
    tags: ['generated'],
  };
}
