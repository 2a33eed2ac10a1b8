import { afterEach, describe, expect, test } from 'vitest';
import { createOutbound } from '../../src/providers/outbound.ts';
import { createProviderRegistry } from '../../src/providers/registry.ts';
import type { ReceivedRequest } from '../support/openai-server.ts';
import { failureOf, findWire, startVendorClient, type VendorClient } from '../support/vendor-client.ts';

/** How a vendor makes embeddings of `a` and `b`, as its public documentation has it. */
interface EmbeddingsWire {
  readonly kind: string;
  readonly model?: string;
  /** The calls, each with its answer, in any order. */
  readonly calls: readonly { readonly path: string; readonly body: object; readonly answer: object }[];
  readonly tokens: number | null;
  /** The model that the answer names, or that was asked. */
  readonly called: string;
}

const openai = (kind: string, model: string, path = '/v1/embeddings', named?: string): EmbeddingsWire => ({
  kind,
  ...(named !== undefined && { model: named }),
  calls: [
    {
      path,
      body: { model, input: ['a', 'b'], encoding_format: 'float' },
      answer: {
        object: 'list',
        data: [
          { object: 'embedding', index: 0, embedding: [1, 0] },
          { object: 'embedding', index: 1, embedding: [0, 1] },
        ],
        model: 'the-model',
        usage: { prompt_tokens: 4, total_tokens: 4 },
      },
    },
  ],
  tokens: 4,
  called: 'the-model',
});

const vertexPath = '/v1beta1/projects/my-project/locations/europe-west4/publishers/google/models';
const predictionOf = (values: readonly number[]) => ({ embeddings: { values, statistics: { token_count: 2 } } });
const titanPath = '/model/amazon.titan-embed-text-v2%3A0/invoke';

const wires: readonly EmbeddingsWire[] = [
  openai('openai_compatible', 'text-embedding-3-small'),
  openai('openai', 'text-embedding-3-small'),
  openai('azure_openai', 'e', '/openai/deployments/e/embeddings?api-version=2024-10-21', 'e'),
  openai('mistralai', 'mistral-embed'),
  openai('togetherai', 'intfloat/multilingual-e5-large-instruct'),
  openai('huggingface_ie', 'tei', '/v1/embeddings', 'tei'),
  openai('ollama', 'nomic-embed-text'),
  {
    kind: 'watsonx',
    calls: [
      {
        path: '/ml/v1/text/embeddings?version=2025-02-11',
        body: { model_id: 'ibm/slate-125m-english-rtrvr-v2', inputs: ['a', 'b'], project_id: 'my-project' },
        answer: { model_id: 'x', results: [{ embedding: [1, 0] }, { embedding: [0, 1] }], input_token_count: 4 },
      },
    ],
    tokens: 4,
    called: 'ibm/slate-125m-english-rtrvr-v2',
  },
  {
    kind: 'google',
    calls: [
      {
        path: '/v1beta/models/gemini-embedding-001:batchEmbedContents',
        body: {
          requests: ['a', 'b'].map((text) => ({
            model: 'models/gemini-embedding-001',
            content: { role: 'user', parts: [{ text }] },
          })),
        },
        answer: { embeddings: [{ values: [1, 0] }, { values: [0, 1] }] },
      },
    ],
    // It does not say.
    tokens: null,
    called: 'gemini-embedding-001',
  },
  {
    kind: 'vertexai',
    model: 'text-embedding-005',
    calls: [
      {
        path: `${vertexPath}/text-embedding-005:predict`,
        body: { instances: [{ content: 'a' }, { content: 'b' }] },
        answer: { predictions: [predictionOf([1, 0]), predictionOf([0, 1])] },
      },
    ],
    tokens: 4,
    called: 'text-embedding-005',
  },
  {
    // One text a call.
    kind: 'vertexai',
    calls: [
      {
        path: `${vertexPath}/gemini-embedding-001:predict`,
        body: { instances: [{ content: 'a' }] },
        answer: { predictions: [predictionOf([1, 0])] },
      },
      {
        path: `${vertexPath}/gemini-embedding-001:predict`,
        body: { instances: [{ content: 'b' }] },
        answer: { predictions: [predictionOf([0, 1])] },
      },
    ],
    tokens: 4,
    called: 'gemini-embedding-001',
  },
  {
    kind: 'bedrock',
    calls: [
      { path: titanPath, body: { inputText: 'a' }, answer: { embedding: [1, 0], inputTextTokenCount: 2 } },
      { path: titanPath, body: { inputText: 'b' }, answer: { embedding: [0, 1], inputTextTokenCount: 2 } },
    ],
    tokens: 4,
    called: 'amazon.titan-embed-text-v2:0',
  },
  {
    kind: 'bedrock',
    model: 'cohere.embed-multilingual-v3',
    calls: [
      {
        path: '/model/cohere.embed-multilingual-v3/invoke',
        body: { input_type: 'search_query', texts: ['a', 'b'] },
        answer: {
          id: 'x',
          embeddings: [
            [1, 0],
            [0, 1],
          ],
          response_type: 'embeddings_floats',
          texts: ['a', 'b'],
        },
      },
    ],
    // They come in a header, which the SDK is not given.
    tokens: null,
    called: 'cohere.embed-multilingual-v3',
  },
];

let client: VendorClient;
afterEach(() => client?.[Symbol.asyncDispose]());

test('every vendor that embeds has its wire', () => {
  const registry = createProviderRegistry(createOutbound({ allow: [] }));
  const kinds = registry.kinds.filter((kind) => kind !== 'test' && registry.find(kind)?.embed !== undefined);
  expect([...new Set(wires.map(({ kind }) => kind))].sort()).toEqual([...kinds].sort());
});

describe.each(wires)('$kind, $called', ({ kind, model, calls, tokens, called }) => {
  const wire = findWire(kind);

  test('makes one vector of each text', async () => {
    client = await startVendorClient(wire);
    client.answer((request: ReceivedRequest) => {
      const call = calls.find(({ body }) => JSON.stringify(body) === JSON.stringify(request.body)) ?? calls[0];
      request.json(200, call?.answer);
    });
    expect(await client.embed(['a', 'b'], model)).toEqual({
      model: called,
      vectors: [
        [1, 0],
        [0, 1],
      ],
      tokens,
    });
    // Calls at the same time arrive in any order.
    expect(client.received).toHaveLength(calls.length);
    for (const { path, body } of calls) {
      expect(client.received).toContainEqual(expect.objectContaining({ method: 'POST', path, body }));
    }
    if (wire.header !== undefined) {
      for (const { headers } of client.received) expect(headers[wire.header[0]]).toBe(wire.header[1]);
    }
    if (kind === 'bedrock') expect(client.received[0]?.headers.authorization).toMatch(/^AWS4-HMAC-SHA256 /);
  });

  test('fails with what the vendor says, and with less than there is to be', async () => {
    client = await startVendorClient(wire);
    client.answer((request) =>
      request.json(429, wire.refusal(`Not so: ${wire.secrets.join(' ')}.`), { 'retry-after': '7' }),
    );
    const refused = await failureOf(client.embed(['a', 'b'], model).then(() => []));
    expect(refused).toMatchObject({ code: 'rate_limited', isRetryable: true, retryAfterMs: 7000 });
    for (const secret of wire.secrets) expect(refused.message).not.toContain(secret);
    client.answer((request) => request.json(200, {}));
    expect(await failureOf(client.embed(['a', 'b'], model).then(() => []))).toMatchObject({ code: 'provider_error' });
  });
});
