import {
  countDeployments,
  createDeployment,
  deleteDeployment,
  findDeployment,
  formatDeploymentPath,
  listDeployments,
  rotateWebhookSecret,
  setDeploymentActive,
  updateDeployment,
} from '../resolvers/deployment.ts';
import { findEnvironmentOfRun, findInteractionById } from '../resolvers/run.ts';
import type { DeploymentRecord, Extraction } from '../store/deployment.ts';
import { builder } from './builder.ts';
import { forwardArgs, pageArgs } from './connection.ts';
import { resultOrErrors } from './errors.ts';
import { Node } from './node.ts';
import { DeletedPayload } from './payload.ts';
import { Deployment, DeploymentConnection, Environment, Interaction, RunConnection } from './refs.ts';
import { RunFilterInput, toRunConnection } from './run-filter.ts';

const ExtractionTypeType = builder.enumType('ExtractionType', {
  description: 'What the value of an extraction is; null is what the file does not say.',
  values: {
    TEXT: { value: 'text', description: 'A text.' },
    NUMBER: { value: 'number', description: 'A number.' },
    BOOLEAN: { value: 'boolean', description: 'True or false.' },
    DATE: { value: 'date', description: 'A date as ISO 8601 writes it, with or without a time.' },
    EMAIL: { value: 'email', description: 'An e-mail address.' },
    LIST: { value: 'list', description: 'A list of texts, numbers or booleans.' },
    TABLE: { value: 'table', description: 'A table: a list of rows, each an object by column.' },
    JSON: { value: 'json', description: 'Any JSON.' },
  } as const,
});

const ExtractionObject = builder.objectRef<Extraction>('Extraction').implement({
  description: 'One value that is looked for in each file.',
  fields: (t) => ({
    key: t.exposeString('key', { description: 'What the value is called in results.' }),
    prompt: t.exposeString('prompt', { description: 'What is asked of the file.' }),
    type: t.expose('type', { type: ExtractionTypeType, description: 'What the value is.' }),
  }),
});

