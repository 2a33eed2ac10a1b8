import { once } from 'node:events';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text as readText } from 'node:stream/consumers';
import { Webhook } from 'standardwebhooks';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { createFileOperations } from '../support/deployment-operations.ts';
import { expectType } from '../support/operations.ts';
import { createRunOperations } from '../support/run-operations.ts';
import { startUnstractWorld, textFile, type UnstractWorld } from '../support/unstract.ts';

/** Whoever wants to know is told when an execution ends. */

interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

let unstract: UnstractWorld;
let files: ReturnType<typeof createFileOperations>;
let url: string;
const received: Received[] = [];
const waiting: ((request: Received) => void)[] = [];
/** The statuses of the next answers; 204 when there are none. */
const answers: number[] = [];
const receiver = createServer(async (request, response) => {
  const one = { path: request.url ?? '', headers: request.headers, body: await readText(request) };
  response.statusCode = answers.shift() ?? 204;
  response.end();
  const asker = waiting.shift();
  if (asker === undefined) received.push(one);
  else asker(one);
});
const next = (): Promise<Received> => {
  const first = received.shift();
  return first === undefined ? new Promise((resolve) => waiting.push(resolve)) : Promise.resolve(first);
};

beforeAll(async () => {
  receiver.listen(0, '127.0.0.1');
  await once(receiver, 'listening');
  url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  unstract = await startUnstractWorld();
  files = createFileOperations(unstract.gateway);
});
afterAll(async () => {
  await unstract[Symbol.asyncDispose]();
  receiver.close();
});

async function rotate(): Promise<string> {
  return expectType(await unstract.rotateWebhookSecret(unstract.deploymentId), 'WebhookSecret').secret;
}

const run = async (webhookUrl?: string) => {
  const input = { deploymentId: unstract.deploymentId, ...(webhookUrl !== undefined && { webhookUrl }) };
  return expectType(await files.runFiles(input, [textFile('total: 1')]), 'DeploymentRun');
};

test('a webhook is signed as Standard Webhooks says, with the secret of the deployment', {
  timeout: 60_000,
}, async () => {
  const secret = await rotate();
  const { id, executionId } = await run(`${url}/told`);
  const { path, headers, body } = await next();
  expect(path).toBe('/told');
  const signed = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
  expect(new Webhook(secret).verify(body, signed)).toEqual({
    type: 'execution.completed',
    timestamp: expect.any(String),
    data: {
      runId: id,
      executionId,
      deploymentId: unstract.deploymentId,
      name: 'invoices',
      status: 'completed',
      error: null,
      tags: [],
    },
  });
  const other = await rotate();
  expect(() => new Webhook(other).verify(body, signed)).toThrow('signature');
  await run(`${url}/told`);
  const again = await next();
  const fresh = Object.fromEntries(Object.entries(again.headers).map(([name, value]) => [name, String(value)]));
  expect(new Webhook(other).verify(again.body, fresh)).toMatchObject({ type: 'execution.completed' });
});

test("the deployment's own address is told, again until it listens, also of a cancelled execution", {
  timeout: 60_000,
}, async () => {
  await unstract.updateDeployment(unstract.deploymentId, { webhookUrl: `${url}/own` });
  answers.push(500);
  const arrived = Promise.withResolvers<void>();
  unstract.server.always(() => arrived.resolve());
  const { id } = await run();
  await arrived.promise;
  await createRunOperations(unstract.gateway).cancelRun(id);
  const [first, second] = [await next(), await next()];
  expect([first.path, second.path]).toEqual(['/own', '/own']);
  expect(second.body).toBe(first.body);
  expect(second.headers['webhook-id']).toBe(first.headers['webhook-id']);
  expect(JSON.parse(second.body)).toMatchObject({ type: 'execution.cancelled', data: { runId: id } });
});
