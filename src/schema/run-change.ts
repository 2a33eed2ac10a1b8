import { cancelRun, deleteRun, deleteRuns, rateRun, retryRun, tagRun } from '../resolvers/run-change.ts';
import type { RunRecord } from '../store/run-record.ts';
import { builder } from './builder.ts';
import { executionCost } from './cost.ts';
import { resultOrErrors } from './errors.ts';
import { DeletedPayload } from './payload.ts';
import { Run } from './refs.ts';
import { RunFilterInput } from './run-filter.ts';

const RunPayload = builder.objectRef<{ readonly run: RunRecord }>('RunPayload').implement({
  description: 'A run, as it is after the mutation.',
  fields: (t) => ({ run: t.expose('run', { type: Run, description: 'The run.' }) }),
});

const DeletedRunsPayload = builder.objectRef<{ readonly count: number }>('DeletedRunsPayload').implement({
  description: 'How many runs were removed.',
  fields: (t) => ({ count: t.exposeInt('count', { description: 'How many.' }) }),
});

const idDescription = "The run's id.";

builder.mutationFields((t) => ({
  cancelRun: t.field({
    type: RunPayload,
    errors: resultOrErrors,
    description:
      'Ends a run that is created or processing, wherever it is executed. A run that is completed or failed is a ConflictError.',
    args: { id: t.arg.id({ required: true, description: idDescription }) },
    resolve: async (_root, { id }, context) => ({ run: await cancelRun(context, id) }),
  }),
  retryRun: t.field({
    type: RunPayload,
    errors: resultOrErrors,
    description:
      'Executes the recorded request of a finished run again, as a new run with retryOf. A flow goes on behind the steps that were done; ' +
      'of a deployment the files that failed are processed again, or all where none did.',
    complexity: executionCost,
    args: {
      id: t.arg.id({ required: true, description: idDescription }),
      stream: t.arg.boolean({
        defaultValue: false,
        description: 'Whether to answer at once with a created run, which the first reader of runStream starts.',
      }),
    },
    resolve: async (_root, { id, stream }, context) => ({ run: await retryRun(context, id, stream === true) }),
  }),
  tagRun: t.field({
    type: RunPayload,
    errors: resultOrErrors,
    description: 'Adds tags to a run and removes others; a tag in both lists is removed.',
    args: {
      id: t.arg.id({ required: true, description: idDescription }),
      add: t.arg.stringList({ description: 'Tags to add.' }),
      remove: t.arg.stringList({ description: 'Tags to remove.' }),
    },
    resolve: async (_root, { id, ...tags }, context) => ({ run: await tagRun(context, id, tags) }),
  }),
  rateRun: t.field({
    type: RunPayload,
    errors: resultOrErrors,
    description: "Says how good a run's result is.",
    args: {
      id: t.arg.id({ required: true, description: idDescription }),
      rating: t.arg.int({ description: '1 to 3; 0 or null takes the rating back.' }),
    },
    resolve: async (_root, { id, rating }, context) => ({ run: await rateRun(context, id, { rating }) }),
  }),
  deleteRun: t.field({
    type: DeletedPayload,
    errors: resultOrErrors,
    description: 'Removes a run with its stream and its payloads; one that is processing must be cancelled before.',
    args: { id: t.arg.id({ required: true, description: idDescription }) },
    resolve: (_root, { id }, context) => deleteRun(context, id),
  }),
  deleteRuns: t.field({
    type: DeletedRunsPayload,
    errors: resultOrErrors,
    description: 'Removes all runs that fit the filter, but for those that are processing.',
    args: {
      filter: t.arg({
        type: RunFilterInput,
        required: true,
        description: 'Which runs; at least one field must be given.',
      }),
    },
    resolve: (_root, { filter }, context) => deleteRuns(context, filter),
  }),
}));
