import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { RunFailure } from '../../src/errors.ts';
import { createOutbound } from '../../src/providers/outbound.ts';
import { createProviderRegistry } from '../../src/providers/registry.ts';
import type { ReceivedRequest } from '../support/openai-server.ts';
import { failureOf, startVendorClient, type VendorClient } from '../support/vendor-client.ts';
import { vendorWires } from '../support/vendor-wire.ts';

/** What holds for every vendor, whatever it speaks. */

const registry = createProviderRegistry(createOutbound({ allow: [] }));

test('every vendor has its wire', () => {
  const kinds = registry.kinds.filter((kind) => kind !== 'test');
  expect(vendorWires.map(({ kind }) => kind).sort()).toEqual([...kinds].sort());
});

describe.each(vendorWires)('$kind', (wire) => {
  let client: VendorClient;
  beforeEach(async () => {
    client = await startVendorClient(wire);
  });
  afterEach(async () => {
    vi.unstubAllEnvs();
    await client[Symbol.asyncDispose]();
  });

  const answerWell = (request: ReceivedRequest) => {
    wire.chunk(request, 'Hel', true);
    wire.chunk(request, 'lo', false);
    wire.finish(request);
  };
  /** The failure with everything that hangs on it: causes, stacks, hidden properties. */
  const expectNoSecret = (failure: RunFailure) => {
    const whole = inspect(failure, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null });
    for (const secret of wire.secrets) expect(whole).not.toContain(secret);
  };

  test('streams text, and says at the end why it ended and what it cost', async () => {
    client.answer(answerWell);
    const events = await client.collect();
    expect(events.filter(({ type }) => type !== 'progress')).toEqual([
      { type: 'text', text: 'Hel' },
      { type: 'text', text: 'lo' },
      { type: 'finish', reason: 'stop', tokenUse: { prompt: 11, result: 7, total: 18 }, warnings: [] },
    ]);
    const [request, ...others] = client.received;
    expect(others).toEqual([]);
    expect(request).toMatchObject({ method: wire.method ?? 'POST', path: wire.path });
    if (wire.header !== undefined) expect(request?.headers[wire.header[0]]).toBe(wire.header[1]);
  });

  test('hands on each piece as it comes, and an abort closes the socket', async () => {
    const arrived = Promise.withResolvers<ReceivedRequest>();
    client.answer((request) => {
      wire.chunk(request, 'Hel', true);
      arrived.resolve(request);
    });
    const controller = new AbortController();
    const events = client.open({}, { signal: controller.signal })[Symbol.asyncIterator]();
    const nextText = async () => {
      for (;;) {
        const { value } = await events.next();
        if (value.type !== 'progress') return value;
      }
    };
    expect(await nextText()).toEqual({ type: 'text', text: 'Hel' });
    const second = nextText();
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(second).rejects.toBe(reason);
    await (await arrived.promise).closed;
  });

  test('an abort before the first piece closes the socket too', async () => {
    const arrived = Promise.withResolvers<ReceivedRequest>();
    client.answer((request) => arrived.resolve(request));
    const controller = new AbortController();
    const answer = client.collect({}, { signal: controller.signal });
    const request = await arrived.promise;
    const reason = new Error('enough');
    controller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    await request.closed;
  });

  test.each([
    [401, 'authentication_error', false],
    [403, 'authentication_error', false],
    [404, 'invalid_request', false],
    [429, 'rate_limited', true],
    [500, 'provider_error', true],
    [503, 'provider_error', true],
  ])('a refusal with %i is %s', async (status, code, isRetryable) => {
    client.answer((request) =>
      request.json(status, wire.refusal(`Not so: ${wire.secrets.join(' ')}.`), { 'retry-after': '7' }),
    );
    const failure = await failureOf(client.collect());
    expect(failure).toMatchObject({ code, isRetryable, upstreamStatus: status, retryAfterMs: 7000 });
    expect(failure.message).toContain('Not so: …');
    expectNoSecret(failure);
    expect(client.received).toHaveLength(1);
  });

  test('a refusal that is no JSON is one all the same', async () => {
    client.answer((request) => request.text(502, `<html>${wire.secrets.join(' ')}</html>`));
    const failure = await failureOf(client.collect());
    expect(failure).toMatchObject({ code: 'provider_error', isRetryable: true, upstreamStatus: 502 });
    expectNoSecret(failure);
  });

  test('a stream that is cut is a failure that may be tried again', async () => {
    client.answer((request) => {
      wire.chunk(request, 'Hel', true);
      request.cut();
    });
    expect(await failureOf(client.collect())).toMatchObject({ code: 'provider_error', isRetryable: true });
  });

  test('a stream that ends before the answer does is too', async () => {
    client.answer((request) => {
      wire.chunk(request, 'Hel', true);
      request.end();
    });
    expect(await failureOf(client.collect())).toMatchObject({
      code: 'provider_error',
      isRetryable: true,
      message: expect.stringContaining('ended before the answer did'),
    });
  });

  test('an error within a stream is one', async () => {
    client.answer((request) => {
      wire.chunk(request, 'Hel', true);
      wire.fail(request, `Not so: ${wire.secrets.join(' ')}.`);
    });
    const failure = await failureOf(client.collect());
    expect(failure).toMatchObject({ code: 'provider_error', isRetryable: true });
    expect(failure.message).toContain('Not so: …');
    expectNoSecret(failure);
  });

  test('a part of a stream that nobody can read is a failure without its text', async () => {
    client.answer((request) => {
      wire.chunk(request, 'Hel', true);
      request.write(`data: {"${wire.secrets.join(' ')}\n\n`, 'text/event-stream');
      request.end();
    });
    const failure = await failureOf(client.collect());
    expect(failure.code).toBe('provider_error');
    expectNoSecret(failure);
  });

  test('a setting that the vendor does not have is a warning in a whole sentence', async () => {
    client.answer(answerWell);
    const settings = { temperature: 0.5, maxTokens: 9, topP: null, stop: ['END'], seed: 4, options: null };
    const events = await client.collect({ settings });
    const { missingSettings = [] } = registry.find(wire.kind)?.profile ?? {};
    const set = missingSettings.filter((name) => settings[name] !== null);
    expect(events.at(-1)).toMatchObject({
      warnings: set.map((name) => expect.stringMatching(new RegExp(`^[A-Z].* ${name}; it was left out\\.$`))),
    });
  });

  test('nothing in the process stands in for missing credentials', async () => {
    for (const name of wire.environmentVariables) vi.stubEnv(name, 'the-key-of-the-operator');
    client.answer(answerWell);
    const work = client.collect({}, { credentials: null });
    if (wire.environmentVariables.length > 0) {
      expect(await failureOf(work)).toMatchObject({ code: 'authentication_error', isRetryable: false });
      expect(client.server.requests).toEqual([]);
    } else {
      await work;
      expect(client.received[0]?.headers.authorization).toBeUndefined();
    }
  });

  test('a variable of the process changes nothing for an environment that has credentials', async () => {
    for (const name of wire.environmentVariables) vi.stubEnv(name, 'the-key-of-the-operator');
    client.answer(answerWell);
    await client.collect();
    expect(client.received[0]?.path).toBe(wire.path);
    expect(JSON.stringify(client.received[0]?.headers)).not.toContain('the-key-of-the-operator');
  });

  test('lists models', async () => {
    client.answer((request) => request.json(200, wire.modelList(wire.model, request.path)));
    expect(await client.listModels()).toMatchObject([{ id: wire.model, streams: true }]);
    const request = client.received.find(({ path }) => path === wire.modelsPath);
    expect(request).toMatchObject({ method: 'GET', body: null });
    if (wire.header !== undefined) expect(request?.headers[wire.header[0]]).toBe(wire.header[1]);
  });

  test('a list of models that is refused, or none, is a failure', async () => {
    client.answer((request) => request.json(401, wire.refusal(`Not so: ${wire.secrets.join(' ')}.`)));
    const refused = await failureOf(client.listModels());
    expect(refused).toMatchObject({ code: 'authentication_error', upstreamStatus: 401 });
    expectNoSecret(refused);
    client.answer((request) => request.json(200, { nothing: wire.secrets }));
    const none = await failureOf(client.listModels());
    expect(none).toMatchObject({ code: 'provider_error', message: expect.stringContaining('no list of models') });
    expectNoSecret(none);
  });
});
