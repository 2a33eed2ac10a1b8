import { countFlows, createFlow, deleteFlow, findFlow, listFlows, updateFlow } from '../resolvers/flow.ts';
import type { FlowContext, FlowInput, FlowStep } from '../store/flow.ts';
import { builder } from './builder.ts';
import { forwardArgs, pageArgs } from './connection.ts';
import { resultOrErrors } from './errors.ts';
import { Node } from './node.ts';
import { DeletedPayload } from './payload.ts';
import { Environment, Flow, FlowConnection, Folder, Prompt, RunConnection } from './refs.ts';
import { RunFilterInput, toRunConnection } from './run-filter.ts';

const FlowResultTypeType = builder.enumType('FlowResultType', {
  description: 'What a flow answers with.',
  values: {
    TEXT: { value: 'text', description: 'The text of the last step.' },
    LIST: { value: 'list', description: 'A list of texts, which the last step is asked for as structured output.' },
  } as const,
});

const FlowInputTypeType = builder.enumType('FlowInputType', {
  description: 'What the value of an input is.',
  values: {
    TEXT: { value: 'text', description: 'A text.' },
    NUMBER: { value: 'number', description: 'A number.' },
    BOOLEAN: { value: 'boolean', description: 'True or false.' },
    LIST: { value: 'list', description: 'A list.' },
    JSON: { value: 'json', description: 'Any JSON.' },
  } as const,
});

const FlowInputObject = builder.objectRef<FlowInput>('FlowInput').implement({
  description: 'One value that a flow is called with.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it is called.' }),
    type: t.expose('type', { type: FlowInputTypeType, description: 'What its value is.' }),
    required: t.exposeBoolean('required', { description: 'Whether it must be given where it has no default.' }),
    description: t.exposeString('description', { nullable: true, description: 'What it is for.' }),
    default: t.expose('default', { type: 'JSON', nullable: true, description: 'Its value where nobody gives one.' }),
  }),
});

const FlowContextObject = builder.objectRef<FlowContext>('FlowContext').implement({
  description: 'Which contents a step reads: those in one of the folders that bear one of the tags.',
  fields: (t) => ({
    folders: t.field({
      type: [Folder],
      description: 'In one of these folders; none: wherever it lies.',
      resolve: async ({ folders }, _args, { loaders }) =>
        (await Promise.all(folders.map((id) => loaders.folder.load(id)))).filter((folder) => folder !== null),
    }),
    tags: t.stringList({
      description: 'With one of these tags, by name; none: whatever it bears.',
      resolve: async ({ tags }, _args, { loaders }) =>
        (await Promise.all(tags.map((id) => loaders.tag.load(id)))).flatMap((tag) => tag?.name ?? []),
    }),
    maxTokens: t.exposeInt('maxTokens', {
      nullable: true,
      description: 'The most tokens of passages that are put before the model; null for 4,000.',
    }),
  }),
});

const FlowStepObject = builder.objectRef<FlowStep>('FlowStep').implement({
  description: 'A prompt with what it is given.',
  fields: (t) => ({
    key: t.exposeString('name', { description: 'How callers and other steps address it: its name.' }),
    name: t.exposeString('name', { description: 'What it is called; step1, step2, … unless given.' }),
    prompt: t.field({
      type: Prompt,
      description: 'What it asks.',
      // A prompt that a flow uses cannot be deleted.
      resolve: ({ prompt }, _args, { loaders }) => loaders.prompt.load(prompt) as never,
    }),
    inputs: t.expose('inputs', {
      type: 'JSONObject',
      nullable: true,
      description:
        "Values of the prompt's variables; {{ inputs.name }} is an input of the flow, {{ steps.name }} what an earlier step answered.",
    }),
    environment: t.field({
      type: Environment,
      nullable: true,
      description: 'Where it is executed; null: where the call says.',
      resolve: ({ environment }, _args, { loaders }) =>
        environment === null ? null : loaders.environment.load(environment),
    }),
    model: t.exposeString('model', { nullable: true, description: "The model; null for the environment's default." }),
    temperature: t.exposeFloat('temperature', { nullable: true, description: 'The temperature; null for 0.7.' }),
    maxTokens: t.exposeInt('maxTokens', { nullable: true, description: 'The most tokens of its answer.' }),
    context: t.expose('context', {
      type: FlowContextObject,
      nullable: true,
      description: 'Which contents it reads; null: none.',
    }),
  }),
});

