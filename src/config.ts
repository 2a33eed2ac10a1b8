import { z } from 'zod';
import { deriveFileConfig, fileVariables } from './config-file.ts';
import { deriveGraphqlConfig, graphqlVariables } from './config-graphql.ts';
import { deriveProviderConfig, providerVariables } from './config-providers.ts';
import { deriveTracingConfig, tracingVariables } from './config-tracing.ts';
import {
  formatAuthority,
  readBaseUrl,
  readBytes,
  readHost,
  readInteger,
  readOrigins,
  readOutboundAllow,
  readTrustProxy,
} from './config-value.ts';
import { describe, flag, helpTexts, integer, milliseconds, text } from './config-variable.ts';

/** The configuration: every environment variable that Trivium reads, what it may be and what it means. */

const variables = {
  HOST: describe(text(readHost).default('127.0.0.1'), {
    description: 'The address to listen on; `0.0.0.0` is every one of the machine.',
    allowed: 'an IP address or a host name',
  }),
  PORT: integer({
    description: 'The port to listen on; `0` takes a free one.',
    default: 4000,
    min: 0,
    max: 65_535,
  }),
  PUBLIC_URL: describe(text(readBaseUrl).optional(), {
    description: 'Where clients reach this server, when that is not where it listens.',
    allowed: 'an http or https URL without credentials, query and fragment',
    default: 'the address it listens on',
  }),
  TRUST_PROXY: describe(text(readTrustProxy).default(false), {
    description: 'The proxies whose `X-Forwarded-*` headers are believed.',
    allowed: '`true`, `false`, or a comma list of addresses, CIDR ranges, `loopback`, `linklocal` and `uniquelocal`',
  }),
  CORS_ORIGINS: describe(text(readOrigins).default('*'), {
    description: 'The web pages that may call this server from a browser. Credentials are never cookies.',
    allowed: '`*` for any, or a comma list of origins such as `https://example.com`',
  }),
  MONGODB_URI: describe(z.optional(z.string().regex(/^mongodb(\+srv)?:\/\/[^\s/]/)), {
    description: 'The MongoDB to keep everything in; it is read at its primary, whatever `readPreference` says.',
    allowed: 'a `mongodb://` or `mongodb+srv://` connection string',
    default: 'unset: the embedded database',
    isSecret: true,
  }),
  DATA_DIR: describe(z.string().default('./data'), {
    description: 'The folder of the embedded database.',
    allowed: 'a folder that may be written to',
  }),
  DATABASE_PORT: integer({
    description: 'The port of 127.0.0.1 that `npm run database` listens on; `0` takes a free one.',
    default: 27_027,
    min: 0,
    max: 65_535,
  }),
  DATABASE_SECRET: describe(z.optional(z.string().regex(/^[\x21-\x7e]{16,}$/)), {
    description: 'The password of `npm run database`.',
    allowed: 'at least 16 characters without spaces',
    default: 'unset: another one at each start, printed with the URI',
    isSecret: true,
  }),
  BOOTSTRAP_KEY: describe(z.optional(z.string().regex(/^sk-[\x21-\x7e]{17,}$/)), {
    description: 'The admin key of the first project.',
    allowed: 'at least 20 characters without spaces that begin with `sk-`',
    default: 'unset: one is made at the first start and printed once',
    isSecret: true,
  }),
  SECRET_KEY: describe(z.string().min(32).optional(), {
    description: 'What provider credentials are encrypted with. Keep it: without it they cannot be read again.',
    allowed: 'at least 32 characters; required with MONGODB_URI',
    default: 'unset: made at the first start and kept in `DATA_DIR`',
    isSecret: true,
  }),
  SEED_DEMO: describe(flag().optional(), {
    description: 'Whether the first start makes sample content.',
    allowed: '`true` or `false`',
    default: '`true` with the embedded database, else `false`',
  }),
  OUTBOUND_ALLOW: describe(text(readOutboundAllow).optional(), {
    description:
      'The private addresses that calls to providers may reach; public ones are always reached. ' +
      'Those of `OPENAI_BASE_URL` and the other addresses of providers below are added.',
    allowed: '`none`, or a comma list of `host`, `host:port`, `[IPv6]:port`, CIDR ranges and `loopback`',
    default: '`loopback` with the embedded database, else `none`',
  }),
  ...providerVariables,
  RUN_TTL_SECONDS: integer({
    description: 'How long a run that was created for streaming waits for its first reader.',
    default: 3600,
    min: 1,
    max: 604_800,
  }),
  FIRST_CHUNK_TIMEOUT_MS: milliseconds({
    description: 'How long a provider may take to begin its answer.',
    default: 60_000,
  }),
  CHUNK_TIMEOUT_MS: milliseconds({
    description: 'How long a provider may pause within its answer.',
    default: 60_000,
  }),
  RUN_TIMEOUT_MS: milliseconds({ description: 'How long an execution may take in all.', default: 600_000 }),
  SHUTDOWN_GRACE_MS: milliseconds({
    description: 'How long a shutdown waits for the runs in progress.',
    default: 10_000,
    min: 0,
  }),
  RUN_RETENTION_DAYS: describe(z.coerce.number().int().min(1).max(36_500).optional(), {
    description: 'How long finished runs are kept, for projects that do not say so themselves.',
    allowed: 'a whole number from 1 to 36500',
    default: 'unset: for ever',
  }),
  REDIS_URL: describe(
    z
      .string()
      .regex(/^rediss?:\/\/\S+$/)
      .optional(),
    {
      description: 'A Redis by which several gateways tell each other of chunks, changes and cancellations at once.',
      allowed: 'a `redis://` or `rediss://` URL',
      default: 'unset: through the database, within a second',
      isSecret: true,
    },
  ),
  METRICS_TOKEN: describe(z.string().min(16).optional(), {
    description: 'What `GET /metrics` asks for as a bearer token.',
    allowed: 'at least 16 characters',
    default: 'unset: only this machine is answered, without a proxy in between',
    isSecret: true,
  }),
  DISCONNECT_GRACE_MS: milliseconds({
    description: 'How long a run with `onDisconnect: CANCEL` waits for its readers to come back.',
    default: 10_000,
    min: 0,
  }),
  LEASE_MS: milliseconds({
    description: 'How long a process may be silent before its runs are taken for lost.',
    default: 15_000,
    min: 1000,
  }),
  BODY_MAX_BYTES: describe(text((value) => readBytes(value, 1024, 2 ** 30)).default(1_048_576), {
    description: 'The largest request body.',
    allowed: 'bytes from 1024 to 1073741824, or with a unit: `512KiB`, `4MiB`',
  }),
  EVENT_STREAM_HEARTBEAT_MS: milliseconds({
    description: 'How long an event stream may be silent before a comment is sent, so that proxies do not close it.',
    default: 12_000,
    min: 100,
  }),
  EVENT_STREAM_STALL_MS: milliseconds({
    description: 'How long the reader of an event stream may take nothing of what waits for it before it is cut off.',
    default: 30_000,
    min: 100,
  }),
  EVENT_STREAM_MAX_PER_KEY: describe(text((value) => readInteger(value, 0, 10_000_000)).default(0), {
    description: 'The most event streams that one API key may have open at once, in each process.',
    allowed: 'a whole number from 0 to 10000000; `0` is no limit',
  }),
  PAGE_MAX: integer({ description: 'The most items that one page may have.', default: 100, min: 1, max: 1000 }),
  READ_MAX_MS: milliseconds({
    description: 'How long the database may work on one list, search or count of runs; beyond it they are refused.',
    default: 30_000,
  }),
  ...fileVariables,
  ...graphqlVariables,
  ...tracingVariables,
  LOG_LEVEL: describe(z.enum(['silent', 'fatal', 'error', 'warn', 'info', 'debug', 'trace']).default('info'), {
    description: 'The least severe entries that are logged.',
    allowed: '`silent`, `fatal`, `error`, `warn`, `info`, `debug` or `trace`',
  }),
};

