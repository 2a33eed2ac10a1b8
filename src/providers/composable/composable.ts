import { setTimeout as delay } from 'node:timers/promises';
import { RunFailure } from '../../errors.ts';
import type { JsonObject } from '../../json.ts';
import { requireEndpoint, requireKey } from '../connection-setting.ts';
import type { Outbound, OutboundResponse } from '../outbound.ts';
import type { Connection } from '../provider.ts';
import {
  hopsHeader,
  type RemoteCall,
  type RemoteEvent,
  type RemoteInteraction,
  type RemoteProvider,
} from '../remote.ts';
import { isSuccess, readAs, readJson } from '../upstream-answer.ts';
import { isNetworkError, mapNetworkError, mapProblem, readProblem } from '../upstream-problem.ts';
import { convertCall } from './convert-call.ts';
import { convertRun, convertTokenUse } from './convert-run.ts';
import { readStream, type StreamProgress } from './read-stream.ts';
import { createdRun, endedRun, interactionList, type WireInteraction, type WireRun } from './wire.ts';

const vendor = 'Composable';

/** How often a stream that is cut is opened again without a piece in between, and the first pause before that. */
const maxReconnects = 5;
const reconnectPauseMs = 200;
const cancelTimeoutMs = 5_000;

/**
 * Composable, or another gateway that speaks its API. Runs are always streamed: so they have an id before they begin, by which
 * they can be cancelled, and one whose stream is cut is read on.
 */
export function createComposableProvider(outbound: Outbound): RemoteProvider {
  const send = (connection: Connection, path: string, signal: AbortSignal, request: Request = {}) => {
    const { body, headers } = request;
    return outbound.request(`${findBase(connection)}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${requireKey(connection, vendor)}`,
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal,
    });
  };
  const call = async (connection: Connection, path: string, signal: AbortSignal, request?: Request) =>
    readJson(await send(connection, path, signal, request), [requireKey(connection, vendor)]);

  const openStream = async (
    connection: Connection,
    run: string,
    lastEventId: string,
    signal: AbortSignal,
  ): Promise<OutboundResponse> => {
    const headers = { accept: 'text/event-stream', ...(lastEventId !== '' && { 'last-event-id': lastEventId }) };
    const response = await send(connection, `/runs/${encodeURIComponent(run)}/stream`, signal, { headers });
    if (!isSuccess(response)) throw mapProblem(await readProblem(response, [requireKey(connection, vendor)]));
    return response;
  };

  /** The pieces of a run's answer, then the run, however often the stream is cut in between. */
  async function* follow(
    connection: Connection,
    run: string,
    progress: StreamProgress,
    signal: AbortSignal,
  ): AsyncGenerator<string, WireRun> {
    for (let reconnects = 0; ; reconnects += 1) {
      try {
        const response = await openStream(connection, run, progress.lastEventId, signal);
        const pieces = readStream(response.body, progress);
        for (let next = await pieces.next(); ; next = await pieces.next()) {
          if (next.done && next.value !== null) return next.value;
          if (next.done) break;
          reconnects = 0;
          yield next.value;
        }
      } catch (error) {
        if (signal.aborted || !isOutage(error) || reconnects === maxReconnects) throw error;
      }
      // A server that does not number its events would begin anew, and every piece come twice.
      if (reconnects === maxReconnects || (progress.text !== '' && progress.lastEventId === '')) {
        return readAs(endedRun, await call(connection, `/runs/${encodeURIComponent(run)}`, signal), 'run');
      }
      await delay(reconnectPauseMs * 2 ** reconnects, undefined, { signal });
    }
  }

  const cancel = async (connection: Connection, run: string): Promise<void> => {
    const signal = AbortSignal.timeout(cancelTimeoutMs);
    // Servers without the route have nothing to end a run by.
    await call(connection, `/runs/${encodeURIComponent(run)}/cancel`, signal, { body: {} }).catch(() => undefined);
  };

  async function* execute(
    remoteCall: RemoteCall,
    connection: Connection,
    signal: AbortSignal,
  ): AsyncGenerator<RemoteEvent> {
    let running: string | null = null;
    try {
      const { body, warnings } = convertCall(remoteCall);
      const answer = await call(connection, '/runs', signal, {
        body,
        headers: { 'idempotency-key': remoteCall.key, [hopsHeader]: String(remoteCall.hops) },
      });
      const { id } = readAs(createdRun, answer, 'run');
      running = id;
      yield { type: 'started', run: id };
      const progress: StreamProgress = { lastEventId: '', text: '', result: undefined };
      const pieces = follow(connection, id, progress, signal);
      let next = await pieces.next();
      for (; !next.done; next = await pieces.next()) yield { type: 'text', text: next.value };
      running = null;
      // Some end with no more than the status.
      const path = `/runs/${encodeURIComponent(id)}`;
      const run =
        next.value.modelId === undefined
          ? await retrieve(() => call(connection, path, signal), next.value)
          : next.value;
      const tokenUse = convertTokenUse(run);
      if (tokenUse !== null) yield { type: 'usage', tokenUse };
      const finish = convertRun(run, progress.result ?? progress.text, [requireKey(connection, vendor)]);
      yield finish.type === 'finish' ? { ...finish, warnings: [...warnings, ...finish.warnings] } : finish;
    } catch (error) {
      throw mapNetworkError(error, signal);
    } finally {
      if (running !== null) void cancel(connection, running);
    }
  }

  const list = async (
    ids: readonly string[] | null,
    connection: Connection,
    signal: AbortSignal,
  ): Promise<RemoteInteraction[]> => {
    try {
      // The one route that has the schemas; it lists versions too.
      const answer = await call(connection, '/interactions/export', signal, { body: {} });
      const all = readAs(interactionList, answer, 'list of interactions').map(convertInteraction);
      return ids === null ? all : all.filter(({ id }) => ids.includes(id));
    } catch (error) {
      throw mapNetworkError(error, signal);
    }
  };

  return {
    kind: 'composable',
    needsEndpoint: true,
    executes: 'interaction',
    hasList: true,
    streams: true,
    execute,
    list,
    async check(_known, connection, signal) {
      await list(null, connection, signal);
    },
  };
}

interface Request {
  /** What is sent, as JSON; without, it is a GET. */
  readonly body?: JsonObject;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Whether a server was away, and not of another opinion. */
function isOutage(error: unknown): boolean {
  return error instanceof RunFailure ? (error.upstreamStatus ?? 0) >= 500 : isNetworkError(error);
}

/** The clients of Composable are told of the origin only, and its documents of the whole. */
function findBase(connection: Connection): string {
  const base = requireEndpoint(connection, null);
  return base.endsWith('/api/v1') ? base : `${base}/api/v1`;
}

/** What is on record of a run, where it can be had. */
async function retrieve(read: () => Promise<unknown>, run: WireRun): Promise<WireRun> {
  const { data } = endedRun.safeParse(await read().catch(() => null));
  return data === undefined ? run : { ...data, ...run, token_use: run.token_use ?? data.token_use };
}

function convertInteraction({
  parent,
  prompts,
  result_schema: resultSchema,
  description,
  ...common
}: WireInteraction): RemoteInteraction {
  const schemas = prompts.map((prompt) => prompt?.template.inputSchema).filter((schema) => schema != null);
  return {
    kind: 'interaction',
    ...common,
    description: description ?? null,
    draft: parent ?? null,
    inputSchemas: schemas,
    resultSchema: resultSchema ?? null,
  };
}
