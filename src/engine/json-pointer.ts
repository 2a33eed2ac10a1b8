import { isJsonObject, type JsonValue } from '../json.ts';

/** A step of a JSON pointer, RFC 6901. */
export function escapeStep(step: string): string {
  return step.replaceAll('~', '~0').replaceAll('/', '~1');
}

/** JSON pointer, RFC 6901. */
export function formatPointer(steps: readonly string[]): string {
  return steps.map((step) => `/${escapeStep(step)}`).join('');
}

/** What a pointer leads to; undefined where that is nothing. */
export function readPointer(root: JsonValue, pointer: string): JsonValue | undefined {
  let value: JsonValue | undefined = root;
  for (const escaped of pointer.split('/').slice(1)) {
    const step = escaped.replaceAll('~1', '/').replaceAll('~0', '~');
    if (Array.isArray(value)) value = value[Number(step)];
    else value = isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined;
  }
  return value;
}

/**
 * Tells where objects and arrays are in a piece of JSON: the steps to each, by its identity; undefined for what is not in it.
 * The JSON is gone through once, when the first is asked for.
 */
export function createLocator(root: object): (object: unknown) => string[] | undefined {
  let places: Map<unknown, { readonly parent: unknown; readonly step: string }> | null = null;
  const list = () => {
    const found: NonNullable<typeof places> = new Map();
    const waiting = [root];
    for (let parent = waiting.pop(); parent !== undefined; parent = waiting.pop()) {
      for (const [step, value] of Object.entries<unknown>({ ...parent })) {
        if (typeof value !== 'object' || value === null) continue;
        found.set(value, { parent, step });
        waiting.push(value);
      }
    }
    return found;
  };
  return (object) => {
    places ??= list();
    const steps: string[] = [];
    for (let current = object; current !== root; ) {
      const place = places.get(current);
      if (place === undefined) return undefined;
      steps.unshift(place.step);
      current = place.parent;
    }
    return steps;
  };
}
