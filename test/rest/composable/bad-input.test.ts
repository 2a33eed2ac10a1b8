import { afterAll, beforeAll, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../../support/gateway.ts';
import { createWorld } from '../../support/operations.ts';
import { type CallRest, createRestCaller, type RestOptions } from '../../support/rest.ts';

let gateway: TestGateway;
let call: CallRest;
let environment: string;
let interaction: string;
let prompt: string;

beforeAll(async () => {
  gateway = await startTestGateway({ BODY_MAX_BYTES: '64KiB' });
  call = createRestCaller(gateway, '/api/v1');
  const world = await createWorld(gateway);
  environment = world.environment.id;
  interaction = world.interaction.id;
  prompt = world.prompt.id;
});
afterAll(() => gateway[Symbol.asyncDispose]());

const unknown = '0123456789abcdef01234567';

const writeNested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
const nest = (levels: number): unknown => JSON.parse(writeNested(levels));

/** Every refusal has this shape, and is JSON: the caller would fail to parse anything else. */
async function expectRefusal(method: string, path: string, options: RestOptions, status: number, message: string) {
  const answer = await call(method, path, options);
  expect([method, path, answer.status, answer.body.message]).toEqual([
    method,
    path,
    status,
    expect.stringContaining(message),
  ]);
  expect(answer.body).toMatchObject({ error: expect.any(String), status });
  expect(answer.headers.get('content-type')).toMatch(/^application\/json/);
}

test.each([
  ['POST', '/execute', '{', 'The body is not valid JSON'],
  ['POST', '/execute', '[1]', 'the body: must be a JSON object'],
  ['POST', '/execute', '"text"', 'the body: must be a JSON object'],
  ['POST', '/execute', undefined, 'the body: must be a JSON object'],
  ['POST', '/execute', {}, 'interaction: is required'],
  ['POST', '/execute', { interaction: 7 }, 'interaction: must be a text'],
  ['POST', '/execute', { interaction: '@live' }, 'interaction: must be Name'],
  ['POST', '/execute', { interaction: 'Color', data: [1] }, 'data: must be a JSON object'],
  ['POST', '/execute', { interaction: 'Color', data: 'memory:x' }, 'data: must be a JSON object'],
  ['POST', '/execute', { interaction: 'Color', data: {} }, 'data.object: '],
  ['POST', '/execute', { interaction: 'Color', data: { object: 1 } }, 'data.object: '],
  ['POST', '/execute', { interaction: 'Color', data: { object: 'a', x: nest(65) } }, 'data: must be at most 64 levels'],
  ['POST', '/interactions', { name: 'a', test_data: { x: nest(65) } }, 'test_data: must be at most 64 levels'],
  ['POST', '/execute', { interaction: 'Color', stream: 'yes' }, 'stream: must be true or false'],
  ['POST', '/execute', { interaction: 'Color', tags: 7 }, 'tags: must be a text or a list of texts'],
  ['POST', '/execute', { interaction: 'Color', tags: [''] }, 'tags.0: must not be empty'],
  ['POST', '/execute', { interaction: 'Color', config: { temperature: 3 } }, 'config.temperature: must be at most 2'],
  ['POST', '/execute', { interaction: 'Color', config: { max_tokens: 0 } }, 'config.max_tokens: must be at least 1'],
  ['POST', '/execute', { interaction: 'Color', config: { environment: 'no' } }, 'config.environment: there is no'],
  ['POST', '/execute', { interaction: 'Color', config: { model: '' } }, 'config.model: must not be empty'],
  ['POST', '/execute', { interaction: 'Color', result_schema: { type: 'x' } }, 'result_schema.type: '],
  ['POST', '/runs', { data: {} }, 'interaction: is required'],
  ['POST', '/runs', { interaction: 'Color', parent: 'no', data: { object: 'a' } }, 'parent: must be an id'],
  ['GET', '/runs?limit=-1', undefined, 'querystring.limit: must be at least 0'],
  ['GET', '/runs?limit=1001', undefined, 'querystring.limit: must be at most 1000'],
  ['GET', '/runs?limit=many', undefined, 'querystring.limit: must be a number'],
  ['GET', '/runs?offset=1.5', undefined, 'querystring.offset: must be a whole number'],
  [
    'GET',
    '/runs?status=done',
    undefined,
    'querystring.status.0: must be one of created, processing, completed, failed',
  ],
  ['POST', '/runs/facets', {}, 'facets: is required'],
  ['POST', '/runs/facets', { facets: [{ name: 'x', field: 'y' }] }, 'facets.0.field: must be one of interaction, '],
  ['POST', '/runs/facets', { facets: [{ name: 'total', field: 'tags' }] }, 'facets.0.name: must not be total'],
  ['POST', '/runs/facets', { facets: [], query: { start: 'soon' } }, 'query.start: must be a date in ISO 8601'],
  ['POST', '/runs/search', { query: { query: 'a AND' } }, 'query.query: is wrong at character'],
  [
    'POST',
    '/runs/search',
    { query: { query: 'owner:x' } },
    'query.query: is wrong at character 1: there is no field "owner"',
  ],
  [
    'POST',
    '/runs/search',
    { query: { query: 'rose', default_query_path: 'nope' } },
    'query.default_query_path: there is no field "nope"',
  ],
  ['GET', '/apikeys/pk?ttl=0', undefined, 'querystring.ttl: must be at least 1'],
  ['POST', '/apikeys', { name: 'a', expires_at: 'soon' }, 'expires_at: must be a date and time in ISO 8601'],
  [
    'POST',
    '/execute',
    { interaction: 'Color', config: { seed: 1e300 } },
    'config.seed: must be at most 9007199254740991',
  ],
  ['POST', '/interactions', { name: 'a', environment: 7 }, 'environment: must be an id, or an object with one'],
  ['POST', '/runs/search', { query: { parent: true } }, 'query.parent: must be false, an id or a list of ids'],
  [
    'POST',
    '/execute',
    { interaction: 'Color', on_disconnect: 'stop' },
    'on_disconnect: must be one of continue, cancel',
  ],
  ['POST', '/runs/search', { limit: 5_000 }, 'limit: must be at most 1000'],
  ['POST', '/runs/find', { query: [] }, 'query: must be a JSON object'],
  ['POST', '/runs/find', { query: { $where: 'sleep(1)' } }, 'query.$where: must be'],
  ['POST', '/runs/find', { query: { status: { $function: {} } } }, 'query.status.$function: must be one of'],
  ['POST', '/runs/find', { query: { $expr: { $function: {} } } }, 'query.$expr: must be'],
  ['POST', '/runs/find', { query: { tags: { $accumulator: 1 } } }, 'query.tags.$accumulator: must be one of'],
  ['POST', '/runs/find', { query: { project: 'other' } }, 'query.project: '],
  ['POST', '/runs/find', { query: { owner: 'x' } }, 'query.owner: '],
  ['POST', '/runs/find', { query: {}, select: 7 }, 'select: must be a text'],
  ['GET', '/runs/filter-options/secrets', undefined, 'params.field: must be one of'],
  ['POST', '/interactions', { name: 'a@b' }, 'name: must not have an @'],
  ['POST', '/interactions', { name: 'a', prompts: ['x'] }, 'prompts.0: must be a JSON object'],
  [
    'POST',
    '/interactions',
    { name: 'a', prompts: [{ type: 'chat', template: 'x' }] },
    'prompts.0.type: must be template',
  ],
  [
    'POST',
    '/interactions',
    { name: 'a', prompts: [{ type: 'template', template: 'x' }] },
    'prompts.0.template: there is no prompt x',
  ],
  ['POST', '/interactions', { name: 'a', environment: unknown }, 'environment: there is no environment'],
  ['POST', '/interactions', { name: 'a', tags: ['3'] }, 'tags: must be no whole numbers'],
  ['POST', '/prompts', { name: 'a' }, 'content: is required'],
  ['POST', '/prompts', { name: 'a', content: '{{', content_type: 'text' }, 'content: '],
  ['POST', '/prompts', { name: 'a', content: 'eval(1)', content_type: 'js' }, 'content: must be a template literal'],
  [
    'POST',
    '/prompts',
    { name: 'a', content: 'x', content_type: 'php' },
    'content_type: must be one of text, handlebars, jst',
  ],
  [
    'POST',
    '/prompts',
    { name: 'a', content: 'x', role: 'king' },
    'role: must be one of safety, system, user, assistant',
  ],
  ['POST', '/environments', { name: 'a', provider: 'nobody' }, 'provider: must be one of '],
  ['POST', '/environments', { name: 'a', provider: 'openai_compatible' }, 'endpoint_url: is required'],
  ['POST', '/environments', { name: 'a', provider: 'test', endpoint_url: 'ftp://x' }, 'endpoint_url: must be a URL'],
  ['POST', '/environments', { name: 'a', provider: 'test', endpoint_url: 'my-host' }, 'endpoint_url: must be a URL'],
  [
    'POST',
    '/environments',
    { name: 'a', provider: 'test', endpoint_url: 'http://u:p@x' },
    'endpoint_url: must not hold',
  ],
  ['POST', '/apikeys', { name: 'a', role: 'emperor' }, 'role: must be one of owner, admin'],
  ['POST', '/apikeys', { name: 'a', type: 'pk', role: 'admin' }, 'role: of a public key must be executor or reader'],
  ['POST', '/apikeys', { name: 'a', value: 'short' }, 'value: must have at least 20 characters'],
  ['POST', '/refs/resolve', { refs: [{ type: 'Moon', id: 'x' }] }, 'refs.0.type: must be one of Project'],
])('%s %s with %j is refused by a message that names the field', (method, path, body, message) =>
  expectRefusal(method, path, { body }, 400, message),
);

test.each([
  ['GET', '/runs/ID'],
  ['PUT', '/runs/ID', { tags: [] }],
  ['DELETE', '/runs/ID'],
  ['POST', '/runs/ID/cancel'],
  ['GET', '/runs/ID/stream'],
  ['GET', '/interactions/ID'],
  ['PUT', '/interactions/ID', { name: 'x' }],
  ['DELETE', '/interactions/ID'],
  ['POST', '/interactions/ID/publish', {}],
  ['POST', '/interactions/ID/fork', {}],
  ['GET', '/interactions/ID/versions'],
  ['GET', '/interactions/ID/forks'],
  ['POST', '/interactions/ID/execute', {}],
  ['POST', '/interactions/ID/generate-test-data', {}],
  ['POST', '/interactions/ID/suggest-prompt-improvements', {}],
  ['POST', '/interactions/ID/generate-interaction', { description: 'x' }],
  ['GET', '/prompts/ID'],
  ['PUT', '/prompts/ID', { name: 'x' }],
  ['DELETE', '/prompts/ID'],
  ['POST', '/prompts/ID/render', {}],
  ['POST', '/prompts/ID/fork', {}],
  ['GET', '/prompts/ID/versions'],
  ['GET', '/prompts/ID/interactions'],
  ['GET', '/environments/ID'],
  ['PUT', '/environments/ID', { name: 'x' }],
  ['DELETE', '/environments/ID'],
  ['PUT', '/environments/ID/config', {}],
  ['GET', '/environments/ID/models'],
  ['GET', '/projects/ID'],
  ['GET', '/apikeys/ID'],
  ['PUT', '/apikeys/ID', { name: 'x' }],
  ['DELETE', '/apikeys/ID'],
  ['POST', '/execute/ID', {}],
])('%s %s is not found with an id that is unknown, or none at all', async (method, path, body?: object) => {
  for (const id of [unknown, 'not-an-id', '%2e%2e%2f', '%00', 'a'.repeat(400)]) {
    await expectRefusal(method, path.replace('ID', id), { body }, 404, '');
  }
});

test('a body beyond the limit, of another type, or with a poisoned prototype', async () => {
  const large = { interaction: 'Color', data: { object: 'x'.repeat(70_000) } };
  await expectRefusal('POST', '/execute', { body: large }, 413, 'The body must have at most 65536 bytes');
  for (const type of ['text/plain', 'application/xml', 'multipart/form-data; boundary=x']) {
    const options = { body: '{}', headers: { 'content-type': type } };
    await expectRefusal('POST', '/execute', options, 415, 'The content type must be application/json');
  }
  const zipped = { body: '{}', headers: { 'content-encoding': 'gzip' } };
  await expectRefusal('POST', '/execute', zipped, 415, 'The content encoding must be identity, not gzip');
  const poisoned = '{"interaction":"Color","__proto__":{"data":{"object":"sea"}}}';
  await expectRefusal('POST', '/execute', { body: poisoned }, 400, 'or has a key __proto__');
});

test('data that is deep enough to end a recursion', async () => {
  const body = `{"interaction":"Color","data":{"object":"a","x":${writeNested(30_000)}}}`;
  await expectRefusal('POST', '/execute', { body }, 400, 'data: must be at most 64 levels deep');
});

test('what is not there, a malformed path, and a missing or wrong credential', async () => {
  await expectRefusal('GET', '/nothing', {}, 404, 'There is nothing at GET /api/v1/nothing');
  await expectRefusal('PATCH', '/runs', { body: {} }, 404, 'There is nothing at PATCH /api/v1/runs');
  await expectRefusal('GET', '/runs/%zz', {}, 400, 'not a valid url');
  await expectRefusal('GET', '/runs', { key: null }, 401, 'The header Authorization is missing');
  await expectRefusal('GET', '/runs', { key: 'sk-wrong' }, 401, 'The API key is unknown');
  await expectRefusal('GET', '/runs', { key: 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ4In0.x' }, 401, 'The token is not valid');
});

test('what contradicts the record is a conflict', async () => {
  await expectRefusal('DELETE', `/environments/${environment}`, {}, 409, 'is used by interaction Color');
  await expectRefusal('DELETE', `/prompts/${prompt}`, {}, 409, 'is used by interaction Color');
  const version = await call('POST', `/interactions/${interaction}/publish`);
  await expectRefusal('PUT', `/interactions/${version.body.id}`, { body: { name: 'x' } }, 409, 'stays as it is');
  const fork = { body: { targetProject: unknown } };
  await expectRefusal('POST', `/interactions/${interaction}/fork`, fork, 400, 'targetProject: must be the project');
});
