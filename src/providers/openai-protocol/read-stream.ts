import { RunFailure } from '../../errors.ts';
import type { GenerateEvent, TokenUse } from '../provider.ts';
import { readEvents } from '../read-events.ts';
import { findProblem, mapProblem } from '../upstream-problem.ts';
import { convertChunk } from './convert-response.ts';
import { mapFinishReason } from './map-finish-reason.ts';

/**
 * The events of a streamed answer. Throws a RunFailure for an error that comes within it, and for an end before the answer
 * is complete: neither `[DONE]` nor a finish reason.
 */
export async function* readStream(
  body: AsyncIterable<Uint8Array>,
  warnings: readonly string[],
  secrets: readonly string[],
): AsyncGenerator<GenerateEvent> {
  let finishReason: string | null = null;
  let tokenUse: TokenUse | null = null;
  let isDone = false;
  for await (const { data } of readEvents(body)) {
    if (data === '[DONE]') {
      isDone = true;
      break;
    }
    const parsed = parseChunk(data);
    const problem = findProblem(parsed, secrets);
    if (problem !== null) throw mapProblem(problem);
    const chunk = convertChunk(parsed);
    if (chunk === null) continue;
    finishReason = chunk.finishReason ?? finishReason;
    tokenUse = chunk.tokenUse ?? tokenUse;
    const isEarlyCount = chunk.tokenUse !== null && finishReason === null;
    if (isEarlyCount || chunk.hasThought) yield { type: 'progress', tokenUse: chunk.tokenUse };
    if (chunk.text !== '') yield { type: 'text', text: chunk.text };
  }
  if (!isDone && finishReason === null) {
    throw new RunFailure('provider_error', "The provider's stream ended before the answer did", { isRetryable: true });
  }
  if (finishReason === 'error') {
    throw new RunFailure('provider_error', "The provider's answer broke off with an error", { isRetryable: true });
  }
  yield { type: 'finish', reason: mapFinishReason(finishReason), tokenUse, warnings };
}

function parseChunk(data: string): unknown {
  try {
    return JSON.parse(data);
  } catch {
    // Without the cause, which quotes the other side.
    throw new RunFailure('provider_error', "The provider's stream has a part that is not JSON");
  }
}
