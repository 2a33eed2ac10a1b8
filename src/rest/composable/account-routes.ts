import type { FastifyPluginAsyncZod } from 'fastify-type-provider-zod';
import { z } from 'zod';
import type { Context } from '../../context.ts';
import { NotFoundError } from '../../errors.ts';
import { findNodes } from '../../resolvers/node.ts';
import { findOwnIds } from '../../resolvers/own-id.ts';
import { listProjects } from '../../resolvers/project.ts';
import { convertProject, convertProjectReference, findAccount } from './account-shape.ts';
import { dateTime, idParams, problems, reference } from './field.ts';
import { contextOf } from './request-context.ts';

const tags = ['Composable: account'];

const projectReference = reference.extend({ account: z.string() });

const projectSchema = projectReference
  .extend({
    namespace: z.string(),
    configuration: z.object({ human_context: z.string(), embeddings: z.object({}) }),
    created_at: dateTime,
    updated_at: dateTime,
  })
  .meta({ id: 'ComposableProject' });

const resolvableTypes = ['Project', 'Environment', 'User', 'Account', 'Interaction'] as const;
const resolvable = z.object({ type: z.enum(resolvableTypes), id: z.string() });

const resolved = z.array(reference.extend({ type: z.enum(resolvableTypes) }));

/** Who the caller is, and what ids are called. */
export const accountRoutes: FastifyPluginAsyncZod = async (server) => {
  server.get(
    '/projects',
    {
      schema: {
        tags,
        summary: 'The projects that the key reaches',
        response: { 200: z.array(projectReference), ...problems },
      },
    },
    async (request) => (await listProjects(contextOf(request))).map(convertProjectReference),
  );
  server.get(
    '/projects/:id',
    { schema: { tags, summary: 'A project', params: idParams, response: { 200: projectSchema, ...problems } } },
    async (request) => {
      const { id } = request.params;
      const projects = await listProjects(contextOf(request));
      const project = projects.find((candidate) => candidate.id === id || candidate.slug === id);
      if (project === undefined) throw new NotFoundError(`There is no project ${id}`);
      return convertProject(project);
    },
  );
  server.get(
    '/account',
    { schema: { tags, summary: 'The account', response: { 200: reference, ...problems } } },
    async (request) => {
      const context = contextOf(request);
      await listProjects(context);
      return findAccount(context);
    },
  );
  server.get(
    '/account/projects',
    {
      schema: {
        tags,
        summary: 'The projects that the key reaches',
        response: { 200: z.object({ data: z.array(projectReference) }), ...problems },
      },
    },
    async (request) => ({ data: (await listProjects(contextOf(request))).map(convertProjectReference) }),
  );
  server.get(
    '/accounts',
    { schema: { tags, summary: 'The accounts of the key: one', response: { 200: z.array(reference), ...problems } } },
    async (request) => {
      const context = contextOf(request);
      await listProjects(context);
      return [await findAccount(context)];
    },
  );
  server.post(
    '/refs/resolve',
    {
      schema: {
        tags,
        summary: 'What ids are called; those that are not there are left out',
        body: z.object({ refs: z.array(resolvable).max(1_000, 'must have at most 1000 members') }),
        response: { 200: resolved, ...problems },
      },
    },
    (request) => resolveReferences(contextOf(request), request.body.refs),
  );
};

/** What our records are called, by the names that the clients have for their kinds. */
const typesOfKinds: Readonly<Record<string, (typeof resolvableTypes)[number]>> = {
  project: 'Project',
  environment: 'Environment',
  apiKey: 'User',
  account: 'Account',
  interaction: 'Interaction',
};

async function resolveReferences(
  context: Context,
  references: readonly z.output<typeof resolvable>[],
): Promise<z.input<typeof resolved>> {
  const translate = async (type: string, kind: 'environments' | 'interactions') => {
    const ids = references.filter((candidate) => candidate.type === type).map(({ id }) => id);
    return new Map((await findOwnIds(context, kind, ids)).map((own, index) => [`${type}:${ids[index]}`, own]));
  };
  const own = new Map([
    ...(await translate('Environment', 'environments')),
    ...(await translate('Interaction', 'interactions')),
  ]);
  const nodes = await findNodes(
    context,
    references.map(({ type, id }) => own.get(`${type}:${id}`) ?? id),
  );
  return references.flatMap(({ type, id }, index) => {
    const node = nodes[index];
    if (node == null || typesOfKinds[node.kind] !== type || !('name' in node.record)) return [];
    return [{ id, name: String(node.record.name), type }];
  });
}
