import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { NotFoundError } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import { findOwnId } from '../../resolvers/own-id.ts';
import {
  createPrompt,
  deletePrompt,
  findPrompt,
  forkPrompt,
  listPrompts,
  listUsersOfPrompt,
  listVersionsOfPrompt,
  renderPrompt,
  updatePrompt,
} from '../../resolvers/prompt.ts';
import type { PromptRecord } from '../../store/prompt.ts';
import { idParams, jsonObject, pageQuery, problems, queryList, removed } from './field.ts';
import {
  convertPrompt,
  convertPromptPayload,
  convertPromptReference,
  promptChanges,
  promptPayload,
  promptReferenceSchema,
  promptSchema,
  roleSchema,
} from './prompt-shape.ts';
import { contextOf, pageMax } from './request-context.ts';

const tags = ['Composable: prompts'];

const user = z.object({ id: z.string(), name: z.string(), versions: z.array(z.object({ version: z.int() })) });

/** The templates that interactions are made of. */
export const promptRoutes: FastifyPluginAsyncZod = async (server) => {
  const answer = { 200: promptSchema, ...problems };

  server.get(
    '/prompts',
    {
      schema: {
        tags,
        summary: 'The prompts that can be edited, newest first',
        querystring: z.object({ ...pageQuery, name: z.string().optional(), role: queryList }),
        response: { 200: z.array(promptReferenceSchema), ...problems },
      },
    },
    async (request) => {
      const { limit = pageMax, offset, name, role } = request.query;
      const filter = { name, role: role as PromptRecord['role'][] | undefined }; // Another role than ours matches nothing.
      const { items } = await listPrompts(contextOf(request), { first: limit, offset }, filter);
      return items.map(convertPromptReference);
    },
  );
  server.post(
    '/prompts',
    { schema: { tags, summary: 'Make a prompt', body: promptPayload, response: answer } },
    async (request) => convertPrompt(await createPrompt(contextOf(request), convertPromptPayload(request.body))),
  );
  server.get(
    '/prompts/:id',
    { schema: { tags, summary: 'A prompt', params: idParams, response: answer } },
    async (request) => convertPrompt(await requirePrompt(contextOf(request), request.params.id)),
  );
  server.put(
    '/prompts/:id',
    {
      schema: {
        tags,
        summary: 'Change what is given; published interactions keep the prompt as it was',
        params: idParams,
        body: promptChanges,
        response: answer,
      },
    },
    async (request) => {
      const context = contextOf(request);
      const id = await findOwnId(context, 'prompts', request.params.id);
      return convertPrompt(await updatePrompt(context, id, convertPromptPayload(request.body)));
    },
  );
  server.delete(
    '/prompts/:id',
    {
      schema: {
        tags,
        summary: 'Remove a prompt that no interaction uses',
        params: idParams,
        response: { 200: removed, ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      return deletePrompt(context, await findOwnId(context, 'prompts', request.params.id));
    },
  );
  server.post(
    '/prompts/:id/render',
    {
      schema: {
        tags,
        summary: 'The text that the prompt makes of the data, which is the body',
        params: idParams,
        body: jsonObject.nullish(),
        response: {
          200: z.object({
            id: z.string(),
            name: z.string(),
            role: roleSchema,
            content_type: z.string(),
            rendered: z.string(),
          }),
          ...problems,
        },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const prompt = await requirePrompt(context, request.params.id);
      const { content } = await renderPrompt(context, prompt.id, (request.body ?? {}) as JsonObject); // It came as JSON.
      const { id, name, role, content_type } = convertPromptReference(prompt);
      return { id, name, role, content_type, rendered: content };
    },
  );
  server.get(
    '/prompts/:id/versions',
    {
      schema: {
        tags,
        summary: 'The copies that published interactions use, newest first',
        params: idParams,
        response: { 200: z.array(promptReferenceSchema), ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const prompt = await requirePrompt(context, request.params.id);
      const { items } = await listVersionsOfPrompt(context, prompt, { first: pageMax });
      return items.map(convertPromptReference);
    },
  );
  server.get(
    '/prompts/:id/interactions',
    {
      schema: {
        tags,
        summary: 'The interactions that use the prompt',
        params: idParams,
        response: { 200: z.object({ prompt: z.string(), interactions: z.array(user) }), ...problems },
      },
    },
    async (request) => {
      const context = contextOf(request);
      const { id } = await requirePrompt(context, request.params.id);
      const users = await listUsersOfPrompt(context, id);
      return {
        prompt: id,
        interactions: users.map((interaction) => ({
          id: interaction.id,
          name: interaction.name,
          versions: [{ version: interaction.version }],
        })),
      };
    },
  );
  server.post(
    '/prompts/:id/fork',
    {
      schema: {
        tags,
        summary: 'Make a prompt that begins as a copy',
        params: idParams,
        body: z.object({ name: z.string().optional() }).nullish(),
        response: answer,
      },
    },
    async (request) => {
      const context = contextOf(request);
      const { id } = await requirePrompt(context, request.params.id);
      return convertPrompt(await forkPrompt(context, id, { name: request.body?.name }));
    },
  );
};

async function requirePrompt(context: Context, reference: string): Promise<PromptRecord> {
  const prompt = await findPrompt(context, await findOwnId(context, 'prompts', reference));
  if (prompt === null) throw new NotFoundError(`There is no prompt ${reference}`);
  return prompt;
}
