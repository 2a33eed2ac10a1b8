import type { LanguageModelV4 } from '@ai-sdk/provider';
import { leaveOutMissing } from '../missing-setting.ts';
import type { Outbound } from '../outbound.ts';
import type {
  Connection,
  GenerateEvent,
  GenerateRequest,
  Model,
  Provider,
  ProviderProfile,
  TokenUse,
} from '../provider.ts';
import { askedInWords, putSchemaInWords } from '../schema-in-words.ts';
import { readJson } from '../upstream-answer.ts';
import { mapNetworkError, type UpstreamProblem } from '../upstream-problem.ts';
import { convertCall } from './convert-call.ts';
import { type Embedder, embedWith } from './embed.ts';
import { mapSdkError, readParts } from './read-parts.ts';
import { createSdkFetch, type SdkRequest } from './sdk-fetch.ts';

export type { Embedder } from './embed.ts';

/** A vendor that is called through a model of the AI SDK. */
export interface SdkDialect {
  readonly kind: string;
  readonly profile: ProviderProfile;
  /** Reads a connection, and asks for a token where one is needed. Throws a RunFailure. */
  readonly open: (connection: Connection, signal: AbortSignal) => SdkRoute | Promise<SdkRoute>;
  /** The tokens that a chunk of the vendor's own counts before the end. */
  readonly readUsage?: (chunk: unknown) => TokenUse | null;
  /** Where it makes embeddings: the model that does unless another is named. */
  readonly embeddingModel?: string;
  /** The models of a list. Throws a RunFailure. */
  readonly readModels: (answer: unknown) => readonly Model[];
}

export interface SdkRoute {
  /**
   * The SDK's model. It must be given everything that it would look for in the process's environment, which is the operator's
   * and not the project's.
   */
  readonly createModel: (model: string, fetch: typeof globalThis.fetch) => LanguageModelV4;
  /** The SDK's model that embeds, where the vendor has some. */
  readonly createEmbedder?: (model: string, fetch: typeof globalThis.fetch) => Embedder;
  /** Where models are listed, one answer an address. */
  readonly modelsUrls: readonly string[];
  /** The headers of the list of models. */
  readonly headers: Readonly<Record<string, string>>;
  /** The headers of a request in place of its own, for what the SDK does not sign. */
  readonly authorize?: (
    request: SdkRequest & { readonly method: 'GET' | 'POST' },
  ) => Promise<Readonly<Record<string, string>>>;
  /** What no message may have in it. */
  readonly secrets: readonly string[];
}

/**
 * A provider over a model of the AI SDK. Only the models are used, not the `ai` package above them: retries, telemetry and
 * downloads are there, and the engine has its own.
 */
export function createSdkProvider(outbound: Outbound, dialect: SdkDialect): Provider {
  const { kind, profile, open, readUsage = () => null, readModels } = dialect;

  async function* generate(
    request: GenerateRequest,
    connection: Connection,
    signal: AbortSignal,
  ): AsyncGenerator<GenerateEvent> {
    const { settings, warnings: missing } = leaveOutMissing(request.settings, profile);
    const warnings = [...missing];
    const route = await openRoute(connection, signal);
    const { secrets } = route;
    try {
      let asked: GenerateRequest = { ...request, settings };
      let parts = await ask(route, asked, signal);
      while (!(parts instanceof ReadableStream)) {
        const adapted = adaptRequest(asked, parts.problem);
        if (adapted === null) throw parts.failure;
        asked = adapted.request;
        warnings.push(adapted.warning);
        parts = await ask(route, asked, signal);
      }
      yield* readParts(parts, { vendor: profile.vendor, warnings, secrets, readUsage });
    } catch (error) {
      throw signal.aborted ? signal.reason : mapSdkError(error, secrets);
    }
  }

  const openRoute = async (connection: Connection, signal: AbortSignal): Promise<SdkRoute> => {
    try {
      return await open(connection, signal);
    } catch (error) {
      throw mapNetworkError(error, signal);
    }
  };

  /** The parts of an answer, or why there is none. */
  const ask = async ({ createModel, secrets, authorize }: SdkRoute, request: GenerateRequest, signal: AbortSignal) => {
    const refusals: UpstreamProblem[] = [];
    const fetch = createSdkFetch(outbound, {
      options: request.settings.options,
      secrets,
      signal,
      authorize: signPosts(authorize),
      onProblem: (problem) => refusals.push(problem),
    });
    try {
      return (await createModel(request.model, fetch).doStream(convertCall(request, signal))).stream;
    } catch (failure) {
      const [problem] = refusals;
      if (problem === undefined) throw failure;
      return { problem, failure };
    }
  };

  const embed =
    (defaultModel: string): NonNullable<Provider['embed']> =>
    async ({ model: named, texts }, connection, signal) => {
      const { createEmbedder, secrets, authorize } = await openRoute(connection, signal);
      if (createEmbedder === undefined) throw new Error(`${kind} has no models that embed`);
      const onProblem = () => undefined;
      const authorizePost = signPosts(authorize);
      const fetch = createSdkFetch(outbound, { options: null, secrets, signal, authorize: authorizePost, onProblem });
      const model = named ?? defaultModel;
      try {
        return await embedWith(createEmbedder(model, fetch), model, texts, signal);
      } catch (error) {
        throw signal.aborted ? signal.reason : mapSdkError(error, secrets);
      }
    };

  return {
    kind,
    ...(dialect.embeddingModel !== undefined && { embed: embed(dialect.embeddingModel) }),
    needsEndpoint: profile.defaultEndpoint === null,
    profile,
    generate,
    async listModels(connection, signal) {
      try {
        const { modelsUrls, headers, authorize, secrets } = await open(connection, signal);
        const lists = modelsUrls.map(async (url) => {
          const sent = { url, headers: { accept: 'application/json', ...headers }, body: '', method: 'GET' } as const;
          const signed = authorize === undefined ? sent.headers : await authorize(sent);
          const response = await outbound.request(url, { method: 'GET', headers: signed, signal });
          return readModels(await readJson(response, secrets));
        });
        return (await Promise.all(lists)).flat();
      } catch (error) {
        throw mapNetworkError(error, signal);
      }
    },
  };
}

function signPosts(authorize: SdkRoute['authorize']) {
  return authorize && ((request: SdkRequest) => authorize({ ...request, method: 'POST' }));
}

interface AdaptedRequest {
  readonly request: GenerateRequest;
  readonly warning: string;
}

/** The request without the setting that a refusal is about; null where it is about something else. */
function adaptRequest(request: GenerateRequest, { status, message }: UpstreamProblem): AdaptedRequest | null {
  if (status !== 400 && status !== 422) return null;
  const { settings, resultSchema } = request;
  const leaveOut = (name: 'temperature' | 'topP') => ({
    request: { ...request, settings: { ...settings, [name]: null } },
    warning: `The model refuses ${name}; it was left out.`,
  });
  if (settings.temperature !== null && /\btemperature\b/i.test(message)) return leaveOut('temperature');
  if (settings.topP !== null && /\btop_?p\b/i.test(message)) return leaveOut('topP');
  if (resultSchema !== null && /schema|output_?(config|format)|\btool|function.?call|json mode/i.test(message)) {
    return { request: putSchemaInWords(request), warning: askedInWords };
  }
  return null;
}
