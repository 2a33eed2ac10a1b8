import { z } from 'zod';
import type { JsonObject } from '../../json.ts';
import { requireCredentials, requireEndpoint } from '../connection-setting.ts';
import { isImageReader } from '../image-reader.ts';
import { leaveOutMissing } from '../missing-setting.ts';
import type { Outbound } from '../outbound.ts';
import type {
  Connection,
  Embeddings,
  GenerateEvent,
  GenerateRequest,
  Model,
  Provider,
  ProviderProfile,
} from '../provider.ts';
import { isSuccess, readAs, readJson } from '../upstream-answer.ts';
import { findProblem, mapNetworkError, mapProblem, readProblem } from '../upstream-problem.ts';
import { adaptRequest } from './adapt-request.ts';
import { type ChatRequest, convertRequest } from './convert-request.ts';
import { convertCompletion } from './convert-response.ts';
import { convertEmbedRequest, type EmbeddingsRequest, readEmbeddings } from './embeddings.ts';
import { readStream } from './read-stream.ts';

export type { ChatRequest } from './convert-request.ts';
export type { EmbeddingsRequest } from './embeddings.ts';

/** What a vendor on OpenAI's protocol does differently. What a dialect does not say is as OpenAI documents it. */
export interface OpenaiDialect {
  readonly kind: string;
  readonly profile: ProviderProfile;
  /** Whether a call without credentials is not even tried. */
  readonly needsCredentials: boolean;
  /** Where calls go and what they carry; the paths below the endpoint and a bearer token unless given. */
  readonly findRoute?: (call: OpenaiCall) => OpenaiRoute | Promise<OpenaiRoute>;
  /** The body of a request in the vendor's words. */
  readonly convertBody?: (body: ChatRequest, call: OpenaiCall) => ChatRequest;
  readonly embeddings?: EmbeddingsDialect;
  /** The models of a list, which the protocol says no more of than their ids. Throws a RunFailure. */
  readonly readModels?: (answer: unknown) => readonly Model[];
}

/** How a vendor makes embeddings, as the protocol does unless something else is said. */
export interface EmbeddingsDialect {
  /** The model that does unless another is named; null where one must be. */
  readonly defaultModel: string | null;
  readonly convertBody?: (request: EmbeddingsRequest, call: OpenaiCall) => JsonObject;
  /** Throws a RunFailure where there is not one vector for each text. */
  readonly read?: (answer: unknown, request: EmbeddingsRequest) => Embeddings;
}

export interface OpenaiCall {
  /** The base URL, without a slash at its end. */
  readonly endpoint: string;
  readonly credentials: string | null;
  /** The model that is called; null for the list of models. */
  readonly model: string | null;
  readonly signal: AbortSignal;
}

export interface OpenaiRoute {
  readonly chatUrl: string;
  readonly modelsUrl: string;
  readonly embeddingsUrl?: string;
  readonly headers: Readonly<Record<string, string>>;
  /** What no message may have in it. */
  readonly secrets: readonly string[];
}

/** How often a request is sent anew without a setting that the model refuses. */
const maxAdaptations = 6;

const modelList = z.object({
  data: z.array(
    z.object({
      id: z.string(),
      /** What routers add. */
      architecture: z
        .object({ input_modalities: z.array(z.string()) })
        .nullish()
        .catch(null),
    }),
  ),
});

