import { createYoga, isAsyncIterable } from 'graphql-yoga';
import { describe, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { createSchema } from '../../src/schema/index.ts';
import { protect } from '../../src/schema/protection.ts';

/** What protects GraphQL holds on every road that goes by Yoga's own functions, HTTP or not. */

const config = loadConfig({});
const text = 'query Role { viewer { role } }';

function makeRoad(options: Partial<typeof config> = {}) {
  const { plugins, ...others } = protect({ ...config, ...options }, new Map([['hash', text]]));
  const yoga = createYoga({ schema: createSchema(), plugins, ...others, logging: false });
  return yoga.getEnveloped({});
}

describe('without HTTP', () => {
  test('a text is too deep', () => {
    expect(() => makeRoad().parse('{ a '.repeat(20))).toThrow(/17 levels of fields; at most 16/);
  });

  test('a document has too many fields, each time that it is validated', () => {
    const { parse, validate, schema } = makeRoad();
    const document = parse(`{ ${'__typename '.repeat(1_001)} }`);
    for (let count = 0; count < 2; count += 1) {
      expect(validate(schema, document)).toMatchObject([{ extensions: { limit: 'fields', measured: 1_001 } }]);
    }
  });

  test('a cost is that of the variables, for one document', async () => {
    const { parse, validate, schema, execute } = makeRoad();
    const document = parse('query ($n: Int) { runs(first: $n) { nodes { id } } }');
    expect(validate(schema, document)).toEqual([]);
    for (const n of [30_000, 40_000]) {
      const result = await execute({ schema, document, variableValues: { n }, contextValue: {} });
      expect(result).toMatchObject({ errors: [{ extensions: { limit: 'cost', measured: n + 6 } }] });
    }
  });

  test("a subscription's source does not begin", async () => {
    const { parse, schema, subscribe } = makeRoad({ queryLimits: { ...config.queryLimits, cost: 1 } });
    const document = parse('subscription { runStream(id: "1") { ... on RunClosed { run { id name } } } }');
    // Without a context a resolver would fail otherwise.
    const result = await subscribe({ schema, document, contextValue: {} });
    expect(isAsyncIterable(result)).toBe(false);
    expect(result).toMatchObject({ errors: [{ extensions: { limit: 'cost', measured: 4, maximum: 1 } }] });
  });

  test('the schema is hidden', () => {
    const { parse, validate, schema } = makeRoad({ introspection: false });
    expect(validate(schema, parse('{ __schema { description } }'))[0]?.message).toMatch(/introspection/);
    expect(validate(schema, parse('{ viewers { role } }'))[0]?.message).toBe(
      'Cannot query field "viewers" on type "Query".',
    );
  });

  test('only persisted operations are allowed', () => {
    const { parse } = makeRoad({ persistedOperationsOnly: true });
    expect(parse(text).definitions).toHaveLength(1);
    expect(() => parse('{ viewer { role } }')).toThrow('Only persisted operations are allowed here');
  });
});
