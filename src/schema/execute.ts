import { executeInteraction } from '../resolvers/execute.ts';
import { builder } from './builder.ts';
import { executionCost } from './cost.ts';
import { resultOrErrors } from './errors.ts';
import { InteractionRun } from './run.ts';

export const OnDisconnectType = builder.enumType('OnDisconnect', {
  description: 'What becomes of a run when nobody waits for it any more.',
  values: {
    CONTINUE: { value: 'continue', description: 'It goes on, and its result is on record.' },
    CANCEL: { value: 'cancel', description: 'It is cancelled, ten seconds later unless configured otherwise.' },
  } as const,
});

export const ExecutionConfigInput = builder.inputType('ExecutionConfigInput', {
  description: 'How to execute. What is missing comes from the interaction, then the environment, then the defaults.',
  fields: (t) => ({
    environmentId: t.id({ description: 'Where to execute.' }),
    model: t.string({
      description: "The model; without it, another environment than the interaction's uses its own default.",
    }),
    temperature: t.float({ description: 'The temperature, 0 to 2; 0.7 where nobody says.' }),
    maxTokens: t.int({ description: 'The most tokens of the result.' }),
    topP: t.float({ description: 'Nucleus sampling, 0 to 1.' }),
    stop: t.stringList({ description: 'Where the model shall stop.' }),
    seed: t.int({ description: 'For results that can be had again.' }),
    validate: t.boolean({ description: 'Whether the result must fit the result schema; true unless given.' }),
    options: t.field({ type: 'JSONObject', description: "Settings in the provider's own words." }),
  }),
});

const ExecuteInput = builder.inputType('ExecuteInput', {
  description: 'What to execute; exactly one of interactionId and specifier.',
  fields: (t) => ({
    interactionId: t.id({ description: 'The id of a draft or version.' }),
    specifier: t.string({ description: 'Name (the latest version, else the draft), Name@draft, Name@3 or Name@tag.' }),
    tag: t.string({
      description: 'What selects among the versions where neither id nor specifier does: draft, a version or a tag.',
    }),
    data: t.field({ type: 'JSONObject', description: 'The data for the prompts; it must fit the input schema.' }),
    config: t.field({ type: ExecutionConfigInput, description: 'How to execute.' }),
    resultSchema: t.field({
      type: 'JSONObject',
      description: "JSON Schema of the result, instead of the interaction's.",
    }),
    tags: t.stringList({ description: 'Tags of the run.' }),
    stream: t.boolean({
      defaultValue: false,
      description: 'Whether to answer at once with a created run, which the first reader of runStream starts.',
    }),
    onDisconnect: t.field({
      type: OnDisconnectType,
      defaultValue: 'continue',
      description: 'What becomes of the run when nobody waits for it any more: who executes it, or reads its stream.',
    }),
    idempotencyKey: t.string({
      description:
        'Makes the execution happen once: within 24 hours the same key and input are answered with the same run as it is then; another input is a ConflictError.',
    }),
    parentId: t.id({ description: 'The run that this one is part of.' }),
    endUser: t.string({ description: 'The end user that it is made for.' }),
    object: t.id({ description: 'The object that it is about; data.objectId unless given.' }),
  }),
});

builder.mutationFields((t) => ({
  execute: t.field({
    type: InteractionRun,
    errors: resultOrErrors,
    description:
      'Executes an interaction. The answer is the finished run, with status FAILED and an error where the provider failed; or, with stream, the created one.',
    complexity: executionCost,
    args: { input: t.arg({ type: ExecuteInput, required: true, description: 'What to execute.' }) },
    resolve: (_root, { input }, context) => executeInteraction(context, input),
  }),
}));
