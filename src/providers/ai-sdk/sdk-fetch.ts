import { ReadableStream } from 'node:stream/web';
import { isJsonObject, type JsonObject } from '../../json.ts';
import type { Outbound } from '../outbound.ts';
import { isSuccess } from '../upstream-answer.ts';
import { mapNetworkError, mapProblem, readProblem, type UpstreamProblem } from '../upstream-problem.ts';

/** A request that the AI SDK would send. Names of headers are in lower case. */
export interface SdkRequest {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface SdkFetchOptions {
  /** The execution's options, in the vendor's own words: they go into the body beside what is there. */
  readonly options: JsonObject | null;
  readonly secrets: readonly string[];
  readonly signal: AbortSignal;
  /** The headers that the request is sent with, its own unless given. */
  readonly authorize?: ((request: SdkRequest) => Promise<Readonly<Record<string, string>>>) | undefined;
  /** Is told of a refusal before it is thrown. */
  readonly onProblem: (problem: UpstreamProblem) => void;
}

/**
 * The only road that the AI SDK has to the network. It throws what the gateway throws: a RunFailure for a refusal and for
 * what the network does, the reason of an abort; so does the body that it gives.
 */
export function createSdkFetch(outbound: Outbound, settings: SdkFetchOptions): typeof fetch {
  const { options, secrets, signal, authorize, onProblem } = settings;
  return async (input, init) => {
    try {
      const url = input instanceof Request ? input.url : String(input);
      // The SDK sends JSON.
      const body = mergeOptions(JSON.parse(String(init?.body)), options);
      const request = { url, headers: Object.fromEntries(new Headers(init?.headers)), body: JSON.stringify(body) };
      const headers = authorize === undefined ? request.headers : await authorize(request);
      const response = await outbound.request(url, { method: 'POST', headers, body: request.body, signal });
      if (!isSuccess(response)) {
        const problem = await readProblem(response, secrets);
        onProblem(problem);
        throw mapProblem(problem);
      }
      const contentType = response.header('content-type');
      // It is the same class; the types of Node and of the web describe it differently.
      const stream = ReadableStream.from(mapErrors(response.body, signal)) as unknown as BodyInit;
      return new Response(stream, {
        status: response.status,
        ...(contentType !== undefined && { headers: { 'content-type': contentType } }),
      });
    } catch (error) {
      throw mapNetworkError(error, signal);
    }
  };
}

async function* mapErrors(body: AsyncIterable<Uint8Array>, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  try {
    yield* body;
  } catch (error) {
    throw mapNetworkError(error, signal);
  }
}

/** Options never change what the engine itself says; an object that both have gets the keys of both. */
function mergeOptions(body: JsonObject, options: JsonObject | null): JsonObject {
  const merged = Object.entries(options ?? {}).map(([key, option]) => {
    const said = body[key];
    if (said === undefined) return [key, option];
    return [key, isJsonObject(said) && isJsonObject(option) ? { ...option, ...said } : said];
  });
  return { ...body, ...Object.fromEntries(merged) };
}
