import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { RunFailure } from '../../errors.ts';
import { requireEndpoint, requireKey } from '../connection-setting.ts';
import { createMultipart } from '../multipart.ts';
import type { Outbound, OutboundResponse } from '../outbound.ts';
import type { Connection, TokenUse } from '../provider.ts';
import { hopsHeader, type RemoteCall, type RemoteEvent, type RemoteFile, type RemoteProvider } from '../remote.ts';
import { warnOfSettings } from '../unused-setting.ts';
import { isSuccess } from '../upstream-answer.ts';
import { isNetworkError, mapNetworkError, mapProblem, readProblem, redactProblem } from '../upstream-problem.ts';
import { convertRow, findModel } from './convert-row.ts';
import { type Execution, isRunning, readExecution } from './read-execution.ts';

const vendor = 'Unstract';

/** How often an execution is looked at: at first, and at last. */
const firstPauseMs = 250;
const longestPauseMs = 5_000;
/** How often in a row a look may fail because the server is away. */
const maxOutages = 5;

/**
 * Unstract's API deployments, which work in the background: the files are sent, then the execution is looked at until it is done. It
 * has no list of them, and no way to end an execution.
 */
export function createUnstractProvider(outbound: Outbound): RemoteProvider {
  const start = async (call: RemoteCall, connection: Connection, signal: AbortSignal): Promise<Execution> => {
    const files = call.files.map((file) => ({ field: 'files', ...file }));
    const fields = [
      ['include_metadata', 'true'],
      ...(call.tags.length > 0 ? [['tags', call.tags.join(',')] as const] : []),
      ...(Object.keys(call.data).length > 0 ? [['custom_data', JSON.stringify(call.data)] as const] : []),
    ] as const;
    const { headers, open } = createMultipart(fields, files);
    return readAnswer(
      await outbound.request(findUrl(connection, call.id), {
        method: 'POST',
        headers: {
          ...authorize(connection),
          ...headers,
          'idempotency-key': call.key,
          [hopsHeader]: String(call.hops),
        },
        body: open,
        signal,
      }),
      connection,
    );
  };

  /** How an execution is now. A server that is away for a moment does not end it. */
  const lookAgain = async (url: string, connection: Connection, signal: AbortSignal): Promise<Execution> => {
    for (let outages = 0; ; outages += 1) {
      try {
        const headers = { accept: 'application/json', ...authorize(connection) };
        return await readAnswer(await outbound.request(url, { method: 'GET', headers, signal }), connection);
      } catch (error) {
        if (signal.aborted || outages === maxOutages || !isOutage(error)) throw error;
        await delay(firstPauseMs * 2 ** outages, undefined, { signal });
      }
    }
  };

  async function* execute(call: RemoteCall, connection: Connection, signal: AbortSignal): AsyncGenerator<RemoteEvent> {
    const clean = (text: string) => cleanText(text, connection);
    try {
      const files = nameEach(call.files);
      const look = (id: string) => lookAgain(findStatusUrl(connection, call.id, id), connection, signal);
      let execution = await (call.started === null
        ? start({ ...call, files }, connection, signal)
        : look(call.started));
      const id = call.started ?? execution.id;
      if (id !== null) yield { type: 'started', run: id };
      for (let pauseMs = firstPauseMs; isRunning(execution); pauseMs = Math.min(2 * pauseMs, longestPauseMs)) {
        if (id === null) throw new RunFailure('provider_error', "The provider's answer names no execution");
        await delay(pauseMs, undefined, { signal });
        execution = await look(id);
        yield { type: 'progress' };
      }
      const uses: TokenUse[] = [];
      for (const { row, index } of matchRows(execution, files)) {
        const result = convertRow(row, index, clean);
        if (result.tokenUse !== null) uses.push(result.tokenUse);
        yield { type: 'file', ...result };
      }
      if (uses.length > 0) yield { type: 'usage', tokenUse: sumUses(uses) };
      checkEnd(execution, clean);
      const model = findModel(execution.rows);
      const report = model === null ? {} : { model };
      yield { type: 'finish', result: null, tokenUse: null, warnings: warnOfSettings(call, vendor), report };
    } catch (error) {
      throw mapNetworkError(error, signal);
    }
  }

  return {
    kind: 'unstract',
    needsEndpoint: true,
    executes: 'deployment',
    hasList: false,
    streams: false,
    execute,
    /** A deployment says whether it has an execution only to a key that is good for it. */
    async check(known, connection, signal) {
      if (known === null) {
        const message =
          'Unstract says only of a deployment whether a key is good for it: import one with importRemote first';
        throw new RunFailure('invalid_request', message);
      }
      try {
        const headers = { accept: 'application/json', ...authorize(connection) };
        const url = `${findUrl(connection, known)}?execution_id=${randomUUID()}`;
        const response = await outbound.request(url, { method: 'GET', headers, signal });
        const problem = await readProblem(response, [requireKey(connection, vendor)]);
        if (problem.status !== 404 || !/^execution\b/i.test(problem.message)) throw mapProblem(problem);
      } catch (error) {
        throw mapNetworkError(error, signal);
      }
    },
    async list(ids) {
      if (ids !== null) return ids.map((id) => ({ kind: 'deployment', id: checkId(id) }));
      throw new RunFailure('invalid_request', 'Unstract has no list of deployments; name them by externalIds');
    },
  };
}