/** A provider on OpenAI's chat completions protocol, as `dialect` speaks it. */
export function createProtocolProvider(outbound: Outbound, dialect: OpenaiDialect): Provider {
  const { kind, profile, needsCredentials, findRoute = followProtocol, convertBody = keepBody } = dialect;
  const describeCall = (connection: Connection, model: string | null, signal: AbortSignal): OpenaiCall => ({
    endpoint: requireEndpoint(connection, profile.defaultEndpoint),
    credentials: needsCredentials ? requireCredentials(connection, profile.vendor) : connection.credentials,
    model,
    signal,
  });
  const chat = ({ chatUrl, headers }: OpenaiRoute, body: ChatRequest, signal: AbortSignal) =>
    outbound.request(chatUrl, {
      method: 'POST',
      headers: {
        accept: body.stream === false ? 'application/json' : 'text/event-stream',
        'content-type': 'application/json',
        ...headers,
      },
      signal,
      body: JSON.stringify(body),
    });

  async function* generate(
    request: GenerateRequest,
    connection: Connection,
    signal: AbortSignal,
  ): AsyncGenerator<GenerateEvent> {
    const { settings, warnings: missing } = leaveOutMissing(request.settings, profile);
    const warnings = [...missing];
    try {
      const call = describeCall(connection, request.model, signal);
      const route = await findRoute(call);
      const { secrets } = route;
      let body = convertBody(convertRequest({ ...request, settings }), call);
      let response = await chat(route, body, signal);
      for (let adaptations = 0; !isSuccess(response); adaptations += 1) {
        const problem = await readProblem(response, secrets);
        const adapted = adaptations < maxAdaptations ? adaptRequest(body, problem) : null;
        if (adapted === null) throw mapProblem(problem);
        body = adapted.request;
        if (adapted.warning !== null) warnings.push(adapted.warning);
        response = await chat(route, body, signal);
      }
      if (response.header('content-type')?.includes('text/event-stream')) {
        yield* readStream(response.body, warnings, secrets);
      } else {
        // A server that does not stream.
        const answer = await readJson(response, secrets);
        const problem = findProblem(answer, secrets);
        if (problem !== null) throw mapProblem(problem);
        const [text, finish] = convertCompletion(answer);
        if (text !== '') yield { type: 'text', text };
        yield { ...finish, warnings };
      }
    } catch (error) {
      throw mapNetworkError(error, signal);
    }
  }

  const embedWith =
    ({ defaultModel, convertBody, read = readEmbeddings }: EmbeddingsDialect): NonNullable<Provider['embed']> =>
    async (request, connection, signal) => {
      const body = convertEmbedRequest(request, defaultModel);
      try {
        const call = describeCall(connection, body.model, signal);
        const route = await findRoute(call);
        if (route.embeddingsUrl === undefined) throw new Error(`${kind} has no address for embeddings`);
        const response = await outbound.request(route.embeddingsUrl, {
          method: 'POST',
          headers: { accept: 'application/json', 'content-type': 'application/json', ...route.headers },
          signal,
          body: JSON.stringify(convertBody?.(body, call) ?? body),
        });
        return read(await readJson(response, route.secrets), body);
      } catch (error) {
        throw mapNetworkError(error, signal);
      }
    };

  return {
    kind,
    ...(dialect.embeddings && { embed: embedWith(dialect.embeddings) }),
    needsEndpoint: profile.defaultEndpoint === null,
    profile,
    generate,
    async listModels(connection, signal) {
      try {
        const { modelsUrl, headers, secrets } = await findRoute(describeCall(connection, null, signal));
        const response = await outbound.request(modelsUrl, {
          method: 'GET',
          headers: { accept: 'application/json', ...headers },
          signal,
        });
        const answer = await readJson(response, secrets);
        return dialect.readModels?.(answer) ?? readModelList(answer);
      } catch (error) {
        throw mapNetworkError(error, signal);
      }
    },
  };
}

/** The route of the protocol itself. */
export function followProtocol({ endpoint, credentials }: OpenaiCall): OpenaiRoute {
  return {
    chatUrl: `${endpoint}/chat/completions`,
    modelsUrl: `${endpoint}/models`,
    embeddingsUrl: `${endpoint}/embeddings`,
    headers: credentials === null ? {} : { authorization: `Bearer ${credentials}` },
    secrets: credentials === null ? [] : [credentials],
  };
}

/** The protocol's own list. Throws a RunFailure. */
export function readModelList(answer: unknown): readonly Model[] {
  return readAs(modelList, answer, 'list of models').data.map(({ id, architecture }) =>
    describeModel(id, architecture == null ? {} : { readsImages: architecture.input_modalities.includes('image') }),
  );
}

/** A model of which a list says no more than `known`. */
export function describeModel(id: string, known: Partial<Model> = {}): Model {
  return { id, name: id, streams: true, readsImages: isImageReader(id), ...known };
}

function keepBody(body: ChatRequest): ChatRequest {
  return body;
}
