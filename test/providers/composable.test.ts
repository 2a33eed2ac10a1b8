import { afterAll, beforeEach, describe, expect, test } from 'vitest';
import { createOutbound } from '../../src/providers/outbound.ts';
import { createProviderRegistry } from '../../src/providers/registry.ts';
import type { RemoteCall, RemoteEvent } from '../../src/providers/remote.ts';
import { type OpenaiServer, type ReceivedRequest, startOpenaiServer } from '../support/openai-server.ts';
import { failureOf, noSettings } from '../support/vendor-client.ts';

/** Composable as its documents have it, and as servers may be that are not Trivium. */

const outbound = createOutbound({ allow: ['loopback'] });
const remote = createProviderRegistry(outbound).findRemote('composable');
let server: OpenaiServer;

beforeEach(async () => {
  server = await startOpenaiServer();
  return () => server[Symbol.asyncDispose]();
});
afterAll(() => outbound.close());

const credentials = 'sk-secret';
const connection = () => ({ endpoint: new URL(server.url).origin, credentials });

const call: RemoteCall = {
  id: 'i1',
  key: 'k1',
  hops: 1,
  data: { object: 'sea' },
  model: null,
  settings: noSettings,
  validate: true,
  resultSchema: null,
  tags: [],
  endUser: null,
  object: null,
  steps: [],
  files: [],
  started: null,
};

function open(changes: Partial<RemoteCall> = {}, signal = new AbortController().signal): AsyncIterable<RemoteEvent> {
  if (remote === undefined) throw new Error('There is no provider composable');
  return remote.execute({ ...call, ...changes }, connection(), signal);
}

const collect = (changes?: Partial<RemoteCall>) => Array.fromAsync(open(changes));

type Stream = (request: ReceivedRequest) => void;

/** Makes a run for every call, and answers its stream each time it is opened, the last way again and again. */
function play(...streams: Stream[]): void {
  let opened = 0;
  server.always((request) => {
    if (request.path === '/api/v1/runs') request.json(200, { id: 'r1', status: 'created' });
    else if (request.path === '/api/v1/runs/r1/stream') streams[Math.min(opened++, streams.length - 1)]?.(request);
    else request.json(404, { error: 'Not Found', status: 404, message: 'There is nothing' });
  });
}

const event = (request: ReceivedRequest, name: string, data: string, id?: string) =>
  request.write(`${id === undefined ? '' : `id: ${id}\n`}event: ${name}\ndata: ${data}\n\n`, 'text/event-stream');

const close = (run: object) => (request: ReceivedRequest) => {
  event(request, 'close', JSON.stringify(run));
  request.end();
};

