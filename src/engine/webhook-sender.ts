import { createHmac } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { GatewayError, UnavailableError } from '../errors.ts';
import type { Outbound } from '../providers/outbound.ts';
import type { RunRecord } from '../store/run-record.ts';
import type { ProjectStore, Store } from '../store/store.ts';
import type { WebhookSecrets } from './webhook-secret.ts';

export interface WebhookOptions {
  readonly store: Store;
  readonly outbound: Outbound;
  readonly secrets: WebhookSecrets;
  readonly logError: (error: unknown, message: string) => void;
  /** How long to wait before each further try; after the last one there is none. */
  readonly retryDelaysMs?: readonly number[];
}

/** Tells whoever wants to know that executions have ended. */
export interface WebhookSender {
  /** Ends it after what is being sent. */
  close(): Promise<void>;
}

const minuteMs = 60_000;
/** As the Standard Webhooks specification proposes. */
const usualDelaysMs = [5_000, 5 * minuteMs, 30 * minuteMs, 120 * minuteMs, 300 * minuteMs, 600 * minuteMs];
const pollMs = 500;
const atOnce = 20;
const timeoutMs = 20_000;
/** How long a process has to send one that it took, before another does. */
const holdMs = 2 * timeoutMs;
const maxErrorLength = 500;

/**
 * Sends the webhooks of finished runs, from now on, and again until they are taken or the tries are used up. What is due is on
 * record with the run: a webhook outlives its process, and comes at least once.
 */
export function startWebhookSender(options: WebhookOptions): WebhookSender {
  const { store, logError } = options;
  const closing = new AbortController();
  const work = async () => {
    while (!closing.signal.aborted) {
      try {
        const due = await store.runMaintenance.findDueWebhooks(atOnce);
        await Promise.all(
          due.map(({ project, id }) => deliver(options, store.forProject(project), id, closing.signal)),
        );
      } catch (error) {
        // The heartbeat of the leases says that the database is away.
        if (!(error instanceof UnavailableError)) logError(error, 'Webhooks could not be sent');
      }
      await delay(pollMs, undefined, { signal: closing.signal, ref: false }).catch(() => undefined);
    }
  };
  const done = work();
  return {
    close() {
      closing.abort();
      return done;
    },
  };
}

async function deliver(options: WebhookOptions, store: ProjectStore, id: string, closing: AbortSignal): Promise<void> {
  const { retryDelaysMs = usualDelaysMs, logError } = options;
  const run = await store.runs.takeWebhook(id, new Date(Date.now() + holdMs));
  if (run?.webhook == null) return;
  const { attempts } = run.webhook;
  try {
    await send(options, store, run, run.webhook.url, closing);
    await store.runs.saveWebhook(id, { dueAt: null, deliveredAt: new Date(), error: null });
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    if (closing.aborted) {
      // It was not the receiver's fault: another process may send it at once.
      await store.runs.saveWebhook(id, { dueAt: new Date(), error: reason });
      return;
    }
    const pauseMs = retryDelaysMs[attempts - 1];
    const dueAt = pauseMs === undefined ? null : new Date(Date.now() + pauseMs);
    await store.runs.saveWebhook(id, { dueAt, error: reason.slice(0, maxErrorLength) });
    if (!(error instanceof GatewayError)) logError(error, `The webhook of run ${id} could not be sent`);
  }
}

async function send(
  { outbound, secrets }: WebhookOptions,
  store: ProjectStore,
  run: RunRecord,
  url: string,
  closing: AbortSignal,
): Promise<void> {
  const deployment = run.deployment === null ? null : await store.deployments.findOneById(run.deployment);
  if (deployment === null) throw new GatewayError('Its deployment was deleted', { code: 'NOT_FOUND', status: 404 });
  const body = JSON.stringify(describeEnd(run));
  const timestamp = Math.floor(Date.now() / 1000);
  const secret = secrets.open({ project: deployment.project, id: deployment.id }, deployment.webhookSecret);
  const response = await outbound.request(url, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      'user-agent': 'Trivium',
      'webhook-id': run.id,
      'webhook-timestamp': String(timestamp),
      'webhook-signature': sign(secret, run.id, timestamp, body),
    },
    body,
    signal: AbortSignal.any([closing, AbortSignal.timeout(timeoutMs)]),
    maxResponseBytes: 65_536,
    requiresTls: true,
  });
  // What the receiver says is of no interest, but read to its end, the connection is kept.
  await response.text().catch(() => undefined);
  if (response.status >= 200 && response.status < 300) return;
  throw new GatewayError(`It answered with status ${response.status}`, { code: 'UPSTREAM_ERROR', status: 502 });
}

/** The run that ended; its results are to be asked for, with a key. */
function describeEnd({ id, executionId, deployment, name, status, error, tags, finishedAt }: RunRecord): object {
  return {
    type: `execution.${status}`,
    timestamp: finishedAt,
    data: { runId: id, executionId, deploymentId: deployment, name, status, error: error?.message ?? null, tags },
  };
}

/** https://github.com/standard-webhooks/standard-webhooks/blob/main/spec/standard-webhooks.md#signature-scheme */
function sign(secret: string, id: string, timestamp: number, body: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ''), 'base64');
  return `v1,${createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64')}`;
}
