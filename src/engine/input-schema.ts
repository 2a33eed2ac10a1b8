import type { ValidationIssue } from '../errors.ts';
import { isJsonObject, type JsonObject } from '../json.ts';
import { validateAgainst } from './json-schema.ts';

interface HasInputSchema {
  readonly inputSchema: JsonObject | null;
}

/** The properties that a schema declares. */
export function listDeclared(schema: JsonObject | null): string[] {
  return isJsonObject(schema?.properties) ? Object.keys(schema.properties) : [];
}

/** What an interaction takes: the properties of all its prompts, required where one requires them; null where none says. */
export function mergeInputSchemas(schemas: readonly JsonObject[]): JsonObject | null {
  const [first, ...others] = schemas;
  if (first === undefined) return null;
  if (others.length === 0) return first;
  const merge = (keyword: string): JsonObject =>
    // Not Object.assign: to it `__proto__` is no name.
    Object.fromEntries(
      schemas
        .map((schema) => schema[keyword])
        .filter(isJsonObject)
        .flatMap((parts) => Object.entries(parts)),
    );
  const required = schemas.flatMap((schema) => (Array.isArray(schema.required) ? schema.required : []));
  const definitions = { $defs: merge('$defs'), definitions: merge('definitions') };
  return {
    type: 'object',
    properties: merge('properties'),
    ...(required.length > 0 && { required: [...new Set(required)] }),
    ...Object.fromEntries(Object.entries(definitions).filter(([, parts]) => Object.keys(parts).length > 0)),
  };
}

/**
 * What is wrong with the data of an execution, by each prompt's own schema. A prompt does not see what only others declare:
 * `additionalProperties: false` in one does not refuse the variables of another.
 */
export function validateInput(prompts: readonly HasInputSchema[], data: JsonObject): ValidationIssue[] {
  const declaredByAny = new Set(prompts.flatMap(({ inputSchema }) => listDeclared(inputSchema)));
  return prompts.flatMap(({ inputSchema }) => {
    if (inputSchema === null) return [];
    const own = new Set(listDeclared(inputSchema));
    const seen = Object.entries(data).filter(([name]) => own.has(name) || !declaredByAny.has(name));
    return validateAgainst(inputSchema, Object.fromEntries(seen));
  });
}
