import type { JsonValue } from '../json.ts';
import type { FlowInput } from '../store/flow.ts';

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
