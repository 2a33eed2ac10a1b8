import { createHash } from 'node:crypto';
import { Ajv, type ErrorObject, MissingRefError, type Options, type ValidateFunction } from 'ajv';
import { Ajv2019 } from 'ajv/dist/2019.js';
import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { LRUCache } from 'lru-cache';
import { ValidationError, type ValidationIssue } from '../errors.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import { escapeStep, readPointer } from './json-pointer.ts';
import { normalizeSchema } from './normalize-schema.ts';
import { compilePattern, PatternError } from './regular-expression.ts';
import { runWatched } from './time-limit.ts';

const maxIssues = 100;
/** An enumeration may have thousands of values; a message shows these first. */
const maxListed = 50;
/** Characters of schema times characters of value: with less, and nothing that multiplies work, no watch is needed. */
const maxUnwatchedWork = 10_000_000;
/** Keywords by which a small schema can make much work of a small value: recursion, patterns, items compared in pairs. */
const multiplyingKeyword = /"(\$ref|\$dynamicRef|\$recursiveRef|format|pattern|patternProperties|uniqueItems)":/;

// Ajv tells patterns apart by their toString. The code is for what is generated ahead of time; ours never is.
const regExp = Object.assign(compilePattern, { code: 'undefined' });

const options: Options = {
  strict: false,
  allErrors: true,
  // Else `constructor` is there in every object.
  ownProperties: true,
  // Else one large definition is compiled once for each reference to it.
  inlineRefs: false,
  logger: false,
  code: { regExp },
};

const createDialect = (Dialect: typeof Ajv | typeof Ajv2019 | typeof Ajv2020) => ({
  // To it, strangers' schemas are only data; it checks them all.
  metaAjv: addFormats.default(new Dialect({ ...options, code: {} }), { mode: 'fast' }),
  // The other option is a fresh instance a schema: strangers' schemas must not see each other.
  createAjv: () =>
    addFormats.default(new Dialect({ ...options, meta: false, validateSchema: false }), { mode: 'fast' }),
});

const draft2020 = createDialect(Ajv2020);
const draft2019 = createDialect(Ajv2019);

