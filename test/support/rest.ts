import { createParser, type EventSourceMessage } from 'eventsource-parser';
import type { TestGateway } from './gateway.ts';
import type { RequestOptions } from './gateway-client.ts';

/** What a REST route answers with. */
export interface RestAnswer {
  readonly status: number;
  readonly headers: Headers;
  /** The parsed body; the tests say what they expect of it. */
  // biome-ignore lint/suspicious/noExplicitAny: each test compares it with what it expects
  readonly body: any;
}

export interface RestOptions extends RequestOptions {
  readonly body?: unknown;
}

export type CallRest = (method: string, path: string, options?: RestOptions) => Promise<RestAnswer>;

/** Calls routes of a gateway with JSON, as its admin unless said otherwise. A text is sent as it is. */
export function createRestCaller(gateway: TestGateway, prefix = ''): CallRest {
  return async (method, path, { body, key = gateway.key, headers } = {}) => {
    const response = await fetch(gateway.url + prefix + path, {
      method,
      headers: {
        ...(key !== null && { authorization: `Bearer ${key}` }),
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  };
}

/** The server-sent events of an answer, as they come; ends with it. */
export async function* readEvents(response: Response): AsyncGenerator<EventSourceMessage> {
  if (response.body === null) throw new Error('The answer has no body');
  const events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  for await (const text of response.body.pipeThrough(new TextDecoderStream())) {
    parser.feed(text);
    yield* events.splice(0);
  }
}
