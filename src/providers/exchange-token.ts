import { z } from 'zod';
import { RunFailure } from '../errors.ts';
import type { Outbound } from './outbound.ts';
import type { AccessToken } from './token-cache.ts';
import { readAs, readJson } from './upstream-answer.ts';

const tokenAnswer = z.object({ access_token: z.string().min(1), expires_in: z.number().default(3600) });

/**
 * Gets a token for what a grant proves, RFC 6749 section 4. Throws a RunFailure, which for refused credentials is an
 * `authentication_error`, whatever status says so.
 */
export async function exchangeToken(
  outbound: Outbound,
  url: string,
  grant: Readonly<Record<string, string>>,
  secrets: readonly string[],
  signal: AbortSignal,
): Promise<AccessToken> {
  const response = await outbound.request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', accept: 'application/json' },
    body: new URLSearchParams(grant).toString(),
    signal,
  });
  const answer = await readJson(response, secrets).catch((error: unknown) => {
    if (!(error instanceof RunFailure) || error.code !== 'invalid_request') throw error;
    throw new RunFailure('authentication_error', `The credentials give no token: ${error.message}`, {
      ...(error.upstreamStatus !== undefined && { upstreamStatus: error.upstreamStatus }),
    });
  });
  const { access_token: value, expires_in: expiresInSeconds } = readAs(tokenAnswer, answer, 'access token');
  return { value, expiresInSeconds };
}
