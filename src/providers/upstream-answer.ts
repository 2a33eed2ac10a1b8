import type { z } from 'zod';
import { RunFailure } from '../errors.ts';
import type { OutboundResponse } from './outbound.ts';
import { mapProblem, readProblem } from './upstream-problem.ts';

export function isSuccess({ status }: OutboundResponse): boolean {
  return status >= 200 && status < 300;
}

/** An answer's JSON. Throws a RunFailure for a refusal, and for what is not JSON. */
export async function readJson(response: OutboundResponse, secrets: readonly string[]): Promise<unknown> {
  if (!isSuccess(response)) throw mapProblem(await readProblem(response, secrets));
  return parseJson(await response.text());
}

/** JSON of the other side. Throws a RunFailure. */
export function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Without the cause, which quotes the other side.
    throw new RunFailure('provider_error', "The provider's answer is not JSON");
  }
}

/** An answer as `schema` has it; throws a RunFailure which says that it is no `what`. */
export function readAs<T>(schema: z.ZodType<T>, value: unknown, what: string): T {
  const { data } = schema.safeParse(value);
  if (data === undefined) throw new RunFailure('provider_error', `The provider's answer is no ${what}`);
  return data;
}