function authorize(connection: Connection): { readonly authorization: string } {
  return { authorization: `Bearer ${requireKey(connection, vendor)}` };
}

/** The endpoint is the server, or an organization on it: `…/deployment/api/<organization>`. */
function findUrl(connection: Connection, id: string): string {
  const base = requireEndpoint(connection, null);
  return `${base.includes('/deployment/api') ? base : `${base}/deployment/api`}/${checkId(id)}/`;
}

function findStatusUrl(connection: Connection, id: string, execution: string): string {
  return `${findUrl(connection, id)}?execution_id=${encodeURIComponent(execution)}&include_metadata=true`;
}

function sumUses(uses: readonly TokenUse[]): TokenUse {
  const sum = (key: keyof TokenUse) => uses.reduce((total, use) => total + use[key], 0);
  return { prompt: sum('prompt'), result: sum('result'), total: sum('total') };
}

/** A name, or an organization and a name. */
function checkId(id: string): string {
  if (/^[\w-][\w.-]*(\/[\w-][\w.-]*)?$/.test(id)) return id;
  const allowed = 'must be <api_name> or <organization>/<api_name>';
  throw new RunFailure('invalid_request', `${JSON.stringify(id)} is the name of no deployment: it ${allowed}`);
}

/** The body says how the execution is, whatever the status: 422 is also what some servers say of one that runs. */
async function readAnswer(response: OutboundResponse, connection: Connection): Promise<Execution> {
  const text = await response.text();
  const execution = readExecution(parse(text));
  if (response.status === 406) {
    throw new RunFailure('provider_error', 'The provider gives results once, and somebody has read these', {
      upstreamStatus: 406,
    });
  }
  if (execution !== null && (isSuccess(response) || response.status === 422)) return execution;
  if (!isSuccess(response)) {
    throw mapProblem(await readProblem({ ...response, text: async () => text }, [requireKey(connection, vendor)]));
  }
  throw new RunFailure('provider_error', "The provider's answer is no execution");
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function isOutage(error: unknown): boolean {
  return error instanceof RunFailure ? (error.upstreamStatus ?? 0) >= 500 : isNetworkError(error);
}

/** Some servers lose files of the same name, so that no two are sent with one. */
function nameEach(files: readonly RemoteFile[]): RemoteFile[] {
  const taken = new Set<string>();
  return files.map((file) => {
    let name = file.name;
    for (let count = 2; taken.has(name); count += 1) name = file.name.replace(/(\.[^.]*)?$/, ` (${count})$1`);
    taken.add(name);
    return { ...file, name };
  });
}

/** Rows come in any order, and name the files as they were sent. */
function matchRows({ rows }: Execution, files: readonly RemoteFile[]) {
  return files.flatMap(({ name }, index) => {
    const row = rows.find(({ file }) => file === name) ?? (files.length === 1 ? rows[0] : undefined);
    return row === undefined ? [] : [{ row, index }];
  });
}

/** Throws a RunFailure for an execution that failed as a whole. */
function checkEnd({ status, error, rows }: Execution, clean: (text: string) => string): void {
  if (status === 'COMPLETED') return;
  if (status === 'STOPPED') throw new RunFailure('cancelled', 'The execution was stopped', { isRetryable: true });
  const said = error ?? (rows.length > 0 ? 'All files failed' : `The execution is ${status}`);
  throw new RunFailure('provider_error', clean(said));
}

function cleanText(text: string, connection: Connection): string {
  const problem = { status: null, message: text, code: null };
  return redactProblem(problem, [requireKey(connection, vendor)]).message;
}
