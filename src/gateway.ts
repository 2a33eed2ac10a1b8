import { randomBytes } from 'node:crypto';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Logger } from 'pino';
import { createSecretBox } from './auth/secret-box.ts';
import { createTokenSigner } from './auth/token.ts';
import { createAuthenticator } from './authentication.ts';
import { type Bootstrap, bootstrap } from './bootstrap.ts';
import type { Config } from './config.ts';
import { startEmbeddedDatabase } from './embedded/embedded.ts';
import { createConnector } from './engine/connector.ts';
import { createEngine } from './engine/engine.ts';
import { startRetention } from './engine/retention.ts';
import { createRunFeed } from './engine/run-feed.ts';
import { createWebhookSecrets } from './engine/webhook-secret.ts';
import { startWebhookSender } from './engine/webhook-sender.ts';
import { createEventStreams } from './event-stream/event-stream.ts';
import { createSubscriptions } from './event-stream/subscription.ts';
import { createTextExtractor } from './extraction/text-extractor.ts';
import { createGraphiqlPage } from './graphiql.ts';
import { createMetrics } from './metrics.ts';
import { readPersistedOperations } from './persisted-operations.ts';
import { createOutbound } from './providers/outbound.ts';
import { createProviderRegistry } from './providers/registry.ts';
import { createRateLimiter } from './rate-limit.ts';
import { createRedisRelay } from './relay/redis-relay.ts';
import { noRelay } from './relay/relay.ts';
import { exampleQuery, seedDemo, seedStartupEnvironments } from './seed.ts';
import { closeServer, createServer } from './server.ts';
import { startTracing } from './start-tracing.ts';
import { openStore, type Store, type StoreOptions } from './store/store.ts';
import { limitEventStreams } from './stream-limit.ts';

/** The database with what opens its secrets. */
export interface Database {
  readonly store: Store;
  readonly secretKey: string;
}

/** What is open at the moment for those who follow runs. */
export interface StreamCounts {
  /** Event streams to readers. */
  readonly connections: number;
  /** Subscriptions whose source has not ended. */
  readonly subscriptions: number;
  /** Projects whose runs are watched in the database. */
  readonly followedProjects: number;
}

/** A gateway that listens. */
export interface Gateway {
  /** Where it is reached, without a path. */
  readonly url: string;
  readonly bootstrap: Bootstrap;
  readonly store: Store;
  countStreams(): StreamCounts;
  /**
   * Ends it: takes no new runs, gives those in flight the grace time, lets every stream end, then closes the server, the
   * connections to providers and the database. Every part is closed even when one fails; throws an AggregateError then.
   */
  close(): Promise<void>;
}

/** What is to be closed, in the order in which it was opened. */
type Closers = (() => Promise<void>)[];

/**
 * Opens the database that the configuration names: MongoDB, or the embedded default in the data folder. Adds what must be
 * closed to `closers`. Throws where it cannot be reached, or another process has the folder.
 */
export async function openDatabase(
  config: Config,
  closers: Closers,
  options: Omit<StoreOptions, 'uri'> = {},
): Promise<Database> {
  const { database, secretKey } = config;
  let uri: string;
  if (database.kind === 'embedded') {
    const embedded = await startEmbeddedDatabase({ dataDir: database.dataDir });
    closers.push(() => embedded.close());
    uri = embedded.uri;
  } else {
    uri = database.uri;
  }
  const store = await openStore({ uri, ...options });
  closers.push(() => store.close());
  if (secretKey !== null) return { store, secretKey };
  if (database.kind === 'mongodb') throw new Error('SECRET_KEY is required with MONGODB_URI');
  return { store, secretKey: await findOrMakeSecretKey(database.dataDir) };
}

