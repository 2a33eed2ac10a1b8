import type { Model } from '../providers/provider.ts';
import {
  createEnvironment,
  deleteEnvironment,
  findEnvironment,
  listEnvironments,
  listModels,
  updateEnvironment,
} from '../resolvers/environment.ts';
import { type EnvironmentTest, testEnvironment } from '../resolvers/environment-test.ts';
import { builder } from './builder.ts';
import { executionCost } from './cost.ts';
import { resultOrErrors } from './errors.ts';
import { Node } from './node.ts';
import { DeletedPayload } from './payload.ts';
import { Environment } from './refs.ts';
import { RunErrorType } from './run.ts';

const policyDescription =
  'How its calls are made: connectTimeoutMs, firstChunkTimeoutMs, chunkTimeoutMs, runTimeoutMs; maxRetries, retryDelayMs, ' +
  'maxRetryDelayMs; concurrency, requestsPerMinute, tokensPerMinute; fallbacks [{ environment, model }]; of virtual_lb members [{ environment, model, weight }], failover, ' +
  'unhealthyAfter, probeAfterMs; of virtual_mediator members, mediators [{ environment, model }], parallel.';

const ModelType = builder.objectRef<Model & { readonly provider: string }>('Model').implement({
  description: 'A model that an environment offers.',
  fields: (t) => ({
    id: t.exposeString('id', { description: 'How executions name it.' }),
    name: t.exposeString('name', { description: 'How people name it.' }),
    provider: t.exposeString('provider', { description: 'Who runs it.' }),
    streams: t.exposeBoolean('streams', { description: 'Whether its answer can be read while it is made.' }),
    readsImages: t.exposeBoolean('readsImages', { description: 'Whether prompts may hold images.' }),
  }),
});

Environment.implement({
  description: 'Where executions run: a provider, its address and credentials, and the models that may be used there.',
  interfaces: [Node],
  fields: (t) => ({
    externalId: t.exposeString('externalId', { nullable: true, description: 'The id that it has elsewhere.' }),
    name: t.exposeString('name', { description: 'What it is called.' }),
    description: t.exposeString('description', { nullable: true, description: 'What it is for.' }),
    provider: t.exposeString('provider', { description: 'Who executes, for example openai_compatible or test.' }),
    endpoint: t.exposeString('endpoint', { nullable: true, description: "The base URL of the provider's API." }),
    hasCredentials: t.boolean({
      description: 'Whether it has credentials; they are never shown.',
      resolve: ({ credentials }) => credentials !== null,
    }),
    defaultModel: t.exposeString('defaultModel', {
      nullable: true,
      description: 'The model of executions that name none.',
    }),
    enabledModels: t.exposeStringList('enabledModels', {
      description: 'The models that may be used; all, where it is empty.',
    }),
    models: t.field({
      type: [ModelType],
      description: 'The enabled models, as the provider lists them at this moment.',
      // It asks the provider.
      complexity: { field: 50, multiplier: 50 },
      resolve: (environment, _args, context) => listModels(context, environment),
    }),
    policy: t.field({
      type: 'JSONObject',
      nullable: true,
      description: policyDescription,
      resolve: ({ policy }) => policy && { ...policy },
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});

const EnvironmentTestType = builder.objectRef<EnvironmentTest>('EnvironmentTest').implement({
  description: 'Whether executions work in an environment, and why not.',
  fields: (t) => ({
    ok: t.exposeBoolean('ok', { description: 'Whether the model answered.' }),
    model: t.exposeString('model', {
      nullable: true,
      description: 'The model that was asked; null of an API that executes something of its own.',
    }),
    executionTimeMs: t.exposeInt('executionTimeMs', { description: 'How long it took.' }),
    error: t.expose('error', {
      type: RunErrorType,
      nullable: true,
      description: 'What is wrong, and what can be done about it.',
    }),
  }),
});

const EnvironmentInput = builder.inputType('EnvironmentInput', {
  description:
    'An environment to be made, or what of it to change. Changing provider or endpoint clears the credentials unless they come along.',
  fields: (t) => ({
    externalId: t.string({ description: 'The id that it has elsewhere, unique in the project.' }),
    name: t.string({ description: 'What it is called; required when it is made.' }),
    description: t.string({ description: 'What it is for.' }),
    provider: t.string({ description: 'Who executes; required when it is made.' }),
    endpoint: t.string({ description: "The base URL of the provider's API." }),
    credentials: t.string({ description: "The provider's key; sealed, and never shown again." }),
    defaultModel: t.string({ description: 'The model of executions that name none.' }),
    enabledModels: t.stringList({ description: 'The models that may be used; all, where it is empty.' }),
    policy: t.field({
      type: 'JSONObject',
      description: policyDescription,
    }),
  }),
});

builder.queryFields((t) => ({
  environment: t.field({
    type: Environment,
    nullable: true,
    description: 'The environment with this id.',
    args: { id: t.arg.id({ required: true, description: 'The id.' }) },
    resolve: (_root, { id }, context) => findEnvironment(context, id),
  }),
  environments: t.field({
    type: [Environment],
    description: "The project's environments, by name.",
    resolve: (_root, _args, context) => listEnvironments(context),
  }),
}));

builder.mutationFields((t) => ({
  createEnvironment: t.field({
    type: Environment,
    errors: resultOrErrors,
    description: 'Makes an environment.',
    args: { input: t.arg({ type: EnvironmentInput, required: true, description: 'The environment.' }) },
    resolve: (_root, { input }, context) => createEnvironment(context, input),
  }),
  updateEnvironment: t.field({
    type: Environment,
    errors: resultOrErrors,
    description: 'Changes what is given.',
    args: {
      id: t.arg.id({ required: true, description: "The environment's id." }),
      input: t.arg({ type: EnvironmentInput, required: true, description: 'What to change.' }),
    },
    resolve: (_root, { id, input }, context) => updateEnvironment(context, id, input),
  }),
  deleteEnvironment: t.field({
    type: DeletedPayload,
    errors: resultOrErrors,
    description: 'Removes an environment that no interaction and no other environment uses; its runs stay.',
    args: { id: t.arg.id({ required: true, description: "The environment's id." }) },
    resolve: (_root, { id }, context) => deleteEnvironment(context, id),
  }),
  testEnvironment: t.field({
    type: EnvironmentTestType,
    errors: resultOrErrors,
    complexity: executionCost,
    description:
      'Asks a model of the environment for one word, past its policy, and says whether credentials and model work. ' +
      'Of a virtual environment all members are asked; of a remote API, whether the credentials are good there.',
    args: {
      id: t.arg.id({ required: true, description: "The environment's id." }),
      model: t.arg.string({ description: "The model; the environment's default unless given." }),
    },
    resolve: (_root, { id, ...input }, context) => testEnvironment(context, id, input),
  }),
}));
