import type { TokenUse } from '../domain.ts';
import { findEnvironmentOfRun, findInteractionById, findRun, readFindQuery, readPayloads } from '../resolvers/run.ts';
import { narrowBySearch } from '../resolvers/run-search.ts';
import type { RunAttempt, RunError, RunEvaluation, RunRecord, RunSource } from '../store/run-record.ts';
import { builder } from './builder.ts';
import { forwardArgs, pageArgs } from './connection.ts';
import { Node } from './node.ts';
import { PromptMessage } from './prompt.ts';
import { Environment, Interaction, Run, RunConnection, runTypeNames } from './refs.ts';
import {
  RunFilterInput,
  RunKindType,
  RunOrderInput,
  RunSourceTypeType,
  RunStatusType,
  searchDescription,
  toRunConnection,
} from './run-filter.ts';
import { PrincipalType, RecordPayloadsType } from './tenancy.ts';

const RunSourceObject = builder.objectRef<RunSource>('RunSource').implement({
  description: 'Who asked for a run.',
  fields: (t) => ({
    type: t.expose('type', { type: RunSourceTypeType, description: 'What asked.' }),
    label: t.exposeString('label', { nullable: true, description: 'Who asked, in words.' }),
    principalType: t.expose('principalType', {
      type: PrincipalType,
      description: 'What the request proved itself with.',
    }),
    principalId: t.exposeID('principalId', { description: "The key's id." }),
    clientIp: t.exposeString('clientIp', { nullable: true, description: 'The address that the request came from.' }),
  }),
});

export const TokenUseType = builder.objectRef<TokenUse>('TokenUse').implement({
  description: 'Tokens, as the provider counted them.',
  fields: (t) => ({
    prompt: t.exposeInt('prompt', { description: 'Those that were sent.' }),
    result: t.exposeInt('result', { description: 'Those that were received.' }),
    total: t.exposeInt('total', { description: 'All.' }),
  }),
});

export const RunErrorType = builder.objectRef<RunError>('RunError').implement({
  description: 'Why a run failed.',
  fields: (t) => ({
    code: t.exposeString('code', {
      description: 'What happened, for programs: cancelled, provider_error, rate_limited, timeout, validation_error, …',
    }),
    message: t.exposeString('message', { description: 'What happened, for people.' }),
    isRetryable: t.exposeBoolean('isRetryable', { description: 'Whether the same execution may succeed later.' }),
    path: t.exposeString('path', {
      nullable: true,
      description: 'JSON pointer into the result, where a part of it is wrong.',
    }),
  }),
});

const AttemptType = builder.objectRef<RunAttempt>('Attempt').implement({
  description: 'One call of a provider.',
  fields: (t) => ({
    provider: t.exposeString('provider', { description: 'Who was called.' }),
    environment: t.field({
      type: Environment,
      nullable: true,
      description: 'Where it was called; null where that was deleted since.',
      resolve: ({ environment }, _args, context) => findEnvironmentOfRun(context, environment),
    }),
    model: t.exposeString('model', { description: 'The model; empty where another API chose and does not say.' }),
    remoteRun: t.string({
      nullable: true,
      description: "The run's id at the API that was called, where it has one.",
      resolve: ({ remoteRun }) => remoteRun ?? null,
    }),
    startedAt: t.expose('startedAt', { type: 'DateTime', description: 'When it began.' }),
    executionTimeMs: t.exposeInt('executionTimeMs', {
      nullable: true,
      description: 'How long it took, in milliseconds.',
    }),
    tokenUse: t.expose('tokenUse', {
      type: TokenUseType,
      nullable: true,
      description: 'The tokens, where the provider says.',
    }),
    cost: t.float({
      nullable: true,
      description: "What it cost, where the project's prices say.",
      resolve: ({ cost }) => cost ?? null,
    }),
    error: t.expose('error', { type: RunErrorType, nullable: true, description: 'Why it failed, or was cancelled.' }),
  }),
});

