import SchemaBuilder from '@pothos/core';
import ComplexityPlugin from '@pothos/plugin-complexity';
import ErrorsPlugin from '@pothos/plugin-errors';
import type { Context } from '../context.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { StoredFile } from '../store/file.ts';
import { computeUsualCost } from './cost.ts';

/** What the schema's types stand on. */
interface GatewaySchemaTypes {
  Context: Context;
  DefaultFieldNullability: false;
  Scalars: {
    ID: { Input: string; Output: string };
    JSON: { Input: JsonValue; Output: JsonValue };
    JSONObject: { Input: JsonObject; Output: JsonObject };
    DateTime: { Input: Date; Output: Date };
    File: { Input: StoredFile; Output: never };
  };
}

/** The one builder; the files beside this one add the types. */
export const builder = new SchemaBuilder<GatewaySchemaTypes>({
  plugins: [ErrorsPlugin, ComplexityPlugin],
  defaultFieldNullability: false,
  // The plugin's own check comes when fields are resolved, after a subscription's source has begun: query-limits.ts is earlier.
  complexity: { disabled: true, fieldComplexity: computeUsualCost },
  errors: {
    directResult: true,
    defaultUnionOptions: {
      name: ({ fieldName }) => `${fieldName.charAt(0).toUpperCase()}${fieldName.slice(1)}Result`,
      description: 'What the mutation made, or why it did not.',
    },
  },
});

/** The builder's own type parameters, for helpers that take its refs. */
export type BuilderTypes = typeof builder.$inferSchemaTypes;
