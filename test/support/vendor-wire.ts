import { generateKeyPairSync } from 'node:crypto';
import { encodeEventStreamMessage } from './event-stream-message.ts';
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
  /** Where the request for an answer goes, by POST unless something else is said. */
  readonly path: string;
  readonly method?: 'GET';
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
  fail(request: ReceivedRequest, message: string): void;
  readonly modelsPath: string;
  /** The body of a list of models that has one; `path` says of which list. */
  modelList(id: string, path: string): unknown;
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

/** Anthropic's events, which are named. */
function sendNamed(request: ReceivedRequest, event: { readonly type: string } & Record<string, unknown>): void {
  request.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`, 'text/event-stream; charset=utf-8');
}

const gemini: Pick<VendorWire, 'model' | 'chunk' | 'finish' | 'refusal' | 'fail'> = {
  model: 'gemini-2.5-flash',
  chunk: (request, text) =>
    request.event({
      candidates: [{ content: { parts: [{ text }], role: 'model' }, index: 0 }],
      usageMetadata: { promptTokenCount: 11, totalTokenCount: 11 },
      modelVersion: 'gemini-2.5-flash',
    }),
  finish(request) {
    request.event({
      candidates: [{ content: { parts: [{ text: '' }], role: 'model' }, finishReason: 'STOP', index: 0 }],
      usageMetadata: { promptTokenCount: 11, candidatesTokenCount: 5, thoughtsTokenCount: 2, totalTokenCount: 18 },
    });
    request.end();
  },
  refusal: (message) => ({ error: { code: 400, message, status: 'SOME_STATUS' } }),
  fail: (request, message) => request.event({ error: { code: 503, message, status: 'UNAVAILABLE' } }),
};

const { privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

/** Amazon's binary events; those of another type than `event` are exceptions. */
function sendBinary(request: ReceivedRequest, type: string, payload: unknown): void {
  const isException = type.endsWith('Exception');
  const headers = isException
    ? { ':exception-type': type, ':content-type': 'application/json', ':message-type': 'exception' }
    : { ':event-type': type, ':content-type': 'application/json', ':message-type': 'event' };
  request.write(encodeEventStreamMessage(headers, payload), 'application/vnd.amazon.eventstream');
}

/** Replicate's named events, whose data is text. */
function sendText(request: ReceivedRequest, event: string, data: string): void {
  const lines = data.split('\n').map((line) => `data: ${line}\n`);
  request.write(`event: ${event}\nid: 1:0\n${lines.join('')}\n`, 'text/event-stream; charset=utf-8');
}

/** What surrounds the stream of a prediction: the model's inputs, its beginning, its end, its cancelling. */
function predict(request: ReceivedRequest): boolean {
  const { method, path, headers } = request;
  const inputs = { prompt: {}, system_prompt: {}, max_tokens: {}, temperature: {}, top_p: {}, seed: {}, stop: {} };
  const openapi = { components: { schemas: { Input: { type: 'object', properties: inputs } } } };
  const urls = { stream: `http://${headers.host}/stream/p1`, get: 'unused', cancel: 'unused' };
  if (path === '/v1/models/meta/llama') {
    request.json(200, { owner: 'meta', name: 'llama', latest_version: { id: 'v', openapi_schema: openapi } });
  } else if (method === 'POST' && path.endsWith('/predictions')) {
    request.json(201, { id: 'p1', status: 'starting', output: null, error: null, urls });
  } else if (path === '/v1/predictions/p1/cancel') {
    request.json(200, { id: 'p1', status: 'canceled' });
  } else if (path === '/v1/predictions/p1') {
    const metrics = { predict_time: 1.5, input_token_count: 11, output_token_count: 7 };
    request.json(200, { id: 'p1', status: 'succeeded', output: ['Hel', 'lo'], error: null, urls, metrics });
  } else {
    return false;
  }
  return true;
}

