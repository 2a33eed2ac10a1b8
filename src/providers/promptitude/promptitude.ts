import { z } from 'zod';
import { RunFailure } from '../../errors.ts';
import { requireEndpoint, requireKey } from '../connection-setting.ts';
import type { Outbound } from '../outbound.ts';
import type { Connection } from '../provider.ts';
import { hopsHeader, type RemoteCall, type RemoteEvent, type RemoteProvider } from '../remote.ts';
import { warnOfSettings } from '../unused-setting.ts';
import { isSuccess, parseJson, readAs, readJson } from '../upstream-answer.ts';
import { findProblem, mapNetworkError, mapProblem, readProblem } from '../upstream-problem.ts';
import { convertCall } from './convert-call.ts';

const vendor = 'Promptitude';
const defaultEndpoint = 'https://api.promptitude.io/v1';

const generated = z.object({
  results: z.object({
    result: z.union([z.string(), z.array(z.string())]),
    logId: z.string().optional().catch(undefined),
  }),
});

/** What a flow's failure says of the run that it was. */
const failed = z.object({ results: z.object({ logId: z.string() }) });

/** Promptitude's flows, which answer at once. It has no list of them, and no way to end one but to leave. */
export function createPromptitudeProvider(outbound: Outbound): RemoteProvider {
  const findUrl = (connection: Connection, path: string) => {
    const base = requireEndpoint(connection, defaultEndpoint);
    return `${base.endsWith('/v1') ? base : `${base}/v1`}${path}`;
  };

  async function* execute(
    remoteCall: RemoteCall,
    connection: Connection,
    signal: AbortSignal,
  ): AsyncGenerator<RemoteEvent> {
    try {
      const key = requireKey(connection, vendor);
      const url = findUrl(connection, `/flows/${encodeURIComponent(remoteCall.id)}/generate`);
      const response = await outbound.request(url, {
        method: 'POST',
        headers: {
          accept: 'application/json',
          authorization: `Bearer ${key}`,
          'content-type': 'application/json',
          'idempotency-key': remoteCall.key,
          [hopsHeader]: String(remoteCall.hops),
        },
        body: JSON.stringify(convertCall(remoteCall)),
        signal,
      });
      const text = await response.text();
      if (!isSuccess(response)) {
        yield* readLogId(text);
        throw mapProblem(await readProblem({ ...response, text: async () => text }, [key]));
      }
      const answer = parseJson(text);
      const problem = findProblem(answer, [key]);
      if (problem !== null) {
        yield* readLogId(text);
        throw mapProblem(problem);
      }
      const { result, logId } = readAs(generated, answer, 'result of a flow').results;
      if (logId !== undefined) yield { type: 'started', run: logId };
      if (typeof result === 'string' && result !== '') yield { type: 'text', text: result };
      yield { type: 'finish', result, tokenUse: null, warnings: warnOfSettings(remoteCall, vendor), report: {} };
    } catch (error) {
      throw mapNetworkError(error, signal);
    }
  }

  return {
    kind: 'promptitude',
    needsEndpoint: false,
    executes: 'flow',
    hasList: false,
    streams: false,
    execute,
    /** The one route of it that only reads. */
    async check(_known, connection, signal) {
      try {
        const key = requireKey(connection, vendor);
        const headers = { accept: 'application/json', authorization: `Bearer ${key}` };
        const response = await outbound.request(findUrl(connection, '/content/folders'), {
          method: 'GET',
          headers,
          signal,
        });
        const problem = findProblem(await readJson(response, [key]), [key]);
        if (problem !== null) throw mapProblem(problem);
      } catch (error) {
        throw mapNetworkError(error, signal);
      }
    },
    async list(ids) {
      if (ids !== null) return ids.map((id) => ({ kind: 'flow', id }));
      throw new RunFailure('invalid_request', 'Promptitude has no list of flows; name them by externalIds');
    },
  };
}

function* readLogId(text: string): Generator<RemoteEvent> {
  try {
    const { data } = failed.safeParse(JSON.parse(text));
    if (data !== undefined) yield { type: 'started', run: data.results.logId };
  } catch {
    // What is no JSON names no run.
  }
}