describe('an execution', () => {
  test('sends what is given in the words of Composable, and nothing else', async () => {
    play(close({ status: 'completed', modelId: 'm', result: 'blue' }));
    const settings = { ...noSettings, temperature: 0.2, maxTokens: 9, stop: ['.'], options: { environment: 'e9' } };
    const resultSchema = { type: 'object' };
    const more = { model: 'm', settings, resultSchema, tags: ['t'], object: 'o', endUser: 'u' };
    const events = await collect(more);
    expect(server.requests[0]).toMatchObject({
      method: 'POST',
      headers: { authorization: 'Bearer sk-secret', 'idempotency-key': 'k1' },
      body: {
        interaction: 'i1',
        data: { object: 'sea' },
        config: { model: 'm', temperature: 0.2, max_tokens: 9, stop: ['.'], do_validate: true, environment: 'e9' },
        result_schema: resultSchema,
        tags: ['t'],
        object: 'o',
        stream: true,
      },
    });
    expect(events).toEqual([
      { type: 'started', run: 'r1' },
      {
        type: 'finish',
        result: 'blue',
        tokenUse: null,
        warnings: ['Composable has no end users; endUser was left out.'],
        report: { model: 'm' },
      },
    ]);
    await collect();
    expect(server.requests[2]?.body).toEqual({
      interaction: 'i1',
      data: { object: 'sea' },
      config: { do_validate: true },
      stream: true,
      tags: [],
    });
  });

  test("reads the documents' stream: bare text, the result before the end, and an end with the status only", async () => {
    play((request) => {
      event(request, 'message', 'The color ');
      event(request, 'message', '"is \\"blue\\""');
      event(request, 'chunk', '{"my-result":"my-value"}');
      event(request, 'close', '{"status":"completed"}');
      request.end();
    });
    expect(await collect()).toEqual([
      { type: 'started', run: 'r1' },
      { type: 'text', text: 'The color ' },
      { type: 'text', text: 'is "blue"' },
      { type: 'finish', result: { 'my-result': 'my-value' }, tokenUse: null, warnings: [], report: {} },
    ]);
  });

  test('asks for what the end leaves out', async () => {
    server.always((request) => {
      if (request.method === 'POST') request.json(200, { id: 'r1', status: 'created' });
      else if (request.path.endsWith('/stream')) close({ status: 'completed' })(request);
      else {
        const counted = { prompt: 10, completion: 5 };
        request.json(200, {
          status: 'completed',
          result: 'blue',
          modelId: 'm',
          prompt: 'My prompt',
          token_use: counted,
        });
      }
    });
    const tokenUse = { prompt: 10, result: 5, total: 15 };
    const report = { model: 'm', prompt: [{ role: 'user', content: 'My prompt' }] };
    expect((await collect()).slice(1)).toEqual([
      { type: 'usage', tokenUse },
      { type: 'finish', result: 'blue', tokenUse, warnings: [], report },
    ]);
  });

  test('goes on behind the last event when the stream is cut, and when the server is away for a moment', async () => {
    play(
      (request) => {
        event(request, 'message', '"one "', 'r1:1:1');
        request.end();
      },
      (request) => request.text(503, 'Service Unavailable'),
      (request) => {
        event(request, 'message', '"two"', 'r1:1:2');
        close({ status: 'completed', modelId: 'm', result: 'one two' })(request);
      },
    );
    const texts = (await collect()).flatMap((part) => (part.type === 'text' ? part.text : []));
    expect(texts).toEqual(['one ', 'two']);
    expect(server.requests.slice(1).map(({ headers }) => headers['last-event-id'])).toEqual([
      undefined,
      'r1:1:1',
      'r1:1:1',
    ]);
    expect(server.requests.filter(({ method }) => method === 'POST')).toHaveLength(1);
  });

  test('does not read a stream without ids twice, but asks how the run is', async () => {
    server.always((request) => {
      if (request.method === 'POST') request.json(200, { id: 'r1', status: 'created' });
      else if (request.path.endsWith('/stream')) {
        event(request, 'message', '"one "');
        request.end();
      } else request.json(200, { status: 'completed', modelId: 'm', result: 'one two' });
    });
    expect(await collect()).toMatchObject([
      { type: 'started' },
      { type: 'text', text: 'one ' },
      { type: 'finish', result: 'one two' },
    ]);
  });

  test.each([
    [400, 'invalid_request', false],
    [401, 'authentication_error', false],
    [404, 'invalid_request', false],
    [429, 'rate_limited', true],
    [503, 'provider_error', true],
  ])('that is refused with %i fails with %s', async (status, code, isRetryable) => {
    const problem = { error: 'Words of the status', status, message: 'What is wrong with sk-secret' };
    server.always((request) => request.json(status, problem, { 'retry-after': '2' }));
    const failure = await failureOf(collect());
    expect(failure).toMatchObject({ code, isRetryable, upstreamStatus: status, retryAfterMs: 2000 });
    expect(failure.message).toBe(`The provider answered ${status}: What is wrong with …`);
  });

  test.each([
    [{ error: { code: 'timeout', message: 'Too slow for sk-secret' } }, 'timeout', 'Too slow for …'],
    [{ error: { code: 'of_another_kind', message: 'No' } }, 'provider_error', 'No'],
    [{ error: 'No' }, 'provider_error', 'No'],
    [{}, 'provider_error', 'The run is failed'],
  ])('that ends with %j fails with %s', async (end, code, message) => {
    play(close({ status: 'failed', modelId: 'm', ...end }));
    expect(await failureOf(collect())).toMatchObject({ code, message });
  });

  test('that failed has counted its tokens all the same', async () => {
    play(close({ status: 'failed', modelId: 'm', token_use: { prompt: 3, result: 2, total: 5 }, error: 'No' }));
    const events: RemoteEvent[] = [];
    await expect(
      (async () => {
        for await (const part of open()) events.push(part);
      })(),
    ).rejects.toThrow('No');
    expect(events.at(-1)).toEqual({ type: 'usage', tokenUse: { prompt: 3, result: 2, total: 5 } });
  });

  test('that is aborted closes its socket and is cancelled there', async () => {
    const controller = new AbortController();
    const reason = new Error('enough');
    const events = open({}, controller.signal)[Symbol.asyncIterator]();
    const started = events.next();
    (await server.next()).json(200, { id: 'r1' });
    expect((await started).value).toEqual({ type: 'started', run: 'r1' });
    const text = events.next();
    const stream = await server.next();
    event(stream, 'message', '"one "', 'r1:1:1');
    expect((await text).value).toEqual({ type: 'text', text: 'one ' });
    controller.abort(reason);
    await expect(events.next()).rejects.toBe(reason);
    await stream.closed;
    const cancel = await server.next();
    expect([cancel.method, cancel.path]).toEqual(['POST', '/api/v1/runs/r1/cancel']);
    cancel.json(404, {});
  });

  test.each(['"r1"', '{"status":"created"}', 'nothing'])('answers that are no run fail: %s', async (body) => {
    server.always((request) => request.text(200, body));
    expect(await failureOf(collect())).toMatchObject({ code: 'provider_error' });
  });
});

describe('the list', () => {
  const list = async (ids: string[] | null, answer: unknown) => {
    server.always((request) => request.json(200, answer));
    return remote?.list(ids, connection(), new AbortController().signal);
  };

  test('is read however much of it there is', async () => {
    const bare = { id: 'a', name: 'A', status: 'draft' };
    const prompts = [
      { type: 'template', template: { inputSchema: { type: 'object' } } },
      { type: 'comment', text: '' },
    ];
    const whole = {
      id: 'b',
      name: 'B',
      status: 'published',
      visibility: 'public',
      version: 3,
      parent: 'a',
      tags: ['t'],
    };
    expect(await list(null, [bare, { ...whole, prompts, result_schema: { type: 'string' } }])).toEqual([
      {
        kind: 'interaction',
        id: 'a',
        name: 'A',
        description: null,
        status: 'draft',
        visibility: 'private',
        version: 1,
        draft: null,
        tags: [],
        inputSchemas: [],
        resultSchema: null,
      },
      {
        kind: 'interaction',
        id: 'b',
        name: 'B',
        description: null,
        status: 'published',
        visibility: 'public',
        version: 3,
        draft: 'a',
        tags: ['t'],
        inputSchemas: [{ type: 'object' }],
        resultSchema: { type: 'string' },
      },
    ]);
    expect(server.requests[0]).toMatchObject({ method: 'POST', path: '/api/v1/interactions/export' });
    expect(await list(['b'], [bare, whole])).toMatchObject([{ id: 'b' }]);
  });

  test('that is none fails', async () => {
    expect(await failureOf(list(null, { interactions: [] }))).toMatchObject({ code: 'provider_error' });
  });
});
