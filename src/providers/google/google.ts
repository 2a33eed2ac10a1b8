import { createGoogle } from '@ai-sdk/google';
import { z } from 'zod';
import { createSdkProvider, type SdkRoute } from '../ai-sdk/create-sdk-provider.ts';
import { readGeminiUsage } from '../ai-sdk/gemini-usage.ts';
import { requireEndpoint, requireKey, requirePlainModel } from '../connection-setting.ts';
import type { Outbound } from '../outbound.ts';
import type { Connection, Model, Provider, ProviderProfile } from '../provider.ts';
import { readAs } from '../upstream-answer.ts';

const profile: ProviderProfile = {
  vendor: 'Google Gemini',
  defaultEndpoint: 'https://generativelanguage.googleapis.com/v1beta',
  endpoint: 'the base URL, for a proxy of it',
  credentials: 'the API key',
  missingSettings: [],
  structuredOutput: 'JSON Schema; in words where the model refuses it',
  models: 'those that generate content',
};

const modelList = z.object({
  models: z.array(
    z.object({
      name: z.string(),
      displayName: z.string().optional(),
      supportedGenerationMethods: z.array(z.string()).optional(),
    }),
  ),
});

/** Google's Gemini API, with a key. */
export function createGoogleProvider(outbound: Outbound): Provider {
  return createSdkProvider(outbound, {
    kind: 'google',
    profile,
    open,
    embeddingModel: 'gemini-embedding-001',
    readUsage: readGeminiUsage,
    readModels,
  });
}

function open(connection: Connection): SdkRoute {
  const baseURL = requireEndpoint(connection, profile.defaultEndpoint);
  const apiKey = requireKey(connection, profile.vendor);
  return {
    createModel: (model, fetch) => createGoogle({ baseURL, apiKey, fetch })(requirePlainModel(model)),
    createEmbedder: (model, fetch) => createGoogle({ baseURL, apiKey, fetch }).embedding(requirePlainModel(model)),
    modelsUrls: [`${baseURL}/models?pageSize=1000`],
    headers: { 'x-goog-api-key': apiKey },
    secrets: [apiKey],
  };
}

function readModels(answer: unknown): Model[] {
  return readAs(modelList, answer, 'list of models')
    .models.filter(({ supportedGenerationMethods }) => supportedGenerationMethods?.includes('generateContent') ?? true)
    .map(({ name, displayName }) => {
      const id = name.replace(/^models\//, '');
      return { id, name: displayName ?? id, streams: true, readsImages: id.startsWith('gemini') };
    });
}
