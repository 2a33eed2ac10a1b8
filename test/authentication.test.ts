import { afterAll, beforeAll, expect, test } from 'vitest';
import { createTokenSigner } from '../src/auth/token.ts';
import { createAuthenticator } from '../src/authentication.ts';
import { createRateLimiter } from '../src/rate-limit.ts';
import { startTestGateway, type TestGateway } from './support/gateway.ts';
import { createOperations, expectType } from './support/operations.ts';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await startTestGateway();
});
afterAll(() => gateway[Symbol.asyncDispose]());

test('what is forgotten is not remembered by a look that had begun before', async () => {
  const { createApiKey } = createOperations(gateway);
  const { secret, apiKey } = expectType(await createApiKey({ name: 'leaver', role: 'READER' }), 'CreatedApiKey');
  const { tenancy } = gateway.store;
  const found = Promise.withResolvers<void>();
  const goOn = Promise.withResolvers<void>();
  const slow: typeof tenancy = {
    ...tenancy,
    async findApiKeyByHash(hash) {
      const key = await tenancy.findApiKeyByHash(hash);
      found.resolve();
      await goOn.promise;
      return key;
    },
  };
  const rateLimiter = createRateLimiter({ requests: 0, executions: 0, wrongKeys: 0 });
  const authenticator = createAuthenticator(slow, createTokenSigner(new Uint8Array(32)), rateLimiter);
  const credential = { authorization: `Bearer ${secret}`, project: undefined, address: '127.0.0.1' };
  const first = authenticator.authenticate(credential);
  await found.promise;
  await gateway.store.forProject(gateway.bootstrap.project.id).apiKeys.remove(apiKey.id);
  authenticator.forget();
  goOn.resolve();
  await first;
  await expect(authenticator.authenticate(credential)).rejects.toThrow('The API key is unknown');
  expect(await authenticator.isGood(apiKey.id)).toBe(false);
});