const EvaluationScore = builder.objectRef<RunEvaluation['scores'][number]>('EvaluationScore').implement({
  description: 'What one mediator says of an answer.',
  fields: (t) => ({
    environment: t.field({
      type: Environment,
      nullable: true,
      description: "The mediator's environment; null where that was deleted since.",
      resolve: ({ environment }, _args, context) => findEnvironmentOfRun(context, environment),
    }),
    model: t.exposeString('model', { description: "The mediator's model." }),
    score: t.exposeFloat('score', { description: 'From 0 to 10.' }),
  }),
});

const EvaluationType = builder.objectRef<RunEvaluation>('Evaluation').implement({
  description: 'What mediators say of one of several answers.',
  fields: (t) => ({
    score: t.exposeFloat('score', {
      nullable: true,
      description: 'From 0 to 10, on the average of the mediators; null where there was nothing to compare.',
    }),
    selected: t.exposeBoolean('selected', { description: "Whether it is its parent's answer." }),
    scores: t.field({
      type: [EvaluationScore],
      description: 'What each mediator scored it.',
      resolve: ({ scores }) => [...scores],
    }),
  }),
});

Run.implement({
  description: 'One execution, whichever API asked for it and wherever it ran.',
  interfaces: [Node],
  resolveType: ({ kind }) => runTypeNames[kind],
  fields: (t) => ({
    kind: t.expose('kind', { type: RunKindType, description: 'What was executed.' }),
    name: t.exposeString('name', { description: 'The name of what was executed, as it was then.' }),
    status: t.expose('status', { type: RunStatusType, description: 'Where it stands.' }),
    tags: t.exposeStringList('tags', { description: 'What it was tagged with.' }),
    parent: t.field({
      type: Run,
      nullable: true,
      description: 'The run that it is part of.',
      resolve: ({ parent }, _args, { loaders }) => (parent === null ? null : loaders.run.load(parent)),
    }),
    retryOf: t.field({
      type: Run,
      nullable: true,
      description: 'The run whose request it repeats; null for others, and where that was deleted since.',
      resolve: ({ retryOf }, _args, { loaders }) => (retryOf === null ? null : loaders.run.load(retryOf)),
    }),
    children: t.field({
      type: RunConnection,
      description: 'The runs that are part of it, newest first.',
      args: forwardArgs,
      resolve: ({ id }, page, context, info) => toRunConnection(context, info, { parent: [id] }, page),
    }),
    source: t.expose('source', { type: RunSourceObject, description: 'Who asked for it.' }),
    environment: t.field({
      type: Environment,
      nullable: true,
      description: 'Where it ran; null where that was deleted since.',
      resolve: ({ environment }, _args, context) => findEnvironmentOfRun(context, environment),
    }),
    model: t.exposeString('model', { nullable: true, description: 'The model.' }),
    config: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'What the execution was told, after precedence and defaults.',
      resolve: ({ config, environment }) => ({ environmentId: environment, ...config }),
    }),
    input: t.field({
      type: 'JSONObject',
      nullable: true,
      description: 'The data; null where it is not recorded.',
      resolve: async (run, _args, context) => (await readPayloads(context, run)).input,
    }),
    result: t.field({
      type: 'JSON',
      nullable: true,
      resolve: async (run, _args, context) => (await readPayloads(context, run)).result,
      description:
        'Text, or JSON that fits the result schema; null until it is completed, and where it is not recorded.',
    }),
    tokenUse: t.expose('tokenUse', { type: TokenUseType, nullable: true, description: 'The tokens of all attempts.' }),
    cost: t.float({
      nullable: true,
      description: "What its attempts cost, where the project's prices say.",
      resolve: ({ cost }) => cost ?? null,
    }),
    executionTimeMs: t.exposeInt('executionTimeMs', {
      nullable: true,
      description: 'How long it took, in milliseconds.',
    }),
    error: t.expose('error', { type: RunErrorType, nullable: true, description: 'Why it failed.' }),
    recordPayloads: t.expose('recordPayloads', {
      type: RecordPayloadsType,
      description:
        'Whether prompt, input and result are on record; with METADATA they are null or empty once it is finished.',
    }),
    warnings: t.exposeStringList('warnings', { description: 'What was not done as it was asked.' }),
    attempts: t.expose('attempts', { type: [AttemptType], description: 'The calls of providers, in order.' }),
    isCached: t.boolean({
      description: "Whether its result is that of an earlier run, by the interaction's cachePolicy. It cost nothing.",
      resolve: ({ isCached }) => isCached ?? false,
    }),
    evaluation: t.field({
      type: EvaluationType,
      nullable: true,
      description: 'What mediators said of it, where it is one of the answers that a virtual environment chose from.',
      resolve: ({ evaluation }) => evaluation ?? null,
    }),
    rating: t.exposeInt('rating', { nullable: true, description: 'What it was rated.' }),
    endUser: t.exposeString('endUser', { nullable: true, description: 'The end user that it was made for.' }),
    object: t.exposeID('object', { nullable: true, description: 'The object that it is about.' }),
    createdAt: t.expose('createdAt', { type: 'DateTime', description: 'When it was recorded.' }),
    updatedAt: t.expose('updatedAt', { type: 'DateTime', description: 'When it last changed.' }),
    startedAt: t.expose('startedAt', { type: 'DateTime', nullable: true, description: 'When its execution began.' }),
    finishedAt: t.expose('finishedAt', { type: 'DateTime', nullable: true, description: 'When its execution ended.' }),
  }),
});

