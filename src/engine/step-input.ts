import type { ValidationIssue } from '../errors.ts';
import { isJsonObject, type JsonObject, type JsonValue } from '../json.ts';
import { formatPointer } from './json-pointer.ts';

/**
 * Values of a step's inputs name other values: `{{ inputs.topic }}` is an input of the flow, `{{ steps.Outline }}` what an earlier
 * step answered. A text that is nothing but one of them is that value, of whatever type; within a text they are written out.
 */

/** A value that an input of a step names. */
export interface Reference {
  readonly kind: 'inputs' | 'steps';
  readonly name: string;
  /** JSON pointer into the step's inputs. */
  readonly path: string;
}

/** What references name. */
export interface ReferenceValues {
  readonly inputs: ReadonlyMap<string, JsonValue>;
  readonly steps: ReadonlyMap<string, JsonValue>;
}

/** No braces within, so that it has no way to be slow. */
const referencePattern = /\{\{([^{}]*)\}\}/g;

/** All that a step's inputs refer to, and what in them looks like a reference and is none. */
export function listReferences(inputs: JsonObject): { references: Reference[]; issues: ValidationIssue[] } {
  const references: Reference[] = [];
  const issues: ValidationIssue[] = [];
  visitTexts(inputs, [], (text, steps) => {
    const path = formatPointer(steps);
    for (const [whole, inner = ''] of text.matchAll(referencePattern)) {
      const reference = parseReference(inner);
      if (reference !== null) references.push({ ...reference, path });
      else issues.push({ path, message: `${whole} must be {{ inputs.<name> }} or {{ steps.<name> }}` });
    }
  });
  return { references, issues };
}

/** A step's inputs with the values that they refer to; what has none is left out, and empty within a text. */
export function resolveReferences(inputs: JsonObject, values: ReferenceValues): JsonObject {
  const find = (inner: string): JsonValue | undefined => {
    const reference = parseReference(inner);
    return reference === null ? undefined : values[reference.kind].get(reference.name);
  };
  const resolve = (value: JsonValue): JsonValue | undefined => {
    if (typeof value === 'string') {
      const [only, inner = ''] = /^\s*\{\{([^{}]*)\}\}\s*$/.exec(value) ?? [];
      return only === undefined
        ? value.replace(referencePattern, (_whole, name: string) => print(find(name)))
        : find(inner);
    }
    if (Array.isArray(value)) return value.map((item) => resolve(item) ?? null);
    return isJsonObject(value) ? resolveMembers(value) : value;
  };
  const resolveMembers = (object: JsonObject): JsonObject =>
    Object.fromEntries(
      Object.entries(object).flatMap(([name, value]) => {
        const resolved = resolve(value);
        return resolved === undefined ? [] : [[name, resolved]];
      }),
    );
  return resolveMembers(inputs);
}

function parseReference(inner: string): Pick<Reference, 'kind' | 'name'> | null {
  const [, kind, name = ''] = /^(inputs|steps)\.(.+)$/s.exec(inner.trim()) ?? [];
  return kind === 'inputs' || kind === 'steps' ? { kind, name: name.trim() } : null;
}

function print(value: JsonValue | undefined): string {
  if (value === undefined || value === null) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

function visitTexts(
  value: JsonValue,
  steps: readonly string[],
  visit: (text: string, steps: readonly string[]) => void,
): void {
  if (typeof value === 'string') visit(value, steps);
  else if (typeof value === 'object' && value !== null) {
    for (const [name, item] of Object.entries(value)) visitTexts(item, [...steps, name], visit);
  }
}
