import {
  computeInputSchema,
  countInteractions,
  createInteraction,
  deleteInteraction,
  findInteraction,
  listInteractions,
  listPromptsOfInteraction,
  updateInteraction,
} from '../resolvers/interaction.ts';
import {
  countForks,
  countVersions,
  findDraft,
  forkInteraction,
  listForks,
  listVersions,
  publishInteraction,
} from '../resolvers/interaction-version.ts';
import { builder } from './builder.ts';
import { forwardArgs, pageArgs } from './connection.ts';
import { resultOrErrors } from './errors.ts';
import { Node } from './node.ts';
import { DeletedPayload } from './payload.ts';
import { Environment, Interaction, InteractionConnection, Prompt, RunConnection } from './refs.ts';
import { RunFilterInput, toRunConnection } from './run-filter.ts';

const InteractionStatusType = builder.enumType('InteractionStatus', {
  description: 'Where an interaction stands.',
  values: {
    DRAFT: { value: 'draft', description: 'It can be edited.' },
    PUBLISHED: { value: 'published', description: 'A version, which never changes.' },
    ARCHIVED: { value: 'archived', description: 'A version that names no longer find.' },
  } as const,
});

const VisibilityType = builder.enumType('Visibility', {
  description: 'Whom an interaction is meant for.',
  values: {
    PUBLIC: { value: 'public', description: 'Everybody.' },
    PRIVATE: { value: 'private', description: 'The project.' },
  } as const,
});

const CachePolicyType = builder.enumType('CachePolicy', {
  description: 'Whether an execution may be answered by the result of an earlier one with the same input.',
  values: {
    NO_CACHE: { value: 'no_cache', description: 'Never.' },
    CACHE: { value: 'cache', description: 'As long as it is fresh.' },
    CACHE_AND_REFRESH: { value: 'cache_and_refresh', description: 'At once, and it is made anew in the background.' },
  } as const,
});

