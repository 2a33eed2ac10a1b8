import type { Context } from '../context.ts';
import { createApiKey, deleteApiKey, listApiKeys, revokeApiKey, updateApiKey } from '../resolvers/api-key.ts';
import { createProject, deleteProject, listProjects, readViewer, updateProject } from '../resolvers/project.ts';
import type { AccountRecord, ApiKeyRecord, ProjectRecord } from '../store/tenancy.ts';
import { BudgetInput, budgetField, PriceInput, PriceType } from './budget.ts';
import { builder } from './builder.ts';
import { resultOrErrors } from './errors.ts';
import { Node } from './node.ts';
import { DeletedPayload } from './payload.ts';
import { Deployment } from './refs.ts';

export const PrincipalType = builder.enumType('PrincipalType', {
  description: 'What a request proves itself with.',
  values: {
    API_KEY: { value: 'apikey', description: 'A key of a project.' },
    USER: { value: 'user', description: 'A person.' },
  } as const,
});

const RoleType = builder.enumType('Role', {
  description: 'What a key may do; each role may do what those before it may.',
  values: {
    READER: { value: 'reader', description: 'Reads.' },
    EXECUTOR: { value: 'executor', description: 'Executes, too.' },
    EDITOR: { value: 'editor', description: 'Changes prompts and interactions, too.' },
    ADMIN: { value: 'admin', description: 'Manages environments, keys and projects, too.' },
  } as const,
});

export const RecordPayloadsType = builder.enumType('RecordPayloads', {
  description: 'What of an execution stays on record.',
  values: {
    ALL: { value: 'all', description: 'Everything.' },
    METADATA: { value: 'metadata', description: 'Neither prompt, input nor result.' },
  } as const,
});

const ApiKeyKindType = builder.enumType('ApiKeyKind', {
  description: 'Who may know a key.',
  values: {
    SECRET: { value: 'secret', description: 'Servers only.' },
    PUBLIC: {
      value: 'public',
      description: 'Browsers: executes published interactions, and reads the runs that it made itself.',
    },
  } as const,
});

const Account = builder.objectRef<AccountRecord>('Account').implement({
  description: 'Who owns projects.',
  interfaces: [Node],
  fields: (t) => ({ name: t.exposeString('name', { description: 'What it is called.' }) }),
});

const Project = builder.objectRef<ProjectRecord>('Project').implement({
  description: 'The tenant: everything else belongs to exactly one project.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is called.' }),
    slug: t.exposeString('slug', { description: 'Its name in addresses, unique over all projects.' }),
    account: t.field({
      type: Account,
      description: 'Who owns it.',
      resolve: async ({ account }, _args, { loaders }) => {
        const record = await loaders.account.load(account);
        if (record === null) throw new Error(`Project without account ${account}`);
        return record;
      },
    }),
    recordPayloads: t.expose('recordPayloads', {
      type: RecordPayloadsType,
      description: 'What of its executions stays on record.',
    }),
    retentionDays: t.exposeInt('retentionDays', {
      nullable: true,
      description: 'After how many days its runs go; null for the setting of the installation.',
    }),
    prices: t.field({
      type: [PriceType],
      description: 'What models cost; of several that fit one, the longest name holds.',
      resolve: ({ prices = [] }) => [...prices],
    }),
    budget: t.field(budgetField),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
});

const ApiKey = builder.objectRef<ApiKeyRecord>('ApiKey').implement({
  description: 'A credential of a project.',
  interfaces: [Node],
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is called.' }),
    prefix: t.exposeString('prefix', { description: 'How its value begins.' }),
    kind: t.expose('kind', { type: ApiKeyKindType, description: 'Who may know it.' }),
    role: t.expose('role', { type: RoleType, description: 'What it may do.' }),
    lastUsedAt: t.expose('lastUsedAt', {
      type: 'DateTime',
      nullable: true,
      description: 'When it was last used, to the minute.',
    }),
    expiresAt: t.expose('expiresAt', { type: 'DateTime', nullable: true, description: 'When it ends by itself.' }),
    revokedAt: t.expose('revokedAt', { type: 'DateTime', nullable: true, description: 'When it was revoked.' }),
    budget: t.field(budgetField),
    deployment: t.field({
      type: Deployment,
      nullable: true,
      description: 'The one deployment that it is for; null: it is for the project.',
      resolve: ({ deployment }, _args, { loaders }) =>
        deployment == null ? null : loaders.deployment.load(deployment),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
  }),
});

const CreatedApiKey = builder.objectRef<{ apiKey: ApiKeyRecord; secret: string }>('CreatedApiKey').implement({
  description: 'A new key with its value.',
  fields: (t) => ({
    apiKey: t.expose('apiKey', { type: ApiKey, description: 'The key.' }),
    secret: t.exposeString('secret', { description: 'Its value: shown this once, kept only as a hash.' }),
  }),
});