Deployment.implement({
  description: 'A workflow behind an API name: files go in, structured results come out.',
  interfaces: [Node],
  fields: (t) => ({
    externalId: t.exposeString('externalId', { nullable: true, description: 'The id that it has elsewhere.' }),
    organization: t.string({
      description: "The project's slug, as addresses have it.",
      resolve: (_deployment, _args, { project }) => project.slug,
    }),
    remoteId: t.exposeString('remoteId', {
      nullable: true,
      description: 'Its id at the API of its environment, which executes it; null where it is executed here.',
    }),
    name: t.exposeString('name', { description: 'Its API name, as addresses have it.' }),
    displayName: t.exposeString('displayName', { nullable: true, description: 'What people call it.' }),
    description: t.exposeString('description', { nullable: true, description: 'What it is for.' }),
    isActive: t.exposeBoolean('isActive', { description: 'Whether it takes files.' }),
    endpoint: t.string({
      description: 'Where files are sent by REST, from the root of the server on.',
      resolve: (deployment, _args, { project }) => formatDeploymentPath(project.slug, deployment),
    }),
    extractions: t.expose('extractions', {
      type: [ExtractionObject],
      description: 'What is looked for in each file; empty where an interaction is executed instead.',
    }),
    interaction: t.field({
      type: Interaction,
      nullable: true,
      description: "What is executed over each file's text instead of extractions.",
      resolve: ({ interaction }, _args, context) => findInteractionById(context, interaction),
    }),
    environment: t.field({
      type: Environment,
      nullable: true,
      description: "Where it is executed; null for the interaction's.",
      resolve: ({ environment }, _args, context) => findEnvironmentOfRun(context, environment),
    }),
    model: t.exposeString('model', { nullable: true, description: "The model; null for the environment's default." }),
    readsImages: t.boolean({
      description:
        'Whether pages that are pictures are shown to the model, which must read images; else their text is recognised.',
      resolve: ({ readsImages }) => readsImages ?? false,
    }),
    version: t.exposeInt('version', { description: 'Which version of the workflow this is.' }),
    webhookUrl: t.exposeString('webhookUrl', {
      nullable: true,
      description: 'Who is told when an execution ends, unless the execution names another.',
    }),
    runs: t.field({
      type: RunConnection,
      description: 'Its executions, newest first.',
      args: { ...forwardArgs, filter: t.arg({ type: RunFilterInput, description: 'Which of them.' }) },
      resolve: ({ id }, { filter, ...page }, context, info) =>
        toRunConnection(context, info, { ...filter, deployment: [id] }, page),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});

const ExtractionInput = builder.inputType('ExtractionInput', {
  description: 'A value to look for in each file.',
  fields: (t) => ({
    key: t.string({ required: true, description: 'What the value is called in results: letters, digits, _, - and .' }),
    prompt: t.string({ required: true, description: 'What to ask of the file.' }),
    type: t.field({ type: ExtractionTypeType, defaultValue: 'text', description: 'What the value is.' }),
  }),
});

const DeploymentInput = builder.inputType('DeploymentInput', {
  description: 'A deployment to be made, or what of it to change; null clears, extractions are replaced as a whole.',
  fields: (t) => ({
    externalId: t.string({ description: 'The id that it has elsewhere, unique in the project.' }),
    name: t.string({
      description: 'Its API name, unique in the project: letters, digits, - and _; required when it is made.',
    }),
    displayName: t.string({ description: 'What people call it.' }),
    description: t.string({ description: 'What it is for.' }),
    isActive: t.boolean({ description: 'Whether it takes files; true unless given.' }),
    extractions: t.field({ type: [ExtractionInput], description: 'What to look for in each file: 1 to 200.' }),
    interactionId: t.id({
      description:
        "What to execute over each file instead of extractions: the text goes to the prompts' variable `text`, or to the only one that they require.",
    }),
    environmentId: t.id({ description: "Where to execute; the interaction's unless given." }),
    model: t.string({ description: "The model; the interaction's or the environment's default unless given." }),
    readsImages: t.boolean({
      description:
        'Whether pages that are pictures are shown to the model, which must read images; else, and unless given, their text is recognised.',
    }),
    webhookUrl: t.string({ description: 'Who is told when an execution ends: an https address.' }),
  }),
});

const WebhookSecret = builder
  .objectRef<{ readonly deployment: DeploymentRecord; readonly secret: string }>('WebhookSecret')
  .implement({
    description: "The secret that a deployment's webhooks are signed with from now on.",
    fields: (t) => ({
      deployment: t.expose('deployment', { type: Deployment, description: 'The deployment.' }),
      secret: t.exposeString('secret', { description: 'The secret, as Standard Webhooks writes it: shown this once.' }),
    }),
  });

const idDescription = "The deployment's id.";

builder.queryFields((t) => ({
  deployment: t.field({
    type: Deployment,
    nullable: true,
    description: 'The deployment that an id, or an organization with a name, means.',
    args: {
      id: t.arg.id({ description: 'The id; or give organization and name.' }),
      organization: t.arg.string({ description: "The project's slug." }),
      name: t.arg.string({ description: 'The API name.' }),
    },
    resolve: (_root, reference, context) => findDeployment(context, reference),
  }),
  deployments: t.field({
    type: DeploymentConnection,
    description: "The project's deployments, newest first.",
    args: pageArgs,
    resolve: async (_root, page, context) => ({
      page: await listDeployments(context, page),
      countAll: () => countDeployments(context),
    }),
  }),
}));

builder.mutationFields((t) => ({
  createDeployment: t.field({
    type: Deployment,
    errors: resultOrErrors,
    description: 'Makes a deployment.',
    args: { input: t.arg({ type: DeploymentInput, required: true, description: 'The deployment.' }) },
    resolve: (_root, { input }, context) => createDeployment(context, input),
  }),
  updateDeployment: t.field({
    type: Deployment,
    errors: resultOrErrors,
    description: 'Changes what is given; what was accepted before is executed as it was.',
    args: {
      id: t.arg.id({ required: true, description: idDescription }),
      input: t.arg({ type: DeploymentInput, required: true, description: 'What to change.' }),
    },
    resolve: (_root, { id, input }, context) => updateDeployment(context, id, input),
  }),
  deleteDeployment: t.field({
    type: DeletedPayload,
    errors: resultOrErrors,
    description: 'Removes a deployment with the keys that are for it; its runs stay.',
    args: { id: t.arg.id({ required: true, description: idDescription }) },
    resolve: (_root, { id }, context) => deleteDeployment(context, id),
  }),
  activateDeployment: t.field({
    type: Deployment,
    errors: resultOrErrors,
    description: 'Lets a deployment take files.',
    args: { id: t.arg.id({ required: true, description: idDescription }) },
    resolve: (_root, { id }, context) => setDeploymentActive(context, id, true),
  }),
  deactivateDeployment: t.field({
    type: Deployment,
    errors: resultOrErrors,
    description: 'Lets a deployment take no more files; what was accepted before goes on.',
    args: { id: t.arg.id({ required: true, description: idDescription }) },
    resolve: (_root, { id }, context) => setDeploymentActive(context, id, false),
  }),
  rotateWebhookSecret: t.field({
    type: WebhookSecret,
    errors: resultOrErrors,
    description: "Makes a new secret for a deployment's webhooks; the next one is signed with it.",
    args: { id: t.arg.id({ required: true, description: idDescription }) },
    resolve: (_root, { id }, context) => rotateWebhookSecret(context, id),
  }),
}));
