import { randomUUID } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { RateLimitedError } from '../src/errors.ts';
import { createRateLimiter } from '../src/rate-limit.ts';
import { graphql } from './generated/gql.ts';
import { startTestGateway } from './support/gateway.ts';
import { createWorld, expectType } from './support/operations.ts';

const pulseQuery = graphql(`
  query RateLimitPulse { viewer { principalId } }
`);

const limitedExecuteMutation = graphql(`
  mutation LimitedExecute($input: ExecuteInput!) {
    execute(input: $input) {
      __typename
      ... on RateLimitedError { code message retryAfterMs }
    }
  }
`);

const countRunsQuery = graphql(`
  query CountRunsWithinRate { runs { totalCount } }
`);

describe('requests of a key', () => {
  test('beyond the limit they are 429, with the time to wait, for this key only', async () => {
    await using gateway = await startTestGateway({ RATE_LIMIT_REQUESTS: '5' });
    const { createApiKey } = await createWorld(gateway);
    // Making the world took three.
    const other = expectType(await createApiKey({ name: 'other', role: 'READER' }), 'CreatedApiKey');
    expect((await gateway.send(pulseQuery, {})).status).toBe(200);

    const { status, headers, errors } = await gateway.send(pulseQuery, {});
    expect([status, headers.get('access-control-allow-origin')]).toEqual([429, '*']);
    const { message, extensions: { code, retryAfterMs } = {} } = errors[0] ?? {};
    expect([code, message]).toEqual([
      'RATE_LIMITED',
      expect.stringMatching(/^Too many requests: 5 a minute are allowed; try again in \d+ s$/),
    ]);
    expect(retryAfterMs).toBeGreaterThan(0);
    expect(Number(headers.get('retry-after'))).toBe(Math.ceil(Number(retryAfterMs) / 1000));

    expect((await gateway.send(pulseQuery, {}, { key: other.secret })).status).toBe(200);
  });

  test('without a limit there is none', async () => {
    await using gateway = await startTestGateway();
    const answers = await Promise.all(Array.from({ length: 200 }, () => gateway.send(pulseQuery, {})));
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]));
  });
});

describe('executions of a key', () => {
  test('beyond the limit they are a RateLimitedError, and nothing is recorded', async () => {
    await using gateway = await startTestGateway({ RATE_LIMIT_EXECUTIONS: '3' });
    const { interaction } = await createWorld(gateway);
    const input = { interactionId: interaction.id, data: { object: 'car' } };
    // What the caller did wrong does not count.
    await gateway.query(limitedExecuteMutation, { input: { ...input, data: {} } });
    const results = await Promise.all(
      [input, input, { ...input, stream: true }, input, { ...input, stream: true }].map(async (one) => {
        const { execute } = await gateway.query(limitedExecuteMutation, { input: one });
        return execute;
      }),
    );
    const refused = results.filter((result) => result.__typename === 'RateLimitedError');
    expect(refused).toEqual([
      {
        __typename: 'RateLimitedError',
        code: 'RATE_LIMITED',
        message: expect.stringMatching(/^Too many executions: 3 a minute are allowed; try again in \d+ s$/),
        retryAfterMs: expect.any(Number),
      },
      expect.objectContaining({ code: 'RATE_LIMITED' }),
    ]);
    expect((await gateway.query(countRunsQuery, {})).runs.totalCount).toBe(3);
  });
});

describe('wrong keys from an address', () => {
  test('beyond the limit nobody is told whether a key is good, but those whose key was good before', async () => {
    await using gateway = await startTestGateway({ RATE_LIMIT_WRONG_KEYS: '4' });
    const { createApiKey } = await createWorld(gateway);
    const unused = expectType(await createApiKey({ name: 'unused', role: 'READER' }), 'CreatedApiKey');
    const guess = () => gateway.send(pulseQuery, {}, { key: `sk-${randomUUID()}` });
    for (let count = 0; count < 4; count += 1) expect((await guess()).status).toBe(401);

    const { status, headers, errors } = await guess();
    expect([status, errors[0]?.extensions?.code]).toEqual([429, 'RATE_LIMITED']);
    expect(errors[0]?.message).toMatch(/^Too many requests with a wrong API key from this address: 4 a minute/);
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    // A key that was not seen yet might be a guess.
    expect((await gateway.send(pulseQuery, {}, { key: unused.secret })).status).toBe(429);
    expect((await gateway.send(pulseQuery, {})).status).toBe(200);
    // Without a key there is nothing to guess.
    expect((await gateway.send(pulseQuery, {}, { key: null })).status).toBe(401);
  });

  test('behind a proxy that is believed, the address is that of its client', async () => {
    await using gateway = await startTestGateway({ RATE_LIMIT_WRONG_KEYS: '1', TRUST_PROXY: 'loopback' });
    const guess = async (address: string) => {
      const headers = { 'x-forwarded-for': address };
      return (await gateway.send(pulseQuery, {}, { key: `sk-${randomUUID()}`, headers })).status;
    };
    expect([await guess('192.0.2.1'), await guess('192.0.2.1'), await guess('192.0.2.2')]).toEqual([401, 429, 401]);
    // The addresses of a /64 are one host's.
    expect([await guess('2001:db8::1'), await guess('2001:db8::ffff:2'), await guess('2001:db8:0:1::1')]).toEqual([
      401, 429, 401,
    ]);
    expect([await guess('::ffff:192.0.2.2')]).toEqual([429]);
  });
});

test('a limit holds for what happens at once', async () => {
  const limiter = createRateLimiter({ requests: 10, executions: 0, wrongKeys: 0 });
  const results = await Promise.allSettled(Array.from({ length: 25 }, () => limiter.takeRequest('key')));
  const reasons = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
  expect(reasons).toHaveLength(15);
  expect(reasons.every((reason) => reason instanceof RateLimitedError && reason.retryAfterMs > 0)).toBe(true);
});
