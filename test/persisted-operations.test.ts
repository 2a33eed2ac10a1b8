import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generate } from '@graphql-codegen/cli';
import { createClient } from 'graphql-sse';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from './support/gateway.ts';

/** The operations of a client, as its code has them. */
const clientCode = `
import { graphql } from './generated/gql.ts';
export const role = graphql(\`query Role { viewer { role } }\`);
export const page = graphql(\`query Page($first: Int!) { runs(first: $first) { nodes { id } } }\`);
export const follow = graphql(\`subscription Follow($id: ID!) { runStream(id: $id) { __typename } }\`);
`;

let folder: string;
let manifestPath: string;
/** Hash and text by the operation's name. */
let operations: Record<string, { hash: string; text: string }>;
let lenient: TestGateway;
let strict: TestGateway;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'trivium-persisted-'));
  await writeFile(join(folder, 'client.ts'), clientCode);
  // As the README says it.
  await generate(
    {
      schema: join(import.meta.dirname, '../schema.graphql'),
      silent: true,
      generates: {
        [`${folder}/generated/`]: {
          preset: 'client',
          documents: [join(folder, 'client.ts')],
          presetConfig: { persistedDocuments: { hashAlgorithm: 'sha256' } },
        },
      },
    },
    true,
  );
  manifestPath = join(folder, 'generated/persisted-documents.json');
  const manifest: Record<string, string> = JSON.parse(await readFile(manifestPath, 'utf8'));
  operations = Object.fromEntries(
    Object.entries(manifest).map(([hash, text]) => [
      / (\w+)/.exec(text)?.[1],
      { hash: hash.replace('sha256:', ''), text },
    ]),
  );
  const PERSISTED_OPERATIONS = manifestPath;
  [lenient, strict] = await Promise.all([
    startTestGateway({ PERSISTED_OPERATIONS }),
    startTestGateway({ PERSISTED_OPERATIONS, PERSISTED_OPERATIONS_ONLY: 'true' }),
  ]);
});
afterAll(async () => {
  await Promise.all([lenient[Symbol.asyncDispose](), strict[Symbol.asyncDispose]()]);
  await rm(folder, { recursive: true });
});

const of = (name: string) => operations[name] ?? { hash: '', text: '' };
const apollo = (hash: string) => ({ persistedQuery: { version: 1, sha256Hash: hash } });

