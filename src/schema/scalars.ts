import { GraphQLDateTimeISO, GraphQLJSON, GraphQLJSONObject } from 'graphql-scalars';
import { builder } from './builder.ts';

builder.addScalarType('JSON', GraphQLJSON, { description: 'Any JSON value.' });
builder.addScalarType('JSONObject', GraphQLJSONObject, { description: 'A JSON object.' });
builder.addScalarType('DateTime', GraphQLDateTimeISO, {
  description: 'A moment, as ISO 8601 writes it, for example 2026-01-31T12:00:00.000Z.',
});
