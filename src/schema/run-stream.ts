import type { RunStreamEvent } from '../engine/run-stream.ts';
import { followRun, followRuns } from '../resolvers/run.ts';
import { builder } from './builder.ts';
import { Run } from './refs.ts';
import { RunFilterInput, RunStatusType } from './run-filter.ts';

type EventOf<Type extends RunStreamEvent['type']> = Extract<RunStreamEvent, { type: Type }>;

const eventIdDescription = "Names the event's place in the run: the next reading begins behind it.";

const RunChunk = builder.objectRef<EventOf<'chunk'>>('RunChunk').implement({
  description: 'The next piece of the text.',
  fields: (t) => ({
    id: t.exposeString('id', { description: eventIdDescription }),
    text: t.exposeString('text', { description: 'The piece.' }),
  }),
});

const RunProgress = builder.objectRef<EventOf<'progress'>>('RunProgress').implement({
  description: 'A part of a run began or ended: a step of a flow, a file of a deployment. Interactions have no parts.',
  fields: (t) => ({
    id: t.exposeString('id', { description: eventIdDescription }),
    step: t.exposeString('step', { nullable: true, description: 'The step of a flow.' }),
    file: t.exposeString('file', { nullable: true, description: 'The file of a deployment.' }),
    status: t.expose('status', { type: RunStatusType, description: 'Where the part stands.' }),
    message: t.exposeString('message', { nullable: true, description: 'What happened, for people.' }),
  }),
});

const RunClosed = builder.objectRef<EventOf<'closed'>>('RunClosed').implement({
  description: 'The end: always the last event.',
  fields: (t) => ({
    id: t.exposeString('id', { description: eventIdDescription }),
    run: t.expose('run', { type: Run, description: 'The finished run.' }),
  }),
});

const RunStreamEventType = builder.unionType('RunStreamEvent', {
  description: 'What happens in a run, in order.',
  types: [RunChunk, RunProgress, RunClosed],
  resolveType: ({ type }) => ({ chunk: RunChunk, progress: RunProgress, closed: RunClosed })[type],
});

builder.subscriptionFields((t) => ({
  runStream: t.field({
    type: RunStreamEventType,
    description:
      'The events of a run: those that were, then the live ones, then the end. The first reader of a created run starts it.',
    args: {
      id: t.arg.id({ required: true, description: "The run's id." }),
      after: t.arg.string({ description: 'The id of the last event that was seen; null is the beginning.' }),
    },
    subscribe: (_root, { id, after }, context) => followRun(context, id, after ?? null),
    resolve: (event) => event,
  }),
  runUpdates: t.field({
    type: Run,
    description:
      'Runs as they are created and change, at least once each, in their last state. Who comes back gives the updatedAt of ' +
      'the last one as `since`.',
    args: {
      filter: t.arg({ type: RunFilterInput, description: 'Which runs: those that fit it after the change.' }),
      since: t.arg({ type: 'DateTime', description: 'Those changed from then on come first; null is none of them.' }),
    },
    subscribe: (_root, { filter, since }, context) => followRuns(context, filter ?? {}, since ?? null),
    resolve: (run) => run,
  }),
}));