async function post(gateway: TestGateway, body: unknown) {
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${gateway.key}`,
      'content-type': 'application/json',
      accept: 'application/graphql-response+json',
    },
    body: JSON.stringify(body),
  });
  return { status: response.status, ...((await response.json()) as Result) }; // GraphQL answers are like this.
}

interface Result {
  readonly data?: unknown;
  readonly errors?: { readonly message: string; readonly extensions?: Record<string, unknown> }[];
}

test('the manifest of graphql-codegen has the SHA-256 of each document', () => {
  expect(Object.keys(operations).sort()).toEqual(['Follow', 'Page', 'Role']);
  for (const { hash, text } of Object.values(operations)) {
    expect(hash).toBe(createHash('sha256').update(text).digest('hex'));
  }
});

describe.each([
  ['beside others', () => lenient],
  ['alone', () => strict],
])('operations of the manifest, %s', (_name, gateway) => {
  test('by the hash, as Apollo Client sends it', async () => {
    const answer = await post(gateway(), { extensions: apollo(of('Role').hash), operationName: 'Role' });
    expect(answer).toMatchObject({ status: 200, data: { viewer: { role: 'ADMIN' } } });
  });

  test.each(['', 'sha256:'])('by the document id "%s…" of the specification, with variables', async (prefix) => {
    const documentId = `${prefix}${of('Page').hash}`;
    expect(await post(gateway(), { documentId, variables: { first: 5 } })).toMatchObject({
      status: 200,
      data: { runs: { nodes: [] } },
      extensions: { cost: { requested: 11 } },
    });
  });

  test.each([
    ['documentId', () => `documentId=${of('Role').hash}`],
    ['extensions', () => `extensions=${encodeURIComponent(JSON.stringify(apollo(of('Role').hash)))}`],
  ])('in a URL, by %s', async (_kind, query) => {
    const headers = { authorization: `Bearer ${gateway().key}`, accept: 'application/json, text/html' };
    const response = await fetch(`${gateway().url}/graphql?${query()}`, { headers });
    expect(await response.json()).toMatchObject({ data: { viewer: { role: 'ADMIN' } } });
  });

  test('by the text', async () => {
    expect(await post(gateway(), { query: of('Role').text })).toMatchObject({ data: { viewer: { role: 'ADMIN' } } });
  });

  test('a subscription, with events', async () => {
    const client = createClient({
      url: `${gateway().url}/graphql`,
      headers: { authorization: `Bearer ${gateway().key}` },
      retryAttempts: 0,
    });
    // The client insists on a text; without one the server takes the hash.
    const query = undefined as unknown as string;
    const events = client.iterate({ query, variables: { id: '0'.repeat(24) }, extensions: apollo(of('Follow').hash) });
    expect((await events.next()).value).toMatchObject({ errors: [{ extensions: { code: 'NOT_FOUND' } }] });
    client.dispose();
  });

  test('within the limits that hold for all', async () => {
    const { status, errors } = await post(gateway(), { documentId: of('Page').hash, variables: { first: 1e6 } });
    expect([status, errors?.[0]?.extensions]).toMatchObject([400, { code: 'QUERY_TOO_COMPLEX', limit: 'cost' }]);
  });

  test.each([{ extensions: apollo('0'.repeat(64)) }, { documentId: '0'.repeat(64) }, { documentId: '__proto__' }])(
    'a hash that is not among them: %o',
    async (body) => {
      const { status, errors } = await post(gateway(), body);
      expect([status, errors]).toEqual([
        400,
        [{ message: 'No persisted operation has this hash', extensions: { code: 'PERSISTED_QUERY_NOT_FOUND' } }],
      ]);
    },
  );

  test.each([
    {},
    [],
    null,
    5,
    { documentId: 5 },
    { documentId: null },
    { query: 5 },
    { extensions: { persistedQuery: 1 } },
  ])('neither a hash nor a text is a bad request: %o', async (body) => {
    const { status, errors } = await post(gateway(), body);
    expect([status, errors?.[0]?.extensions?.code]).toEqual([400, 'BAD_REQUEST']);
  });
});

test('other operations are served beside them', async () => {
  expect(await post(lenient, { query: '{ __typename }' })).toMatchObject({
    status: 200,
    data: { __typename: 'Query' },
  });
});

test.each(['{ viewer { principalId } }', 'query Role { viewer { role }  }', '{ __schema { types { name } } }', '{'])(
  'other operations are refused where only those are allowed: %s',
  async (query) => {
    const { status, errors } = await post(strict, { query, extensions: apollo(of('Role').hash) });
    expect([status, errors]).toEqual([
      400,
      [
        {
          message: 'Only persisted operations are allowed here: send the hash of one',
          extensions: { code: 'PERSISTED_OPERATIONS_ONLY' },
        },
      ],
    ]);
  },
);

test('GraphiQL is served beside them, and not where only those are allowed', async () => {
  const status = async ({ url }: TestGateway) =>
    (await fetch(`${url}/graphql`, { method: 'GET', headers: { accept: 'text/html' } })).status;
  expect([await status(lenient), await status(strict)]).toEqual([200, 404]);
});

test('without a manifest, a hash is a request without a query', async () => {
  await using gateway = await startTestGateway();
  expect((await post(gateway, { extensions: apollo(of('Role').hash) })).errors?.[0]?.extensions?.code).toBe(
    'BAD_REQUEST',
  );
});

describe('a manifest that cannot be read stops the start, and the message says why', () => {
  test.each([
    ['["a"]', /PERSISTED_OPERATIONS: .* it is no JSON object of hashes and documents/],
    ['{', /PERSISTED_OPERATIONS: .* SyntaxError/],
    [null, /PERSISTED_OPERATIONS: .* ENOENT/],
  ])('%s', async (content, message) => {
    const file = join(folder, 'wrong.json');
    await rm(file, { force: true });
    if (content !== null) await writeFile(file, content);
    await expect(startTestGateway({ PERSISTED_OPERATIONS: file })).rejects.toThrow(message);
  });

  test('and so does the switch without one', async () => {
    await expect(startTestGateway({ PERSISTED_OPERATIONS_ONLY: 'true' })).rejects.toThrow(/PERSISTED_OPERATIONS_ONLY/);
  });
});
