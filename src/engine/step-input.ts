import type { ValidationIssue } from '../errors.ts';
import type { JsonObject, JsonValue } from '../json.ts';
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

function parseReference(inner: string): Pick<Reference, 'kind' | 'name'> | null {
  const [, kind, name = ''] = /^(inputs|steps)\.(.+)$/s.exec(inner.trim()) ?? [];
  return kind === 'inputs' || kind === 'steps' ? { kind, name: name.trim() } : null;
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
