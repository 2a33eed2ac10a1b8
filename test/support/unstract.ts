import { createDeploymentOperations } from './deployment-operations.ts';
import { answerFromDocuments } from './document-model.ts';
import { startTestGateway, type TestGateway } from './gateway.ts';
import { type OpenaiServer, startOpenaiServer } from './openai-server.ts';
import { createWorld, expectType } from './operations.ts';

/** A gateway with the deployment `invoices`, and a caller of it as Unstract's clients are. */
export interface UnstractWorld extends ReturnType<typeof createDeploymentOperations> {
  readonly gateway: TestGateway;
  readonly server: OpenaiServer;
  readonly world: Awaited<ReturnType<typeof createWorld>>;
  readonly deploymentId: string;
  /** Where the deployment is, from the root of the server on. */
  readonly path: string;
  /** Sends fields and files; a list is a field again and again. */
  post(
    fields: Readonly<Record<string, string | File | readonly File[]>>,
    options?: CallOptions,
  ): Promise<UnstractAnswer>;
  get(query: string, options?: CallOptions): Promise<UnstractAnswer>;
  call(path: string, init: RequestInit, key?: string | null): Promise<UnstractAnswer>;
  [Symbol.asyncDispose](): Promise<void>;
}

interface CallOptions {
  readonly key?: string | null;
  readonly path?: string;
}

export interface UnstractAnswer {
  readonly status: number;
  readonly headers: Headers;
  // biome-ignore lint/suspicious/noExplicitAny: each test compares it with what it expects
  readonly body: any;
}

export async function startUnstractWorld(environment: NodeJS.ProcessEnv = {}): Promise<UnstractWorld> {
  const server = await startOpenaiServer();
  answerFromDocuments(server);
  const gateway = await startTestGateway(environment);
  const world = await createWorld(gateway, {
    environment: { provider: 'openai_compatible', endpoint: server.url, defaultModel: 'm' },
  });
  const operations = createDeploymentOperations(gateway);
  const extractions = [
    { key: 'total', prompt: 'What is the total?', type: 'NUMBER' as const },
    { key: 'vendor', prompt: 'Who sent it?' },
  ];
  const made = await operations.createDeployment({
    name: 'invoices',
    extractions,
    environmentId: world.environment.id,
  });
  const path = '/deployment/api/default/invoices/';
  const call: UnstractWorld['call'] = async (address, init, key = gateway.key) => {
    const headers = { ...(key !== null && { authorization: `Bearer ${key}` }), ...init.headers };
    const response = await fetch(gateway.url + address, { ...init, headers });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: text === '' ? undefined : JSON.parse(text) };
  };
  return {
    ...operations,
    gateway,
    server,
    world,
    deploymentId: expectType(made, 'Deployment').id,
    path,
    call,
    post(fields, options = {}) {
      const form = new FormData();
      for (const [name, value] of Object.entries(fields)) for (const one of [value].flat()) form.append(name, one);
      return call(options.path ?? path, { method: 'POST', body: form }, options.key);
    },
    get: (query, options = {}) => call(`${options.path ?? path}${query}`, { method: 'GET' }, options.key),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** A file as many clients send it: without a type. */
export const textFile = (text: string, name = 'invoice.txt') =>
  new File([text], name, { type: 'application/octet-stream' });