/** Opens everything that a gateway needs, in order, and listens. What was opened is closed again where a later part fails. */
export async function startGateway(
  config: Config,
  logger: Logger,
  options: Omit<StoreOptions, 'uri'> = {},
): Promise<Gateway> {
  const closers: Closers = [];
  const metrics = createMetrics();
  try {
    if (config.tracing !== null) closers.push(await startTracing(config.tracing));
    const { persistedOperations: manifest } = config;
    const persistedOperations = manifest === null ? null : await readPersistedOperations(manifest);
    const onAnswer = metrics.databaseAnswered;
    const { store, secretKey } = await openDatabase(config, closers, {
      onAnswer,
      readMaxTimeMs: config.readMaxTimeMs,
      isTraced: config.tracing !== null,
      ...options,
    });
    const secretBox = createSecretBox(secretKey);
    const outbound = createOutbound({ allow: config.outboundAllow });
    closers.push(() => outbound.close());
    const logError = (error: unknown, message: string) => logger.error({ err: error }, message);
    const createProviders = (connectTimeoutMs?: number) =>
      createProviderRegistry(connectTimeoutMs === undefined ? outbound : outbound.withConnectTimeout(connectTimeoutMs));
    const connector = createConnector(createProviders, secretBox);
    const relay = config.redisUrl === null ? noRelay : createRedisRelay({ url: config.redisUrl, logError });
    closers.push(() => relay.close());
    const extractor = createTextExtractor(config.extraction);
    closers.push(() => extractor.close());
    const webhookSecrets = createWebhookSecrets(secretBox);
    const engine = createEngine({
      store,
      connector,
      webhookSecrets,
      deadlines: config.deadlines,
      documents: { extractor, partTokens: config.documentPartTokens, ...config.uploads },
      queue: config.deploymentQueue,
      runTtlSeconds: config.runTtlSeconds,
      leaseMs: config.leaseMs,
      disconnectGraceMs: config.disconnectGraceMs,
      metrics,
      relay,
      logError,
    });
    const runFeed = createRunFeed({ store, relay, logError });
    const subscriptions = createSubscriptions();
    metrics.watch('streams_open', () => subscriptions.count());
    const rateLimiter = createRateLimiter(config.rateLimits);
    const authenticator = createAuthenticator(store.tenancy, createTokenSigner(secretBox.signingKey), rateLimiter);
    const { eventStreams, eventStreamsPerKey } = config;
    const streams = limitEventStreams(createEventStreams(eventStreams, authenticator.isGood), eventStreamsPerKey);
    // Without the schema, or with an operation of its user's own, it could do nothing.
    const graphiql = config.graphiql ? createGraphiqlPage({ defaultQuery: exampleQuery }) : null;
    const server = createServer({
      store,
      engine,
      runFeed,
      extractor,
      outbound,
      subscriptions,
      streams,
      authenticator,
      rateLimiter,
      graphiql,
      metrics,
      persistedOperations,
      logger,
      settings: config,
    });
    closers.push(() => closeServer(server));
    closers.push(async () => runFeed.close());
    // Runs end before the server does, so that whoever reads them gets their end.
    closers.push(() => engine.drain(config.shutdownGraceMs));

    // A port that is taken must fail the start before the first key is made: it is shown once.
    const address = await server.listen({ host: config.host, port: config.port });
    const start = await bootstrap(store, secretBox, config.bootstrapKey);
    if (start.isFirstStart) {
      await seedStartupEnvironments(store, connector, start.project, config.startupEnvironments);
      if (config.seedDemo) await seedDemo(store, start.project, webhookSecrets);
    }
    const webhooks = startWebhookSender({ store, outbound, secrets: webhookSecrets, logError });
    closers.push(() => webhooks.close());
    const retention = startRetention({ store, retentionDays: config.runRetentionDays, logError });
    closers.push(() => retention.close());
    return {
      url: config.publicUrl ?? address,
      bootstrap: start,
      store,
      countStreams: () => ({
        connections: streams.count(),
        subscriptions: subscriptions.count(),
        followedProjects: runFeed.countProjects(),
      }),
      close: () => closeAll(closers),
    };
  } catch (error) {
    await closeAll(closers).catch((closeError: unknown) =>
      logger.error({ err: closeError }, 'Closing after a failed start failed too'),
    );
    throw error;
  }
}

/** Closes in reverse order; every part, even when one fails. */
export async function closeAll(closers: Closers): Promise<void> {
  const failures: unknown[] = [];
  for (const close of closers.splice(0).reverse()) {
    await close().catch((error: unknown) => failures.push(error));
  }
  if (failures.length > 0) throw new AggregateError(failures, 'Not everything could be closed');
}

/** The key that seals credentials, kept beside the data that it seals; readable by its owner only. */
async function findOrMakeSecretKey(dataDir: string): Promise<string> {
  const file = path.join(dataDir, 'secret-key');
  await mkdir(dataDir, { recursive: true });
  try {
    await writeFile(file, `${randomBytes(32).toString('base64url')}\n`, { flag: 'wx', mode: 0o600 });
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  return (await readFile(file, 'utf8')).trim();
}
