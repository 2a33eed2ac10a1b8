import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { type OpenaiServer, startOpenaiServer } from '../../support/openai-server.ts';
import { type CallRest, createRestCaller } from '../../support/rest.ts';

let gateway: TestGateway;
let server: OpenaiServer;
let call: CallRest;

beforeAll(async () => {
  gateway = await startTestGateway();
  server = await startOpenaiServer();
  call = createRestCaller(gateway, '/v1');
});
afterAll(async () => {
  await gateway[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** Posts a payload whose URL answers with a text. */
async function post(path: string, body: object, text: string, status = 200) {
  const answer = call('POST', path, { body });
  (await server.next()).text(status, text);
  return answer;
}

async function postForm(path: string, fields: Record<string, string | File>) {
  const form = new FormData();
  for (const [name, value] of Object.entries(fields)) form.set(name, value);
  const headers = { authorization: `Bearer ${gateway.key}` };
  const response = await fetch(`${gateway.url}/v1${path}`, { method: 'POST', headers, body: form });
  return { status: response.status, body: await response.json() };
}

describe('a content', () => {
  test('is fetched, into a folder and with tags that are made', async () => {
    const payload = { fileUrl: `${server.url}/a.txt`, name: 'Guide', folder: 'Guides', tags: 'new, short', size: 5 };
    expect(await post('/content', payload, 'Hello.')).toMatchObject({
      status: 200,
      body: {
        code: 200,
        message: 'OK',
        error: false,
        results: {
          id: expect.any(String),
          externalId: null,
          name: 'Guide',
          folderId: expect.any(String),
          folder: 'Guides',
          tags: ['new', 'short'],
          size: 6,
          type: 'text/plain',
          url: `${server.url}/a.txt`,
        },
      },
    });
  });

  test('is uploaded', async () => {
    const file = new File(['A file.'], 'notes.txt');
    const { status, body } = await postForm('/content', { file, folder: 'Guides', tags: 'new', externalId: 'up-1' });
    expect(status).toBe(200);
    expect(body.results).toMatchObject({ name: 'notes.txt', folder: 'Guides', externalId: 'up-1', size: 7 });
    const changed = await postForm('/content/up-1', { file: new File(['Another file.'], 'other.txt') });
    expect(changed.body.results).toMatchObject({ id: body.results.id, name: 'notes.txt', size: 13 });
  });

  test('has an id elsewhere, by which it is sent again and changed', async () => {
    const payload = { externalId: 'drive-1', downloadUrl: `${server.url}/d`, name: 'Doc' };
    const first = (await post('/content', payload, 'one')).body.results;
    const again = (await post('/content', payload, 'three')).body.results;
    expect(again).toMatchObject({ id: first.id, size: 5 });
    for (const id of ['drive-1', first.id]) {
      const { body } = await call('POST', `/content/${id}`, { body: { name: id, folder: '', tags: 'x' } });
      expect(body.results).toMatchObject({ id: first.id, name: id, folder: null, tags: ['x'] });
    }
  });

  test('that cannot be read is refused with the reason', async () => {
    const url = `${server.url}/gone`;
    const { status, body } = await post('/content', { fileUrl: url, name: 'x', externalId: 'late' }, 'no', 404);
    expect(status).toBe(422);
    expect(body).toEqual({
      code: 422,
      message: `${url} answers with status 404`,
      error: true,
      results: { id: expect.any(String) },
    });
    const later = await post('/content', { fileUrl: url, externalId: 'late' }, 'here');
    expect(later.body.results).toMatchObject({ id: body.results.id, size: 4 });
  });

  test.each<[string, string, object, string]>([
    ['nothing to read', '/content', { name: 'x' }, '400 fileUrl: is required'],
    ['what is no URL', '/content', { fileUrl: 'x', name: 'x' }, '400 fileUrl: must be a URL'],
    ['a wrong field', '/content', { fileUrl: 1 }, '400 fileUrl: must be a text'],
    ['an unknown one', '/content/unknown', { name: 'x' }, '404 There is no content unknown'],
  ])('is refused for %s', async (_name, path, payload, message) => {
    const { status, body } = await call('POST', path, { body: payload });
    expect(`${status} ${body.message}`).toContain(message);
    expect(body).toMatchObject({ code: status, error: true });
  });
});

test('folders and what is in them are listed', async () => {
  const { body } = await call('GET', '/content/folders');
  expect(body).toEqual({
    code: 200,
    message: 'OK',
    error: false,
    results: {
      foldersCount: 1,
      folders: [{ id: expect.any(String), name: 'Guides', contentsCount: 2, type: 'folder', description: '' }],
    },
  });
  const { id } = body.results.folders[0];
  const listed = (await call('GET', `/content/folders/${id}/contents`)).body.results;
  expect(listed).toMatchObject({ contentsCount: 2, contents: [{ name: 'notes.txt' }, { name: 'Guide' }] });
  const page = (await call('GET', `/content/folders/${id}/contents?limit=1&offset=1`)).body.results;
  expect(page).toMatchObject({ contentsCount: 2, contents: [{ name: 'Guide' }] });
  for (const [query, message] of [
    ['limit=1001', 'limit: must be at most 1000'],
    ['limit=-1', 'limit: must be at least 0'],
    ['offset=x', 'offset: must be a number'],
  ]) {
    const { status, body: refused } = await call('GET', `/content/folders/${id}/contents?${query}`);
    expect(`${status} ${refused.message}`).toBe(`400 querystring.${message}`);
  }
  expect(await call('GET', '/content/folders/none/contents')).toMatchObject({
    status: 404,
    body: { code: 404, message: 'There is no folder none', error: true },
  });
});

test('a form needs its key in the header', async () => {
  const response = await fetch(`${gateway.url}/v1/content`, { method: 'POST', body: new FormData() });
  expect(await response.json()).toMatchObject({ code: 401, error: true });
});
