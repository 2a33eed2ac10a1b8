import { serverAudits } from 'graphql-http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';

/** The audits of the GraphQL over HTTP specification, against a server that listens. */

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

const audits = serverAudits({
  url: () => `${gateway.url}/graphql`,
  fetchFn: (url: string, init: RequestInit = {}) => {
    const headers = new Headers(init.headers);
    headers.set('authorization', `Bearer ${gateway.key}`);
    return fetch(url, { ...init, headers });
  },
});

describe('what a server of GraphQL over HTTP must and should do', () => {
  test.each(audits.filter(({ name }) => /^(MUST|SHOULD)/.test(name)).map((audit) => [audit.name, audit] as const))(
    '%s',
    async (_name, audit) => {
      expect(await audit.fn()).toMatchObject({ status: 'ok' });
    },
  );
});

test('every audit has a rank', () => {
  expect(audits.map(({ name }) => name).filter((name) => !/^(MUST|SHOULD|MAY|RECOMMENDED)/.test(name))).toEqual([]);
});
