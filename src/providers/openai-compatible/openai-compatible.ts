import { z } from 'zod';
import { RunFailure } from '../../errors.ts';
import type { Outbound, OutboundResponse } from '../outbound.ts';
import type { Connection, GenerateEvent, GenerateRequest, Provider } from '../provider.ts';
import { adaptRequest } from './adapt-request.ts';
import { type ChatRequest, convertRequest } from './convert-request.ts';
import { convertCompletion } from './convert-response.ts';
import { findProblem, mapNetworkError, mapProblem, readProblem } from './map-error.ts';
import { readStream } from './read-stream.ts';

/** How often a request is sent anew without a setting that the model refuses. */
const maxAdaptations = 4;

/** As the protocol has it. */
interface EmbeddingsRequest {
  readonly model: string;
  readonly input: readonly string[];
  readonly encoding_format: 'float';
}

const defaultEmbeddingsModel = 'text-embedding-3-small';

const embeddingList = z.object({
  data: z.array(z.object({ index: z.int(), embedding: z.array(z.number()) })),
  model: z.string().optional(),
  usage: z.object({ prompt_tokens: z.int() }).nullish(),
});

const modelList = z.object({ data: z.array(z.object({ id: z.string() })) });

/**
 * Whatever speaks OpenAI's chat completions protocol: OpenAI itself, Ollama, vLLM, LM Studio, llama.cpp and many vendors. The
 * endpoint is the base URL, such as `https://api.openai.com/v1`; credentials, where there are any, are the bearer token.
 */
export function createOpenaiCompatibleProvider(outbound: Outbound): Provider {
  const call = async (
    connection: Connection,
    path: string,
    body: ChatRequest | EmbeddingsRequest | null,
    signal: AbortSignal,
  ) => {
    const { endpoint, credentials } = connection;
    if (endpoint === null) throw new RunFailure('invalid_request', 'The environment has no endpoint');
    const headers = {
      accept: body !== null && 'stream' in body && body.stream ? 'text/event-stream' : 'application/json',
      ...(body !== null && { 'content-type': 'application/json' }),
      ...(credentials !== null && { authorization: `Bearer ${credentials}` }),
    };
    const url = `${endpoint.replace(/\/+$/, '')}${path}`;
    return body === null
      ? outbound.request(url, { method: 'GET', headers, signal })
      : outbound.request(url, { method: 'POST', headers, signal, body: JSON.stringify(body) });
  };

  async function* generate(
    request: GenerateRequest,
    connection: Connection,
    signal: AbortSignal,
  ): AsyncGenerator<GenerateEvent> {
    const { credentials } = connection;
    const warnings: string[] = [];
    let body = convertRequest(request);
    try {
      let response = await call(connection, '/chat/completions', body, signal);
      for (let adaptations = 0; !isSuccess(response); adaptations += 1) {
        const problem = readProblem(
          response.status,
          await response.text(),
          response.header('retry-after'),
          credentials,
        );
        const adapted = adaptations < maxAdaptations ? adaptRequest(body, problem) : null;
        if (adapted === null) throw mapProblem(problem);
        body = adapted.request;
        if (adapted.warning !== null) warnings.push(adapted.warning);
        response = await call(connection, '/chat/completions', body, signal);
      }
      if (response.header('content-type')?.includes('text/event-stream')) {
        yield* readStream(response.body, warnings, credentials);
      } else {
        // A server that does not stream.
        const answer = await readJson(response);
        const problem = findProblem(answer, credentials);
        if (problem !== null) throw mapProblem(problem);
        const [text, finish] = convertCompletion(answer);
        if (text !== '') yield { type: 'text', text };
        yield { ...finish, warnings };
      }
    } catch (error) {
      throw mapNetworkError(error, signal);
    }
  }

  return {
    kind: 'openai_compatible',
    needsEndpoint: true,
    generate,
    async listModels(connection, signal) {
      try {
        const response = await call(connection, '/models', null, signal);
        if (!isSuccess(response)) {
          const retryAfter = response.header('retry-after');
          throw mapProblem(readProblem(response.status, await response.text(), retryAfter, connection.credentials));
        }
        const { data } = modelList.safeParse(await readJson(response));
        if (data === undefined) throw new RunFailure('provider_error', "The provider's answer is no list of models");
        // The protocol does not say more of a model than its id.
        return data.data.map(({ id }) => ({ id, name: id, streams: true, readsImages: false }));
      } catch (error) {
        throw mapNetworkError(error, signal);
      }
    },
    async embed({ model, texts }, connection, signal) {
      const body = { model: model ?? defaultEmbeddingsModel, input: texts, encoding_format: 'float' } as const;
      try {
        const response = await call(connection, '/embeddings', body, signal);
        if (!isSuccess(response)) {
          const retryAfter = response.header('retry-after');
          throw mapProblem(readProblem(response.status, await response.text(), retryAfter, connection.credentials));
        }
        const { data: answer } = embeddingList.safeParse(await readJson(response));
        if (answer?.data.length !== texts.length) {
          throw new RunFailure('provider_error', "The provider's answer is no list of one embedding for each text");
        }
        const vectors = answer.data.toSorted((one, other) => one.index - other.index).map(({ embedding }) => embedding);
        return { model: answer.model ?? body.model, vectors, tokens: answer.usage?.prompt_tokens ?? null };
      } catch (error) {
        throw mapNetworkError(error, signal);
      }
    },
  };
}

function isSuccess({ status }: OutboundResponse): boolean {
  return status >= 200 && status < 300;
}

async function readJson(response: OutboundResponse): Promise<unknown> {
  const text = await response.text();
  try {
    return JSON.parse(text);
  } catch {
    // Without the cause, which quotes the other side.
    throw new RunFailure('provider_error', "The provider's answer is not JSON");
  }
}
