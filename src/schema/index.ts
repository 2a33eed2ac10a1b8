import { type GraphQLSchema, printSchema as printGraphqlSchema } from 'graphql';
import { builder } from './builder.ts';
import './scalars.ts';
import './errors.ts';
import './tenancy.ts';
import './environment.ts';
import './prompt.ts';
import './interaction.ts';
import './content.ts';
import './folder.ts';
import './flow.ts';
import './deployment.ts';
import './run.ts';
import './run-facet.ts';
import './deployment-run.ts';
import './run-stream.ts';
import './run-change.ts';
import './execute.ts';
import './import-remote.ts';
import './generate.ts';
import './generation.ts';
import './embedding.ts';
import './interaction-facet.ts';

builder.queryType({ description: 'What can be read.' });
builder.mutationType({ description: 'What can be done.' });
builder.subscriptionType({ description: 'What can be followed.' });

/** The GraphQL schema, as the contract writes it. */
export function createSchema(): GraphQLSchema {
  return builder.toSchema();
}

/** The schema in the schema definition language: the content of schema.graphql. */
export function printSchema(): string {
  return `${printGraphqlSchema(createSchema())}\n`;
}
