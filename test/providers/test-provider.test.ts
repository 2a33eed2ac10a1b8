import { Ajv2020 } from 'ajv/dist/2020.js';
import addFormats from 'ajv-formats';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/json.ts';
import type { GenerateEvent, GenerateRequest } from '../../src/providers/provider.ts';
import { createTestProvider } from '../../src/providers/test/test.ts';

const provider = createTestProvider();
const connection = { endpoint: null, credentials: null };
const noSettings = { temperature: null, maxTokens: null, topP: null, stop: null, seed: null, options: null };

const open = (request: Partial<GenerateRequest> = {}, signal = new AbortController().signal) => {
  const base = {
    model: 'test-echo',
    messages: [{ role: 'user', content: 'What color is the car?' }],
  } as const;
  return provider.generate({ ...base, settings: noSettings, resultSchema: null, ...request }, connection, signal);
};
const collect = (request: Partial<GenerateRequest> = {}): Promise<GenerateEvent[]> => Array.fromAsync(open(request));
const textOf = (events: GenerateEvent[]) => events.map((event) => (event.type === 'text' ? event.text : '')).join('');
const finishOf = (events: GenerateEvent[]) => {
  const last = events.at(-1);
  if (last?.type !== 'finish') throw new Error('The last event is no end');
  return last;
};

describe.each(['test-echo', 'test-story'])('%s', (model) => {
  test('answers the same question with the same text, and another with another', async () => {
    const first = textOf(await collect({ model }));
    expect(textOf(await collect({ model }))).toBe(first);
    expect(textOf(await collect({ model, messages: [{ role: 'user', content: 'Why?' }] }))).not.toBe(first);
    expect(first).toContain('What color is the car?');
  });

  test('comes word by word', async () => {
    const events = await collect({ model });
    expect(events.length).toBeGreaterThan(10);
    expect(events.slice(0, -1).every((event) => event.type === 'text' && /^\S+\s*$/.test(event.text))).toBe(true);
  });

  test('counts its words, and ends at the limit of them', async () => {
    const whole = finishOf(await collect({ model }));
    expect(whole).toMatchObject({ reason: 'stop', warnings: [], tokenUse: { prompt: 5 } });
    const cut = await collect({ model, settings: { ...noSettings, maxTokens: 3 } });
    expect(finishOf(cut)).toMatchObject({ reason: 'length', tokenUse: { prompt: 5, result: 3, total: 8 } });
    expect(textOf(cut).trim().split(' ')).toHaveLength(3);
  });
});

describe('with a result schema the answer is JSON that fits', () => {
  test.each<[string, JsonObject]>([
    [
      'enum',
      {
        type: 'object',
        properties: { color: { enum: ['red', 'blue'] } },
        required: ['color'],
        additionalProperties: false,
      },
    ],
    [
      'const, default and examples',
      {
        type: 'object',
        properties: {
          a: { const: 7 },
          b: { type: 'string', default: 'x' },
          c: { type: 'string', pattern: '^q+$', examples: ['qq'] },
        },
      },
    ],
    [
      'bounds',
      { type: 'array', minItems: 3, maxItems: 3, items: { type: 'integer', minimum: 10, exclusiveMaximum: 12 } },
    ],
    ['multiples', { type: 'number', minimum: 1, maximum: 2, multipleOf: 0.25 }],
    ['negative bounds', { type: 'integer', maximum: -5 }],
    ['unique items', { type: 'array', minItems: 3, uniqueItems: true, items: { enum: ['a', 'b', 'c'] } }],
    ['lengths', { type: 'string', minLength: 30, maxLength: 40 }],
    ...['date', 'time', 'date-time', 'duration', 'email', 'hostname', 'ipv4', 'ipv6', 'uri', 'uuid'].map(
      (format): [string, JsonObject] => [format, { type: 'string', format }],
    ),
    [
      'references',
      {
        type: 'object',
        properties: { a: { $ref: '#/$defs/a' } },
        required: ['a'],
        $defs: { a: { type: 'array', items: { type: 'boolean' }, minItems: 1 } },
      },
    ],
    [
      'a tree',
      {
        type: 'object',
        properties: { name: { type: 'string' }, children: { type: 'array', items: { $ref: '#' } } },
        required: ['name'],
      },
    ],
    [
      'compositions',
      {
        allOf: [
          { type: 'object', properties: { a: { type: 'string' } }, required: ['a'] },
          { properties: { b: { anyOf: [{ type: 'integer' }, { type: 'null' }] } }, required: ['b'] },
        ],
      },
    ],
    ['a tuple', { type: 'array', prefixItems: [{ type: 'string' }, { type: 'integer' }], items: false }],
    ['several types', { type: ['null', 'integer'] }],
    ['what is required and not declared', { type: 'object', required: ['x'] }],
  ])('%s', async (_name, resultSchema) => {
    const ajv = new Ajv2020({ strict: false });
    addFormats.default(ajv);
    const validate = ajv.compile(resultSchema);
    for (const seed of [1, 2, 3]) {
      const value = JSON.parse(textOf(await collect({ resultSchema, settings: { ...noSettings, seed } })));
      validate(value);
      expect([value, validate.errors]).toEqual([value, null]);
    }
  });
});

describe('what fails', () => {
  test.each([
    ['execution-error', null, 'provider_error'],
    ['validation-error', null, 'validation_error'],
    ['nothing', null, 'invalid_request'],
  ])('%s', async (model, resultSchema, code) => {
    await expect(collect({ model, resultSchema })).rejects.toMatchObject({ code, isRetryable: false });
  });

  test('validation-error answers a schema with what is no JSON', async () => {
    const text = textOf(await collect({ model: 'validation-error', resultSchema: { type: 'string' } }));
    expect(() => JSON.parse(text)).toThrow();
  });

  test.each([-1, 1.5, 60_001, '5'])('a pace of %s', async (chunkDelayMs) => {
    await expect(collect({ settings: { ...noSettings, options: { chunkDelayMs } } })).rejects.toThrow(
      /from 0 to 60000/,
    );
  });
});

test('what it does not have is a warning', async () => {
  const events = await collect({ settings: { ...noSettings, topP: 1, stop: ['x'], options: { color: 'red' } } });
  expect(finishOf(events).warnings).toEqual(
    ['topP', 'stop', 'color'].map((name) => `The test provider has no setting ${name}; it was left out.`),
  );
});

test('an abort ends its waiting with the reason', async () => {
  const controller = new AbortController();
  const events = open({ settings: { ...noSettings, options: { chunkDelayMs: 60_000 } } }, controller.signal);
  const first = events[Symbol.asyncIterator]().next();
  const reason = new Error('enough');
  controller.abort(reason);
  await expect(first).rejects.toBe(reason);
});

test('its models are listed', async () => {
  const models = await provider.listModels(connection, new AbortController().signal);
  expect(models.map(({ id }) => id)).toEqual(['test-echo', 'test-story', 'execution-error', 'validation-error']);
});
