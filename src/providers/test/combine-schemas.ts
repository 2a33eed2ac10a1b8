import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';

export interface MergeContext {
  /** What references point into. */
  readonly root: JsonObject;
  /** Is told how many keywords or items each step handles; may throw, because schemas can multiply what they refer to. */
  readonly spend: (cost: number) => void;
}

/** One schema that asks for what all of some ask for; what is no object asks for nothing. */
export function merge(schemas: readonly (JsonValue | undefined)[], context: MergeContext): JsonObject {
  const parts = schemas.filter(isJsonObject).map((schema) => {
    const { $ref, ...rest } = schema;
    if (typeof $ref !== 'string') return schema;
    return mergeTwo(asObject(resolve($ref, context.root)), rest, context);
  });
  return parts.reduce((one, other) => mergeTwo(one, other, context), {});
}

/** What a reference into the schema itself names, by JSON pointer. */
function resolve(reference: string, root: JsonObject): JsonValue | undefined {
  const steps = reference.split('/').slice(1);
  return steps.reduce<JsonValue | undefined>((value, step) => {
    const name = decodeURIComponent(step).replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) return value[Number(name)];
    return isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
  }, root);
}

type Combine = (one: JsonValue, other: JsonValue, context: MergeContext) => JsonValue;

const join: Combine = (one, other, { spend }) => {
  const joined = [...asArray(one), ...asArray(other)];
  spend(joined.length);
  return joined;
};
const joinProperties: Combine = (one, other, context) =>
  combine(asObject(one), asObject(other), () => (first, second) => ({ allOf: [first, second] }), context);
const larger: Combine = (one, other) => Math.max(Number(one), Number(other));
const smaller: Combine = (one, other) => Math.min(Number(one), Number(other));

/** How keywords that two schemas have go together; of the others the second counts. */
const combinations = new Map<string, Combine>([
  ['allOf', join],
  ['required', join],
  ['properties', joinProperties],
  ...['minimum', 'exclusiveMinimum', 'minLength', 'minItems'].map((name) => [name, larger] as const),
  ...['maximum', 'exclusiveMaximum', 'maxLength', 'maxItems'].map((name) => [name, smaller] as const),
]);

function mergeTwo(one: JsonObject, other: JsonObject, context: MergeContext): JsonObject {
  return combine(one, other, (name) => combinations.get(name), context);
}

function combine(
  one: JsonObject,
  other: JsonObject,
  findCombination: (name: string) => Combine | undefined,
  context: MergeContext,
): JsonObject {
  const kept = Object.entries(one);
  const added = Object.entries(other).map(([name, second]) => {
    const first = Object.hasOwn(one, name) ? one[name] : undefined;
    return [name, first === undefined ? second : (findCombination(name)?.(first, second, context) ?? second)] as const;
  });
  context.spend(kept.length + added.length);
  return Object.fromEntries([...kept, ...added]);
}

function asObject(value: JsonValue | undefined): JsonObject {
  return isJsonObject(value) ? value : {};
}

function asArray(value: JsonValue): readonly JsonValue[] {
  return Array.isArray(value) ? value : [];
}