const schema = z.object(variables);

/** Everything that was chosen for this process, with its defaults. */
export type Config = ReturnType<typeof deriveConfig>;

/** The configuration is wrong: the message names every variable that is, its value unless secret, and what is allowed. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

/** Reads the configuration; an empty value counts as unset. Throws a ConfigError. */
export function loadConfig(environment: NodeJS.ProcessEnv): Config {
  const values: Record<string, string> = {};
  for (const name of Object.keys(variables)) {
    const value = environment[name]?.trim();
    if (value) values[name] = value;
  }
  const result = schema.safeParse(values);
  const wrong = new Set(result.error?.issues.map(({ path }) => String(path[0])));
  if (values.MONGODB_URI !== undefined && values.SECRET_KEY === undefined) wrong.add('SECRET_KEY');
  if (result.data?.PERSISTED_OPERATIONS_ONLY && values.PERSISTED_OPERATIONS === undefined) {
    wrong.add('PERSISTED_OPERATIONS_ONLY');
  }
  if (!result.success || wrong.size > 0) {
    const lines = describeConfig()
      .filter(({ name }) => wrong.has(name))
      .map(({ name, allowed, isSecret }) => `  ${name} is ${show(values[name], isSecret)}. Allowed: ${allowed}.`);
    throw new ConfigError(`The configuration is wrong:\n${lines.join('\n')}`);
  }
  return deriveConfig(result.data);
}

