import type { JsonValue } from '../json.ts';
import {
  type Generated,
  generateTestData,
  type ProposedInteraction,
  proposeInteraction,
  suggestPromptImprovements,
} from '../resolvers/generation.ts';
import { builder } from './builder.ts';
import { executionCost } from './cost.ts';
import { resultOrErrors } from './errors.ts';
import { ExecutionConfigInput } from './execute.ts';
import { PromptRoleType } from './prompt.ts';
import { InteractionRun } from './run.ts';

const runDescription = 'What it was made by; it has the error where nothing was made.';

const ProposedTestData = builder.objectRef<Generated<readonly JsonValue[]>>('ProposedTestData').implement({
  description: 'Data that an interaction could be executed with.',
  fields: (t) => ({
    run: t.expose('run', { type: InteractionRun, description: runDescription }),
    items: t.field({
      type: ['JSON'],
      description: 'The data; empty where the run failed.',
      resolve: ({ value }) => [...(value ?? [])],
    }),
  }),
});

const PromptImprovements = builder.objectRef<Generated<string>>('PromptImprovements').implement({
  description: 'How prompts could be better.',
  fields: (t) => ({
    run: t.expose('run', { type: InteractionRun, description: runDescription }),
    text: t.exposeString('value', { nullable: true, description: 'In Markdown; null where the run failed.' }),
  }),
});

const ProposedPrompt = builder.objectRef<ProposedInteraction['prompts'][number]>('ProposedPrompt').implement({
  description: 'A prompt that a model proposes.',
  fields: (t) => ({
    role: t.expose('role', { type: PromptRoleType, description: 'Who speaks.' }),
    name: t.exposeString('name', { description: 'What it could be called.' }),
    content: t.exposeString('content', { description: 'The template, in Liquid.' }),
  }),
});

const ProposedInteractionType = builder.objectRef<ProposedInteraction>('ProposedInteraction').implement({
  description: 'An interaction that a model proposes; it is not stored.',
  fields: (t) => ({
    name: t.exposeString('name', { description: 'What it could be called.' }),
    description: t.exposeString('description', { description: 'What it is for.' }),
    prompts: t.field({
      type: [ProposedPrompt],
      description: 'Its prompts, in their order.',
      resolve: ({ prompts }) => [...prompts],
    }),
    inputSchema: t.expose('inputSchema', { type: 'JSONObject', description: 'JSON Schema of its data.' }),
    resultSchema: t.expose('resultSchema', { type: 'JSONObject', description: 'JSON Schema of its result.' }),
  }),
});

const InteractionProposal = builder.objectRef<Generated<ProposedInteraction>>('InteractionProposal').implement({
  description: 'An interaction that a model proposes, and the run that made it.',
  fields: (t) => ({
    run: t.expose('run', { type: InteractionRun, description: runDescription }),
    interaction: t.expose('value', {
      type: ProposedInteractionType,
      nullable: true,
      description: 'What is proposed; null where the run failed.',
    }),
  }),
});

const idDescription = 'The interaction whose environment and model are asked.';
const configDescription = 'Other settings than the ones of the interaction.';

builder.mutationFields((t) => ({
  proposeTestData: t.field({
    type: ProposedTestData,
    errors: resultOrErrors,
    complexity: executionCost,
    description: 'Has a model make data that an interaction could be executed with.',
    args: {
      id: t.arg.id({ required: true, description: idDescription }),
      count: t.arg.int({ defaultValue: 1, description: 'How many, 20 at most.' }),
      message: t.arg.string({ description: 'What matters about them.' }),
      config: t.arg({ type: ExecutionConfigInput, description: configDescription }),
    },
    resolve: (_root, { id, ...input }, context) => generateTestData(context, id, input),
  }),
  suggestPromptImprovements: t.field({
    type: PromptImprovements,
    errors: resultOrErrors,
    complexity: executionCost,
    description: 'Has a model say how the prompts of an interaction could be better.',
    args: {
      id: t.arg.id({ required: true, description: idDescription }),
      config: t.arg({ type: ExecutionConfigInput, description: configDescription }),
    },
    resolve: (_root, { id, ...input }, context) => suggestPromptImprovements(context, id, input),
  }),
  proposeInteraction: t.field({
    type: InteractionProposal,
    errors: resultOrErrors,
    complexity: executionCost,
    description: 'Has a model propose an interaction for what is described.',
    args: {
      id: t.arg.id({ required: true, description: idDescription }),
      description: t.arg.string({ required: true, description: 'What the interaction shall do.' }),
      config: t.arg({ type: ExecutionConfigInput, description: configDescription }),
    },
    resolve: (_root, { id, ...input }, context) => proposeInteraction(context, id, input),
  }),
}));
