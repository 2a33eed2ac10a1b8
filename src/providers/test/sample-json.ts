import { RunFailure } from '../../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';
import { type MergeContext, merge } from './combine-schemas.ts';
import type { Random } from './random.ts';

const words = ['amber', 'bridge', 'cedar', 'delta', 'ember', 'fjord', 'garden', 'harbor', 'island', 'juniper'] as const;
const maxDepth = 64;
/** From here on only what must be there, so that a schema that refers to itself comes to an end. */
const optionalDepth = 6;
/** Schemas are strangers': a few of their characters can ask for more than there is memory. */
const maxCharacters = 100_000;

interface Sampling extends MergeContext {
  readonly random: Random;
  readonly depth: number;
  /** Whether there is room for what may be left out. */
  readonly isRoomy: () => boolean;
}

/**
 * A value that fits a JSON Schema, as far as the schema says what it wants: constants, examples, defaults, types, bounds,
 * formats, compositions and references into itself. A pattern is met by an example, a default or luck. Throws a RunFailure
 * `invalid_request` where it would be larger than an answer ever is.
 */
export function sampleJson(schema: JsonObject, random: Random): JsonValue {
  let left = maxCharacters;
  const spend = (characters: number) => {
    left -= characters;
    if (left >= 0) return;
    const message = `The test provider makes no answer of more than ${maxCharacters} characters`;
    throw new RunFailure('invalid_request', message);
  };
  return sample(schema, { root: schema, random, depth: 0, spend, isRoomy: () => left > maxCharacters / 2 });
}

function sample(schema: JsonValue | undefined, sampling: Sampling): JsonValue {
  // Where anything fits, a word does.
  if (!isJsonObject(schema)) return sampleString({}, sampling);
  const given = findGiven(schema, sampling.random);
  if (given === undefined) return make(schema, sampling);
  sampling.spend(JSON.stringify(given).length);
  return given;
}

/** A value that the schema itself has. */
function findGiven(schema: JsonObject, random: Random): JsonValue | undefined {
  if (schema.const !== undefined) return schema.const;
  if (isFilled(schema.enum)) return random.pick(schema.enum);
  return isFilled(schema.examples) ? random.pick(schema.examples) : schema.default;
}

function make(schema: JsonObject, sampling: Sampling): JsonValue {
  sampling.spend(1);
  const deeper = { ...sampling, depth: sampling.depth + 1 };
  if (deeper.depth > maxDepth) return null;
  if (typeof schema.$ref === 'string') return sample(merge([schema], sampling), deeper);
  for (const keyword of ['oneOf', 'anyOf'] as const) {
    const { [keyword]: choices, ...rest } = schema;
    // The first of the choices is the only one whose fitting does not depend on the others.
    if (isFilled(choices)) return sample(merge([rest, choices[0]], sampling), deeper);
  }
  if (isFilled(schema.allOf)) {
    const { allOf, ...rest } = schema;
    return sample(merge([rest, ...allOf], sampling), deeper);
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
      return sampleString(schema, sampling);
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
  const listed = Array.isArray(schema.required) ? schema.required : [];
  const required = new Set(listed.filter((name) => typeof name === 'string'));
  const sampled = new Map<string, JsonValue>();
  for (const name of new Set([...Object.keys(properties), ...required])) {
    if (!required.has(name) && !takesOptional(sampling)) continue;
    sampling.spend(name.length);
    const isDeclared = Object.hasOwn(properties, name);
    sampled.set(name, sample(isDeclared ? properties[name] : schema.additionalProperties, sampling));
  }
  return Object.fromEntries(sampled);
}

function takesOptional({ depth, isRoomy }: Sampling): boolean {
  return depth <= optionalDepth && isRoomy();
}

function sampleArray(schema: JsonObject, sampling: Sampling): JsonValue {
  const tuple = Array.isArray(schema.prefixItems)
    ? schema.prefixItems
    : Array.isArray(schema.items)
      ? schema.items
      : [];
  const items = Array.isArray(schema.items) ? schema.additionalItems : schema.items;
  const { minItems: min = 0, maxItems: max } = schema;
  const least = typeof min === 'number' ? min : 0;
  const wanted = Math.max(tuple.length, least, items === false || !takesOptional(sampling) ? 0 : 2);
  const length = typeof max === 'number' ? Math.min(wanted, max) : wanted;
  const sampled: JsonValue[] = [];
  const seen = new Set<string>();
  // Unique items may take a few tries; what cannot be had is left out.
  for (let tries = 0; sampled.length < length && tries < length * 20; tries += 1) {
    const item = sample(tuple[sampled.length] ?? items, sampling);
    const text = schema.uniqueItems === true ? JSON.stringify(item) : null;
    if (text !== null && seen.has(text)) continue;
    if (text !== null) seen.add(text);
    sampled.push(item);
  }
  return sampled;
}

function sampleNumber(schema: JsonObject, random: Random, grain: number): number {
  const { minimum, maximum, exclusiveMinimum, exclusiveMaximum, multipleOf } = schema;
  const step = typeof multipleOf === 'number' && multipleOf > 0 ? multipleOf : grain;
  // In draft 4 it is a flag beside the bound.
  const above = exclusiveMinimum === true ? minimum : exclusiveMinimum;
  const below = exclusiveMaximum === true ? maximum : exclusiveMaximum;
  const lowest = Math.max(...[minimum, above].filter(isNumber), Number.NEGATIVE_INFINITY);
  const highest = Math.min(...[maximum, below].filter(isNumber), Number.POSITIVE_INFINITY);
  const from = Number.isFinite(lowest) ? lowest : Math.min(0, highest - 100 * step);
  const to = Number.isFinite(highest) ? highest : from + 100 * step;
  const first = Math.ceil(from / step);
  const last = Math.floor(to / step);
  const count = (value: number) => Number((value * step).toPrecision(12));
  const smallest = count(first) === above ? first + 1 : first;
  const largest = count(last) === below ? last - 1 : last;
  if (largest < smallest) return (from + to) / 2;
  const value = count(random.integer(smallest, largest));
  // 0.6 is no multiple of 0.1 to who divides in binary.
  return Number.isInteger(value / step) ? value : count(smallest);
}

function sampleString(schema: JsonObject, sampling: Sampling): string {
  const { random, spend } = sampling;
  const { format, minLength = 0, maxLength } = schema;
  const known = typeof format === 'string' && Object.hasOwn(formats, format) ? formats[format] : undefined;
  let text = known?.(random) ?? random.pick(words);
  spend(Math.max(text.length, isNumber(minLength) ? minLength : 0));
  while (isNumber(minLength) && text.length < minLength) text += ` ${random.pick(words)}`;
  return isNumber(maxLength) ? text.slice(0, maxLength) : text;
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

function isFilled(value: JsonValue | undefined): value is readonly [JsonValue, ...JsonValue[]] {
  return Array.isArray(value) && value.length > 0;
}

function isNumber(value: JsonValue | undefined): value is number {
  return typeof value === 'number';
}