export interface VariableDescription {
  readonly name: string;
  readonly description: string;
  readonly allowed: string;
  /** In words, as Markdown. */
  readonly default: string;
  readonly isSecret: boolean;
}

/** What the documentation and the error messages say of each variable, in the order of reading. */
export function describeConfig(): VariableDescription[] {
  return Object.entries(variables).map(([name, variable]) => {
    const help = helpTexts.get(variable);
    if (help === undefined) throw new Error(`${name} has no help text`);
    const { data } = variable.safeParse(undefined);
    return {
      name,
      description: help.description,
      allowed: help.allowed,
      default: help.default ?? (data === undefined ? 'unset' : `\`${data}\``),
      isSecret: help.isSecret ?? false,
    };
  });
}

function show(value: string | undefined, isSecret: boolean): string {
  if (value === undefined) return 'not set';
  // A credential may be in any URL, also where none is allowed.
  return isSecret ? 'set to something that is not shown here' : JSON.stringify(value.replace(/\/\/.*@/s, '//…@'));
}

function deriveConfig(values: z.output<typeof schema>) {
  const isEmbedded = values.MONGODB_URI === undefined;
  const { startupEnvironments, namedEndpoints } = deriveProviderConfig(values);
  return {
    host: values.HOST,
    port: values.PORT,
    /** Without a slash at its end; null: where it listens. */
    publicUrl: values.PUBLIC_URL ?? null,
    /** As Fastify takes it. */
    trustProxy: values.TRUST_PROXY,
    corsOrigins: values.CORS_ORIGINS,
    database:
      values.MONGODB_URI === undefined
        ? { kind: 'embedded' as const, dataDir: values.DATA_DIR }
        : { kind: 'mongodb' as const, uri: values.MONGODB_URI },
    /** Of `npm run database`. */
    databaseServer: { port: values.DATABASE_PORT, secret: values.DATABASE_SECRET ?? null },
    bootstrapKey: values.BOOTSTRAP_KEY ?? null,
    /** Never null with a MongoDB. */
    secretKey: values.SECRET_KEY ?? null,
    seedDemo: values.SEED_DEMO ?? isEmbedded,
    /** The private addresses that calls to providers may reach, whoever chose the address. */
    outboundAllow: [
      ...(values.OUTBOUND_ALLOW ?? (isEmbedded ? ['loopback'] : [])),
      // The operator who names a server of their own means it to be called.
      ...namedEndpoints.map(formatAuthority),
    ],
    /** The environments that the first start makes. */
    startupEnvironments,
    runTtlSeconds: values.RUN_TTL_SECONDS,
    deadlines: {
      firstChunkTimeoutMs: values.FIRST_CHUNK_TIMEOUT_MS,
      chunkTimeoutMs: values.CHUNK_TIMEOUT_MS,
      runTimeoutMs: values.RUN_TIMEOUT_MS,
    },
    shutdownGraceMs: values.SHUTDOWN_GRACE_MS,
    leaseMs: values.LEASE_MS,
    disconnectGraceMs: values.DISCONNECT_GRACE_MS,
    /** Null: for ever. */
    runRetentionDays: values.RUN_RETENTION_DAYS ?? null,
    metricsToken: values.METRICS_TOKEN ?? null,
    /** Null: processes find each other through the database. */
    redisUrl: values.REDIS_URL ?? null,
    bodyMaxBytes: values.BODY_MAX_BYTES,
    pageMax: values.PAGE_MAX,
    readMaxTimeMs: values.READ_MAX_MS,
    eventStreams: { heartbeatMs: values.EVENT_STREAM_HEARTBEAT_MS, stallMs: values.EVENT_STREAM_STALL_MS },
    /** 0 is no limit. */
    eventStreamsPerKey: values.EVENT_STREAM_MAX_PER_KEY,
    ...deriveFileConfig(values),
    ...deriveGraphqlConfig(values),
    ...deriveTracingConfig(values),
    logLevel: values.LOG_LEVEL,
  };
}
