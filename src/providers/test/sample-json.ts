import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';
import type { Random } from './random.ts';

const words = ['amber', 'bridge', 'cedar', 'delta', 'ember', 'fjord', 'garden', 'harbor', 'island', 'juniper'] as const;
const maxDepth = 12;

interface Sampling {
  readonly root: JsonObject;
  readonly random: Random;
  readonly depth: number;
}

/**
 * A value that fits a JSON Schema, as far as the schema says what it wants: constants, examples, defaults, types, bounds,
 * formats, compositions and references into itself. A pattern is met by an example, a default or luck.
 */
export function sampleJson(schema: JsonObject, random: Random): JsonValue {
  return sample(schema, { root: schema, random, depth: 0 });
}

function sample(schema: JsonValue | undefined, sampling: Sampling): JsonValue {
  if (!isJsonObject(schema)) return sampling.random.pick(words);
  if (schema.const !== undefined) return schema.const;
  if (isFilled(schema.enum)) return sampling.random.pick(schema.enum);
  if (isFilled(schema.examples)) return sampling.random.pick(schema.examples);
  if (schema.default !== undefined) return schema.default;
  const deeper = { ...sampling, depth: sampling.depth + 1 };
  if (deeper.depth > maxDepth) return null;
  if (typeof schema.$ref === 'string') return sample(resolve(schema.$ref, sampling.root), deeper);
  for (const keyword of ['oneOf', 'anyOf'] as const) {
    const { [keyword]: choices, ...rest } = schema;
    // The first of the choices is the only one whose fitting does not depend on the others.
    if (isFilled(choices)) return sample(merge([rest, choices[0]], sampling.root), deeper);
  }
  if (isFilled(schema.allOf)) {
    const { allOf, ...rest } = schema;
    return sample(merge([rest, ...allOf], sampling.root), deeper);
  }
  switch (chooseType(schema)) {
    case 'object':
      return sampleObject(schema, deeper);
    case 'array':
      return sampleArray(schema, deeper);
    case 'integer':
      return sampleNumber(schema, sampling.random, 1);
    case 'number':
      return sampleNumber(schema, sampling.random, 0.5);
    case 'boolean':
      return sampling.random.integer(0, 1) === 1;
    case 'null':
      return null;
    default:
      return sampleString(schema, sampling.random);
  }
}

function chooseType(schema: JsonObject): JsonValue {
  const { type } = schema;
  if (typeof type === 'string') return type;
  if (isFilled(type)) return type.find((one) => one !== 'null') ?? type[0];
  if ('properties' in schema || 'required' in schema || 'additionalProperties' in schema) return 'object';
  if ('items' in schema || 'prefixItems' in schema) return 'array';
  return 'minimum' in schema || 'maximum' in schema ? 'number' : 'string';
}

function sampleObject(schema: JsonObject, sampling: Sampling): JsonValue {
  const properties = isJsonObject(schema.properties) ? schema.properties : {};
  const required = Array.isArray(schema.required) ? schema.required.filter((name) => typeof name === 'string') : [];
  // Deep down only what must be there, so that a schema that refers to itself comes to an end.
  const declared = sampling.depth > maxDepth / 2 ? [] : Object.keys(properties);
  const names = new Set([...declared, ...required]);
  return Object.fromEntries([...names].map((name) => [name, sample(properties[name], sampling)]));
}

function sampleArray(schema: JsonObject, sampling: Sampling): JsonValue {
  const tuple = Array.isArray(schema.prefixItems)
    ? schema.prefixItems
    : Array.isArray(schema.items)
      ? schema.items
      : [];
  const items = Array.isArray(schema.items) ? schema.additionalItems : schema.items;
  const { minItems: min = 0, maxItems: max } = schema;
  const wanted = Math.max(tuple.length, Number(min), items === false || sampling.depth > maxDepth / 2 ? 0 : 2);
  const length = typeof max === 'number' ? Math.min(wanted, max) : wanted;
  const sampled: JsonValue[] = [];
  // Unique items may take a few tries; what cannot be had is left out.
  for (let tries = 0; sampled.length < length && tries < length * 20; tries += 1) {
    const item = sample(tuple[sampled.length] ?? items, sampling);
    const isRepeated =
      schema.uniqueItems === true && sampled.some((other) => JSON.stringify(other) === JSON.stringify(item));
    if (!isRepeated) sampled.push(item);
  }
  return sampled;
}

