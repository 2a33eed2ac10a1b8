import { createParser, type EventSourceMessage } from 'eventsource-parser';
import { RunFailure } from '../../errors.ts';
import type { GenerateEvent, TokenUse } from '../provider.ts';
import { convertChunk } from './convert-response.ts';
import { findProblem, mapProblem } from './map-error.ts';
import { mapFinishReason } from './map-finish-reason.ts';

/**
 * The events of a streamed answer. Throws a RunFailure for an error that comes within it, and for an end before the answer
 * is complete: neither `[DONE]` nor a finish reason.
 */
export async function* readStream(
  body: AsyncIterable<Uint8Array>,
  warnings: readonly string[],
  secret: string | null,
): AsyncGenerator<GenerateEvent> {
  let finishReason: string | null = null;
  let tokenUse: TokenUse | null = null;
  let isDone = false;
  for await (const data of readEventData(body)) {
    if (data === '[DONE]') {
      isDone = true;
      break;
    }
    const parsed = parseChunk(data);
    const problem = findProblem(parsed, secret);
    if (problem !== null) throw mapProblem(problem);
    const chunk = convertChunk(parsed);
    if (chunk === null) continue;
    finishReason = chunk.finishReason ?? finishReason;
    tokenUse = chunk.tokenUse ?? tokenUse;
    if (chunk.text !== '') yield { type: 'text', text: chunk.text };
  }
  if (!isDone && finishReason === null) {
    throw new RunFailure('provider_error', "The provider's stream ended before the answer did", { isRetryable: true });
  }
  yield { type: 'finish', reason: mapFinishReason(finishReason), tokenUse, warnings };
}

/** The data of server-sent events, as the HTML standard parses them. */
async function* readEventData(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let events: EventSourceMessage[] = [];
  const parser = createParser({ onEvent: (event) => events.push(event) });
  for await (const bytes of body) {
    parser.feed(decoder.decode(bytes, { stream: true }));
    const ready = events;
    events = [];
    for (const { data } of ready) yield data;
  }
}

function parseChunk(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    // Without the cause, which quotes the other side.
    throw new RunFailure('provider_error', "The provider's stream has a part that is not JSON");
  }
}
