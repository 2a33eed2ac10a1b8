import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createWorld } from '../support/operations.ts';
import { createRestCaller } from '../support/rest.ts';

/** Bodies that are nearly what the OpenAPI document says: whatever is wrong with one, the answer says so, in JSON. */

/** A JSON Schema, as far as the document has them. */
interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly anyOf?: readonly Schema[];
  readonly enum?: readonly string[];
  readonly const?: unknown;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly items?: Schema;
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface Operation {
  readonly requestBody?: { readonly content: { readonly 'application/json'?: { readonly schema: Schema } } };
}

let gateway: TestGateway;
let document: Document;
/** Ids that there are. */
let ids: string[];

beforeAll(async () => {
  gateway = await startTestGateway();
  const { interaction, prompt, environment } = await createWorld(gateway);
  ids = [interaction.id, prompt.id, environment.id];
  ({ body: document } = await createRestCaller(gateway)('GET', '/openapi.json', { key: null }));
});
afterAll(() => gateway[Symbol.asyncDispose]());

const text = () =>
  fc.oneof(
    fc.constantFrom('', ' ', 'Color', 'Color@draft', 'test', 'test-echo', '2026-02-30', '2026-01-31T00:00:00Z'),
    fc.constantFrom(...ids),
    fc.string({ unit: 'binary', maxLength: 20 }),
  );
const number = () => fc.oneof(fc.integer({ min: -1, max: 3 }), fc.double({ noNaN: true, noDefaultInfinity: true }));
const junk = () => fc.oneof(fc.jsonValue({ maxDepth: 2 }), text(), fc.constant(null));

/** Values of a schema, now and then something else. */
function valuesOf(schema: Schema): fc.Arbitrary<unknown> {
  return fc.oneof({ weight: 8, arbitrary: validOf(schema) }, { weight: 1, arbitrary: junk() });
}

function validOf(schema: Schema): fc.Arbitrary<unknown> {
  const { $ref, anyOf, enum: values, properties, items, type } = schema;
  if ($ref !== undefined) return validOf(document.components.schemas[$ref.split('/').at(-1) ?? ''] ?? {});
  if (anyOf !== undefined) return fc.oneof(...anyOf.map(valuesOf));
  if (values !== undefined) return fc.constantFrom(...values);
  if ('const' in schema) return fc.constant(schema.const);
  if (properties !== undefined) {
    const fields = Object.entries(properties).map(([name, field]) => [name, valuesOf(field)] as const);
    return fc.record(Object.fromEntries(fields), {
      requiredKeys: ['name', 'interaction'].filter((it) => it in properties),
    });
  }
  if (items !== undefined) return fc.array(valuesOf(items), { maxLength: 3 });
  if (type === 'string') return text();
  if (type === 'number' || type === 'integer') return number();
  if (type === 'boolean') return fc.boolean();
  return type === 'object' ? fc.dictionary(text(), junk(), { maxKeys: 3 }) : junk();
}

test('none is an error of our own', async () => {
  const routes = Object.entries(document.paths).flatMap(([path, operations]) =>
    Object.entries(operations).flatMap(([method, { requestBody }]) => {
      const schema = requestBody?.content['application/json']?.schema;
      return schema === undefined ? [] : [{ method: method.toUpperCase(), path, body: valuesOf(schema) }];
    }),
  );
  expect(routes.length).toBeGreaterThan(25);
  for (const { method, path, body } of routes) {
    await fc.assert(
      fc.asyncProperty(body, text(), async (value, id) => {
        const response = await fetch(gateway.url + path.replace(/\{\w+\}/, encodeURIComponent(id.toWellFormed())), {
          method,
          headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json' },
          body: JSON.stringify(value),
        });
        const answer = await response.json();
        // A run that its provider failed is on record, and says so.
        const isFailedRun = [502, 504].includes(response.status) && 'id' in answer;
        expect([method, path, response.status < 500 || isFailedRun]).toEqual([method, path, true]);
      }),
      { numRuns: 25 },
    );
  }
}, 120_000);
