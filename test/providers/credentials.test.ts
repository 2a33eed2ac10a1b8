import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { inspect } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { RunFailure } from '../../src/errors.ts';
import { createOpenaiCompatibleProvider } from '../../src/providers/openai-compatible/openai-compatible.ts';
import { createOutbound, type Outbound } from '../../src/providers/outbound.ts';
import type { GenerateRequest, Provider } from '../../src/providers/provider.ts';
import { completion, type OpenaiServer, type ReceivedRequest, startOpenaiServer } from '../support/openai-server.ts';

const key = 'sk-the-key-of-the-vendor';

let server: OpenaiServer;
let outbound: Outbound;
let provider: Provider;

beforeEach(async () => {
  server = await startOpenaiServer();
  outbound = createOutbound({ allow: ['loopback'] });
  provider = createOpenaiCompatibleProvider(outbound);
});
afterEach(async () => {
  await outbound.close();
  await server[Symbol.asyncDispose]();
});

const { signal } = new AbortController();
const request: GenerateRequest = {
  model: 'm-1',
  messages: [{ role: 'user', content: 'Hi' }],
  settings: { temperature: 1, maxTokens: 9, topP: null, stop: null, seed: null, options: null },
  resultSchema: { type: 'object' },
};

/** The failure with everything that hangs on it: causes, stacks, hidden properties. */
async function describeFailure(work: Promise<unknown>): Promise<string> {
  const failure = await work.then(
    (value) => value,
    (error: unknown) => error,
  );
  expect(failure).toBeInstanceOf(RunFailure);
  return inspect(failure, { depth: Number.POSITIVE_INFINITY, showHidden: true, maxStringLength: null });
}
const fail = (endpoint = server.url, credentials = key) =>
  describeFailure(Array.fromAsync(provider.generate(request, { endpoint, credentials }, signal)));

const echoes: Readonly<Record<string, unknown>> = {
  'the message': { error: { message: `Incorrect API key provided: ${key}.` } },
  'the code': { error: { message: 'no', code: `bad_${key}` } },
  'the type': { error: { message: 'no', type: `bad_${key}` } },
  'a text alone': { error: `Incorrect API key provided: ${key}.` },
  'a shape that we do not know': { error: { reason: key } },
};

describe('a credential that the other side repeats stays here', () => {
  test.each(Object.entries(echoes))('in %s of a refusal', async (_where, body) => {
    server.always((received) => received.json(401, body));
    expect(await fail()).not.toContain(key);
  });

  test.each(Object.entries(echoes))('in %s of an error within a stream', async (_where, body) => {
    server.always((received) => {
      received.chunk('Hel');
      received.event(body);
    });
    expect(await fail()).not.toContain(key);
  });

  test.each(Object.entries(echoes))('in %s of an answer that pretends to be a success', async (_where, body) => {
    server.always((received) => received.json(200, body));
    expect(await fail()).not.toContain(key);
  });

  test.each<[string, (received: ReceivedRequest) => void]>([
    ['a refusal that is no JSON', (received) => received.text(500, `<html>${key}</html>`)],
    ['a refusal that is long before it', (received) => received.text(500, `${'x'.repeat(490)}${key}`)],
    ['an answer that is no JSON', (received) => received.text(200, key)],
    ['a part of a stream that is no JSON', (received) => received.event(key)],
  ])('in %s', async (_where, answer) => {
    server.always(answer);
    const failure = await fail();
    // Not even the first half, as at the end of a text that was cut or in a parser's quotation.
    expect(failure).not.toContain(key.slice(0, key.length / 2));
  });

  test('in what is not even HTTP', async () => {
    const garbage = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.on('data', (data) => socket.end(`NONSENSE ${data}`));
    });
    garbage.listen(0, '127.0.0.1');
    await once(garbage, 'listening');
    const { port } = garbage.address() as AddressInfo; // It listens on a port.
    expect(await fail(`http://127.0.0.1:${port}/v1`)).not.toContain(key);
    garbage.close();
  });

  test('in the list of models', async () => {
    server.always((received) => received.json(403, echoes['the code']));
    const models = provider.listModels({ endpoint: server.url, credentials: key }, signal);
    expect(await describeFailure(models)).not.toContain(key);
  });

  test('in a refused setting, whose warning is our own sentence', async () => {
    server.always((received) => {
      const refused = ['temperature', 'response_format'].find((name) => name in (received.body ?? {}));
      if (refused === undefined) received.json(200, completion('{}'));
      else received.json(400, { error: { message: `${key} may not set ${refused}`, param: refused } });
    });
    const events = await Array.fromAsync(
      provider.generate(request, { endpoint: server.url, credentials: key }, signal),
    );
    const finish = events.at(-1);
    expect(finish).toMatchObject({ warnings: [expect.anything(), expect.anything()] });
    expect(JSON.stringify(finish)).not.toContain(key);
  });
});

test.each(['\n', '…'])(
  'a credential with %j, which no header can carry, is not shown and not tried again',
  async (bad) => {
    const failure = await fail(server.url, `${key}${bad}`);
    expect(failure).not.toContain(key);
    expect(failure).toMatch(/cannot be sent: invalid authorization header/);
    expect(failure).toContain('isRetryable: false');
    expect(server.requests).toEqual([]);
  },
);