/** Drafts by what `$schema` calls them. */
const dialects = [
  { name: /^https?:\/\/json-schema\.org\/draft\/2020-12\/schema#?$/, dialect: draft2020 },
  { name: /^https?:\/\/json-schema\.org\/draft\/2019-09\/schema#?$/, dialect: draft2019 },
  { name: /^https?:\/\/json-schema\.org\/draft-0[467]\/schema#?$/, dialect: createDialect(Ajv) },
];

interface Compiled {
  /** Null where the schema cannot be used. */
  readonly validate: ValidateFunction | null;
  readonly issues: readonly ValidationIssue[];
  /** Characters of the schema; infinite where the value's size tells nothing of the work. */
  readonly work: number;
}

/** Compiling takes milliseconds, so what was compiled is kept: as much as was made of eight million characters. */
const compiledSchemas = new LRUCache<string, Compiled>({ maxSize: 8_000_000 });

/** What is wrong with a JSON Schema, with pointers into it where it can be said; nothing, where the list is empty. */
export function checkSchema(schema: unknown): readonly ValidationIssue[] {
  return compile(schema).issues;
}

/**
 * Everything that is wrong with a value, each with a pointer into it; at most a hundred issues. What is missing is named by
 * the pointer that it would have. A schema that cannot be used is answered with its own issues.
 */
export function validateAgainst(schema: JsonObject, value: JsonValue): readonly ValidationIssue[] {
  const { validate, issues, work } = compile(schema);
  if (validate === null) return issues;
  const text = writeJson(value);
  if (text === null) return tooDeep;
  try {
    const isValid =
      work * text.length <= maxUnwatchedWork ? validate(value) : runWatched('Its validation', () => validate(value));
    if (isValid) return [];
  } catch (error) {
    if (error instanceof ValidationError) {
      // What was ended may have left a pattern's automaton half built.
      compiledSchemas.clear();
      return error.issues;
    }
    // A schema that refers to itself without end.
    if (error instanceof RangeError) return tooDeep;
    throw error;
  }
  return removeRepeated((validate.errors ?? []).slice(0, maxIssues).map(convertAjvError));
}

const tooDeep: readonly ValidationIssue[] = [{ path: '', message: 'is nested too deeply to be validated' }];

function compile(schema: unknown): Compiled {
  const text = writeJson(schema);
  // normalizeSchema refuses what is nested so deeply, without recursion.
  if (text === null) return compileAnew(schema, '');
  const key = createHash('sha256').update(text).digest('base64');
  let compiled = compiledSchemas.get(key);
  if (compiled === undefined) {
    compiled = compileAnew(schema, text);
    // What failed may have failed for want of time only.
    if (compiled.validate !== null) compiledSchemas.set(key, compiled, { size: Math.max(text.length, 1_000) });
  }
  return compiled;
}

function compileAnew(source: unknown, text: string): Compiled {
  const refuse = (issues: readonly ValidationIssue[]): Compiled => ({ validate: null, issues, work: 0 });
  const { schema, issues } = normalizeSchema(source);
  if (schema === null) return refuse(issues);
  // `$async` would have validation answer with a promise.
  const { $schema, $async, ...body } = schema;
  const dialect = findDialect($schema, body);
  if (dialect === undefined) {
    return refuse([{ path: '/$schema', message: 'must name draft-04, draft-06, draft-07, 2019-09 or 2020-12' }]);
  }
  const { metaAjv, createAjv } = dialect;
  if (!metaAjv.validateSchema(body)) {
    return refuse(removeRepeated(chooseMeant((metaAjv.errors ?? []).slice(0, maxIssues)).map(convertAjvError)));
  }
  const work = multiplyingKeyword.test(text) ? Number.POSITIVE_INFINITY : text.length;
  try {
    return { validate: runWatched('Its compilation', () => createAjv().compile(body)), issues: [], work };
  } catch (error) {
    return refuse(error instanceof ValidationError ? error.issues : [convertCompileError(error, body)]);
  }
}

/** Without `$schema` it is 2020-12, but for schemas with the tuples of earlier drafts: `items` that are a list. */
function findDialect($schema: JsonValue | undefined, body: JsonObject) {
  if ($schema !== undefined) {
    return dialects.find(({ name }) => typeof $schema === 'string' && name.test($schema))?.dialect;
  }
  if (draft2020.metaAjv.validateSchema(body)) return draft2020;
  const hasTuple = draft2020.metaAjv.errors?.some(
    ({ instancePath }) => instancePath.endsWith('/items') && Array.isArray(readPointer(body, instancePath)),
  );
  return hasTuple ? draft2019 : draft2020;
}

/** Where a meta-schema allows several forms, what is said of the one that was meant: further in, or not for its type. */
function chooseMeant(errors: readonly ErrorObject[]): ErrorObject[] {
  const choices = new Set(errors.filter(({ keyword }) => keyword === 'anyOf').map(({ instancePath }) => instancePath));
  return errors.filter(({ instancePath: at, keyword }) => {
    if (!choices.has(at)) return true;
    if (keyword === 'anyOf') return false;
    if (errors.some(({ instancePath }) => instancePath.startsWith(`${at}/`))) return false;
    const says = (other: ErrorObject) => other.instancePath === at && !['anyOf', 'type'].includes(other.keyword);
    return keyword !== 'type' || !errors.some(says);
  });
}

/** What Ajv and a pattern throw does not say where it is in the schema. */
function convertCompileError(error: unknown, schema: JsonObject): ValidationIssue {
  if (error instanceof PatternError) {
    const { pattern, message } = error;
    const path = findPointer(schema, (key, value) => (key === 'pattern' && value === pattern) || key === pattern);
    return { path: path ?? '', message };
  }
  if (error instanceof MissingRefError) {
    const path = findPointer(schema, (key, value) => key === '$ref' && value === error.missingRef);
    return { path: path ?? '', message: `leads nowhere: there is no ${error.missingRef}` };
  }
  if (error instanceof RangeError) return { path: '', message: 'has references that lead to each other without end' };
  return { path: '', message: `cannot be used: ${error instanceof Error ? error.message : String(error)}` };
}

/** The place of the first member that is sought; null where there is none. */
function findPointer(node: JsonValue, isSought: (key: string, value: JsonValue) => boolean): string | null {
  if (typeof node !== 'object' || node === null) return null;
  for (const [key, value] of Object.entries<JsonValue>(node)) {
    const step = `/${escapeStep(key)}`;
    if (isSought(key, value)) return step;
    const rest = findPointer(value, isSought);
    if (rest !== null) return step + rest;
  }
  return null;
}

function convertAjvError({ keyword, instancePath, params, message, propertyName }: ErrorObject): ValidationIssue {
  const below = (property: unknown) => `${instancePath}/${escapeStep(String(property))}`;
  if (propertyName !== undefined) return { path: below(propertyName), message: `has a name that ${message}` };
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
    case 'propertyNames':
      return { path: below(params.propertyName), message: 'has a name that is not allowed here' };
    case 'false schema':
      return { path: instancePath, message: 'is not allowed here' };
    case 'type':
      return { path: instancePath, message: `must be ${[params.type].flat().join(' or ')}` };
    case 'enum':
      return { path: instancePath, message: `must be one of ${listValues(params.allowedValues)}` };
    case 'const':
      return { path: instancePath, message: `must be ${JSON.stringify(params.allowedValue)}` };
    default:
      return { path: instancePath, message: message ?? `does not fit ${keyword}` };
  }
}

function listValues(values: readonly unknown[]): string {
  const listed = values.slice(0, maxListed).map((value) => JSON.stringify(value));
  return (values.length > maxListed ? [...listed, `${values.length - maxListed} more`] : listed).join(', ');
}

/** The issues, each once. */
export function removeRepeated(issues: readonly ValidationIssue[]): ValidationIssue[] {
  return [...new Map(issues.map((issue) => [`${issue.path} ${issue.message}`, issue])).values()];
}

/** Null where it is nested too deeply to be written. */
function writeJson(value: unknown): string | null {
  try {
    return JSON.stringify(value) ?? '';
  } catch (error) {
    if (error instanceof RangeError) return null;
    throw error;
  }
}
