import type { Context } from '../../context.ts';
import type { ProjectRecord } from '../../store/tenancy.ts';
import type { Reference } from './field.ts';

/** The account that the request is made for. */
export async function findAccount({ loaders, project }: Context): Promise<Reference> {
  const account = await loaders.account.load(project.account);
  if (account === null) throw new Error(`Project without account ${project.account}`);
  return { id: account.id, name: account.name };
}

export function convertProjectReference({ id, name, account }: ProjectRecord) {
  return { id, name, account };
}

export function convertProject(project: ProjectRecord) {
  return {
    ...convertProjectReference(project),
    namespace: project.slug,
    configuration: { human_context: '', embeddings: {} },
    created_at: project.createdAt.toISOString(),
    updated_at: project.updatedAt.toISOString(),
  };
}
