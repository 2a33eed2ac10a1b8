import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { z } from 'zod';
import { graphql } from './generated/gql.ts';
import { createFlowOperations } from './support/flow-operations.ts';
import { startTestGateway, type TestGateway } from './support/gateway.ts';
import { completion, type OpenaiServer, startOpenaiServer } from './support/openai-server.ts';
import { createWorld, expectType } from './support/operations.ts';
import { connectRemote } from './support/remote.ts';

const value = z.object({
  stringValue: z.string().optional(),
  intValue: z.coerce.number().optional(),
  doubleValue: z.number().optional(),
  arrayValue: z.object({ values: z.array(z.object({ stringValue: z.string() })) }).optional(),
});
const attributeList = z
  .array(z.object({ key: z.string(), value }))
  .transform((list) =>
    Object.fromEntries(
      list.map(({ key, value: { stringValue, intValue, doubleValue, arrayValue } }) => [
        key,
        stringValue ?? intValue ?? doubleValue ?? arrayValue?.values.map((member) => member.stringValue),
      ]),
    ),
  );
const exported = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: attributeList }),
      scopeSpans: z.array(
        z.object({
          spans: z.array(
            z.object({
              traceId: z.string(),
              spanId: z.string(),
              parentSpanId: z.string().optional(),
              name: z.string(),
              kind: z.number(),
              attributes: attributeList,
              status: z.object({ code: z.number().optional(), message: z.string().optional() }),
            }),
          ),
        }),
      ),
    }),
  ),
});
type ExportedSpan = z.output<typeof exported>['resourceSpans'][number]['scopeSpans'][number]['spans'][number];

const kinds = { internal: 1, server: 2, client: 3 };

