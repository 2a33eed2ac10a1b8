import { z } from 'zod';
import { authorize, isAllowed } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { ConflictError, NotFoundError } from '../errors.ts';
import type { ProjectRecord } from '../store/tenancy.ts';
import { budgetField, pricesField } from './budget.ts';
import { nameField, omitUndefined, orNotFound, parseInput } from './input.ts';

const slugField = z
  .string()
  .regex(
    /^[a-z0-9](?:[a-z0-9-]{0,62}[a-z0-9])?$/,
    'must be 1 to 64 of a-z, 0-9 and -, and neither begin nor end with -',
  );

const projectInput = z.object({
  name: nameField,
  slug: slugField.nullish(),
  recordPayloads: z.enum(['all', 'metadata']).nullish(),
  retentionDays: z.int('must be a whole number').min(1, 'must be at least 1').nullish(),
  prices: pricesField.nullish(),
  budget: budgetField.nullish(),
});

/** Who asks, and for which project. */
export function readViewer(context: Context): Context {
  authorize(context.principal, 'readViewer');
  return context;
}

/** The projects that the key reaches: an admin's all those of the account, everybody else's their own. */
export async function listProjects(context: Context): Promise<ProjectRecord[]> {
  authorize(context.principal, 'readProjects');
  if (!isAllowed(context.principal, 'manageProjects')) return [context.project];
  return context.tenancy.findProjectsOfAccount(context.project.account);
}

/** A project that the key reaches, or null. */
async function findProject(context: Context, id: string): Promise<ProjectRecord | null> {
  if (id === context.project.id) return context.project;
  if (!isAllowed(context.principal, 'manageProjects')) return null;
  const project = await context.tenancy.findProjectById(id);
  return project?.account === context.project.account ? project : null;
}

/** Makes a project of the same account; the key reaches it with the header `x-project-id`. */
export async function createProject(context: Context, input: unknown): Promise<ProjectRecord> {
  authorize(context.principal, 'manageProjects');
  const { name, slug, recordPayloads, retentionDays, prices, budget } = parseInput(projectInput, input);
  return context.tenancy.insertProject({
    account: context.project.account,
    name,
    slug: slug ?? makeSlug(name),
    recordPayloads: recordPayloads ?? 'all',
    retentionDays: retentionDays ?? null,
    prices: prices ?? [],
    budget: budget ?? null,
  });
}

/** Changes what is given; `retentionDays` null takes the process's setting again. */
export async function updateProject(context: Context, id: string, input: unknown): Promise<ProjectRecord> {
  authorize(context.principal, 'manageProjects');
  const { slug, recordPayloads, prices, ...changes } = parseInput(projectInput.partial(), input);
  orNotFound(await findProject(context, id), 'project', id);
  const updated = await context.tenancy.updateProject(
    id,
    omitUndefined({
      ...changes,
      slug: slug ?? undefined,
      recordPayloads: recordPayloads ?? undefined,
      prices: prices === null ? [] : prices,
    }),
  );
  context.authenticator.forget();
  context.engine.spending.forget();
  return orNotFound(updated, 'project', id);
}

/** Removes a project with everything in it, runs and keys too; not the one that the key belongs to. */
export async function deleteProject(context: Context, id: string): Promise<{ id: string }> {
  authorize(context.principal, 'manageProjects');
  if (id === context.project.id) throw new ConflictError('A project is not deleted by a request that is made for it');
  const project = orNotFound(await findProject(context, id), 'project', id);
  if (!(await context.tenancy.removeProject(project.id))) throw new NotFoundError(`There is no project ${id}`);
  context.authenticator.forget();
  return { id };
}

function makeSlug(name: string): string {
  const slug = name
    .toLowerCase()
    .normalize('NFKD')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 64)
    .replace(/^-+|-+$/g, '');
  return slug === '' ? 'project' : slug;
}
