import type { ReceivedRequest } from './openai-server.ts';

/** How a vendor speaks, as its public documentation has it: what the tests of all vendors serve by a local server. */
export interface VendorWire {
  readonly kind: string;
  /** An environment's credentials. */
  readonly credentials: string;
  /** What of them no error may have in it. */
  readonly secrets: readonly string[];
  /** The environment's endpoint, where `origin` is the local server. */
  endpoint(origin: string): string;
  readonly model: string;
  /** Where the request for an answer goes. */
  readonly path: string;
  /** The vendor's own header with the credential, as it arrives; absent where there is none or it is a signature. */
  readonly header?: readonly [name: string, value: string];
  /** Answers what has to be asked before (a token, say), and says whether it was such a request. */
  prepare?(request: ReceivedRequest): boolean;
  /** A piece of a streamed answer; `isFirst` may need more before it. */
  chunk(request: ReceivedRequest, text: string, isFirst: boolean): void;
  /** The end of a streamed answer that used 11 and 7 tokens. */
  finish(request: ReceivedRequest): void;
  /** The body of a refusal. */
  refusal(message: string): unknown;
  /** An error within a stream. */
  fail?(request: ReceivedRequest, message: string): void;
  readonly modelsPath: string;
  /** The body of a list of models that has one, by the id `model`. */
  modelList(id: string): unknown;
  /** Names of environment variables that must never serve for missing credentials. */
  readonly environmentVariables: readonly string[];
}

const openai: Omit<VendorWire, 'kind' | 'environmentVariables'> = {
  credentials: 'sk-the-key-of-the-vendor',
  secrets: ['sk-the-key-of-the-vendor'],
  endpoint: (origin) => `${origin}/v1`,
  model: 'gpt-x',
  path: '/v1/chat/completions',
  header: ['authorization', 'Bearer sk-the-key-of-the-vendor'],
  chunk: (request, text) => request.chunk(text),
  finish: (request) => request.done(),
  refusal: (message) => ({ error: { message, type: 'some_error', code: null } }),
  fail: (request, message) => request.event({ error: { message, type: 'some_error' } }),
  modelsPath: '/v1/models',
  modelList: (id) => ({ object: 'list', data: [{ id, object: 'model' }] }),
};

const usage = { prompt_tokens: 11, completion_tokens: 7, total_tokens: 18 };

/** Every vendor; the table of shared behaviours runs over all of them. */
export const vendorWires: readonly VendorWire[] = [
  { ...openai, kind: 'openai_compatible', environmentVariables: [] },
  { ...openai, kind: 'openai', environmentVariables: ['OPENAI_API_KEY'] },
  {
    ...openai,
    kind: 'azure_openai',
    endpoint: (origin) => origin,
    path: '/openai/deployments/gpt-x/chat/completions?api-version=2024-10-21',
    header: ['api-key', 'sk-the-key-of-the-vendor'],
    modelsPath: '/openai/models?api-version=2024-10-21',
    environmentVariables: ['AZURE_OPENAI_API_KEY'],
  },
  {
    ...openai,
    kind: 'mistralai',
    // The tokens come with the end.
    finish(request) {
      request.event({ choices: [{ index: 0, delta: { content: '' }, finish_reason: 'stop' }], usage });
      request.event('[DONE]');
      request.end();
    },
    refusal: (message) => ({ object: 'error', message, type: 'invalid', param: null, code: '3000' }),
    modelList: (id) => ({ object: 'list', data: [{ id, capabilities: { completion_chat: true, vision: true } }] }),
    environmentVariables: ['MISTRAL_API_KEY'],
  },
  {
    ...openai,
    kind: 'groq',
    modelList: (id) => ({ object: 'list', data: [{ id, active: true, context_window: 8192 }] }),
    environmentVariables: ['GROQ_API_KEY'],
  },
  {
    ...openai,
    kind: 'togetherai',
    finish(request) {
      request.event({ choices: [{ index: 0, delta: { content: '' }, finish_reason: 'eos' }], usage });
      request.event('[DONE]');
      request.end();
    },
    modelList: (id) => [{ id, object: 'model', type: 'chat', display_name: 'A model' }],
    environmentVariables: ['TOGETHER_API_KEY'],
  },
  {
    ...openai,
    kind: 'huggingface_ie',
    endpoint: (origin) => origin,
    // Text Generation Inference says the text alone.
    refusal: (message) => ({ error: message, error_type: 'validation' }),
    fail: (request, message) => request.event({ error: message, error_type: 'generation' }),
    environmentVariables: ['HF_TOKEN', 'HUGGINGFACE_API_KEY'],
  },
  {
    ...openai,
    kind: 'ollama',
    endpoint: (origin) => origin,
    modelList: (id) => ({ object: 'list', data: [{ id, object: 'model', owned_by: 'library' }] }),
    environmentVariables: [],
  },
];