/** A collector of OpenTelemetry, as far as OTLP over HTTP goes; it reads JSON. */
async function startCollector() {
  const received: z.output<typeof exported>[] = [];
  const mediaTypes = new Set<string | undefined>();
  const server = createServer(async (request, response) => {
    expect([request.method, request.url]).toEqual(['POST', '/v1/traces']);
    const mediaType = request.headers['content-type'];
    mediaTypes.add(mediaType);
    const body = await buffer(request);
    expect(body.length).toBeGreaterThan(0);
    if (mediaType === 'application/json') received.push(exported.parse(JSON.parse(body.toString())));
    response.writeHead(200).end();
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  // A server that listens by TCP has such an address.
  const { port } = server.address() as AddressInfo;
  const resources = () => received.flatMap(({ resourceSpans }) => resourceSpans);
  return {
    url: `http://127.0.0.1:${port}`,
    mediaTypes,
    resources,
    spans: (): ExportedSpan[] => resources().flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
    [Symbol.asyncDispose]: async () => void (await new Promise((resolve) => server.close(resolve))),
  };
}

const viewerQuery = graphql(`query TracedViewer { viewer { __typename } }`);

let collector: Awaited<ReturnType<typeof startCollector>>;
let vendor: OpenaiServer;

beforeAll(async () => {
  collector = await startCollector();
  vendor = await startOpenaiServer();
});
afterAll(async () => {
  await collector[Symbol.asyncDispose]();
  await vendor[Symbol.asyncDispose]();
});

/** Starts a gateway and has an interaction executed in the trace of the caller. */
async function execute(gateway: TestGateway, traceId: string) {
  const headers = { traceparent: `00-${traceId}-00f067aa0ba902b7-01` };
  const world = await createWorld(gateway, {
    environment: {
      provider: 'openai_compatible',
      endpoint: vendor.url,
      credentials: 'sk-the-key-of-the-vendor',
      defaultModel: 'gpt-x',
    },
  });
  const input = { interactionId: world.interaction.id, data: { object: 'secret car' }, config: { maxTokens: 9 } };
  return expectType(await world.execute(input, { headers }), 'InteractionRun');
}

test('one trace from the request through the resolver to the database and the provider', async () => {
  vendor.always((request) => request.json(200, completion('Blue.')));
  const gateway = await startTestGateway({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment.name=a%20test,service.name=other',
    OTEL_SERVICE_NAME: 'my-gateway',
  });
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
  const failedId = '4bf92f3577b34da6a3ce929d0e0e4737';
  await execute(gateway, traceId);
  vendor.always((request) => request.json(401, { error: { message: 'No' } }));
  await execute(gateway, failedId);
  await gateway[Symbol.asyncDispose]();

  expect(collector.resources()[0]?.resource.attributes).toMatchObject({
    'service.name': 'my-gateway',
    'deployment.environment.name': 'a test',
  });
  const spans = collector.spans().filter((span) => span.traceId === traceId);
  const find = (name: string) => spans.find((span) => span.name === name);
  const request = find('POST /graphql');
  expect(request).toMatchObject({
    kind: kinds.server,
    parentSpanId: '00f067aa0ba902b7',
    attributes: {
      'http.request.method': 'POST',
      'http.route': '/graphql',
      'url.path': '/graphql',
      'url.scheme': 'http',
      'http.response.status_code': 200,
    },
  });
  const resolver = find('Mutation.execute');
  expect(resolver).toMatchObject({
    kind: kinds.internal,
    parentSpanId: request?.spanId,
    attributes: { 'graphql.operation.type': 'mutation', 'graphql.operation.name': 'Execute' },
  });
  expect(find('insert runs')).toMatchObject({
    kind: kinds.client,
    parentSpanId: resolver?.spanId,
    attributes: { 'db.system.name': 'mongodb', 'db.operation.name': 'insert', 'db.collection.name': 'runs' },
  });
  const { hostname, port } = new URL(vendor.url);
  expect(find('chat gpt-x')).toEqual({
    traceId,
    spanId: expect.any(String),
    parentSpanId: resolver?.spanId,
    name: 'chat gpt-x',
    kind: kinds.client,
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai_compatible',
      'gen_ai.request.model': 'gpt-x',
      'gen_ai.request.temperature': 0.7,
      'gen_ai.request.max_tokens': 9,
      'gen_ai.output.type': 'text',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.usage.input_tokens': 11,
      'gen_ai.usage.output_tokens': 7,
      'server.address': hostname,
      'server.port': Number(port),
    },
    status: { code: 0 },
  });
  // The provider, or another gateway before it, may go on with the trace.
  const calls = vendor.requests.filter(({ headers }) => headers.traceparent?.includes(traceId));
  expect(calls.map(({ headers }) => headers.traceparent)).toEqual([`00-${traceId}-${find('chat gpt-x')?.spanId}-01`]);
  expect(collector.spans().find((span) => span.traceId === failedId && span.name === 'chat gpt-x')).toMatchObject({
    attributes: { 'error.type': 'authentication_error' },
    status: { code: 2, message: 'The provider answered 401: No' },
  });
  const everything = JSON.stringify(collector.spans());
  for (const secret of ['secret car', 'Blue.', 'sk-the-key', gateway.key]) expect(everything).not.toContain(secret);
});

test('what is executed at another API is a call in the trace, which goes on there', async () => {
  vendor.always((request) => request.json(200, { results: { result: 'A joke', logId: 'l1' } }));
  const gateway = await startTestGateway({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
  });
  const traceId = '4bf92f3577b34da6a3ce929d0e0e4739';
  const remote = { provider: 'promptitude', endpoint: vendor.url, credentials: 'k' };
  const connected = await connectRemote(gateway, remote);
  const { flows } = expectType(await connected.importRemote(['flow1']), 'ImportedPayload');
  await createFlowOperations(gateway).generate(
    { flowId: flows[0]?.id ?? '', inputs: {} },
    { headers: { traceparent: `00-${traceId}-00f067aa0ba902b7-01` } },
  );
  await gateway[Symbol.asyncDispose]();
  const spans = collector.spans().filter((span) => span.traceId === traceId);
  const call = spans.find(({ name }) => name.startsWith('invoke_agent'));
  expect(call).toMatchObject({
    kind: kinds.client,
    parentSpanId: spans.find(({ name }) => name === 'Mutation.generate')?.spanId,
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.provider.name': 'promptitude',
      'gen_ai.agent.id': 'flow1',
      'server.address': '127.0.0.1',
    },
    status: { code: 0 },
  });
  expect(vendor.requests.at(-1)?.headers.traceparent).toBe(`00-${traceId}-${call?.spanId}-01`);
});

test('nothing is sent unless it is asked for', async () => {
  const before = collector.spans().length;
  const gateway = await startTestGateway({
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.url,
    OTEL_EXPORTER_OTLP_PROTOCOL: 'http/json',
    OTEL_SDK_DISABLED: 'true',
  });
  vendor.always((request) => request.json(200, completion('Blue.')));
  await execute(gateway, '4bf92f3577b34da6a3ce929d0e0e4738');
  await gateway[Symbol.asyncDispose]();
  expect(collector.spans()).toHaveLength(before);
  expect(vendor.requests.at(-1)?.headers).not.toHaveProperty('traceparent');
});

test('traces are written as Protocol Buffers unless something else is said', async () => {
  const gateway = await startTestGateway({ OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${collector.url}/v1/traces` });
  await gateway.query(viewerQuery, {});
  await gateway[Symbol.asyncDispose]();
  expect(collector.mediaTypes).toContain('application/x-protobuf');
});
