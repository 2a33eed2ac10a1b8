import type { JsonObject } from '../json.ts';
import type { Extraction } from '../store/deployment.ts';

const orNull = (type: string) => [type, 'null'];

/** What each type of extraction may be; null is what the file does not say. */
const types: Readonly<Record<Extraction['type'], JsonObject>> = {
  text: { type: orNull('string') },
  number: { type: orNull('number') },
  boolean: { type: orNull('boolean') },
  date: { anyOf: [{ type: 'string', format: 'date' }, { type: 'string', format: 'date-time' }, { type: 'null' }] },
  email: { anyOf: [{ type: 'string', format: 'email' }, { type: 'null' }] },
  list: { type: orNull('array'), items: { type: ['string', 'number', 'boolean'] } },
  table: {
    type: orNull('array'),
    items: { type: 'object', additionalProperties: { type: ['string', 'number', 'boolean', 'null'] } },
  },
  json: {},
};

/** What a model is told of a type beside its schema. */
const hints: Readonly<Partial<Record<Extraction['type'], string>>> = {
  number: 'A number, without units and separators of thousands.',
  date: 'A date as ISO 8601 writes it: 2026-01-31, or with a time.',
  list: 'A list.',
  table: 'A table: a list of rows, each an object by column name.',
  json: 'Any JSON.',
};

/** The JSON Schema of what a list of extractions gives: an object with every key, each null or of its type. */
export function createExtractionSchema(extractions: readonly Extraction[]): JsonObject {
  const properties = extractions.map(({ key, prompt, type }): [string, JsonObject] => {
    const hint = hints[type];
    const description = `${prompt}${hint === undefined ? '' : ` (${hint})`} Null where the document does not say.`;
    return [key, { description, ...types[type] }];
  });
  return {
    type: 'object',
    properties: Object.fromEntries(properties),
    required: extractions.map(({ key }) => key),
    additionalProperties: false,
  };
}