const Viewer = builder.objectRef<Context>('Viewer').implement({
  description: 'Who makes the request.',
  fields: (t) => ({
    principalId: t.id({ description: "The key's id.", resolve: ({ principal }) => principal.id }),
    principalType: t.field({
      type: PrincipalType,
      description: 'What it proves itself with.',
      resolve: ({ principal }) => principal.type,
    }),
    role: t.field({ type: RoleType, description: 'What it may do.', resolve: ({ principal }) => principal.role }),
    project: t.field({
      type: Project,
      description: 'The project that it works in.',
      resolve: ({ project }) => project,
    }),
  }),
});

const ApiKeyInput = builder.inputType('ApiKeyInput', {
  description: 'A key to be made.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What it is called.' }),
    kind: t.field({ type: ApiKeyKindType, defaultValue: 'secret', description: 'Who may know it.' }),
    role: t.field({
      type: RoleType,
      required: true,
      description: 'What it may do; a public key is READER or EXECUTOR.',
    }),
    expiresAt: t.field({ type: 'DateTime', description: 'When it ends by itself.' }),
    budget: t.field({ type: BudgetInput, description: 'How much may be used with it.' }),
    value: t.string({ description: 'A key of your own, of at least 20 characters; one is made unless given.' }),
    deploymentId: t.id({
      description: 'The one deployment that it is for: it sees that and its runs only. Not for a public key.',
    }),
  }),
});

const ProjectInput = builder.inputType('ProjectInput', {
  description: 'A project to be made, or what of it to change.',
  fields: (t) => ({
    name: t.string({ description: 'What it is called; required when it is made.' }),
    slug: t.string({ description: 'Its name in addresses; made of the name unless given.' }),
    recordPayloads: t.field({
      type: RecordPayloadsType,
      description: 'What of its executions stays on record; ALL unless given.',
    }),
    retentionDays: t.int({ description: 'After how many days its runs go.' }),
    prices: t.field({ type: [PriceInput], description: 'What models cost; replaces all that there are.' }),
    budget: t.field({ type: BudgetInput, description: 'How much may be used in it; null for no limit.' }),
  }),
});

builder.queryFields((t) => ({
  viewer: t.field({
    type: Viewer,
    description: 'Who makes this request.',
    resolve: (_root, _args, context) => readViewer(context),
  }),
  projects: t.field({
    type: [Project],
    description: "The projects that the key reaches: an admin's all of the account, by the header x-project-id.",
    resolve: (_root, _args, context) => listProjects(context),
  }),
  apiKeys: t.field({
    type: [ApiKey],
    description: "The project's keys, newest first.",
    resolve: (_root, _args, context) => listApiKeys(context),
  }),
}));

builder.mutationFields((t) => ({
  createProject: t.field({
    type: Project,
    errors: resultOrErrors,
    description: 'Makes a project in the same account. Its first key is made with the header x-project-id.',
    args: { input: t.arg({ type: ProjectInput, required: true, description: 'The project.' }) },
    resolve: (_root, { input }, context) => createProject(context, input),
  }),
  updateProject: t.field({
    type: Project,
    errors: resultOrErrors,
    description: 'Changes what is given.',
    args: {
      id: t.arg.id({ required: true, description: "The project's id." }),
      input: t.arg({ type: ProjectInput, required: true, description: 'What to change.' }),
    },
    resolve: (_root, { id, input }, context) => updateProject(context, id, input),
  }),
  deleteProject: t.field({
    type: DeletedPayload,
    errors: resultOrErrors,
    description: 'Removes a project and everything in it; not the one that the request is made for.',
    args: { id: t.arg.id({ required: true, description: "The project's id." }) },
    resolve: (_root, { id }, context) => deleteProject(context, id),
  }),
  createApiKey: t.field({
    type: CreatedApiKey,
    errors: resultOrErrors,
    description: 'Makes a key and shows its value this once.',
    args: { input: t.arg({ type: ApiKeyInput, required: true, description: 'The key.' }) },
    resolve: (_root, { input }, context) => createApiKey(context, input),
  }),
  updateApiKey: t.field({
    type: ApiKey,
    errors: resultOrErrors,
    description: 'Changes what is given of a key, on every process within five seconds.',
    args: {
      id: t.arg.id({ required: true, description: "The key's id." }),
      name: t.arg.string({ description: 'What it is called.' }),
      role: t.arg({ type: RoleType, description: 'What it may do; of a public key READER or EXECUTOR.' }),
      expiresAt: t.arg({ type: 'DateTime', description: 'When it ends by itself; null for never.' }),
      budget: t.arg({ type: BudgetInput, description: 'How much may be used with it; null for no limit.' }),
    },
    resolve: (_root, { id, ...input }, context) => updateApiKey(context, id, input),
  }),
  deleteApiKey: t.field({
    type: DeletedPayload,
    errors: resultOrErrors,
    description: 'Removes a key from the list, and ends it for good as revoking does.',
    args: { id: t.arg.id({ required: true, description: "The key's id." }) },
    resolve: (_root, { id }, context) => deleteApiKey(context, id),
  }),
  revokeApiKey: t.field({
    type: ApiKey,
    errors: resultOrErrors,
    description: 'Ends a key for good, on every process within five seconds.',
    args: { id: t.arg.id({ required: true, description: "The key's id." }) },
    resolve: (_root, { id }, context) => revokeApiKey(context, id),
  }),
}));
