import {
  type ChatRequest,
  createProtocolProvider,
  readModelList,
} from '../openai-protocol/create-protocol-provider.ts';
import type { Outbound } from '../outbound.ts';
import type { Model, Provider } from '../provider.ts';

/** What OpenAI lists beside the models that chat. */
const otherModel =
  /embedding|whisper|tts|transcribe|audio|realtime|moderation|dall-e|image|sora|davinci|babbage|instruct|^computer-use/;

/** OpenAI itself. */
export function createOpenaiProvider(outbound: Outbound): Provider {
  return createProtocolProvider(outbound, {
    kind: 'openai',
    profile: {
      vendor: 'OpenAI',
      defaultEndpoint: 'https://api.openai.com/v1',
      endpoint: 'the base URL, for a proxy of it',
      credentials: 'the API key',
      missingSettings: [],
      structuredOutput: 'JSON Schema; in words where the model refuses it',
      models: 'those that chat',
    },
    needsCredentials: true,
    embeddings: { defaultModel: 'text-embedding-3-small' },
    convertBody: nameTokenLimit,
    readModels,
  });
}

/** Its newer models know the limit by this name only, its older ones by both. */
function nameTokenLimit({ max_tokens: limit, ...body }: ChatRequest): ChatRequest {
  return limit === undefined ? body : { ...body, max_completion_tokens: limit };
}

function readModels(answer: unknown): readonly Model[] {
  return readModelList(answer).filter(({ id }) => !otherModel.test(id));
}
