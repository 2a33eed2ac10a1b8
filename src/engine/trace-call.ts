import type { TokenUse } from '../domain.ts';
import type { Connection, FinishReason, Provider } from '../providers/provider.ts';
import type { RemoteProvider } from '../providers/remote.ts';
import { beginSpan, failSpan, inSpanContext, type Span } from '../trace.ts';
import type { ModelRequest } from './execution.ts';

/** A call of a model, as it goes on. */
export interface CallSpan {
  /** What is asked for while `source` is read lies beneath it. */
  within<T>(source: () => AsyncIterable<T>): AsyncIterable<T>;
  /** Ends it, with what is known by then. */
  end(known: CallEnd): void;
}

interface CallEnd {
  readonly tokenUse: TokenUse | null;
  readonly finishReason: FinishReason | null;
  /** Null where it succeeded. */
  readonly error: unknown;
}

/** What the semantic conventions call a provider, where they have another name than we. */
const conventionalNames: Readonly<Record<string, string>> = {
  azure_openai: 'azure.ai.openai',
  mistralai: 'mistral_ai',
  google: 'gcp.gemini',
  vertexai: 'gcp.vertex_ai',
  bedrock: 'aws.bedrock',
  watsonx: 'ibm.watsonx.ai',
};

/** Begins the span of a call by the semantic conventions of generative AI, without what is said. */
export function beginCallSpan(
  provider: Provider,
  { endpoint }: Connection,
  { model, settings, resultSchema }: Pick<ModelRequest, 'model' | 'settings' | 'resultSchema'>,
): CallSpan {
  const { temperature, maxTokens, topP, stop, seed } = settings;
  const span = beginSpan({
    name: `chat ${model}`,
    kind: 'client',
    attributes: {
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': conventionalNames[provider.kind] ?? provider.kind,
      'gen_ai.request.model': model,
      'gen_ai.output.type': resultSchema === null ? 'text' : 'json',
      ...(temperature !== null && { 'gen_ai.request.temperature': temperature }),
      ...(maxTokens !== null && { 'gen_ai.request.max_tokens': maxTokens }),
      ...(topP !== null && { 'gen_ai.request.top_p': topP }),
      ...(stop !== null && { 'gen_ai.request.stop_sequences': [...stop] }),
      ...(seed !== null && { 'gen_ai.request.seed': seed }),
      ...describeServer(endpoint ?? provider.profile.defaultEndpoint),
    },
  });
  return createCallSpan(span);
}

/** Begins the span of a call of an API that executes something of its own: to the conventions it is an agent. */
export function beginRemoteSpan(
  remote: RemoteProvider,
  { endpoint }: Connection,
  { name, id }: { readonly name: string; readonly id: string },
): CallSpan {
  const span = beginSpan({
    name: `invoke_agent ${name}`,
    kind: 'client',
    attributes: {
      'gen_ai.operation.name': 'invoke_agent',
      'gen_ai.provider.name': remote.kind,
      'gen_ai.agent.name': name,
      'gen_ai.agent.id': id,
      ...describeServer(endpoint),
    },
  });
  return createCallSpan(span);
}

function createCallSpan(span: Span): CallSpan {
  return {
    within: (source) => inSpanContext(span, source),
    end({ tokenUse, finishReason, error }) {
      if (tokenUse !== null) {
        span.setAttribute('gen_ai.usage.input_tokens', tokenUse.prompt);
        span.setAttribute('gen_ai.usage.output_tokens', tokenUse.result);
      }
      if (finishReason !== null) span.setAttribute('gen_ai.response.finish_reasons', [finishReason]);
      if (error !== null) failSpan(span, error);
      span.end();
    },
  };
}

function describeServer(endpoint: string | null): Record<string, string | number> {
  const url = endpoint === null ? null : URL.parse(endpoint);
  if (url === null) return {};
  const { hostname, port, protocol } = url;
  return { 'server.address': hostname, 'server.port': Number(port) || (protocol === 'http:' ? 80 : 443) };
}
