import type { Embeddings } from '../providers/provider.ts';
import { embedTexts } from '../resolvers/embedding.ts';
import { builder } from './builder.ts';
import { executionCost } from './cost.ts';
import { resultOrErrors } from './errors.ts';

const EmbeddingsType = builder.objectRef<Embeddings>('Embeddings').implement({
  description: 'Vectors of texts: what is alike in meaning is near.',
  fields: (t) => ({
    model: t.exposeString('model', { description: 'The model that made them.' }),
    vectors: t.field({
      type: t.listRef(t.listRef('Float')),
      description: 'One for each text, in their order.',
      resolve: ({ vectors }) => vectors.map((vector) => [...vector]),
    }),
    tokens: t.exposeInt('tokens', { nullable: true, description: 'The size of the texts, as the provider counts.' }),
  }),
});

builder.mutationFields((t) => ({
  embed: t.field({
    type: EmbeddingsType,
    errors: resultOrErrors,
    complexity: executionCost,
    description: 'Has a model of an environment make a vector of each text.',
    args: {
      environmentId: t.arg.id({ required: true, description: 'The environment.' }),
      texts: t.arg.stringList({ required: true, description: 'The texts, 256 at most.' }),
      model: t.arg.string({ description: "The model; the provider's own default unless given." }),
    },
    resolve: (_root, { environmentId, ...input }, context) => embedTexts(context, environmentId, input),
  }),
}));