/** Answers the exchange of a grant for the token `the-token`. */
function giveToken(path: string): (request: ReceivedRequest) => boolean {
  return (request) => {
    if (request.path !== path) return false;
    request.json(200, { access_token: 'the-token', expires_in: 3600, token_type: 'Bearer' });
    return true;
  };
}

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
  {
    kind: 'anthropic',
    credentials: 'sk-ant-the-key-of-the-vendor',
    secrets: ['sk-ant-the-key-of-the-vendor'],
    endpoint: (origin) => `${origin}/v1`,
    model: 'claude-sonnet-4-5',
    path: '/v1/messages',
    header: ['x-api-key', 'sk-ant-the-key-of-the-vendor'],
    chunk(request, text, isFirst) {
      if (isFirst) {
        const message = { id: 'msg_1', type: 'message', role: 'assistant', content: [], model: 'claude-sonnet-4-5' };
        const usage = { input_tokens: 8, cache_creation_input_tokens: 1, cache_read_input_tokens: 2, output_tokens: 1 };
        sendNamed(request, { type: 'message_start', message: { ...message, stop_reason: null, usage } });
        sendNamed(request, { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } });
        sendNamed(request, { type: 'ping' });
      }
      sendNamed(request, { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } });
    },
    finish(request) {
      sendNamed(request, { type: 'content_block_stop', index: 0 });
      const delta = { stop_reason: 'end_turn', stop_sequence: null };
      sendNamed(request, { type: 'message_delta', delta, usage: { output_tokens: 7 } });
      sendNamed(request, { type: 'message_stop' });
      request.end();
    },
    refusal: (message) => ({ type: 'error', error: { type: 'some_error', message }, request_id: 'req_1' }),
    fail: (request, message) => sendNamed(request, { type: 'error', error: { type: 'overloaded_error', message } }),
    modelsPath: '/v1/models?limit=1000',
    modelList: (id) => ({ data: [{ type: 'model', id, display_name: 'Claude', created_at: '2025-01-01T00:00:00Z' }] }),
    environmentVariables: ['ANTHROPIC_API_KEY', 'ANTHROPIC_AUTH_TOKEN', 'ANTHROPIC_BASE_URL'],
  },
  {
    ...gemini,
    kind: 'google',
    credentials: 'AIza-the-key-of-the-vendor',
    secrets: ['AIza-the-key-of-the-vendor'],
    endpoint: (origin) => `${origin}/v1beta`,
    path: '/v1beta/models/gemini-2.5-flash:streamGenerateContent?alt=sse',
    header: ['x-goog-api-key', 'AIza-the-key-of-the-vendor'],
    modelsPath: '/v1beta/models?pageSize=1000',
    modelList: (id) => ({
      models: [{ name: `models/${id}`, displayName: 'Gemini', supportedGenerationMethods: ['generateContent'] }],
    }),
    environmentVariables: ['GOOGLE_GENERATIVE_AI_API_KEY', 'GEMINI_API_KEY'],
  },
  {
    ...gemini,
    kind: 'vertexai',
    credentials: JSON.stringify({
      type: 'service_account',
      project_id: 'my-project',
      private_key_id: 'k',
      private_key: privateKey,
      client_email: 'robot@my-project.iam.gserviceaccount.com',
      token_uri: 'ORIGIN/token',
      location: 'europe-west4',
    }),
    secrets: ['the-token'],
    endpoint: (origin) => origin,
    path:
      '/v1beta1/projects/my-project/locations/europe-west4/publishers/google/models/gemini-2.5-flash:' +
      'streamGenerateContent?alt=sse',
    header: ['authorization', 'Bearer the-token'],
    prepare: giveToken('/token'),
    modelsPath: '/v1beta1/publishers/google/models?pageSize=1000',
    modelList: (id) => ({ publisherModels: [{ name: `publishers/google/models/${id}`, launchStage: 'GA' }] }),
    environmentVariables: ['GOOGLE_VERTEX_API_KEY', 'GOOGLE_GENERATIVE_AI_API_KEY', 'GOOGLE_VERTEX_PROJECT'],
  },
  {
    kind: 'bedrock',
    credentials: JSON.stringify({
      accessKeyId: 'AKIA-OF-THE-PROJECT',
      secretAccessKey: 'the-secret/of+the-project',
      sessionToken: 'the-session-of-the-project',
      region: 'eu-central-1',
    }),
    secrets: ['AKIA-OF-THE-PROJECT', 'the-secret/of+the-project', 'the-session-of-the-project'],
    endpoint: (origin) => origin,
    model: 'amazon.nova-lite-v1:0',
    path: '/model/amazon.nova-lite-v1%3A0/converse-stream',
    header: ['x-amz-security-token', 'the-session-of-the-project'],
    chunk(request, text, isFirst) {
      if (isFirst) sendBinary(request, 'messageStart', { role: 'assistant', p: 'abcdef' });
      sendBinary(request, 'contentBlockDelta', { contentBlockIndex: 0, delta: { text }, p: 'abc' });
    },
    finish(request) {
      sendBinary(request, 'contentBlockStop', { contentBlockIndex: 0 });
      sendBinary(request, 'messageStop', { stopReason: 'end_turn' });
      const usage = { inputTokens: 11, outputTokens: 7, totalTokens: 18 };
      sendBinary(request, 'metadata', { usage, metrics: { latencyMs: 1 } });
      request.end();
    },
    refusal: (message) => ({ message }),
    fail: (request, message) => sendBinary(request, 'modelStreamErrorException', { message, originalStatusCode: 500 }),
    modelsPath: '/foundation-models?byOutputModality=TEXT',
    modelList: (id, path) =>
      path.startsWith('/inference-profiles')
        ? { inferenceProfileSummaries: [] }
        : { modelSummaries: [{ modelId: id, modelName: 'Nova', inferenceTypesSupported: ['ON_DEMAND'] }] },
    environmentVariables: [
      'AWS_BEARER_TOKEN_BEDROCK',
      'AWS_ACCESS_KEY_ID',
      'AWS_SECRET_ACCESS_KEY',
      'AWS_REGION',
      'AWS_ENDPOINT_URL',
    ],
  },
  {
    ...openai,
    kind: 'watsonx',
    credentials: JSON.stringify({ apiKey: 'the-key-of-ibm', projectId: 'my-project', iamUrl: 'ORIGIN/identity/token' }),
    secrets: ['the-key-of-ibm', 'the-token'],
    endpoint: (origin) => origin,
    model: 'ibm/granite-x',
    path: '/ml/v1/text/chat_stream?version=2025-02-11',
    header: ['authorization', 'Bearer the-token'],
    prepare: giveToken('/identity/token'),
    // There is no `[DONE]`.
    finish(request) {
      request.event({ choices: [{ index: 0, delta: { content: '' }, finish_reason: 'stop' }] });
      request.event({ choices: [], usage });
      request.end();
    },
    refusal: (message) => ({ errors: [{ code: 'some_error', message }], trace: 't', status_code: 400 }),
    fail: (request, message) => request.event({ errors: [{ code: 'some_error', message }], trace: 't' }),
    modelsPath: '/ml/v1/foundation_model_specs?version=2025-02-11&filters=function_text_chat&limit=200',
    modelList: (id) => ({ resources: [{ model_id: id, label: 'granite', functions: [{ id: 'text_chat' }] }] }),
    environmentVariables: ['WATSONX_API_KEY', 'WATSONX_PROJECT_ID'],
  },
  {
    kind: 'replicate',
    credentials: 'r8_the-token-of-the-vendor',
    secrets: ['r8_the-token-of-the-vendor'],
    endpoint: (origin) => `${origin}/v1`,
    model: 'meta/llama',
    path: '/stream/p1',
    method: 'GET',
    prepare: predict,
    chunk: (request, text) => sendText(request, 'output', text),
    finish(request) {
      sendText(request, 'done', '{}');
      request.end();
    },
    refusal: (message) => ({ title: 'Refused', detail: message, status: 400 }),
    fail: (request, message) => sendText(request, 'error', JSON.stringify({ detail: message })),
    modelsPath: '/v1/collections/language-models',
    modelList: (id) => ({ slug: 'language-models', models: [{ owner: id.split('/')[0], name: id.split('/')[1] }] }),
    environmentVariables: ['REPLICATE_API_TOKEN'],
  },
];
