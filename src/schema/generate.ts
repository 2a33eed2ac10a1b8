import { findFlowOfRun, generate, listStepsOfRun } from '../resolvers/generate.ts';
import { findEnvironmentOfRun } from '../resolvers/run.ts';
import type { RunPassage, RunRecord, RunStep } from '../store/run-record.ts';
import { builder } from './builder.ts';
import { executionCost } from './cost.ts';
import { resultOrErrors } from './errors.ts';
import { ExecutionConfigInput, OnDisconnectType } from './execute.ts';
import { Node } from './node.ts';
import { PromptMessage } from './prompt.ts';
import { Content, Environment, Flow, Run } from './refs.ts';
import { RunErrorType, TokenUseType } from './run.ts';
import { RunStatusType } from './run-filter.ts';

const Passage = builder.objectRef<RunPassage>('Passage').implement({
  description: 'A piece of a content that was put before the model.',
  fields: (t) => ({
    content: t.field({
      type: Content,
      nullable: true,
      description: 'What it is a piece of; null where that was deleted since.',
      resolve: ({ content }, _args, { loaders }) => loaders.content.load(content),
    }),
    score: t.exposeFloat('score', { description: 'How well it fits the prompt; comparable within its step.' }),
    text: t.exposeString('text', { description: 'The piece.' }),
  }),
});

const FlowRunStep = builder.objectRef<RunStep>('FlowRunStep').implement({
  description: 'A step of a run, as far as it came.',
  fields: (t) => ({
    key: t.exposeString('key', { description: "The step's name." }),
    status: t.expose('status', { type: RunStatusType, description: 'Where it stands; CREATED: it did not begin.' }),
    prompt: t.field({
      type: [PromptMessage],
      description: 'What was sent to the model; empty where it is not recorded.',
      resolve: ({ prompt }) => [...prompt],
    }),
    output: t.expose('output', {
      type: 'JSON',
      nullable: true,
      description: 'What it answered; null until it is completed, and where it is not recorded.',
    }),
    environment: t.field({
      type: Environment,
      nullable: true,
      description: 'Where it was executed; null where that was deleted since.',
      resolve: ({ environment }, _args, context) => findEnvironmentOfRun(context, environment),
    }),
    model: t.exposeString('model', { nullable: true, description: 'The model.' }),
    tokenUse: t.expose('tokenUse', { type: TokenUseType, nullable: true, description: 'Its tokens.' }),
    executionTimeMs: t.exposeInt('executionTimeMs', {
      nullable: true,
      description: 'How long it took, in milliseconds.',
    }),
    error: t.expose('error', { type: RunErrorType, nullable: true, description: 'Why it failed, or was cancelled.' }),
    passages: t.field({
      type: [Passage],
      description: 'What of the contents was put before the model, the best first.',
      resolve: ({ passages }) => [...passages],
    }),
  }),
});

const FlowRun = builder.objectRef<RunRecord>('FlowRun').implement({
  description: 'An execution of a flow.',
  interfaces: [Run, Node],
  fields: (t) => ({
    flow: t.field({
      type: Flow,
      nullable: true,
      description: 'What was executed; null where it was deleted since.',
      resolve: (run, _args, context) => findFlowOfRun(context, run),
    }),
    steps: t.field({
      type: [FlowRunStep],
      description: 'Its steps, in their order. A retry begins with those that were done before.',
      resolve: (run, _args, context) => listStepsOfRun(context, run),
    }),
  }),
});

const SelectionInput = builder.inputType('SelectionInput', {
  description:
    'Folders or tags. A list with members decides; all, when every list given is empty. Ids need no lookup by name.',
  fields: (t) => ({
    ids: t.idList({ description: 'Their ids.' }),
    names: t.stringList({ description: 'Their names.' }),
  }),
});

const ContextInput = builder.inputType('ContextInput', {
  description: 'What a step reads; what is left out is as the flow has it.',
  fields: (t) => ({
    folders: t.field({ type: SelectionInput, description: 'In one of these folders.' }),
    tags: t.field({ type: SelectionInput, description: 'With one of these tags.' }),
  }),
});

const StepOverrideInput = builder.inputType('StepOverrideInput', {
  description: 'What is different for a step in this execution.',
  fields: (t) => ({
    step: t.string({ required: true, description: 'Its key, or step1, step2, …' }),
    context: t.field({ type: ContextInput, description: 'What it reads; only for a step that has context.' }),
  }),
});

const GenerateInput = builder.inputType('GenerateInput', {
  description: 'What to execute.',
  fields: (t) => ({
    flowId: t.id({ required: true, description: 'The flow.' }),
    inputs: t.field({ type: 'JSONObject', description: "Values of the flow's inputs." }),
    endUser: t.string({ description: 'The end user that it is made for.' }),
    steps: t.field({ type: [StepOverrideInput], description: 'What is different for some steps.' }),
    config: t.field({ type: ExecutionConfigInput, description: 'How to execute, for all steps.' }),
    tags: t.stringList({ description: 'Tags of the run.' }),
    stream: t.boolean({
      defaultValue: false,
      description: 'Whether to answer at once with a created run, which the first reader of runStream starts.',
    }),
    onDisconnect: t.field({
      type: OnDisconnectType,
      defaultValue: 'continue',
      description: 'What becomes of the run when nobody waits for it any more.',
    }),
    idempotencyKey: t.string({
      description: 'Makes the execution happen once in 24 hours; another input with it is a ConflictError.',
    }),
  }),
});

builder.mutationFields((t) => ({
  generate: t.field({
    type: FlowRun,
    errors: resultOrErrors,
    description:
      'Executes a flow. The answer is the finished run, with status FAILED and an error that names the step where one failed; or, ' +
      'with stream, the created one.',
    complexity: executionCost,
    args: { input: t.arg({ type: GenerateInput, required: true, description: 'What to execute.' }) },
    resolve: (_root, { input }, context) => generate(context, input),
  }),
}));
