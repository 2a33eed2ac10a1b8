import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import { createRandom } from '../../src/providers/test/random.ts';
import { sampleJson } from '../../src/providers/test/sample-json.ts';

const sample = (schema: JsonObject, seed = 'seed') => sampleJson(schema, createRandom(seed));
const nest = (depth: number): JsonObject =>
  depth === 0 ? { type: 'integer' } : { type: 'object', properties: { a: nest(depth - 1) }, required: ['a'] };
const many = <Value>(count: number, make: (index: number) => Value) => Array.from({ length: count }, (_, i) => make(i));

describe('a sample fits', () => {
  test.each<[string, JsonObject]>([
    ['a range that no whole or half number is in', { type: 'number', exclusiveMinimum: 0, exclusiveMaximum: 0.4 }],
    ['a range with a fraction at its end', { type: 'number', exclusiveMinimum: 0.1, maximum: 0.3 }],
    ['an upper bound alone', { type: 'integer', exclusiveMaximum: 0 }],
    ['multiples that binary cannot say', { type: 'number', minimum: 0, maximum: 1, multipleOf: 0.1 }],
    ['a type for properties that are not declared', { type: 'object', required: ['x'], additionalProperties: nest(0) }],
    ['the narrower of two bounds', { allOf: [{ type: 'integer', minimum: 500 }, { minimum: 1 }] }],
    [
      'a property that two schemas describe',
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'string', minLength: 30 } }, required: ['a'] },
          { properties: { a: { maxLength: 40 } } },
        ],
      },
    ],
    ['compositions within compositions', { allOf: [{ allOf: [nest(1)] }, { allOf: [{ required: ['a'] }] }] }],
    [
      'what stands beside a reference',
      {
        $ref: '#/$defs/point',
        required: ['y'],
        $defs: { point: { type: 'object', properties: { x: { type: 'integer' } }, required: ['x'] } },
      },
    ],
    ['a reference with escapes', { $ref: '#/$defs/a~1b%25', $defs: { 'a/b%': { type: 'integer' } } }],
    ['thirty levels', nest(30)],
    ['a name that every object has', { type: 'object', required: ['constructor', 'toString'] }],
    ['a format that nobody knows', { type: 'string', format: 'constructor' }],
  ])('%s', (_name, schema) => {
    const ajv = new Ajv2020({ strict: false, logger: false });
    addFormats.default(ajv);
    const validate = ajv.compile(schema);
    for (const seed of many(20, String)) {
      const value = sample(schema, seed);
      validate(value);
      expect([value, validate.errors]).toEqual([value, null]);
    }
  });

  test('the bounds of draft 4, which are flags', () => {
    const schema = { type: 'integer', minimum: 1, exclusiveMinimum: true, maximum: 3, exclusiveMaximum: true };
    for (const seed of many(20, String)) expect(sample(schema, seed)).toBe(2);
  });
});

describe('a schema that asks for more than there is', () => {
  test.each<[string, JsonObject]>([
    ['text', { type: 'string', minLength: 1e12 }],
    ['items', { type: 'array', minItems: 1e12, items: { type: 'integer' } }],
    ['items of items', { type: 'array', minItems: 1000, items: { type: 'array', minItems: 1000 } }],
    ['different items', { type: 'array', minItems: 1e12, uniqueItems: true, items: { const: 1 } }],
    ['large constants', { type: 'array', minItems: 50, items: { const: 'x'.repeat(5000) } }],
    ['itself, twice', { type: 'object', properties: { a: { $ref: '#' }, b: { $ref: '#' } }, required: ['a', 'b'] }],
    ['itself, in a composition', { allOf: many(5000, () => ({ $ref: '#' })) }],
    [
      'what is large, often',
      {
        allOf: many(1000, () => ({ $ref: '#/$defs/a' })),
        $defs: { a: { properties: Object.fromEntries(many(3000, (index) => [`p${index}`, {}])) } },
      },
    ],
  ])('is refused: %s', (_name, schema) => {
    expect(() => sample(schema)).toThrow(
      expect.objectContaining({ code: 'invalid_request', message: expect.stringMatching(/no answer of more than/) }),
    );
  });

  test('gets less of what it may do without', () => {
    const properties = Object.fromEntries(many(100, (index) => [`p${index}`, { $ref: '#' }]));
    expect(JSON.stringify(sample({ type: 'object', properties })).length).toBeLessThan(100_000);
  });

  test('gets null where a reference leads nowhere but to itself', () => {
    expect(sample({ $ref: '#' })).toBe(null);
  });
});
