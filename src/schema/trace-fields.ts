import type { GraphQLFieldResolver, GraphQLSchema } from 'graphql';
import type { Context } from '../context.ts';
import { inSpan } from '../trace.ts';

type Resolve = GraphQLFieldResolver<unknown, Context>;

/** The schema with a span around each field of an operation's root: the resolver that does it. */
export function traceFields(schema: GraphQLSchema): GraphQLSchema {
  for (const root of [schema.getQueryType(), schema.getMutationType()]) {
    for (const field of Object.values(root?.getFields() ?? {})) {
      if (field.resolve) field.resolve = trace(field.resolve);
    }
  }
  // What is done once; each event is resolved of its own.
  for (const field of Object.values(schema.getSubscriptionType()?.getFields() ?? {})) {
    if (field.subscribe) field.subscribe = trace(field.subscribe);
  }
  return schema;
}

function trace(resolve: Resolve): Resolve {
  return (root, args, context, info) => {
    const { operation, parentType, fieldName } = info;
    const attributes = {
      'graphql.operation.type': operation.operation,
      ...(operation.name !== undefined && { 'graphql.operation.name': operation.name.value }),
    };
    return inSpan({ name: `${parentType.name}.${fieldName}`, kind: 'internal', attributes }, () =>
      resolve(root, args, context, info),
    );
  };
}
