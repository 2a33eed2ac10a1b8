import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const subscription = '{"query":"subscription { runStream(id: \\"0123456789abcdef01234567\\") { __typename } }"}';

test.each([
  [
    'variables of a URL that are no JSON',
    '?query={__typename}&variables={',
    {},
    null,
    400,
    /^variables and extensions/,
  ],
  ['extensions of a URL that are no JSON', '?query={__typename}&extensions=[', {}, null, 400, /^variables and ext/],
  ['a body of text', '', { 'content-type': 'text/plain' }, '{ __typename }', 415, /"Content-Type: application\/json"$/],
  [
    'a form',
    '',
    { 'content-type': 'application/x-www-form-urlencoded' },
    '{}',
    415,
    /"Content-Type: application\/json"$/,
  ],
  ['an empty object', '', {}, '{}', 400, /^The body must be a JSON object with "query"$/],
  ['null', '', {}, 'null', 400, /^The body must be a JSON object with "query"$/],
  ['a number', '', {}, '7', 400, /^The body must be a JSON object with "query"$/],
  ['a text', '', {}, '"{ __typename }"', 400, /./],
  ['a subscription as JSON', '', { accept: 'application/json' }, subscription, 406, /"Accept: text\/event-stream"$/],
  ['an image', '?query={__typename}', { accept: 'image/png' }, null, 406, /application\/graphql-response\+json/],
])('%s is refused, and the message says why', async (_name, query, headers, body, status, message) => {
  const response = await fetch(`${gateway.url}/graphql${query}`, {
    method: body === null ? 'GET' : 'POST',
    headers: { authorization: `Bearer ${gateway.key}`, 'content-type': 'application/json', ...headers },
    body,
  });
  expect([response.status, response.headers.get('content-type')]).toEqual([status, 'application/json; charset=utf-8']);
  expect(await response.json()).toEqual({
    errors: [{ message: expect.stringMatching(message), extensions: { code: 'BAD_REQUEST' } }],
  });
});
