import { MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { createFlowOperations } from '../support/flow-operations.ts';
import { createGraphqlForm } from '../support/form.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { expectType } from '../support/operations.ts';

const contentsQuery = graphql(`
  query Contents($folder: [ID!], $tags: [String!]) {
    contents(folder: $folder, tags: $tags, first: 10) { totalCount nodes { name } }
    folders { name contentsCount }
    tags { name contentsCount }
  }
`);
const contentQuery = graphql(`
  query ContentById($id: ID!) { content(id: $id) { name tags text } node(id: $id) { __typename } }
`);
const deleteContentMutation = graphql(`
  mutation DeleteContent($id: ID!) { deleteContent(id: $id) { __typename ... on Error { message } } }
`);
const changeFolderMutation = graphql(`
  mutation ChangeFolder($id: ID!) {
    updateFolder(id: $id, input: { name: "Guides", description: "How to" }) {
      __typename
      ... on Folder { name description }
    }
    deleteFolder(id: $id) { __typename ... on Error { message } }
  }
`);
const changeTagMutation = graphql(`
  mutation ChangeTag($id: ID!) {
    updateTag(id: $id, input: { name: "renamed" }) { __typename ... on Tag { name } }
  }
`);
const deleteTagMutation = graphql(`
  mutation DeleteTag($id: ID!) { deleteTag(id: $id) { __typename } }
`);

let gateway: TestGateway;
let server: OpenaiServer;
let library: ReturnType<typeof createFlowOperations>;
let client: MongoClient;

beforeAll(async () => {
  gateway = await startTestGateway();
  server = await startOpenaiServer();
  library = createFlowOperations(gateway);
  client = await new MongoClient(gateway.database.uri).connect();
});
afterAll(async () => {
  await client.close();
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** Creates a content of a URL, which answers with this. */
async function createFetched(status: number, body: string) {
  const created = library.createContent({ url: `${server.url}/guide%20one.txt` });
  (await server.next()).text(status, body);
  return created;
}

test('contents are found by folder and by tag, which are counted', async () => {
  const folderId = await library.makeFolder('Manuals');
  await library.makeContent({ name: 'A', text: 'alpha', folderId, tags: ['new', 'short'] });
  await library.makeContent({ name: 'B', text: 'beta', tags: ['new'] });
  await library.makeContent({ name: 'C', text: 'gamma', folderId });
  const names = async (filter: { folder?: string[]; tags?: string[] }) =>
    (await gateway.query(contentsQuery, filter)).contents.nodes.map(({ name }) => name);
  expect(await names({ folder: [folderId] })).toEqual(['C', 'A']);
  expect(await names({ tags: ['new'] })).toEqual(['B', 'A']);
  expect(await names({ folder: [folderId], tags: ['short', 'other'] })).toEqual(['A']);
  expect(await names({ tags: ['other'] })).toEqual([]);
  expect(await gateway.query(contentsQuery, {})).toMatchObject({
    folders: [{ name: 'Manuals', contentsCount: 2 }],
    tags: [
      { name: 'new', contentsCount: 2 },
      { name: 'short', contentsCount: 1 },
    ],
  });
});

test('a content is read, changed and removed with its text', async () => {
  const text = 'Ä text.\n\n'.repeat(1_000);
  const created = await library.createContent({ name: 'Long', externalId: 'doc-7', text, tags: ['x'] });
  expect(created).toMatchObject({ status: 'COMPLETED', type: 'text/plain', size: 10_000, text, error: null });
  const { id } = expectType(created, 'Content');
  expect(await library.updateContent(id, { text: 'other', tags: ['y', 'y'] })).toMatchObject({
    name: 'Long',
    text: 'other',
    tags: ['y'],
    size: 5,
  });
  expect(await gateway.query(contentQuery, { id })).toEqual({
    content: { name: 'Long', tags: ['y'], text: 'other' },
    node: { __typename: 'Content' },
  });
  expect((await gateway.query(deleteContentMutation, { id })).deleteContent.__typename).toBe('DeletedPayload');
  expect(await library.updateContent(id, { name: 'x' })).toMatchObject({ __typename: 'NotFoundError' });
  expect(await library.createContent({ name: 'Again', externalId: 'doc-7', text: '' })).toMatchObject({
    __typename: 'Content',
  });
});

describe('what a URL leads to', () => {
  test('is fetched, and named by it', async () => {
    expect(await createFetched(200, 'From afar.')).toMatchObject({
      name: 'guide one.txt',
      url: `${server.url}/guide%20one.txt`,
      text: 'From afar.',
      size: 10,
      status: 'COMPLETED',
    });
  });

  test('and cannot be had is a content that failed, until it is fetched again', async () => {
    const failed = await createFetched(404, 'gone');
    expect(failed).toMatchObject({
      status: 'FAILED',
      text: '',
      error: { code: 'provider_error', message: `${server.url}/guide%20one.txt answers with status 404` },
    });
    const again = library.updateContent(expectType(failed, 'Content').id, { url: `${server.url}/there` });
    (await server.next()).text(200, 'Here it is.');
    expect(await again).toMatchObject({ status: 'COMPLETED', text: 'Here it is.', error: null });
  });

  test('must be one that may be reached', async () => {
    expect(await library.createContent({ url: 'http://169.254.169.254/latest' })).toMatchObject({
      status: 'FAILED',
      error: { code: 'invalid_request', message: expect.stringContaining('link-local, metadata or special address') },
    });
  });
});

test('a file is uploaded for its text, and not kept', async () => {
  const query =
    'mutation($input: ContentInput!) { createContent(input: $input) { ... on Content { name text size type status } } }';
  const operations = { query, variables: { input: { file: null, tags: ['uploaded'] } } };
  const response = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    body: createGraphqlForm(operations, { 'variables.input.file': new File(['A file’s text.'], 'notes.txt') }),
    headers: { authorization: `Bearer ${gateway.key}`, accept: 'application/json' },
  });
  const { data } = await response.json();
  expect(data.createContent).toEqual({
    name: 'notes.txt',
    text: 'A file’s text.',
    size: 16,
    type: 'text/plain',
    status: 'COMPLETED',
  });
});

test('what is no content is refused with its place', async () => {
  const places = async (input: Parameters<typeof library.createContent>[0]) =>
    expectType(await library.createContent(input), 'ValidationError').issues.map(({ path }) => path);
  expect(await places({ name: 'x' })).toEqual(['/text']);
  expect(await places({ text: 'x' })).toEqual(['/name']);
  expect(await places({ name: 'x', text: 'x', url: 'http://x.test' })).toEqual(['/url']);
  expect(await places({ name: 'x', text: 'x', tags: ['a,b'], url: 'ftp://x' })).toEqual(['/tags/0', '/url']);
  expect(await places({ name: 'x', text: 'x', folderId: '0123456789abcdef01234567' })).toEqual(['/folderId']);
});

test('texts that are no content’s are not kept, whoever wins', async () => {
  const project = (await gateway.store.tenancy.findFirstProject())?.id ?? '';
  const { contents } = gateway.store.forProject(project);
  const id = await library.makeContent({ name: 'Mine', externalId: 'mine', text: 'first' });
  expect(await library.createContent({ name: 'Other', externalId: 'mine', text: 'x' })).toMatchObject({
    __typename: 'ConflictError',
  });
  const texts = ['second', 'third', 'fourth'];
  const answers = await Promise.all(texts.map((text) => library.updateContent(id, { text })));
  expect(answers.filter(({ __typename }) => __typename === 'Content').length).toBeGreaterThan(0);
  const revisions = new Set((await contents.findMany({})).map(({ revision }) => revision));
  const kept = await client.db(gateway.database.databaseName).collection('passages').distinct('revision');
  expect(kept.filter((revision) => !revisions.has(revision))).toEqual([]);
});

test('folders and tags have names of their own, and are changed and removed', async () => {
  const folderId = await library.makeFolder('Once');
  expect(await library.createFolder('Once')).toMatchObject({ __typename: 'ConflictError' });
  const id = await library.makeContent({ name: 'In it', text: 'x', folderId, tags: ['named'] });
  expect(await gateway.query(changeFolderMutation, { id: folderId })).toEqual({
    updateFolder: { __typename: 'Folder', name: 'Guides', description: 'How to' },
    deleteFolder: { __typename: 'ConflictError', message: `The folder has contents: In it (${id})` },
  });
  await gateway.query(deleteContentMutation, { id });
  const { deleteFolder } = await gateway.query(changeFolderMutation, { id: folderId });
  expect(deleteFolder.__typename).toBe('DeletedPayload');

  const other = await library.makeContent({ name: 'Tagged', text: 'x', tags: ['named'] });
  const tag = expectType(await library.createTag('unused'), 'Tag').id;
  const { updateTag } = await gateway.query(changeTagMutation, { id: tag });
  expect(updateTag).toEqual({ __typename: 'Tag', name: 'renamed' });
  expect((await gateway.query(deleteTagMutation, { id: tag })).deleteTag.__typename).toBe('DeletedPayload');
  expect((await gateway.query(contentQuery, { id: other })).content?.tags).toEqual(['named']);
});
