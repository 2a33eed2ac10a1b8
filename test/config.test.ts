import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ConfigError, describeConfig, loadConfig } from '../src/config.ts';

const secretKey = 'a-secret-of-at-least-32-characters';

/** What the message says when the configuration is wrong. */
function messageOf(environment: NodeJS.ProcessEnv): string {
  try {
    loadConfig(environment);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  throw new Error('The configuration was accepted');
}

describe('defaults', () => {
  test('without any variable it is the embedded database with demo content, on loopback', () => {
    expect(loadConfig({})).toMatchInlineSnapshot(`
      {
        "bodyMaxBytes": 1048576,
        "bootstrapKey": null,
        "corsOrigins": "*",
        "database": {
          "dataDir": "./data",
          "kind": "embedded",
        },
        "databaseServer": {
          "port": 27027,
          "secret": null,
        },
        "deadlines": {
          "chunkTimeoutMs": 60000,
          "firstChunkTimeoutMs": 60000,
          "runTimeoutMs": 600000,
        },
        "deploymentQueue": {
          "concurrency": 4,
          "projectMax": 100,
        },
        "disconnectGraceMs": 10000,
        "documentPartTokens": 24000,
        "eventStreams": {
          "heartbeatMs": 12000,
          "stallMs": 30000,
        },
        "eventStreamsPerKey": 0,
        "extraction": {
          "languages": [
            "eng",
          ],
          "maxBytes": 67108864,
          "memoryMaxBytes": 1073741824,
          "processes": 2,
          "timeoutMs": 300000,
        },
        "graphiql": true,
        "host": "127.0.0.1",
        "introspection": true,
        "leaseMs": 15000,
        "logLevel": "info",
        "metricsToken": null,
        "outboundAllow": [
          "loopback",
        ],
        "pageMax": 100,
        "persistedOperations": null,
        "persistedOperationsOnly": false,
        "port": 4000,
        "publicUrl": null,
        "queryLimits": {
          "aliases": 50,
          "cost": 20000,
          "depth": 16,
          "directives": 100,
          "fields": 1000,
          "inputDepth": 64,
          "inputValues": 50000,
          "operations": 20,
          "tokens": 5000,
        },
        "rateLimits": {
          "executions": 0,
          "requests": 0,
          "wrongKeys": 60,
        },
        "readMaxTimeMs": 30000,
        "redisUrl": null,
        "runRetentionDays": null,
        "runTtlSeconds": 3600,
        "secretKey": null,
        "seedDemo": true,
        "shutdownGraceMs": 10000,
        "startupEnvironments": [],
        "tracing": null,
        "trustProxy": false,
        "uploads": {
          "fileMaxBytes": 268435456,
          "maxFiles": 32,
          "projectMaxBytes": null,
          "requestMaxBytes": 536870912,
        },
      }
    `);
  });

  test('with a MongoDB there is no demo content and no private address may be called', () => {
    const config = loadConfig({ MONGODB_URI: 'mongodb://one,two/trivium?replicaSet=rs', SECRET_KEY: secretKey });
    expect(config.database).toEqual({ kind: 'mongodb', uri: 'mongodb://one,two/trivium?replicaSet=rs' });
    expect(config).toMatchObject({ secretKey, seedDemo: false, outboundAllow: [] });
  });

  test('what depends on the database can be chosen all the same', () => {
    const mongodb = { MONGODB_URI: 'mongodb+srv://cluster.example', SECRET_KEY: secretKey };
    expect(loadConfig({ ...mongodb, SEED_DEMO: 'true', OUTBOUND_ALLOW: 'loopback' })).toMatchObject({
      seedDemo: true,
      outboundAllow: ['loopback'],
    });
    expect(loadConfig({ SEED_DEMO: 'false', OUTBOUND_ALLOW: 'none' })).toMatchObject({
      seedDemo: false,
      outboundAllow: [],
    });
  });

  test('an empty value counts as unset, and spaces around a value as nothing', () => {
    expect(loadConfig({ PORT: '', HOST: '  ', SECRET_KEY: '', LOG_LEVEL: ' debug\r' })).toEqual({
      ...loadConfig({}),
      logLevel: 'debug',
    });
  });
});

describe('wrong values', () => {
  test('one message names every wrong variable, its value and what is allowed', () => {
    expect(messageOf({ PORT: '65536', LOG_LEVEL: 'loud', CORS_ORIGINS: 'example.com' })).toMatchInlineSnapshot(`
      "The configuration is wrong:
        PORT is "65536". Allowed: a whole number from 0 to 65535.
        CORS_ORIGINS is "example.com". Allowed: \`*\` for any, or a comma list of origins such as \`https://example.com\`.
        LOG_LEVEL is "loud". Allowed: \`silent\`, \`fatal\`, \`error\`, \`warn\`, \`info\`, \`debug\` or \`trace\`."
    `);
  });

  test('a MongoDB without SECRET_KEY is named beside what else is wrong', () => {
    const message = messageOf({ MONGODB_URI: 'mongodb://localhost', PAGE_MAX: '0' });
    expect(message).toContain('SECRET_KEY is not set. Allowed: at least 32 characters; required with MONGODB_URI.');
    expect(message).toContain('PAGE_MAX is "0"');
  });

  test.each([
    ['BOOTSTRAP_KEY', 'hunter2-hunter2-hunter2'],
    ['SECRET_KEY', 'hunter2'],
    ['OPENAI_API_KEY', 'hunter2 hunter2'],
    ['AWS_SECRET_ACCESS_KEY', 'hunter2 hunter2'],
    ['HF_TOKEN', 'hunter2 hunter2'],
    ['MONGODB_URI', 'postgres://root:hunter2@localhost'],
    ['OPENAI_BASE_URL', 'https://root:hunter2@localhost/v1'],
    ['OLLAMA_HOST', 'http://root:hunt/er2@localhost'],
    ['PUBLIC_URL', 'https://root:hunter2@localhost'],
  ])('the secret in a wrong %s is not shown', (name, value) => {
    const message = messageOf({ [name]: value });
    expect(message).toContain(name);
    expect(message).not.toMatch(/hunt|er2/);
  });

  test.each([
    ['HOST', ['localhost:4000', 'a b', '1.2.3.400', '-a', 'a..b']],
    ['PORT', ['-1', '1.5', '0x10', '1e3', 'http']],
    [
      'PUBLIC_URL',
      ['example.com', 'ftp://example.com', 'https://example.com/?a=1', 'https://example.com/#a', 'http://'],
    ],
    ['TRUST_PROXY', ['1', 'yes', '10.0.0.0/33', '10.0.0/8', '10.0.0.0/8/8', 'loopback,', 'proxy.example']],
    ['CORS_ORIGINS', ['https://example.com/path', '*,https://example.com', 'null', 'https://a.example,,']],
    ['MONGODB_URI', ['localhost', 'mongodb://', 'http://localhost']],
    ['BOOTSTRAP_KEY', ['sk-short', 'pk-0123456789012345678', 'sk-0123456789 0123456789']],
    ['SEED_DEMO', ['yes', '1', 'TRUE!']],
    ['OUTBOUND_ALLOW', ['host:0', 'host:65536', 'http://host', '[::1', '::1]:80', '10.0.0.0/x', 'a,,b']],
    ['OPENAI_BASE_URL', ['api.example.com/v1', 'https://api.example.com/v1?key=1']],
    ['OLLAMA_HOST', ['ftp://host', 'host:port', 'host:99999', 'a b']],
    ['BODY_MAX_BYTES', ['1023', '2 GiB', '1.5MiB', 'MiB', '1025MiB']],
    ['LEASE_MS', ['10', '86400001', '1s']],
  ])('%s refuses what it does not allow', (name, values) => {
    for (const value of values) {
      // MONGODB_URI alone would be wrong for want of a SECRET_KEY.
      expect(messageOf({ SECRET_KEY: secretKey, [name]: value }), value).toContain(`\n  ${name} is `);
    }
  });

  test('whatever is written there, it is read or a ConfigError', () => {
    const anyEnvironment = fc.record(
      Object.fromEntries(describeConfig().map(({ name }) => [name, fc.string({ maxLength: 40 })])),
      { requiredKeys: [] },
    );
    fc.assert(
      fc.property(anyEnvironment, (environment) => {
        try {
          loadConfig(environment);
        } catch (error) {
          expect(error).toBeInstanceOf(ConfigError);
        }
      }),
    );
  });
});

describe('values', () => {
  test.each([
    ['false', false],
    ['true', true],
    ['10.0.0.0/8, ::1,loopback', '10.0.0.0/8,::1,loopback'],
  ])('TRUST_PROXY %s', (value, expected) => {
    expect(loadConfig({ TRUST_PROXY: value }).trustProxy).toEqual(expected);
  });

  test('CORS_ORIGINS is a list of origins', () => {
    expect(loadConfig({ CORS_ORIGINS: 'https://a.example, http://localhost:3000' }).corsOrigins).toEqual([
      'https://a.example',
      'http://localhost:3000',
    ]);
  });

  test('PUBLIC_URL may have a path, and loses the slash at its end', () => {
    expect(loadConfig({ PUBLIC_URL: 'https://example.com/llm/' }).publicUrl).toBe('https://example.com/llm');
  });

  test('OUTBOUND_ALLOW takes hosts, ports, addresses and ranges', () => {
    const entries = ['gpu_box', 'vllm.internal:8000', '192.168.0.0/16', 'fd00::/8', '::1', '[::1]:80', '10.0.0.1:80'];
    expect(loadConfig({ OUTBOUND_ALLOW: entries.join(' , ') }).outboundAllow).toEqual(entries);
  });

  test.each([
    ['4096', 4096],
    ['512KiB', 524_288],
    ['4 mib', 4_194_304],
  ])('BODY_MAX_BYTES %s', (value, expected) => {
    expect(loadConfig({ BODY_MAX_BYTES: value }).bodyMaxBytes).toBe(expected);
  });
});

describe('traces', () => {
  test('there are none unless an endpoint or the exporter is named', () => {
    expect(loadConfig({ OTEL_SERVICE_NAME: 'x' }).tracing).toBeNull();
    const endpoint = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
    expect(loadConfig({ ...endpoint, OTEL_SDK_DISABLED: 'true' }).tracing).toBeNull();
    expect(loadConfig({ ...endpoint, OTEL_TRACES_EXPORTER: 'none' }).tracing).toBeNull();
    expect(loadConfig({ OTEL_TRACES_EXPORTER: 'otlp' }).tracing).toEqual({
      url: 'http://localhost:4318/v1/traces',
      protocol: 'http/protobuf',
      serviceName: 'trivium',
      resourceAttributes: {},
      followsParent: true,
      ratio: 1,
    });
    expect(loadConfig({ ...endpoint, OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: 'http://traces:1/x' }).tracing?.url).toBe(
      'http://traces:1/x',
    );
  });

  test.each([
    ['always_off', undefined, false, 0],
    ['traceidratio', '0.25', false, 0.25],
    ['parentbased_traceidratio', '0.25', true, 0.25],
    ['parentbased_always_on', '0.25', true, 1],
  ])('the sampler %s', (OTEL_TRACES_SAMPLER, argument, followsParent, ratio) => {
    const sampler = { OTEL_TRACES_SAMPLER, ...(argument !== undefined && { OTEL_TRACES_SAMPLER_ARG: argument }) };
    const { tracing } = loadConfig({ OTEL_TRACES_EXPORTER: 'otlp', ...sampler });
    expect(tracing).toMatchObject({ followsParent, ratio });
  });

  test('attributes are percent-encoded; the name of the service may be one of them', () => {
    const { tracing } = loadConfig({
      OTEL_TRACES_EXPORTER: 'otlp',
      OTEL_RESOURCE_ATTRIBUTES: 'service.name=a%2Cb, team = x=y',
    });
    expect(tracing).toMatchObject({ serviceName: 'a,b', resourceAttributes: { 'service.name': 'a,b', team: 'x=y' } });
    expect(messageOf({ OTEL_RESOURCE_ATTRIBUTES: 'nothing' })).toContain('OTEL_RESOURCE_ATTRIBUTES');
    expect(messageOf({ OTEL_RESOURCE_ATTRIBUTES: 'a=%E0%A4%A' })).toContain('OTEL_RESOURCE_ATTRIBUTES');
  });
});

describe('environments of the first start', () => {
  test('OPENAI_API_KEY alone means OpenAI itself', () => {
    const config = loadConfig({ OPENAI_API_KEY: 'sk-x', OPENAI_MODEL: 'some-model', OUTBOUND_ALLOW: 'none' });
    expect(config.startupEnvironments).toEqual([
      {
        name: 'openai',
        provider: 'openai',
        endpoint: null,
        credentials: 'sk-x',
        defaultModel: 'some-model',
      },
    ]);
    expect(config.outboundAllow).toEqual([]);
  });

  test('OPENAI_BASE_URL needs no key, and may be a private address', () => {
    const config = loadConfig({ OPENAI_BASE_URL: 'http://gpu-box:8000/v1/', OUTBOUND_ALLOW: 'none' });
    expect(config.startupEnvironments).toEqual([
      {
        name: 'openai',
        provider: 'openai_compatible',
        endpoint: 'http://gpu-box:8000/v1',
        credentials: null,
        defaultModel: null,
      },
    ]);
    expect(config.outboundAllow).toEqual(['gpu-box:8000']);
  });

  test.each<[string, NodeJS.ProcessEnv, object]>([
    ['anthropic', { ANTHROPIC_API_KEY: 'k', ANTHROPIC_MODEL: 'm' }, { credentials: 'k', defaultModel: 'm' }],
    ['google', { GEMINI_API_KEY: 'k', GOOGLE_GENERATIVE_AI_API_KEY: 'other' }, { credentials: 'k' }],
    ['google', { GOOGLE_GENERATIVE_AI_API_KEY: 'k', GEMINI_MODEL: 'm' }, { credentials: 'k', defaultModel: 'm' }],
    ['mistralai', { MISTRAL_API_KEY: 'k', MISTRAL_MODEL: 'm' }, { credentials: 'k', defaultModel: 'm' }],
    ['groq', { GROQ_API_KEY: 'k', GROQ_MODEL: 'm' }, { credentials: 'k', defaultModel: 'm' }],
    ['togetherai', { TOGETHER_API_KEY: 'k', TOGETHER_MODEL: 'm' }, { credentials: 'k', defaultModel: 'm' }],
    ['huggingface_ie', { HF_TOKEN: 'k', HUGGINGFACE_API_KEY: 'other' }, { credentials: 'k' }],
    ['huggingface_ie', { HUGGINGFACE_API_KEY: 'k', HF_MODEL: 'm' }, { credentials: 'k', defaultModel: 'm' }],
    ['replicate', { REPLICATE_API_TOKEN: 'k', REPLICATE_MODEL: 'm' }, { credentials: 'k', defaultModel: 'm' }],
    [
      'azure_openai',
      { AZURE_OPENAI_API_KEY: 'k', AZURE_OPENAI_ENDPOINT: 'https://a.openai.azure.com/', AZURE_OPENAI_DEPLOYMENT: 'm' },
      { endpoint: 'https://a.openai.azure.com', credentials: 'k', defaultModel: 'm' },
    ],
    [
      'azure_openai',
      { AZURE_OPENAI_API_KEY: 'k', AZURE_OPENAI_ENDPOINT: 'https://a.example', OPENAI_API_VERSION: '2025-01-01' },
      { endpoint: 'https://a.example?api-version=2025-01-01', credentials: 'k' },
    ],
    [
      'vertexai',
      { GOOGLE_VERTEX_PROJECT: 'p', GOOGLE_CLIENT_EMAIL: 'a@b.example', GOOGLE_PRIVATE_KEY: 'one\\ntwo' },
      { credentials: '{"project_id":"p","client_email":"a@b.example","private_key":"one\\ntwo"}' },
    ],
    [
      'bedrock',
      { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's', AWS_SESSION_TOKEN: 't', AWS_REGION: 'eu-central-1' },
      { credentials: '{"accessKeyId":"a","secretAccessKey":"s","sessionToken":"t","region":"eu-central-1"}' },
    ],
    [
      'bedrock',
      { AWS_BEARER_TOKEN_BEDROCK: 'k', AWS_REGION: 'eu-central-1', BEDROCK_MODEL: 'm' },
      { credentials: '{"apiKey":"k","region":"eu-central-1"}', defaultModel: 'm' },
    ],
    [
      'watsonx',
      { WATSONX_API_KEY: 'k', WATSONX_PROJECT_ID: 'p', WATSONX_SPACE_ID: 's', WATSONX_URL: 'https://eu-de.example' },
      { endpoint: 'https://eu-de.example', credentials: '{"apiKey":"k","projectId":"p"}' },
    ],
    ['watsonx', { WATSONX_API_KEY: 'k', WATSONX_SPACE_ID: 's' }, { credentials: '{"apiKey":"k","spaceId":"s"}' }],
  ])('%s of %o', (name, environment, expected) => {
    const nothing = { endpoint: null, credentials: null, defaultModel: null };
    expect(loadConfig(environment).startupEnvironments).toEqual([{ name, provider: name, ...nothing, ...expected }]);
  });

  test.each<NodeJS.ProcessEnv>([
    { AZURE_OPENAI_API_KEY: 'k' },
    { AZURE_OPENAI_ENDPOINT: 'https://a.example' },
    { AWS_ACCESS_KEY_ID: 'a', AWS_SECRET_ACCESS_KEY: 's' },
    { AWS_REGION: 'eu-central-1' },
    { GOOGLE_VERTEX_PROJECT: 'p' },
    { WATSONX_API_KEY: 'k' },
    { OPENAI_MODEL: 'm' },
  ])('none of %o alone', (environment) => {
    expect(loadConfig(environment).startupEnvironments).toEqual([]);
  });

  test.each([
    ['gpu-box', 'http://gpu-box:11434/v1', 'gpu-box:11434'],
    ['gpu-box:1234', 'http://gpu-box:1234/v1', 'gpu-box:1234'],
    ['gpu-box:80', 'http://gpu-box/v1', 'gpu-box:80'],
    [':1234', 'http://127.0.0.1:1234/v1', '127.0.0.1:1234'],
    ['0.0.0.0', 'http://127.0.0.1:11434/v1', '127.0.0.1:11434'],
    ['::1', 'http://[::1]:11434/v1', '[::1]:11434'],
    ['[::]:1234', 'http://[::1]:1234/v1', '[::1]:1234'],
    ['http://gpu-box', 'http://gpu-box/v1', 'gpu-box:80'],
    ['https://example.com/ollama/', 'https://example.com/ollama/v1', 'example.com:443'],
  ])('OLLAMA_HOST %s is %s', (value, endpoint, allowed) => {
    const config = loadConfig({ OLLAMA_HOST: value, OLLAMA_MODEL: 'llama', OUTBOUND_ALLOW: 'none' });
    expect(config.startupEnvironments).toEqual([
      { name: 'ollama', provider: 'ollama', endpoint, credentials: null, defaultModel: 'llama' },
    ]);
    expect(config.outboundAllow).toEqual([allowed]);
  });
});
