import type { IndexDefinition } from './entity-store.ts';

/** How runs are read unless another order is asked for. */
export const newestFirst = { createdAt: -1, _id: -1 } as const;

/** The indexes of runs: most of what one can ask of them needs one, with the project in front. */
export const runIndexes: readonly IndexDefinition[] = [
  { key: { project: 1, ...newestFirst }, reason: 'runs, newest first' },
  { key: { project: 1, updatedAt: -1, _id: -1 }, reason: 'runs, last changed first' },
  { key: { project: 1, executionTimeMs: -1, _id: -1 }, reason: 'runs, slowest first' },
  { key: { project: 1, status: 1, ...newestFirst }, reason: 'runs and facets of a status' },
  { key: { project: 1, interaction: 1, ...newestFirst }, reason: 'runs of an interaction version' },
  { key: { project: 1, interactionDraft: 1, ...newestFirst }, reason: 'runs of an interaction with its versions' },
  { key: { project: 1, flow: 1, ...newestFirst }, reason: 'runs of a flow' },
  { key: { project: 1, deployment: 1, ...newestFirst }, reason: 'runs of a deployment' },
  { key: { project: 1, name: 1, ...newestFirst }, reason: 'runs of an interaction by its name' },
  { key: { project: 1, environment: 1, ...newestFirst }, reason: 'runs in an environment' },
  { key: { project: 1, model: 1, ...newestFirst }, reason: 'runs of a model' },
  { key: { project: 1, tags: 1, ...newestFirst }, reason: 'runs with a tag' },
  { key: { project: 1, parent: 1, ...newestFirst }, reason: 'children of a run; runs without a parent' },
  { key: { project: 1, 'source.principalId': 1, ...newestFirst }, reason: "a browser key's own runs" },
  { key: { project: 1, endUser: 1, ...newestFirst }, reason: 'runs for an end user' },
  { key: { project: 1, object: 1, ...newestFirst }, reason: 'runs about an object' },
  { key: { project: 1, searchTokens: 1, ...newestFirst }, reason: 'runs with a word, or a word that begins so' },
  {
    key: { project: 1, executionId: 1 },
    unique: true,
    partialFilterExpression: { executionId: { $type: 'string' } },
    reason: "a deployment's run by its execution_id, which names one",
  },
  { key: { status: 1, deadlineAt: 1 }, reason: 'failOverdue and findQueued, over all projects' },
  {
    key: { 'webhook.dueAt': 1 },
    partialFilterExpression: { 'webhook.dueAt': { $type: 'date' } },
    reason: 'findDueWebhooks, over all projects',
  },
  {
    key: { owner: 1, cancelRequestedAt: 1 },
    partialFilterExpression: { cancelRequestedAt: { $type: 'date' } },
    reason: 'findCancelRequests, over all projects',
  },
];
