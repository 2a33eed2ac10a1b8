import { RunFailure } from '../../src/errors.ts';
import { createOutbound } from '../../src/providers/outbound.ts';
import type { Embeddings, GenerateEvent, GenerateRequest, Model } from '../../src/providers/provider.ts';
import { createProviderRegistry } from '../../src/providers/registry.ts';
import { type OpenaiServer, type ReceivedRequest, startOpenaiServer } from './openai-server.ts';
import { type VendorWire, vendorWires } from './vendor-wire.ts';

/** A provider that talks to a local server, which plays its vendor. */
export interface VendorClient {
  readonly server: OpenaiServer;
  /** Answers the requests for answers (and for models) from now on, but not what a vendor asks before them. */
  answer(answer: (request: ReceivedRequest) => void): void;
  /** The requests that `answer` was given. */
  readonly received: readonly ReceivedRequest[];
  open(request?: Partial<GenerateRequest>, options?: CallOptions): AsyncIterable<GenerateEvent>;
  collect(request?: Partial<GenerateRequest>, options?: CallOptions): Promise<GenerateEvent[]>;
  listModels(): Promise<readonly Model[]>;
  /** Throws where the vendor has no models for that. */
  embed(texts: readonly string[], model?: string): Promise<Embeddings>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface CallOptions {
  readonly signal?: AbortSignal;
  readonly credentials?: string | null;
  /** Behind the origin of the server, in place of the vendor's own. */
  readonly endpoint?: string;
}

export const noSettings = { temperature: null, maxTokens: null, topP: null, stop: null, seed: null, options: null };

export function findWire(kind: string): VendorWire {
  const wire = vendorWires.find((candidate) => candidate.kind === kind);
  if (wire === undefined) throw new Error(`There is no wire ${kind}`);
  return wire;
}

export async function startVendorClient(wire: VendorWire): Promise<VendorClient> {
  const server = await startOpenaiServer();
  const outbound = createOutbound({ allow: ['loopback'] });
  const provider = createProviderRegistry(outbound).find(wire.kind);
  if (provider === undefined) throw new Error(`There is no provider ${wire.kind}`);
  const { origin } = new URL(server.url);
  const credentials = wire.credentials.replaceAll('ORIGIN', origin);
  const received: ReceivedRequest[] = [];
  const request: GenerateRequest = {
    model: wire.model,
    messages: [{ role: 'user', content: 'Hi' }],
    settings: noSettings,
    resultSchema: null,
  };
  const open: VendorClient['open'] = (changes = {}, options = {}) =>
    provider.generate(
      { ...request, ...changes },
      { endpoint: options.endpoint ?? wire.endpoint(origin), credentials, ...options },
      options.signal ?? new AbortController().signal,
    );
  return {
    server,
    received,
    answer(answer) {
      server.always((incoming) => {
        if (wire.prepare?.(incoming)) return;
        received.push(incoming);
        answer(incoming);
      });
    },
    open,
    collect: (changes, options) => Array.fromAsync(open(changes, options)),
    embed(texts, model) {
      if (provider.embed === undefined) throw new Error(`${wire.kind} has no models that embed`);
      const connection = { endpoint: wire.endpoint(origin), credentials };
      return provider.embed({ model: model ?? null, texts }, connection, new AbortController().signal);
    },
    listModels: async () =>
      provider.listModels({ endpoint: wire.endpoint(origin), credentials }, new AbortController().signal),
    async [Symbol.asyncDispose]() {
      await outbound.close();
      await server[Symbol.asyncDispose]();
    },
  };
}

/** What a call fails with. */
export async function failureOf(work: Promise<unknown>): Promise<RunFailure> {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RunFailure)) throw new Error('Expected a RunFailure', { cause: error });
  return error;
}
