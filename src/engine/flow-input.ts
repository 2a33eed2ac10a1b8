import type { ValidationIssue } from '../errors.ts';
import type { JsonObject, JsonValue } from '../json.ts';
import type { FlowInput } from '../store/flow.ts';
import { formatPointer } from './json-pointer.ts';

const types: Readonly<
  Record<FlowInput['type'], { readonly fits: (value: JsonValue) => boolean; readonly words: string }>
> = {
  text: { fits: (value) => typeof value === 'string', words: 'a text' },
  number: { fits: (value) => typeof value === 'number', words: 'a number' },
  boolean: { fits: (value) => typeof value === 'boolean', words: 'true or false' },
  list: { fits: (value) => Array.isArray(value), words: 'a list' },
  json: { fits: () => true, words: 'JSON' },
};

/** What is wrong with a value for an input; nothing with null, which is none. */
export function checkInputValue({ type }: Pick<FlowInput, 'type'>, value: JsonValue): string[] {
  return value === null || types[type].fits(value) ? [] : [`must be ${types[type].words}`];
}

/** The values of a flow's inputs, with the defaults of those that are not given; what has neither is left out. */
export function readInputs(
  inputs: readonly FlowInput[],
  given: JsonObject,
): { values: Map<string, JsonValue>; issues: ValidationIssue[]; unknown: string[] } {
  const values = new Map<string, JsonValue>();
  const issues: ValidationIssue[] = [];
  for (const input of inputs) {
    const { name } = input;
    const value = (Object.hasOwn(given, name) ? given[name] : null) ?? input.default;
    const path = formatPointer(['inputs', name]);
    issues.push(...checkInputValue(input, value).map((message) => ({ path, message })));
    if (value !== null) values.set(name, value);
    else if (input.required) issues.push({ path, message: 'is required' });
  }
  const unknown = Object.keys(given).filter((name) => !inputs.some((input) => input.name === name));
  return { values, issues, unknown };
}