Interaction.implement({
  description:
    'Prompts with a result schema and defaults for their execution: a draft, or a version published from it.',
  interfaces: [Node],
  fields: (t) => ({
    externalId: t.exposeString('externalId', { nullable: true, description: 'The id that it has elsewhere.' }),
    remoteId: t.exposeString('remoteId', {
      nullable: true,
      description: 'Its id at the API of its environment, which executes it; null where it is executed here.',
    }),
    name: t.exposeString('name', { description: 'What it is called; executions can name it.' }),
    endpoint: t.exposeString('endpoint', { description: 'The name in PascalCase, which executions can name too.' }),
    description: t.exposeString('description', { nullable: true, description: 'What it is for.' }),
    status: t.expose('status', { type: InteractionStatusType, description: 'Where it stands.' }),
    visibility: t.expose('visibility', { type: VisibilityType, description: 'Whom it is meant for.' }),
    version: t.exposeInt('version', { description: 'Its number; of a draft, the number that its next version gets.' }),
    tags: t.exposeStringList('tags', { description: 'What a specifier can select it by, as Name@tag.' }),
    draft: t.field({
      type: Interaction,
      nullable: true,
      description: 'What it was published from; null for a draft.',
      resolve: (interaction, _args, context) => findDraft(context, interaction),
    }),
    versions: t.field({
      type: InteractionConnection,
      description: 'The published versions, newest first.',
      args: forwardArgs,
      resolve: async (interaction, page, context) => ({
        page: await listVersions(context, interaction, page),
        countAll: () => countVersions(context, interaction),
      }),
    }),
    forks: t.field({
      type: InteractionConnection,
      description: 'The drafts that began as copies of it, newest first.',
      args: forwardArgs,
      resolve: async (interaction, page, context) => ({
        page: await listForks(context, interaction, page),
        countAll: () => countForks(context, interaction),
      }),
    }),
    prompts: t.field({
      type: [Prompt],
      description: 'What is sent to the model, in this order.',
      resolve: (interaction, _args, context) => listPromptsOfInteraction(context, interaction),
    }),
    inputSchema: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'JSON Schema of the data of an execution: what all the prompts take.',
      resolve: (interaction, _args, context) => computeInputSchema(context, interaction),
    }),
    resultSchema: t.expose('resultSchema', {
      type: 'JSONObject',
      nullable: true,
      description: 'JSON Schema that a result must fit; null: the result is text.',
    }),
    testData: t.expose('testData', { type: 'JSONObject', nullable: true, description: 'Data to try it with.' }),
    environment: t.field({
      type: Environment,
      nullable: true,
      description: 'Where it is executed unless the execution says otherwise.',
      resolve: ({ environment }, _args, { loaders }) =>
        environment === null ? null : loaders.environment.load(environment),
    }),
    model: t.exposeString('model', { nullable: true, description: "The model; null for the environment's default." }),
    temperature: t.exposeFloat('temperature', { nullable: true, description: 'The temperature; null for 0.7.' }),
    maxTokens: t.exposeInt('maxTokens', { nullable: true, description: 'The most tokens of a result.' }),
    cachePolicy: t.expose('cachePolicy', { type: CachePolicyType, description: 'Whether results are used again.' }),
    ttlSeconds: t.exposeInt('ttlSeconds', {
      nullable: true,
      description: 'How long a result is fresh; null for a day.',
    }),
    runs: t.field({
      type: RunConnection,
      description: 'Its executions, newest first; those of a draft with those of its versions.',
      args: { ...forwardArgs, filter: t.arg({ type: RunFilterInput, description: 'Which of them.' }) },
      resolve: ({ id }, { filter, ...page }, context, info) =>
        toRunConnection(context, info, { ...filter, interaction: [id] }, page),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});

export const InteractionFilterInput = builder.inputType('InteractionFilter', {
  description: 'Which interactions: fields narrow together, a list means any of. Drafts, unless status is given.',
  fields: (t) => ({
    name: t.string({ description: 'The name, to the letter.' }),
    status: t.field({ type: [InteractionStatusType], description: 'Where they stand.' }),
    tags: t.stringList({ description: 'Their tags.' }),
    visibility: t.field({ type: [VisibilityType], description: 'Whom they are meant for.' }),
  }),
});

const InteractionInput = builder.inputType('InteractionInput', {
  description: 'An interaction to be made, or what of it to change; null clears.',
  fields: (t) => ({
    externalId: t.string({ description: 'The id that it has elsewhere, unique in the project.' }),
    name: t.string({ description: 'What it is called, without @; required when it is made.' }),
    description: t.string({ description: 'What it is for.' }),
    promptIds: t.idList({ description: 'What is sent to the model, in this order.' }),
    resultSchema: t.field({ type: 'JSONObject', description: 'JSON Schema that a result must fit.' }),
    testData: t.field({ type: 'JSONObject', description: 'Data to try it with.' }),
    environmentId: t.id({ description: 'Where it is executed.' }),
    model: t.string({ description: 'The model.' }),
    temperature: t.float({ description: 'The temperature, 0 to 2.' }),
    maxTokens: t.int({ description: 'The most tokens of a result.' }),
    tags: t.stringList({ description: 'Tags: no whole numbers, not draft, not latest.' }),
    visibility: t.field({ type: VisibilityType, description: 'Whom it is meant for; PRIVATE unless given.' }),
    cachePolicy: t.field({
      type: CachePolicyType,
      description: 'Whether results are used again; NO_CACHE unless given.',
    }),
    ttlSeconds: t.int({ description: 'How long a result is fresh; null for a day.' }),
  }),
});

builder.queryFields((t) => ({
  interaction: t.field({
    type: Interaction,
    nullable: true,
    description:
      'The interaction that an id or a specifier means: Name (the latest version, else the draft), Name@draft, Name@3, Name@tag.',
    args: {
      id: t.arg.id({ description: 'The id; or give the specifier.' }),
      specifier: t.arg.string({ description: 'The specifier.' }),
    },
    resolve: (_root, { id, specifier }, context) => findInteraction(context, { id, specifier, idName: 'id' }),
  }),
  interactions: t.field({
    type: InteractionConnection,
    description: "The project's interactions, newest first.",
    args: {
      ...pageArgs,
      filter: t.arg({ type: InteractionFilterInput, description: 'Which of them; the drafts unless given.' }),
    },
    resolve: async (_root, { filter, ...page }, context) => ({
      page: await listInteractions(context, filter ?? {}, page),
      countAll: () => countInteractions(context, filter ?? {}),
    }),
  }),
}));

builder.mutationFields((t) => ({
  createInteraction: t.field({
    type: Interaction,
    errors: resultOrErrors,
    description: 'Makes a draft.',
    args: { input: t.arg({ type: InteractionInput, required: true, description: 'The interaction.' }) },
    resolve: (_root, { input }, context) => createInteraction(context, input),
  }),
  updateInteraction: t.field({
    type: Interaction,
    errors: resultOrErrors,
    description: 'Changes what is given of a draft; its versions stay as they are.',
    args: {
      id: t.arg.id({ required: true, description: "The draft's id." }),
      input: t.arg({ type: InteractionInput, required: true, description: 'What to change.' }),
    },
    resolve: (_root, { id, input }, context) => updateInteraction(context, id, input),
  }),
  deleteInteraction: t.field({
    type: DeletedPayload,
    errors: resultOrErrors,
    description: 'Removes a draft with its versions, or one version; runs stay.',
    args: { id: t.arg.id({ required: true, description: "The interaction's id." }) },
    resolve: (_root, { id }, context) => deleteInteraction(context, id),
  }),
  publishInteraction: t.field({
    type: Interaction,
    errors: resultOrErrors,
    description: 'Makes a version of the draft as it is now, which never changes. The answer is the version.',
    args: {
      id: t.arg.id({ required: true, description: "The draft's id." }),
      visibility: t.arg({
        type: VisibilityType,
        description: "Whom the version is meant for; the draft's unless given.",
      }),
      tags: t.arg.stringList({ description: "The version's tags; the draft's unless given." }),
    },
    resolve: (_root, { id, ...input }, context) => publishInteraction(context, id, input),
  }),
  forkInteraction: t.field({
    type: Interaction,
    errors: resultOrErrors,
    description: 'Makes a new draft that begins as a copy, with prompts of its own.',
    args: {
      id: t.arg.id({ required: true, description: 'The id of the draft or version to copy.' }),
      name: t.arg.string({ description: "What the copy is called; the original's name with (fork) unless given." }),
      keepTags: t.arg.boolean({ description: 'Whether the copy has the tags, too.' }),
    },
    resolve: (_root, { id, ...input }, context) => forkInteraction(context, id, input),
  }),
}));
