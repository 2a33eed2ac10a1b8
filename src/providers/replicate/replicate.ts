import { setTimeout as delay } from 'node:timers/promises';
import { z } from 'zod';
import { RunFailure } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import { requireEndpoint, requireKey, requirePlainModel } from '../connection-setting.ts';
import { isImageReader } from '../image-reader.ts';
import type { Outbound } from '../outbound.ts';
import type { Connection, GenerateEvent, GenerateRequest, Provider, ProviderProfile, TokenUse } from '../provider.ts';
import { isSuccess, readAs, readJson } from '../upstream-answer.ts';
import { mapNetworkError, mapProblem, readProblem } from '../upstream-problem.ts';
import { convertInput } from './convert-input.ts';
import { failPrediction, readOutput } from './read-output.ts';

const profile: ProviderProfile = {
  vendor: 'Replicate',
  defaultEndpoint: 'https://api.replicate.com/v1',
  endpoint: 'the base URL, for a proxy of it',
  credentials: 'the API token',
  missingSettings: [],
  structuredOutput: 'in words',
  models: 'the collection of language models; any other is called by `owner/name` or `owner/name:version`',
};

/** Where a model does not stream, its prediction is looked at this often. */
const pollMs = 500;
const cancelTimeoutMs = 5_000;

const modelAnswer = z.object({
  latest_version: z
    .object({
      openapi_schema: z.object({
        components: z.object({
          schemas: z.object({ Input: z.object({ properties: z.record(z.string(), z.unknown()) }) }),
        }),
      }),
    })
    .nullish()
    .catch(null),
});

const prediction = z.object({
  id: z.string(),
  status: z.string(),
  output: z.unknown().optional(),
  error: z.string().nullish().catch(null),
  urls: z.object({ stream: z.string().optional() }).optional(),
  metrics: z.object({ input_token_count: z.number(), output_token_count: z.number() }).nullish().catch(null),
});
type Prediction = z.output<typeof prediction>;

const modelList = z.object({
  models: z.array(z.object({ owner: z.string(), name: z.string() })),
});

/** Replicate: a model's prediction is made, and its output read from a stream. */
export function createReplicateProvider(outbound: Outbound): Provider {
  /** Calls the API itself, with the token. */
  const call = async (connection: Connection, path: string, signal: AbortSignal, body?: JsonObject) => {
    const token = requireKey(connection, profile.vendor);
    const response = await outbound.request(`${requireEndpoint(connection, profile.defaultEndpoint)}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${token}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal,
    });
    return readJson(response, [token]);
  };

  /** The names of a model's inputs; null where it does not say. */
  const findFields = async (connection: Connection, model: string, signal: AbortSignal) => {
    const answer = readAs(modelAnswer, await call(connection, `/models/${model}`, signal), 'model');
    const properties = answer.latest_version?.openapi_schema.components.schemas.Input.properties;
    return properties === undefined ? null : new Set(Object.keys(properties));
  };

  const predict = async (connection: Connection, model: string, input: JsonObject, signal: AbortSignal) => {
    const [name = '', version] = model.split(':');
    const answer =
      version === undefined
        ? await call(connection, `/models/${name}/predictions`, signal, { input, stream: true })
        : await call(connection, '/predictions', signal, { version, input, stream: true });
    return readAs(prediction, answer, 'prediction');
  };

  const findPrediction = async (connection: Connection, id: string, signal: AbortSignal) =>
    readAs(prediction, await call(connection, `/predictions/${encodeURIComponent(id)}`, signal), 'prediction');

  /** Without it the model would run, and cost, to its end. */
  const cancel = async (connection: Connection, id: string): Promise<void> => {
    const path = `/predictions/${encodeURIComponent(id)}/cancel`;
    await call(connection, path, AbortSignal.timeout(cancelTimeoutMs), {}).catch(() => undefined);
  };

  /** The address of the stream is the vendor's choice: it gets no token. */
  async function* stream(connection: Connection, url: string, signal: AbortSignal): AsyncGenerator<GenerateEvent> {
    const secrets = [requireKey(connection, profile.vendor)];
    const response = await outbound.request(url, { method: 'GET', headers: { accept: 'text/event-stream' }, signal });
    if (!isSuccess(response)) throw mapProblem(await readProblem(response, secrets));
    for await (const text of readOutput(response.body, secrets)) yield { type: 'text', text };
  }

  /** What is said at once by a model that does not stream. */
  async function* wait(
    connection: Connection,
    started: Prediction,
    signal: AbortSignal,
  ): AsyncGenerator<GenerateEvent> {
    let current = started;
    while (current.status === 'starting' || current.status === 'processing') {
      await delay(pollMs, undefined, { signal });
      current = await findPrediction(connection, started.id, signal);
      yield { type: 'progress', tokenUse: null };
    }
    if (current.status !== 'succeeded') {
      throw failPrediction(current.error ?? `The prediction is ${current.status}`, [connection.credentials ?? '']);
    }
    const text = joinOutput(current.output);
    if (text !== '') yield { type: 'text', text };
  }

  async function* generate(
    request: GenerateRequest,
    connection: Connection,
    signal: AbortSignal,
  ): AsyncGenerator<GenerateEvent> {
    let running: string | null = null;
    try {
      const model = requirePlainModel(request.model);
      const fields = await findFields(connection, model.split(':')[0] ?? model, signal);
      const { input, warnings } = convertInput(request, fields);
      const started = await predict(connection, model, input, signal);
      running = started.id;
      const streamUrl = started.urls?.stream;
      yield* streamUrl === undefined ? wait(connection, started, signal) : stream(connection, streamUrl, signal);
      running = null;
      const { metrics } = await findPrediction(connection, started.id, signal);
      // It does not say why an answer ends; nearly all end by themselves.
      yield { type: 'finish', reason: 'stop', tokenUse: convertMetrics(metrics), warnings };
    } catch (error) {
      throw mapNetworkError(error, signal);
    } finally {
      if (running !== null) void cancel(connection, running);
    }
  }

  return {
    kind: 'replicate',
    needsEndpoint: false,
    profile,
    generate,
    async listModels(connection, signal) {
      try {
        const answer = await call(connection, '/collections/language-models', signal);
        return readAs(modelList, answer, 'list of models').models.map(({ owner, name }) => ({
          id: `${owner}/${name}`,
          name,
          streams: true,
          readsImages: isImageReader(name),
        }));
      } catch (error) {
        throw mapNetworkError(error, signal);
      }
    },
  };
}

function convertMetrics(metrics: Prediction['metrics']): TokenUse | null {
  if (metrics == null) return null;
  const { input_token_count: promptTokens, output_token_count: result } = metrics;
  return { prompt: promptTokens, result, total: promptTokens + result };
}

/** Text, or pieces of it. */
function joinOutput(output: unknown): string {
  if (typeof output === 'string') return output;
  if (Array.isArray(output) && output.every((piece) => typeof piece === 'string')) return output.join('');
  throw new RunFailure('provider_error', "The model's output is not text");
}
