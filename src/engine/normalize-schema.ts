import type { ValidationIssue } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue, measureDepth } from '../json.ts';
import { escapeStep } from './json-pointer.ts';

/** Where a JSON Schema holds schemas: in a keyword itself, in each member of a list, in each value of an object. */
const schemaKeywords = new Set([
  'additionalItems',
  'additionalProperties',
  'contains',
  'contentSchema',
  'else',
  'if',
  'items',
  'not',
  'propertyNames',
  'then',
  'unevaluatedItems',
  'unevaluatedProperties',
]);
const schemaListKeywords = new Set(['allOf', 'anyOf', 'items', 'oneOf', 'prefixItems']);
const schemaMapKeywords = new Set([
  '$defs',
  'definitions',
  'dependencies',
  'dependentSchemas',
  'patternProperties',
  'properties',
]);
const referenceKeywords = new Set(['$ref', '$dynamicRef', '$recursiveRef']);

const maxDepth = 32;
const maxBytes = 65_536;

/** A schema that can be compiled without reaching for anything outside of it, or what is wrong with it. */
export type NormalizedSchema =
  | { readonly schema: JsonObject; readonly issues: readonly [] }
  | { readonly schema: null; readonly issues: readonly ValidationIssue[] };

/**
 * Checks what a stranger's schema may be (a JSON object of at most 64 KB, at most 32 levels deep, with references into
 * itself only), takes out what names it (`$id`, and draft 4's `id`), and writes draft 4's exclusive bounds as later drafts do.
 */
export function normalizeSchema(schema: unknown): NormalizedSchema {
  const fail = (path: string, message: string): NormalizedSchema => ({ schema: null, issues: [{ path, message }] });
  if (!isJsonObject(schema)) return fail('', 'must be a JSON object');
  if (measureDepth(schema, maxDepth) > maxDepth) return fail('', `must be at most ${maxDepth} levels deep`);
  const bytes = Buffer.byteLength(JSON.stringify(schema));
  if (bytes > maxBytes) return fail('', `must have at most ${maxBytes} bytes; it has ${bytes}`);
  const issues: ValidationIssue[] = [];
  const normalized = normalizeNode(schema, '', issues);
  // The root was an object, and a node stays what it is.
  return issues.length > 0 ? { schema: null, issues } : { schema: normalized as JsonObject, issues: [] };
}

function normalizeNode(node: JsonValue, path: string, issues: ValidationIssue[]): JsonValue {
  if (!isJsonObject(node)) return node;
  const isDraft4 = typeof node.exclusiveMinimum === 'boolean' || typeof node.exclusiveMaximum === 'boolean';
  const entries = Object.entries(node).flatMap(([keyword, value]): [string, JsonValue][] => {
    const at = `${path}/${escapeStep(keyword)}`;
    if (keyword === '$id' || (keyword === 'id' && typeof value === 'string')) return [];
    // OpenAPI's word, which Ajv refuses where there is no type; without a type, null is allowed anyway.
    if (keyword === 'nullable' && node.type === undefined) return [];
    if (referenceKeywords.has(keyword) && !(typeof value === 'string' && value.startsWith('#'))) {
      issues.push({ path: at, message: 'must begin with #: a schema may refer to parts of itself only' });
      return [];
    }
    if (schemaMapKeywords.has(keyword) && isJsonObject(value)) {
      const parts = Object.entries(value).map(([name, part]) => [
        name,
        normalizeNode(part, `${at}/${escapeStep(name)}`, issues),
      ]);
      return [[keyword, Object.fromEntries(parts)]];
    }
    if (schemaListKeywords.has(keyword) && Array.isArray(value)) {
      return [[keyword, value.map((part, index) => normalizeNode(part, `${at}/${index}`, issues))]];
    }
    return [[keyword, schemaKeywords.has(keyword) ? normalizeNode(value, at, issues) : value]];
  });
  const normalized = Object.fromEntries(entries);
  return isDraft4 ? convertDraft4Bounds(normalized) : normalized;
}

/** In draft 4 `exclusiveMinimum: true` says how `minimum` is meant; later it is the bound itself. */
function convertDraft4Bounds(schema: JsonObject): JsonObject {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, ...rest } = schema;
  const bound = (
    plain: JsonValue | undefined,
    exclusive: JsonValue | undefined,
    plainName: string,
    exclusiveName: string,
  ) => {
    if (typeof exclusive === 'number')
      return { [exclusiveName]: exclusive, ...(plain !== undefined && { [plainName]: plain }) };
    return plain === undefined ? {} : { [exclusive === true ? exclusiveName : plainName]: plain };
  };
  return {
    ...rest,
    ...bound(minimum, exclusiveMinimum, 'minimum', 'exclusiveMinimum'),
    ...bound(maximum, exclusiveMaximum, 'maximum', 'exclusiveMaximum'),
  };
}
