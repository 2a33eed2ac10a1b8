import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { graphql } from '../generated/gql.ts';
import { type CuttingProxy, startCuttingProxy } from '../support/cutting-proxy.ts';
import { type OpenaiServer, startOpenaiServer } from '../support/openai-server.ts';
import { createWorld, expectType } from '../support/operations.ts';
import { connectRemote, startTwoGateways } from '../support/remote.ts';
import { createRunOperations } from '../support/run-operations.ts';

/** A gateway that executes what another one has, by Composable's API. */

const remoteRunQuery = graphql(`
  query RunElsewhere($id: ID!) {
    run(id: $id) {
      id status model warnings tags
      attempts { provider model remoteRun tokenUse { prompt result total } error { code } }
      tokenUse { total }
      ... on InteractionRun { prompt { role content } resultSchema interaction { name version } }
    }
  }
`);

const searchQuery = graphql(`
  query SearchElsewhere($search: String!, $environment: ID!) {
    runs(search: $search, filter: { environment: [$environment] }) {
      totalCount
      facets(fields: [MODEL, STATUS]) { buckets { value count } }
    }
  }
`);

const updateMutation = graphql(`
  mutation UpdateImported($id: ID!, $input: InteractionInput!) {
    updateInteraction(id: $id, input: $input) {
      __typename
      ... on Interaction { id name model }
      ... on ValidationError { issues { path message } }
    }
  }
`);

const schema = { type: 'object', properties: { color: { type: 'string' } }, required: ['color'] };

let gateways: Awaited<ReturnType<typeof startTwoGateways>>;
let server: OpenaiServer;
let proxy: CuttingProxy;
/** What is executed, where it is. */
let remote: Awaited<ReturnType<typeof createWorld>>;
/** The same from before it. */
let local: Awaited<ReturnType<typeof connectRemote>>;
let runs: ReturnType<typeof createRunOperations>;
let remoteRuns: ReturnType<typeof createRunOperations>;
let draftId: string;

