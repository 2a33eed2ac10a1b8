import { createAnthropic } from '@ai-sdk/anthropic';
import { z } from 'zod';
import { createSdkProvider, type SdkRoute } from '../ai-sdk/create-sdk-provider.ts';
import { requireEndpoint, requireKey } from '../connection-setting.ts';
import type { Outbound } from '../outbound.ts';
import type { Connection, Model, Provider, ProviderProfile, TokenUse } from '../provider.ts';
import { readAs } from '../upstream-answer.ts';

const profile: ProviderProfile = {
  vendor: 'Anthropic',
  defaultEndpoint: 'https://api.anthropic.com/v1',
  endpoint: 'the base URL, for a proxy of it',
  credentials: 'the API key',
  missingSettings: ['seed'],
  structuredOutput: 'JSON Schema where the model has it, else a tool that takes it',
  models: 'all',
};

const modelList = z.object({ data: z.array(z.object({ id: z.string(), display_name: z.string().optional() })) });

const counts = z.object({
  input_tokens: z.number().nullish(),
  cache_creation_input_tokens: z.number().nullish(),
  cache_read_input_tokens: z.number().nullish(),
  output_tokens: z.number().nullish(),
});
const countingChunk = z.object({ type: z.literal('message_start'), message: z.object({ usage: counts }) });

/** Anthropic's Messages API. */
export function createAnthropicProvider(outbound: Outbound): Provider {
  return createSdkProvider(outbound, { kind: 'anthropic', profile, open, readUsage, readModels });
}

function open(connection: Connection): SdkRoute {
  const baseURL = requireEndpoint(connection, profile.defaultEndpoint);
  const apiKey = requireKey(connection, profile.vendor);
  return {
    createModel: (model, fetch) => createAnthropic({ baseURL, apiKey, fetch })(model),
    modelsUrls: [`${baseURL}/models?limit=1000`],
    headers: { 'x-api-key': apiKey, 'anthropic-version': '2023-06-01' },
    secrets: [apiKey],
  };
}

/** The prompt is counted at the beginning, the answer at its end. */
function readUsage(chunk: unknown): TokenUse | null {
  const { data } = countingChunk.safeParse(chunk);
  if (data === undefined) return null;
  const { usage } = data.message;
  const cached = (usage.cache_creation_input_tokens ?? 0) + (usage.cache_read_input_tokens ?? 0);
  const prompt = (usage.input_tokens ?? 0) + cached;
  const result = usage.output_tokens ?? 0;
  return { prompt, result, total: prompt + result };
}

function readModels(answer: unknown): Model[] {
  return readAs(modelList, answer, 'list of models').data.map(({ id, display_name: name }) => ({
    id,
    name: name ?? id,
    streams: true,
    readsImages: true,
  }));
}
