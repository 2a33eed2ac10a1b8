import { GraphQLError } from 'graphql';
import { GraphQLDateTimeISO, GraphQLJSON, GraphQLJSONObject } from 'graphql-scalars';
import { isUploadedFile } from '../upload/graphql-form.ts';
import { builder } from './builder.ts';

builder.addScalarType('JSON', GraphQLJSON, { description: 'Any JSON value.' });
builder.addScalarType('JSONObject', GraphQLJSONObject, { description: 'A JSON object.' });
builder.addScalarType('DateTime', GraphQLDateTimeISO, {
  description: 'A moment, as ISO 8601 writes it, for example 2026-01-31T12:00:00.000Z.',
});

builder.scalarType('File', {
  description:
    'A file, uploaded with the operation by the GraphQL multipart request specification. Where a variable has one, its JSON says null.',
  serialize: () => {
    throw new GraphQLError('A File is never part of an answer');
  },
  parseValue: (value) => {
    if (isUploadedFile(value)) return value;
    throw new GraphQLError('A File is uploaded with the operation, as a part of a multipart/form-data body');
  },
  parseLiteral: () => {
    throw new GraphQLError('A File is uploaded with the operation and given by a variable');
  },
});