beforeAll(async () => {
  gateways = await startTwoGateways();
  server = await startOpenaiServer();
  proxy = await startCuttingProxy(gateways.remote.url, 3, 'event: message');
  remote = await createWorld(gateways.remote);
  expectType(await remote.publishInteraction(remote.interaction.id, ['fixed']), 'Interaction');
  const { environment, prompt } = remote;
  const made = (name: string, more: object) =>
    remote.createInteraction({ name, promptIds: [prompt.id], environmentId: environment.id, ...more });
  await made('Structured', { resultSchema: schema });
  await made('Broken', { model: 'execution-error' });
  await made('Misfit', { model: 'validation-error', resultSchema: schema });
  const slow = { name: 'slow', provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' };
  const { id: slowId } = expectType(await remote.createEnvironment(slow), 'Environment');
  await made('Slow', { environmentId: slowId });
  local = await connect(gateways.remote.url);
  const imported = expectType(await local.importRemote(), 'ImportedPayload');
  draftId = imported.interactions.find(({ name, status }) => name === 'Color' && status === 'DRAFT')?.id ?? '';
  runs = createRunOperations(gateways.local);
  remoteRuns = createRunOperations(gateways.remote);
});
afterAll(async () => {
  await proxy[Symbol.asyncDispose]();
  await gateways[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

const connect = (endpoint: string, credentials = gateways.remote.key) =>
  connectRemote(gateways.local, { provider: 'composable', endpoint, credentials });

const execute = async (specifier: string, more: object = {}) =>
  expectType(await local.execute({ specifier, data: { object: 'sea' }, ...more }), 'InteractionRun');

const find = async (id: string) => (await gateways.local.query(remoteRunQuery, { id })).run;

describe('importRemote', () => {
  test('registers drafts and versions under their ids there, once', async () => {
    const { interactions, warnings } = expectType(await local.importRemote(), 'ImportedPayload');
    expect(warnings).toEqual([]);
    expect(interactions.map(({ name, status }) => `${name} ${status}`).sort()).toEqual([
      'Broken DRAFT',
      'Color DRAFT',
      'Color PUBLISHED',
      'Misfit DRAFT',
      'Slow DRAFT',
      'Structured DRAFT',
    ]);
    const draft = interactions.find(({ id }) => id === draftId);
    expect(draft).toMatchObject({
      externalId: remote.interaction.id,
      remoteId: remote.interaction.id,
      version: 2,
      inputSchema: { properties: { object: { type: 'string' } }, required: ['object'] },
      environment: { id: local.environmentId },
    });
    expect(interactions.find(({ status }) => status === 'PUBLISHED')).toMatchObject({
      version: 1,
      tags: ['fixed'],
      draft: { id: draftId },
    });
    const structured = interactions.find(({ name }) => name === 'Structured');
    expect(structured?.resultSchema).toEqual(schema);
  });

  test('takes those that are asked for, and names the ids that are not there', async () => {
    const one = expectType(await local.importRemote([remote.interaction.id]), 'ImportedPayload');
    expect(one.interactions.map(({ id }) => id)).toEqual([draftId]);
    expect(expectType(await local.importRemote([remote.interaction.id, 'gone']), 'ValidationError').issues).toEqual([
      { path: '/externalIds/1', message: 'there is no gone at elsewhere' },
    ]);
  });

  test('of a second environment leaves the ids that are taken, and says so', async () => {
    const other = await connect(`${gateways.remote.url}/api/v1/`);
    const { interactions, warnings } = expectType(await other.importRemote(), 'ImportedPayload');
    expect(new Set(interactions.map(({ externalId }) => externalId))).toEqual(new Set([null]));
    expect(warnings).toHaveLength(interactions.length);
    const first = interactions.find(({ name }) => name === 'Color');
    const run = expectType(
      await local.execute({ interactionId: first?.id ?? '', data: { object: 'sky' } }),
      'InteractionRun',
    );
    expect(run.environment?.id).toBe(other.environmentId);
    // Names mean the first of several: the later tests go on with the ones from before.
    for (const { id, draft } of interactions) if (draft === null) await remove(id);
  });

  test('refuses an environment of models, and tells what the other side says', async () => {
    const { environment } = await createWorld(gateways.local, { interaction: { name: 'Local' } });
    const refusal = await local.importRemote(undefined, environment.id);
    expect(expectType(refusal, 'ValidationError').issues).toMatchObject([{ path: '/environmentId' }]);
    const stranger = await connect(gateways.remote.url, 'sk-nobody-has-this-key');
    const { errors } = await stranger.sendImport();
    expect(errors).toMatchObject([{ message: expect.stringContaining('401'), extensions: { code: 'UPSTREAM_ERROR' } }]);
  });
});

describe('an imported interaction', () => {
  test('is executed where it is, and on record here with all that is known of it', async () => {
    const run = await execute('Color@draft', { tags: ['t'] });
    expect(run).toMatchObject({ status: 'COMPLETED', result: expect.stringContaining('sea'), error: null });
    const recorded = await find(run.id);
    const [attempt] = recorded?.attempts ?? [];
    expect(recorded).toMatchObject({
      model: 'test-echo',
      tags: ['t'],
      prompt: [{ role: 'USER', content: 'What color is the sea?' }],
      tokenUse: { total: expect.any(Number) },
      attempts: [{ provider: 'composable', model: 'test-echo', error: null }],
    });
    const original = await remote.findRun(attempt?.remoteRun ?? '');
    expect(original).toMatchObject({ status: 'COMPLETED', result: run.result, input: { object: 'sea' } });
  });

  test('is found by words and counted by facets like any other', async () => {
    await execute('Color', { data: { object: 'turquoise' } });
    const { runs: found } = await gateways.local.query(searchQuery, {
      search: 'turquoise',
      environment: local.environmentId,
    });
    expect(found).toEqual({
      totalCount: 1,
      facets: [{ buckets: [{ value: 'test-echo', count: 1 }] }, { buckets: [{ value: 'COMPLETED', count: 1 }] }],
    });
  });

  test('answers with JSON, its schema and another that is asked for', async () => {
    const run = await execute('Structured');
    expect(run.result).toEqual({ color: expect.any(String) });
    expect(run.resultSchema).toEqual(schema);
    const resultSchema = { type: 'object', properties: { count: { type: 'integer' } }, required: ['count'] };
    const other = await execute('Structured', { resultSchema });
    expect(other.result).toEqual({ count: expect.any(Number) });
  });

  test('takes names of versions and tags, and settings', async () => {
    expect((await execute('Color@1')).interaction).toMatchObject({ version: 1 });
    expect((await execute('Color@fixed')).interaction).toMatchObject({ version: 1 });
    const story = await execute('Color', { config: { model: 'test-story', maxTokens: 3 } });
    expect(story).toMatchObject({ model: 'test-story', tokenUse: { result: 3 } });
    expect(story.warnings).toContain('The answer was cut at the limit of tokens.');
  });

  test('has its data validated before anything is sent', async () => {
    const before = (await remoteRuns.listRuns()).totalCount;
    const refusal = await local.execute({ specifier: 'Color', data: { object: 7 } });
    expect(expectType(refusal, 'ValidationError').issues).toMatchObject([{ path: '/data/object' }]);
    expect((await remoteRuns.listRuns()).totalCount).toBe(before);
  });

  test.each([
    ['Broken', 'provider_error'],
    ['Misfit', 'validation_error'],
  ])('fails as %s does, with its code and words', async (name, code) => {
    const run = await execute(name);
    expect(run).toMatchObject({ status: 'FAILED', error: { code }, attempts: [{ error: { code } }] });
    const original = await remote.findRun((await find(run.id))?.attempts[0]?.remoteRun ?? '');
    expect(original?.error?.message).toBe(run.error?.message);
  });

  test('streams piece by piece as they come', async () => {
    const { id } = await execute('Slow', { stream: true });
    const reader = runs.followRun(id);
    const first = reader.next();
    const request = await server.next();
    request.chunk('deep ');
    expect((await first).value).toMatchObject({ text: 'deep ' });
    request.chunk('blue');
    expect((await reader.next()).value).toMatchObject({ text: 'blue' });
    request.done();
    expect((await reader.next()).value).toMatchObject({ run: { status: 'COMPLETED', result: 'deep blue' } });
  });

  test('is cancelled there too: no socket and no run is left', async () => {
    const { id } = await execute('Slow', { stream: true });
    const reader = runs.followRun(id);
    const first = reader.next();
    const request = await server.next();
    request.chunk('deep ');
    await first;
    const { run } = expectType(await runs.cancelRun(id), 'RunPayload');
    expect(run.status).toBe('CANCELLED');
    await request.closed;
    const remoteRun = (await find(id))?.attempts[0]?.remoteRun ?? '';
    const events = await Array.fromAsync(remoteRuns.followRun(remoteRun));
    expect(events.at(-1)).toMatchObject({ run: { status: 'CANCELLED' } });
  });

  test('is cancelled here when it was cancelled there', async () => {
    const { id } = await execute('Slow', { stream: true });
    const reader = runs.followRun(id);
    const first = reader.next();
    const request = await server.next();
    request.chunk('deep ');
    await first;
    const [newest] = (await remoteRuns.listRuns(undefined, 1)).nodes;
    await remoteRuns.cancelRun(newest?.id ?? '');
    expect((await reader.next()).value).toMatchObject({ run: { status: 'CANCELLED', error: { code: 'cancelled' } } });
  });

  test('loses and doubles nothing when its stream is cut', async () => {
    const cut = await connect(proxy.url);
    const imported = expectType(await cut.importRemote([remote.interaction.id]), 'ImportedPayload');
    const interactionId = imported.interactions[0]?.id ?? '';
    const run = await cut.execute({ interactionId, data: { object: 'sea' }, stream: true });
    const events = await Array.fromAsync(runs.followRun(expectType(run, 'InteractionRun').id));
    const texts = events.flatMap((event) => (event.__typename === 'RunChunk' ? event.text : []));
    expect(events.at(-1)).toMatchObject({ run: { status: 'COMPLETED', result: texts.join('') } });
    expect(texts.join('')).toBe((await execute('Color')).result);
    expect(proxy.cuts()).toBeGreaterThan(1);
    await remove(interactionId);
  });

  test('is retried as it was asked for', async () => {
    const run = await execute('Color');
    const { run: again } = expectType(await runs.retryRun(run.id), 'RunPayload');
    expect(again).toMatchObject({ status: 'COMPLETED', result: run.result, retryOf: { id: run.id } });
  });

  test('is executed by REST too, by its id there', async () => {
    const answer = await fetch(`${gateways.local.url}/api/v1/interactions/${remote.interaction.id}/execute`, {
      method: 'POST',
      headers: { authorization: `Bearer ${gateways.local.key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ data: { object: 'sea' } }),
    });
    expect(await answer.json()).toMatchObject({
      status: 'completed',
      modelId: 'test-echo',
      result: expect.stringContaining('sea'),
      prompt: [{ role: 'user', content: 'What color is the sea?' }],
    });
  });

  test('is changed where it is, and executed nowhere else', async () => {
    const update = async (input: object) =>
      (await gateways.local.query(updateMutation, { id: draftId, input })).updateInteraction;
    expect(expectType(await update({ promptIds: [], resultSchema: null }), 'ValidationError').issues).toMatchObject([
      { path: '/promptIds' },
      { path: '/resultSchema' },
    ]);
    expect(expectType(await local.publishInteraction(draftId), 'ValidationError').issues).toMatchObject([
      { path: '/id', message: expect.stringContaining('executed elsewhere') },
    ]);
    const other = await local.createEnvironment({ name: 'models', provider: 'test', defaultModel: 'test-echo' });
    const { id: environmentId } = expectType(other, 'Environment');
    const elsewhere = { specifier: 'Color', data: { object: 'sea' }, config: { environmentId } };
    expect(expectType(await local.execute(elsewhere), 'ValidationError').issues).toMatchObject([
      { path: '/config/environmentId' },
    ]);
    const prompt = expectType(await local.createPrompt({ name: 'p', content: 'Hi' }), 'Prompt');
    const own = { name: 'Own', promptIds: [prompt.id], environmentId: local.environmentId, model: 'm' };
    expectType(await local.createInteraction(own), 'Interaction');
    expect(expectType(await local.execute({ specifier: 'Own' }), 'ValidationError').issues).toMatchObject([
      { path: '/config/environmentId', message: expect.stringContaining('importRemote') },
    ]);
  });
});

const removeMutation = graphql(`
  mutation RemoveImported($id: ID!) {
    deleteInteraction(id: $id) { __typename }
  }
`);

const remove = (id: string) => gateways.local.query(removeMutation, { id });