function sampleNumber(schema: JsonObject, random: Random, grain: number): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const step = typeof multipleOf === 'number' ? multipleOf : grain;
  const floors = [minimum, typeof exclusiveMinimum === 'number' ? exclusiveMinimum + step : undefined];
  const ceilings = [maximum, typeof exclusiveMaximum === 'number' ? exclusiveMaximum - step : undefined];
  const lowest = Math.max(...floors.filter((value) => typeof value === 'number'), Number.NEGATIVE_INFINITY);
  const highest = Math.min(...ceilings.filter((value) => typeof value === 'number'), Number.POSITIVE_INFINITY);
  const from = Number.isFinite(lowest) ? lowest : Math.min(0, highest);
  const to = Number.isFinite(highest) ? highest : from + 100 * step;
  const first = Math.ceil(from / step);
  const last = Math.floor(to / step);
  return last < first ? from : random.integer(first, last) * step;
}

function sampleString(schema: JsonObject, random: Random): string {
  const byFormat = typeof schema.format === 'string' ? formats[schema.format]?.(random) : undefined;
  let text = byFormat ?? random.pick(words);
  const { minLength, maxLength } = schema;
  while (typeof minLength === 'number' && text.length < minLength) text += ` ${random.pick(words)}`;
  return typeof maxLength === 'number' ? text.slice(0, maxLength) : text;
}

const twoDigits = (random: Random, min: number, max: number) => String(random.integer(min, max)).padStart(2, '0');
const date = (random: Random) =>
  `20${twoDigits(random, 10, 29)}-${twoDigits(random, 1, 12)}-${twoDigits(random, 1, 28)}`;
const time = (random: Random) => `${twoDigits(random, 0, 23)}:${twoDigits(random, 0, 59)}:${twoDigits(random, 0, 59)}Z`;
const hex = (random: Random, digits: number) =>
  Array.from({ length: digits }, () => random.integer(0, 15).toString(16)).join('');

const formats: Readonly<Record<string, (random: Random) => string>> = {
  date,
  time,
  'date-time': (random) => `${date(random)}T${time(random)}`,
  duration: (random) => `PT${random.integer(1, 59)}M`,
  email: (random) => `${random.pick(words)}@example.com`,
  hostname: (random) => `${random.pick(words)}.example.com`,
  ipv4: (random) => `192.0.2.${random.integer(1, 254)}`,
  ipv6: (random) => `2001:db8::${random.integer(1, 9)}`,
  uri: (random) => `https://example.com/${random.pick(words)}`,
  url: (random) => `https://example.com/${random.pick(words)}`,
  uuid: (random) => `${hex(random, 8)}-${hex(random, 4)}-4${hex(random, 3)}-a${hex(random, 3)}-${hex(random, 12)}`,
};

/** One schema that asks for what all of some ask for. */
function merge(schemas: readonly JsonValue[], root: JsonObject): JsonObject {
  const parts = schemas
    .filter(isJsonObject)
    .map((schema) => (typeof schema.$ref === 'string' ? resolve(schema.$ref, root) : schema))
    .filter(isJsonObject);
  const properties = Object.assign({}, ...parts.map((part) => part.properties));
  const required = parts.flatMap((part) => (Array.isArray(part.required) ? part.required : []));
  return {
    ...Object.assign({}, ...parts),
    ...(Object.keys(properties).length > 0 && { properties }),
    ...(required.length > 0 && { required }),
  };
}

/** What a reference into the schema itself names, by JSON pointer. */
function resolve(reference: string, root: JsonObject): JsonValue | undefined {
  const steps = reference.split('/').slice(1);
  return steps.reduce<JsonValue | undefined>((value, step) => {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) return value[Number(name)];
    return isJsonObject(value) ? value[name] : undefined;
  }, root);
}

function isFilled(value: JsonValue | undefined): value is readonly [JsonValue, ...JsonValue[]] {
  return Array.isArray(value) && value.length > 0;
}