export const InteractionRun = builder.objectRef<RunRecord>('InteractionRun').implement({
  description: 'An execution of an interaction.',
  interfaces: [Run, Node],
  fields: (t) => ({
    interaction: t.field({
      type: Interaction,
      nullable: true,
      description: 'The draft or version that was executed; null where it was deleted since.',
      resolve: (run, _args, context) => findInteractionById(context, run.interaction),
    }),
    prompt: t.field({
      type: [PromptMessage],
      description: 'What was sent to the model; empty where it is not recorded.',
      resolve: async (run, _args, context) => [...(await readPayloads(context, run)).prompt],
    }),
    resultSchema: t.expose('resultSchema', {
      type: 'JSONObject',
      nullable: true,
      description: 'JSON Schema that the result had to fit.',
    }),
  }),
});

builder.queryFields((t) => ({
  run: t.field({
    type: Run,
    nullable: true,
    description: 'The run with this id.',
    args: { id: t.arg.id({ required: true, description: 'The id.' }) },
    resolve: (_root, { id }, context) => findRun(context, id),
  }),
  runs: t.field({
    type: RunConnection,
    description: 'Runs, newest first unless another order is asked for.',
    args: {
      ...pageArgs,
      filter: t.arg({ type: RunFilterInput, description: 'Which runs.' }),
      search: t.arg.string({ description: searchDescription }),
      orderBy: t.arg({ type: RunOrderInput, description: 'The order.' }),
    },
    resolve: (_root, { filter, search, orderBy, ...page }, context, info) =>
      toRunConnection(context, info, narrowBySearch(filter ?? {}, search), page, {
        field: orderBy?.field ?? 'createdAt',
        direction: orderBy?.direction ?? 'descending',
      }),
  }),
  findRuns: t.field({
    type: RunConnection,
    description: 'Runs by a query in the language of MongoDB, newest first.',
    args: {
      ...pageArgs,
      query: t.arg({
        type: 'JSONObject',
        required: true,
        description: 'Names as in a search; $and, $or, $nor, and behind a name $eq, $ne, $in, $gt, $exists, $regex, …',
      }),
    },
    resolve: async (_root, { query, ...page }, context, info) =>
      toRunConnection(context, info, readFindQuery(query), page),
  }),
}));
