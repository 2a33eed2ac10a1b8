import { type ImportedPayload, importRemote } from '../resolvers/import-remote.ts';
import { builder } from './builder.ts';
import { resultOrErrors } from './errors.ts';
import { Deployment, Flow, Interaction } from './refs.ts';

const ImportedPayloadType = builder.objectRef<ImportedPayload>('ImportedPayload').implement({
  description: 'What can be executed elsewhere and is registered here now.',
  fields: (t) => ({
    interactions: t.field({
      type: [Interaction],
      description: 'The interactions, drafts first.',
      resolve: ({ interactions }) => [...interactions],
    }),
    flows: t.field({ type: [Flow], description: 'The flows.', resolve: ({ flows }) => [...flows] }),
    deployments: t.field({
      type: [Deployment],
      description: 'The deployments.',
      resolve: ({ deployments }) => [...deployments],
    }),
    warnings: t.exposeStringList('warnings', { description: 'What could not be taken over as it is there.' }),
  }),
});

builder.mutationField('importRemote', (t) =>
  t.field({
    type: ImportedPayloadType,
    errors: resultOrErrors,
    description:
      'Registers what the API of an environment executes, so that it is executed there by the same operations as what is kept here. What is registered already is brought up to date.',
    // It asks another API, and its answer is long.
    complexity: { field: 100, multiplier: 20 },
    args: {
      environmentId: t.arg.id({ required: true, description: 'The environment, of a provider such as composable.' }),
      externalIds: t.arg.stringList({ description: 'The ids there; all that can be listed unless given.' }),
    },
    resolve: (_root, input, context) => importRemote(context, input),
  }),
);
