import { createHash } from 'node:crypto';
import { Ajv, type ErrorObject, type Options, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { RE2JS } from 're2js';
import type { ValidationIssue } from '../errors.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { escapeStep, normalizeSchema } from './normalize-schema.ts';

const maxIssues = 100;
const cacheSize = 500;

/** Linear in the text, whatever the pattern: V8's own engine can be held for seconds by a hostile one. */
const regExp = Object.assign(
  (pattern: string) => {
    const compiled = RE2JS.compile(RE2JS.translateRegExp(pattern));
    return { test: (text: string) => compiled.matcher(text).find() };
  },
  // Only for code that is generated ahead of time; ours never is.
  { code: 'undefined' },
);

const options: Options = { strict: false, allErrors: true, logger: false, code: { regExp } };

/** Drafts by what `$schema` calls them; without it the newest that understands the schema. */
const dialects = [
  { name: /2020-12/, create: () => new Ajv2020(options) },
  { name: /draft-0[4567]/, create: () => new Ajv(options) },
  { name: /2019-09/, create: () => new Ajv2019(options) },
];

type Compiled =
  | { readonly validate: ValidateFunction; readonly issues: readonly [] }
  | { readonly validate: null; readonly issues: readonly ValidationIssue[] };

/** Compiling takes milliseconds, so what was compiled is kept, the most recently used of it. */
const compiledSchemas = new Map<string, Compiled>();

/** What is wrong with a JSON Schema, with pointers into it; nothing, where the list is empty. */
export function checkSchema(schema: unknown): readonly ValidationIssue[] {
  return compile(schema).issues;
}

/**
 * Everything that is wrong with a value, each with a pointer into it; at most a hundred. A missing property is named by the
 * pointer that it would have.
 */
export function validateAgainst(schema: JsonObject, value: JsonValue): readonly ValidationIssue[] {
  const { validate, issues } = compile(schema);
  if (validate === null) return issues;
  try {
    if (validate(value)) return [];
  } catch (error) {
    // A schema that refers to itself without end, or a value that is nested without end.
    if (error instanceof RangeError) return [{ path: '', message: 'is nested too deeply to be validated' }];
    throw error;
  }
  return removeRepeated((validate.errors ?? []).slice(0, maxIssues).map(convertAjvError));
}

function compile(schema: unknown): Compiled {
  const text = JSON.stringify(schema) ?? '';
  const key = createHash('sha256').update(text).digest('base64');
  const known = compiledSchemas.get(key);
  const compiled = known ?? compileAnew(schema);
  compiledSchemas.delete(key);
  compiledSchemas.set(key, compiled);
  const [oldest] = compiledSchemas.keys();
  if (compiledSchemas.size > cacheSize && oldest !== undefined) compiledSchemas.delete(oldest);
  return compiled;
}

function compileAnew(source: unknown): Compiled {
  const { schema, issues } = normalizeSchema(source);
  if (schema === null) return { validate: null, issues };
  const { $schema, ...body } = schema;
  const named = typeof $schema === 'string' ? dialects.filter(({ name }) => name.test($schema)) : dialects;
  let refusal: Compiled = {
    validate: null,
    issues: [{ path: '/$schema', message: 'must be draft 4 to 7, 2019-09 or 2020-12' }],
  };
  for (const { create } of named) {
    // A fresh instance a schema: strangers' schemas must not see each other.
    const ajv = create();
    addFormats.default(ajv, { mode: 'fast' });
    try {
      if (!ajv.validateSchema(body)) {
        refusal = { validate: null, issues: removeRepeated((ajv.errors ?? []).map(convertAjvError)) };
        continue;
      }
      return { validate: ajv.compile(body), issues: [] };
    } catch (error) {
      const message = error instanceof Error ? error.message : String(error);
      refusal = { validate: null, issues: [{ path: '', message: `cannot be used: ${message}` }] };
    }
  }
  return refusal;
}

function convertAjvError({ keyword, instancePath, params, message }: ErrorObject): ValidationIssue {
  const below = (property: unknown) => `${instancePath}/${escapeStep(String(property))}`;
  switch (keyword) {
    case 'required':
      return { path: below(params.missingProperty), message: 'is required' };
    case 'dependentRequired':
    case 'dependencies':
      return { path: below(params.missingProperty), message: `is required beside ${params.property}` };
    case 'additionalProperties':
      return { path: below(params.additionalProperty), message: 'is not allowed here' };
    case 'unevaluatedProperties':
      return { path: below(params.unevaluatedProperty), message: 'is not allowed here' };
    case 'enum':
      return { path: instancePath, message: `must be one of ${list(params.allowedValues)}` };
    case 'const':
      return { path: instancePath, message: `must be ${JSON.stringify(params.allowedValue)}` };
    default:
      return { path: instancePath, message: message ?? `does not fit ${keyword}` };
  }
}

function list(values: readonly unknown[]): string {
  return values.map((value) => JSON.stringify(value)).join(', ');
}

function removeRepeated(issues: readonly ValidationIssue[]): ValidationIssue[] {
  return [...new Map(issues.map((issue) => [`${issue.path} ${issue.message}`, issue])).values()];
}
