import { describe, expect, it } from 'vitest';
import { checkSchema, validateAgainst } from '../../src/engine/json-schema.ts';
import type { JsonObject, JsonValue } from '../../src/json.ts';

/** Levels of arrays, one in the other. */
function nest(depth: number): JsonValue {
  let value: JsonValue = 1;
  for (let level = 0; level < depth; level += 1) value = [value];
  return value;
}

describe('checkSchema', () => {
  it.each([
    ['no $schema', { type: 'object', properties: { a: { type: 'string' } } }],
    ['definitions and $defs', { $ref: '#/definitions/a', definitions: { a: { $ref: '#/$defs/b' } }, $defs: { b: {} } }],
    ['an unknown keyword and an unknown format', { 'x-order': 1, type: 'string', format: 'phone', nullable: true }],
    ['an $id of its own', { $id: 'https://example.com/schemas/1', $ref: '#/$defs/a', $defs: { a: {} } }],
    [
      'properties with the names of keywords',
      { properties: { $id: {}, $ref: { type: 'string' }, id: {}, pattern: {} } },
    ],
    ['a pattern as V8 writes it', { pattern: '^(?<year>\\d{4})-\\u{1F600}?[\\w.-]+$' }],
  ])('takes a schema with %s', (_, schema) => {
    expect(checkSchema(schema)).toEqual([]);
  });

  it.each([[null], [5], ['text'], [[]], [true], [undefined]])('refuses %j, which is no object', (schema) => {
    expect(checkSchema(schema)).toEqual([{ path: '', message: 'must be a JSON object' }]);
  });

  it('names everything that is wrong, and where', () => {
    const issues = checkSchema({ type: 'object', required: 'a', properties: { a: { minLength: -1 } } });
    expect(issues).toEqual([
      { path: '/properties/a/minLength', message: 'must be >= 0' },
      { path: '/required', message: 'must be array' },
    ]);
  });

  const isType = 'must be one of "array", "boolean", "integer", "null", "number", "object", "string"';
  it.each<[JsonObject, string, string]>([
    [{ type: 'strong' }, '/type', isType],
    [{ type: ['string', 'strong'] }, '/type/1', isType],
    [{ properties: { a: { type: 5 } } }, '/properties/a/type', isType],
    [{ properties: { a: { items: 5 } } }, '/properties/a/items', 'must be object or boolean'],
    [{ items: [{ type: 'strong' }] }, '/items/0/type', isType],
    [{ items: [{}], properties: { a: { type: 'strong' } } }, '/properties/a/type', isType],
    [{ properties: { 'a/b': { required: true } } }, '/properties/a~1b/required', 'must be array'],
  ])('says once what is wrong with %j', (schema, path, message) => {
    expect(checkSchema(schema)).toEqual([{ path, message }]);
  });

  it.each<[JsonObject, string]>([
    [{ prefixItems: 5 }, '/prefixItems'],
    [{ dependentRequired: 5 }, '/dependentRequired'],
    [{ prefixItems: [{ $ref: '#/$defs/none' }] }, '/prefixItems/0/$ref'],
    [{ unevaluatedProperties: { pattern: '(' } }, '/unevaluatedProperties/pattern'],
  ])('does not fall back to a draft to which %j says nothing', (schema, path) => {
    expect(checkSchema(schema)).toEqual([{ path, message: expect.any(String) }]);
  });

  it('refuses references that only lead to each other', () => {
    const definitions = { a: { $ref: '#/definitions/b' }, b: { $ref: '#/definitions/a' } };
    expect(checkSchema({ $ref: '#/definitions/a', definitions })).toEqual([
      { path: '', message: 'has references that lead to each other without end' },
    ]);
  });

  it.each([
    [{ properties: { a: { $ref: 'https://example.com/schema' } } }, '/properties/a/$ref', /must begin with #/],
    [{ properties: { a: { $ref: 'file:///etc/passwd' } } }, '/properties/a/$ref', /must begin with #/],
    [{ properties: { a: { $ref: '#/$defs/b' } } }, '/properties/a/$ref', /there is no #\/\$defs\/b/],
    [{ properties: { a: { pattern: '(' } } }, '/properties/a/pattern', /is not a pattern that can be used/],
    [{ properties: { a: { pattern: '^(?!b' } } }, '/properties/a/pattern', /is not a pattern that can be used/],
    [{ patternProperties: { '(a': { type: 'string' } } }, '/patternProperties/(a', /is not a pattern that can be used/],
    [{ $schema: 'https://example.com/dialect' }, '/$schema', /must name draft-04/],
    [{ $schema: 'https://example.com/draft-07/schema' }, '/$schema', /must name draft-04/],
    [{ $schema: 'http://json-schema.org/draft-03/schema#' }, '/$schema', /must name draft-04/],
    [{ $schema: 7 }, '/$schema', /must name draft-04/],
    [{ properties: { a: { $async: true, type: 'string' } } }, '', /cannot be used/],
  ])('refuses %j', (schema, path, message) => {
    expect(checkSchema(schema)).toEqual([{ path, message: expect.stringMatching(message) }]);
  });

  it('refuses what is larger than 64 KB or deeper than 32 levels', () => {
    expect(checkSchema({ description: 'x'.repeat(65_000) })).toEqual([]);
    expect(checkSchema({ description: 'x'.repeat(66_000) })).toEqual([
      { path: '', message: expect.stringContaining('at most 65536 bytes') },
    ]);
    expect(checkSchema({ default: nest(30) })).toEqual([]);
    for (const depth of [40, 100_000]) {
      expect(checkSchema({ default: nest(depth) })).toEqual([
        { path: '', message: expect.stringContaining('at most 32 levels deep') },
      ]);
    }
  });
});

describe('validateAgainst', () => {
  const schema = {
    type: 'object',
    properties: {
      object: { type: 'string' },
      size: { type: ['integer', 'null'] },
      color: { enum: ['red', 'green'] },
      kind: { const: 'a' },
      'a/b~c': { type: 'object', properties: { d: { minimum: 2 } }, required: ['e'] },
      list: { type: 'array', items: { type: 'string' } },
    },
    required: ['object'],
    additionalProperties: false,
  };

  it('has nothing to say of a value that fits', () => {
    expect(validateAgainst(schema, { object: 'a cat', size: null, color: 'red', list: ['x'] })).toEqual([]);
  });

  it('names everything that is wrong at once, each with its own pointer', () => {
    const value = { size: 'L', color: 'blue', kind: 'b', 'a/b~c': { d: 1 }, list: ['x', 1], extra: true };
    const issues = validateAgainst(schema, value);
    expect(issues).toHaveLength(8);
    expect(issues).toEqual(
      expect.arrayContaining([
        { path: '/object', message: 'is required' },
        { path: '/extra', message: 'is not allowed here' },
        { path: '/size', message: 'must be integer or null' },
        { path: '/color', message: 'must be one of "red", "green"' },
        { path: '/kind', message: 'must be "a"' },
        { path: '/a~1b~0c/d', message: 'must be >= 2' },
        { path: '/a~1b~0c/e', message: 'is required' },
        { path: '/list/1', message: 'must be string' },
      ]),
    );
  });

  it.each<[string, JsonObject, JsonValue, string]>([
    ['dependentRequired', { dependentRequired: { a: ['b'] } }, { a: 1 }, '/b is required beside a'],
    ['propertyNames', { propertyNames: { maxLength: 1 } }, { ab: 1 }, '/ab has a name that is not allowed here'],
    [
      'unevaluatedProperties',
      { allOf: [{ properties: { a: {} } }], unevaluatedProperties: false },
      { b: 1 },
      '/b is not',
    ],
    ['false', { properties: { a: false } }, { a: 1 }, '/a is not allowed here'],
    ['format', { format: 'email' }, 'nobody', ' must match format "email"'],
  ])('says what %s asks for', (_, described, value, expected) => {
    const said = validateAgainst(described, value).map(({ path, message }) => `${path} ${message}`);
    expect(said).toContainEqual(expect.stringContaining(expected));
  });

  it('shortens long enumerations, and long lists of issues', () => {
    const values = Array.from({ length: 1_000 }, (_, index) => index);
    const [issue] = validateAgainst({ enum: values }, 'x');
    expect(issue?.message).toMatch(/^must be one of 0, 1, .*, 49, 950 more$/);
    expect(validateAgainst({ items: { type: 'string' } }, values)).toHaveLength(100);
  });

  it('does not change the value', () => {
    const value = Object.freeze({ a: '1', extra: true });
    const described = { properties: { a: { type: 'integer' }, b: { default: 2 } }, additionalProperties: false };
    expect(validateAgainst(described, value)).toHaveLength(2);
    expect(value).toEqual({ a: '1', extra: true });
  });

  it('tells several patterns in a schema apart', () => {
    const described = { properties: { a: { pattern: '^x$' }, b: { pattern: '^y$' } } };
    expect(validateAgainst(described, { a: 'x', b: 'y' })).toEqual([]);
    expect(validateAgainst(described, { a: 'y', b: 'x' })).toHaveLength(2);
  });

  it.each([
    ['http://json-schema.org/draft-04/schema#', { id: 'urn:x', minimum: 5, exclusiveMinimum: true }, 6, 5],
    ['http://json-schema.org/draft-06/schema#', { const: 5 }, 5, 6],
    [
      'http://json-schema.org/draft-07/schema#',
      { items: [{ type: 'string' }], additionalItems: false },
      ['a'],
      ['a', 1],
    ],
    ['https://json-schema.org/draft/2019-09/schema', { dependentRequired: { a: ['b'] } }, { b: 1 }, { a: 1 }],
    [
      'https://json-schema.org/draft/2020-12/schema',
      { prefixItems: [{ type: 'string' }], items: false },
      ['a'],
      ['a', 1],
    ],
  ])('reads %s', ($schema, described, right, wrong) => {
    expect(validateAgainst({ $schema, ...described }, right)).toEqual([]);
    expect(validateAgainst({ $schema, ...described }, wrong)).not.toEqual([]);
  });

  it('reads the tuples of old and new drafts where no draft is named', () => {
    for (const described of [{ prefixItems: [{ type: 'string' }] }, { items: [{ type: 'string' }] }]) {
      expect(validateAgainst(described, ['a', 1])).toEqual([]);
      expect(validateAgainst(described, [1])).toEqual([{ path: '/0', message: 'must be string' }]);
    }
  });

  it('knows the other keywords of today beside such a tuple', () => {
    const described = {
      properties: { list: { items: [{ type: 'string' }], additionalItems: false } },
      dependentRequired: { list: ['b'] },
    };
    expect(validateAgainst(described, { list: ['a', 1] })).toEqual([
      { path: '/list', message: 'must NOT have more than 1 items' },
      { path: '/b', message: 'is required beside list' },
    ]);
  });

  it('validates properties that are called $id and id', () => {
    const described = { properties: { $id: { type: 'string' }, id: { type: 'integer' } }, required: ['$id', 'id'] };
    expect(validateAgainst(described, { $id: 'a', id: 1 })).toEqual([]);
    expect(validateAgainst(described, { $id: 1 })).toEqual([
      { path: '/id', message: 'is required' },
      { path: '/$id', message: 'must be string' },
    ]);
  });

  it('keeps schemas with the same $id apart', () => {
    expect(validateAgainst({ $id: 'urn:same', type: 'string' }, 'a')).toEqual([]);
    expect(validateAgainst({ $id: 'urn:same', type: 'number' }, 'a')).toEqual([
      { path: '', message: 'must be number' },
    ]);
  });

  it('answers at once, also where a schema asks for $async', () => {
    expect(validateAgainst({ $async: true, type: 'string' }, 5)).toEqual([{ path: '', message: 'must be string' }]);
  });

  it('does not take what every object inherits for a property', () => {
    expect(validateAgainst({ required: ['constructor', '__proto__'] }, {})).toEqual([
      { path: '/constructor', message: 'is required' },
      { path: '/__proto__', message: 'is required' },
    ]);
    expect(validateAgainst({ properties: { toString: { type: 'string' } } }, {})).toEqual([]);
    const value: JsonObject = JSON.parse('{"__proto__":{"polluted":1}}');
    expect(validateAgainst({ additionalProperties: false }, value)).toEqual([
      { path: '/__proto__', message: 'is not allowed here' },
    ]);
  });
});

describe('hostile schemas and values', () => {
  const chain = Object.fromEntries(
    Array.from({ length: 40 }, (_, index) => {
      const next = { $ref: `#/$defs/d${index + 1}` };
      return [`d${index}`, { allOf: [next, next] }];
    }),
  );
  const slowInV8 = '^(a+)+$';
  const almost = `${'a'.repeat(60)}b`;

  it.each<[string, JsonObject, JsonValue]>([
    ['a pattern', { pattern: slowInV8 }, almost],
    [
      'a pattern of properties',
      { patternProperties: { [slowInV8]: {} }, additionalProperties: false },
      { [almost]: 1 },
    ],
    ['a large pattern on a long text', { pattern: '(?:a|b|ab|ba|aab){1,1000}$' }, `${'abab'.repeat(25_000)}c`],
    ['references that double forty times', { $ref: '#/$defs/d0', $defs: { ...chain, d40: false } }, 1],
    ['unique items by the hundred thousand', { uniqueItems: true }, Array.from({ length: 100_000 }, (_, id) => [id])],
    ['fewer unique items', { uniqueItems: true }, Array.from({ length: 40_000 }, (_, id) => [id])],
    ['a format that searches again and again', { format: 'url' }, `http://${':'.repeat(200_000)}`],
    [
      'a million wrong items',
      { items: { $ref: '#/$defs/a' }, $defs: { a: { type: 'string' } } },
      Array(1_000_000).fill(1),
    ],
    ['a reference to itself', { $ref: '#' }, 1],
    ['a value without end', { type: 'string' }, nest(100_000)],
  ])('do not hold the process up: %s', (_, described, value) => {
    const startedAt = performance.now();
    const issues = validateAgainst(described, value);
    expect(issues.length).toBeGreaterThan(0);
    expect(performance.now() - startedAt).toBeLessThan(5_000);
  });

  it('still validate after one was ended', () => {
    const described = { pattern: '(?:a|b|ab|ba|aab){1,1000}$' };
    expect(validateAgainst(described, `${'abab'.repeat(25_000)}c`)).toEqual([
      { path: '', message: 'Its validation takes more than 1000 ms' },
    ]);
    expect(validateAgainst(described, 'abab')).toEqual([]);
  });

  it('are compiled without multiplying: a large definition that is referred to a thousand times', () => {
    const large = { enum: Array.from({ length: 3_000 }, (_, index) => `v${index}`) };
    const properties = Object.fromEntries(
      Array.from({ length: 1_000 }, (_, index) => [`p${index}`, { $ref: '#/$defs/a' }]),
    );
    const startedAt = performance.now();
    expect(checkSchema({ properties, $defs: { a: large } })).toEqual([]);
    expect(performance.now() - startedAt).toBeLessThan(1_500);
  });
});

it('understands patterns with lookaround, and holds them to the time limit too', () => {
  const schema = { type: 'string', pattern: '^(?!admin)[a-z]+$' };
  expect(validateAgainst(schema, 'user')).toEqual([]);
  expect(validateAgainst(schema, 'admin')).toHaveLength(1);
  const hostile = { type: 'string', pattern: '^(?!x)(a+)+$' };
  expect(validateAgainst(hostile, `${'a'.repeat(60)}b`)).toEqual([
    { path: '', message: expect.stringContaining('takes more than') },
  ]);
});

it('takes nullable without a type', () => {
  expect(checkSchema({ properties: { a: { nullable: true } } })).toEqual([]);
});
