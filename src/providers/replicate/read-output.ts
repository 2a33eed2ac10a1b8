import { z } from 'zod';
import { RunFailure } from '../../errors.ts';
import { readEvents } from '../read-events.ts';
import { parseJson } from '../upstream-answer.ts';
import { mapProblem, redactProblem } from '../upstream-problem.ts';

const done = z.object({ reason: z.string().optional() }).catch({});
const reported = z.object({ detail: z.string() });

/**
 * The text of a prediction's stream. Throws a RunFailure for an error that comes within it, for a prediction that somebody
 * else has cancelled, and for an end without `done`.
 */
export async function* readOutput(body: AsyncIterable<Uint8Array>, secrets: readonly string[]): AsyncGenerator<string> {
  for await (const { event, data } of readEvents(body)) {
    if (event === 'output' && data !== '') yield data;
    if (event === 'error') throw failPrediction(readDetail(data), secrets);
    if (event === 'done') {
      const { reason } = done.parse(parseJson(data === '' ? '{}' : data));
      if (reason === 'canceled') throw new RunFailure('provider_error', 'The prediction was cancelled at Replicate');
      if (reason === 'error') throw failPrediction('The prediction failed', secrets);
      return;
    }
  }
  throw new RunFailure('provider_error', "The provider's stream ended before the answer did", { isRetryable: true });
}

/** A prediction that failed, in the vendor's words. */
export function failPrediction(message: string, secrets: readonly string[]): RunFailure {
  return mapProblem(redactProblem({ status: null, message, code: null }, secrets));
}

function readDetail(data: string): string {
  try {
    return reported.parse(JSON.parse(data)).detail;
  } catch {
    return data;
  }
}
