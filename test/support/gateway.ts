import { pino } from 'pino';
import { loadConfig } from '../../src/config.ts';
import { type Gateway, startGateway } from '../../src/gateway.ts';
import type { StoreOptions } from '../../src/store/store.ts';
import { createTestDatabase, type TestDatabase } from './database.ts';
import { createGatewayClient, type GatewayClient } from './gateway-client.ts';

/** A gateway on a real socket with a database of its own. */
export interface TestGateway extends Gateway, GatewayClient {
  readonly database: TestDatabase;
  /** The admin's key. */
  readonly key: string;
  [Symbol.asyncDispose](): Promise<void>;
}

const adminKey = 'sk-test-admin-key-of-the-first-project';

export interface TestGatewayOptions extends Pick<StoreOptions, 'onCommand'> {
  /** Another gateway, whose database this one shares. */
  readonly beside?: TestGateway;
}

/** Starts a gateway without demo content; `environment` are variables of its configuration. */
export async function startTestGateway(
  environment: NodeJS.ProcessEnv = {},
  { beside, ...options }: TestGatewayOptions = {},
): Promise<TestGateway> {
  const database = beside?.database ?? (await createTestDatabase());
  const config = loadConfig({
    PORT: '0',
    MONGODB_URI: database.uri,
    SECRET_KEY: 'a secret key that only the tests have',
    BOOTSTRAP_KEY: adminKey,
    OUTBOUND_ALLOW: 'loopback',
    ...environment,
  });
  const logger = pino({ level: 'error' });
  const gateway = await startGateway(config, logger, { databaseName: database.databaseName, ...options });
  return {
    ...gateway,
    ...createGatewayClient(gateway.url, adminKey),
    database,
    key: adminKey,
    async [Symbol.asyncDispose]() {
      await gateway.close();
      if (beside === undefined) await database[Symbol.asyncDispose]();
    },
  };
}
