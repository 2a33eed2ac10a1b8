import { afterEach, describe, expect, test } from 'vitest';
import { isImageReader } from '../../src/providers/image-reader.ts';
import type { Message } from '../../src/providers/provider.ts';
import type { ReceivedRequest } from '../support/openai-server.ts';
import { failureOf, findWire, startVendorClient, type VendorClient } from '../support/vendor-client.ts';
import { vendorWires } from '../support/vendor-wire.ts';

const png = 'iVBORw0KGgo=';
const jpeg = '/9j/4AAQSkY=';
const messages: readonly Message[] = [
  { role: 'system', content: 'Read.' },
  {
    role: 'user',
    content: 'What is it?',
    images: [
      { mediaType: 'image/png', data: png },
      { mediaType: 'image/jpeg', data: jpeg },
    ],
  },
];

const openai = {
  messages: [
    { role: 'system', content: 'Read.' },
    {
      role: 'user',
      content: [
        { type: 'text', text: 'What is it?' },
        { type: 'image_url', image_url: { url: `data:image/png;base64,${png}` } },
        { type: 'image_url', image_url: { url: `data:image/jpeg;base64,${jpeg}` } },
      ],
    },
  ],
};
const gemini = {
  systemInstruction: { parts: [{ text: 'Read.' }] },
  contents: [
    {
      role: 'user',
      parts: [
        { text: 'What is it?' },
        { inlineData: { mimeType: 'image/png', data: png } },
        { inlineData: { mimeType: 'image/jpeg', data: jpeg } },
      ],
    },
  ],
};
/** What arrives at those who are not on OpenAI's protocol. */
const bodies: Readonly<Record<string, object>> = {
  google: gemini,
  vertexai: gemini,
  anthropic: {
    messages: [
      {
        role: 'user',
        content: [
          { type: 'text', text: 'What is it?' },
          { type: 'image', source: { type: 'base64', media_type: 'image/png', data: png } },
          { type: 'image', source: { type: 'base64', media_type: 'image/jpeg', data: jpeg } },
        ],
      },
    ],
  },
  bedrock: {
    system: [{ text: 'Read.' }],
    messages: [
      {
        role: 'user',
        content: [
          { text: 'What is it?' },
          { image: { format: 'png', source: { bytes: png } } },
          { image: { format: 'jpeg', source: { bytes: jpeg } } },
        ],
      },
    ],
  },
};

let client: VendorClient;
afterEach(() => client?.[Symbol.asyncDispose]());

describe.each(vendorWires.filter(({ kind }) => kind !== 'replicate'))('$kind', (wire) => {
  const answerWell = (request: ReceivedRequest) => {
    wire.chunk(request, 'A cat', true);
    wire.finish(request);
  };

  test('gets images with the message that they belong to', async () => {
    client = await startVendorClient(wire);
    client.answer(answerWell);
    const events = await client.collect({ messages });
    expect(events).toContainEqual({ type: 'text', text: 'A cat' });
    expect(events.at(-1)).toMatchObject({ warnings: [] });
    expect(client.received[0]?.body).toMatchObject(bodies[wire.kind] ?? openai);
  });

  test('gets a general message with images as one of the user', async () => {
    client = await startVendorClient(wire);
    client.answer(answerWell);
    const [instruction, question] = messages;
    await client.collect({ messages: [instruction, { ...question, role: 'system' }] as Message[] });
    expect(client.received[0]?.body).toMatchObject(bodies[wire.kind] ?? openai);
  });
});

describe('replicate', () => {
  /** Asks a model with these inputs, and answers with the input that its prediction got. */
  const predict = async (inputs: readonly string[], asked: readonly Message[]) => {
    const wire = findWire('replicate');
    client = await startVendorClient({
      ...wire,
      prepare(request) {
        if (request.path !== '/v1/models/meta/llama') return wire.prepare?.(request) ?? false;
        const properties = Object.fromEntries(['prompt', ...inputs].map((name) => [name, {}]));
        const openapi = { components: { schemas: { Input: { type: 'object', properties } } } };
        request.json(200, { latest_version: { id: 'v', openapi_schema: openapi } });
        return true;
      },
    });
    client.answer((request) => wire.finish(request));
    await client.collect({ messages: asked });
    return client.server.requests.find(({ path }) => path.endsWith('/predictions'))?.body?.input;
  };
  const urls = [`data:image/png;base64,${png}`, `data:image/jpeg;base64,${jpeg}`];
  const [first] = messages[1]?.images ?? [];
  const one: readonly Message[] = [
    { role: 'user', content: 'What is it?', images: first === undefined ? [] : [first] },
  ];

  test.each(['images', 'image_input'])('gets them as %s, where the model has that input', async (name) => {
    expect(await predict([name], messages)).toEqual({ prompt: 'Read.\n\nWhat is it?', [name]: urls });
  });

  test('gets one as image', async () => {
    expect(await predict(['image'], one)).toEqual({ prompt: 'What is it?', image: urls[0] });
  });

  test.each([
    [['image'], 'The model reads one image at a time; there are 2'],
    [[], 'The model reads no images'],
  ])('with the inputs %j fails rather than leave one out', async (inputs, message) => {
    const failure = await failureOf(predict(inputs, messages).then(() => []));
    expect(failure).toMatchObject({ code: 'invalid_request', message });
  });
});

test.each([
  ['gpt-4o-mini', true],
  ['gpt-4-0613', false],
  ['gpt-3.5-turbo', false],
  ['gpt-5-nano', true],
  ['o1', true],
  ['o1-mini', false],
  ['o3-2025-04-16', true],
  ['o3-mini', false],
  ['gpt-oss-120b', false],
  ['openai/gpt-4.1', true],
  ['meta-llama/llama-4-scout-17b-16e-instruct', true],
  ['llama-3.3-70b-versatile', false],
  ['llama3.2-vision:11b', true],
  ['llama3.2:3b', false],
  ['Qwen/Qwen2.5-VL-72B-Instruct', true],
  ['qwen2.5vl:7b', true],
  ['qwen3:8b', false],
  ['gemma3:4b', true],
  ['gemma3:1b', false],
  ['google/gemma-3-27b-it', true],
  ['llava:13b', true],
  ['eu.anthropic.claude-sonnet-4-5-20250929-v1:0', true],
  ['anthropic.claude-v2:1', false],
  ['claude-2.1', false],
  ['us.amazon.nova-pro-v1:0', true],
  ['us.amazon.nova-micro-v1:0', false],
])('%s reads images: %s', (model, readsImages) => {
  expect(isImageReader(model)).toBe(readsImages);
});
