import { generateKeyPairSync } from 'node:crypto';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { loadConfig } from '../../src/config.ts';
import { createOutbound, type Outbound } from '../../src/providers/outbound.ts';
import { createProviderRegistry } from '../../src/providers/registry.ts';
import { failureOf, noSettings } from '../support/vendor-client.ts';

/** The environments that the first start makes are called where their vendors are, with credentials as these read them. */

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

const { startupEnvironments } = loadConfig({
  OPENAI_API_KEY: 'k',
  AZURE_OPENAI_API_KEY: 'k',
  AZURE_OPENAI_ENDPOINT: 'https://mine.openai.azure.com',
  ANTHROPIC_API_KEY: 'k',
  GEMINI_API_KEY: 'k',
  GOOGLE_VERTEX_PROJECT: 'p',
  GOOGLE_CLIENT_EMAIL: 'robot@p.example',
  GOOGLE_PRIVATE_KEY: privateKey.replaceAll('\n', '\\n'),
  AWS_ACCESS_KEY_ID: 'a',
  AWS_SECRET_ACCESS_KEY: 's',
  AWS_REGION: 'eu-central-1',
  MISTRAL_API_KEY: 'k',
  GROQ_API_KEY: 'k',
  TOGETHER_API_KEY: 'k',
  HF_TOKEN: 'k',
  REPLICATE_API_TOKEN: 'k',
  WATSONX_API_KEY: 'k',
  WATSONX_PROJECT_ID: 'p',
});

const hosts: Readonly<Record<string, string>> = {
  openai: 'api.openai.com',
  azure_openai: 'mine.openai.azure.com',
  anthropic: 'api.anthropic.com',
  google: 'generativelanguage.googleapis.com',
  vertexai: 'oauth2.googleapis.com',
  bedrock: 'bedrock-runtime.eu-central-1.amazonaws.com',
  mistralai: 'api.mistral.ai',
  groq: 'api.groq.com',
  togetherai: 'api.together.xyz',
  huggingface_ie: 'router.huggingface.co',
  replicate: 'api.replicate.com',
  watsonx: 'iam.cloud.ibm.com',
};

let outbound: Outbound;
let asked: string[];
beforeEach(() => {
  asked = [];
  outbound = createOutbound({
    allow: [],
    lookup: async (hostname) => {
      asked.push(hostname);
      throw Object.assign(new Error('There is no network here'), { code: 'ENOTFOUND' });
    },
  });
});
afterEach(() => outbound.close());

test('every vendor with credentials is there', () => {
  expect(startupEnvironments.map(({ name }) => name)).toEqual(Object.keys(hosts));
});

test.each(startupEnvironments)('$name', async ({ provider: kind, endpoint, credentials }) => {
  const provider = createProviderRegistry(outbound).find(kind);
  if (provider === undefined) throw new Error(`There is no provider ${kind}`);
  const request = {
    model: 'm',
    messages: [{ role: 'user' as const, content: 'Hi' }],
    settings: noSettings,
    resultSchema: null,
  };
  const answer = provider.generate(request, { endpoint, credentials }, new AbortController().signal);
  expect(await failureOf(Array.fromAsync(answer))).toMatchObject({
    code: 'provider_error',
    isRetryable: true,
    message: expect.stringContaining('ENOTFOUND'),
  });
  expect(asked).toEqual([hosts[kind]]);
});

test('ollama is on the same machine, which has to be allowed', async () => {
  const provider = createProviderRegistry(outbound).find('ollama');
  const models = provider?.listModels({ endpoint: null, credentials: null }, new AbortController().signal);
  expect(await failureOf(Promise.resolve(models))).toMatchObject({
    code: 'invalid_request',
    message: expect.stringContaining('127.0.0.1:11434'),
  });
});