Flow.implement({
  description: 'An ordered list of steps; what the last one answers is the result.',
  interfaces: [Node],
  fields: (t) => ({
    externalId: t.exposeString('externalId', { nullable: true, description: 'The id that it has elsewhere.' }),
    remoteId: t.exposeString('remoteId', {
      nullable: true,
      description: 'Its id at the API of its environment, which executes it; null where it is executed here.',
    }),
    environment: t.field({
      type: Environment,
      nullable: true,
      description: 'Where it is executed as a whole; null where each of its steps has its own.',
      resolve: ({ environment }, _args, { loaders }) =>
        environment == null ? null : loaders.environment.load(environment),
    }),
    name: t.exposeString('name', { description: 'What it is called.' }),
    description: t.exposeString('description', { nullable: true, description: 'What it is for.' }),
    steps: t.expose('steps', {
      type: [FlowStepObject],
      description: 'The steps, in their order; none where it is executed elsewhere.',
    }),
    inputs: t.expose('inputs', { type: [FlowInputObject], description: 'What it is called with.' }),
    resultType: t.expose('resultType', { type: FlowResultTypeType, description: 'What it answers with.' }),
    runs: t.field({
      type: RunConnection,
      description: 'Its executions, newest first.',
      args: { ...forwardArgs, filter: t.arg({ type: RunFilterInput, description: 'Which of them.' }) },
      resolve: ({ id }, { filter, ...page }, context, info) =>
        toRunConnection(context, info, { ...filter, flow: [id] }, page),
    }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was made.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it was last changed.' }),
  }),
});

const FlowInputDefinitionInput = builder.inputType('FlowInputDefinition', {
  description: 'An input of a flow.',
  fields: (t) => ({
    name: t.string({ required: true, description: 'What it is called: letters, digits, _ and -.' }),
    type: t.field({ type: FlowInputTypeType, defaultValue: 'text', description: 'What its value is.' }),
    required: t.boolean({ defaultValue: false, description: 'Whether it must be given.' }),
    description: t.string({ description: 'What it is for.' }),
    default: t.field({ type: 'JSON', description: 'Its value where nobody gives one.' }),
  }),
});

const FlowContextInput = builder.inputType('FlowContextInput', {
  description: 'Which contents a step reads: those in one of the folders that bear one of the tags.',
  fields: (t) => ({
    folderIds: t.idList({ description: 'In one of these folders; none: wherever it lies.' }),
    tags: t.stringList({ description: 'With one of these tags, by name; none: whatever it bears.' }),
    maxTokens: t.int({ description: 'The most tokens of passages; 4,000 unless given.' }),
  }),
});

const FlowStepInput = builder.inputType('FlowStepInput', {
  description: 'A step of a flow.',
  fields: (t) => ({
    name: t.string({ description: 'What it is called, alone in the flow; step1, step2, … unless given.' }),
    promptId: t.id({ required: true, description: 'What it asks.' }),
    inputs: t.field({
      type: 'JSONObject',
      description:
        "Values of the prompt's variables; {{ inputs.name }} is an input of the flow, {{ steps.name }} what an earlier step answered. " +
        "A variable that is not here is the flow's input with its name.",
    }),
    environmentId: t.id({ description: 'Where it is executed; needed here or in each call.' }),
    model: t.string({ description: "The model; the environment's default unless given." }),
    temperature: t.float({ description: 'The temperature, 0 to 2; 0.7 unless given.' }),
    maxTokens: t.int({ description: 'The most tokens of its answer.' }),
    context: t.field({ type: FlowContextInput, description: 'Which contents it reads; none unless given.' }),
  }),
});

const FlowDefinitionInput = builder.inputType('FlowDefinition', {
  description: 'A flow to be made, or what of it to change; null clears, inputs and steps are replaced as a whole.',
  fields: (t) => ({
    externalId: t.string({ description: 'The id that it has elsewhere, unique in the project.' }),
    name: t.string({ description: 'What it is called; required when it is made.' }),
    description: t.string({ description: 'What it is for.' }),
    inputs: t.field({ type: [FlowInputDefinitionInput], description: 'What it is called with.' }),
    steps: t.field({
      type: [FlowStepInput],
      description: 'The steps, in their order: 1 to 50, required when it is made.',
    }),
    resultType: t.field({ type: FlowResultTypeType, description: 'What it answers with; TEXT unless given.' }),
  }),
});

builder.queryFields((t) => ({
  flow: t.field({
    type: Flow,
    nullable: true,
    description: 'The flow with this id.',
    args: { id: t.arg.id({ required: true, description: 'The id.' }) },
    resolve: (_root, { id }, context) => findFlow(context, id),
  }),
  flows: t.field({
    type: FlowConnection,
    description: "The project's flows, newest first.",
    args: pageArgs,
    resolve: async (_root, page, context) => ({
      page: await listFlows(context, page),
      countAll: () => countFlows(context),
    }),
  }),
}));

builder.mutationFields((t) => ({
  createFlow: t.field({
    type: Flow,
    errors: resultOrErrors,
    description:
      'Makes a flow. What is wrong with it is named with its place: unknown references, circles, missing inputs.',
    args: { input: t.arg({ type: FlowDefinitionInput, required: true, description: 'The flow.' }) },
    resolve: (_root, { input }, context) => createFlow(context, input),
  }),
  updateFlow: t.field({
    type: Flow,
    errors: resultOrErrors,
    description: 'Changes what is given.',
    args: {
      id: t.arg.id({ required: true, description: "The flow's id." }),
      input: t.arg({ type: FlowDefinitionInput, required: true, description: 'What to change.' }),
    },
    resolve: (_root, { id, input }, context) => updateFlow(context, id, input),
  }),
  deleteFlow: t.field({
    type: DeletedPayload,
    errors: resultOrErrors,
    description: 'Removes a flow; its runs stay.',
    args: { id: t.arg.id({ required: true, description: "The flow's id." }) },
    resolve: (_root, { id }, context) => deleteFlow(context, id),
  }),
}));
