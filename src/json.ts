/** What JSON can say. The types of everything that callers define themselves: data, results, schemas, options. */
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | JsonObject;

export interface JsonObject {
  readonly [key: string]: JsonValue;
}

/** Whether a value is a JSON object, not an array and not null. */
export function isJsonObject(value: unknown): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** How deep lists and objects of callers and models may lie in each other: MongoDB keeps a hundred levels, some of them ours. */
export const maxJsonDepth = 64;

/** How many levels of lists and objects a value has; it counts no further than to the first beyond `max`. */
export function measureDepth(root: JsonValue, max: number): number {
  let depth = 0;
  // Level by level: a recursion would end at the depth that this is to find.
  let level = [root].filter(isNested);
  while (level.length > 0 && depth <= max) {
    depth += 1;
    level = level.flatMap((value) => Object.values(value)).filter(isNested);
  }
  return depth;
}

function isNested(value: JsonValue): value is JsonObject | readonly JsonValue[] {
  return typeof value === 'object' && value !== null;
}
