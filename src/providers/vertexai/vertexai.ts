import { createGoogle } from '@ai-sdk/google';
import { z } from 'zod';
import { createSdkProvider, type SdkRoute } from '../ai-sdk/create-sdk-provider.ts';
import { readGeminiUsage } from '../ai-sdk/gemini-usage.ts';
import { parseCredentials, requireCredentials, requirePlainModel } from '../connection-setting.ts';
import { exchangeToken } from '../exchange-token.ts';
import type { Outbound } from '../outbound.ts';
import type { Connection, Model, Provider, ProviderProfile } from '../provider.ts';
import { createTokenCache } from '../token-cache.ts';
import { readAs } from '../upstream-answer.ts';
import { createEmbedder } from './embedder.ts';
import { signAssertion } from './sign-assertion.ts';

const profile: ProviderProfile = {
  vendor: 'Google Vertex AI',
  defaultEndpoint: "`location`'s own",
  endpoint: 'the origin, for a private endpoint or a proxy',
  credentials: "a service account's key file (JSON), with the field `location` added where it is not `global`",
  missingSettings: [],
  structuredOutput: 'JSON Schema; in words where the model refuses it',
  models: "Gemini, as Google publishes it; Model Garden's others are not called",
};

const serviceAccount = z.object({
  project_id: z.string().regex(/^[a-z\d:.-]+$/),
  client_email: z.string().min(1),
  private_key: z.string().min(1),
  token_uri: z.url({ protocol: /^https?$/ }).default('https://oauth2.googleapis.com/token'),
  location: z
    .string()
    .regex(/^[a-z\d-]+$/)
    .default('global'),
});
const format =
  "a service account's key file: JSON with project_id, client_email, private_key and, if need be, location";

const modelList = z.object({ publisherModels: z.array(z.object({ name: z.string() })) });

/** Google's Vertex AI: the models of its Gemini API, for a service account instead of a key. */
export function createVertexaiProvider(outbound: Outbound): Provider {
  const tokens = createTokenCache();

  const open = async (connection: Connection, signal: AbortSignal): Promise<SdkRoute> => {
    const credentials = requireCredentials(connection, profile.vendor);
    const account = parseCredentials(credentials, serviceAccount, format);
    const { project_id: project, client_email: email, private_key: key, token_uri: tokenUrl, location } = account;
    const token = await tokens.get(credentials, () => {
      const assertion = signAssertion({ email, key, audience: tokenUrl });
      const grant = { grant_type: 'urn:ietf:params:oauth:grant-type:jwt-bearer', assertion };
      return exchangeToken(outbound, tokenUrl, grant, [key, assertion], signal);
    });
    const origin = connection.endpoint?.replace(/\/+$/, '') ?? `https://${findHost(location)}`;
    const baseURL = `${origin}/v1beta1/projects/${project}/locations/${location}/publishers/google`;
    const headers = { authorization: `Bearer ${token}` };
    return {
      createModel: (model, fetch) =>
        createGoogle({
          name: 'google.vertex.chat',
          baseURL,
          // Not used, but without it the SDK looks for one in the process's environment.
          apiKey: 'none',
          fetch,
        })(requirePlainModel(model)),
      createEmbedder: (model, fetch) => createEmbedder(`${baseURL}/models/${requirePlainModel(model)}`, model, fetch),
      authorize: async ({ headers: { 'x-goog-api-key': _none, ...sent } }) => ({ ...sent, ...headers }),
      modelsUrls: [`${origin}/v1beta1/publishers/google/models?pageSize=1000`],
      headers,
      secrets: [key, token],
    };
  };

  return createSdkProvider(outbound, {
    kind: 'vertexai',
    profile,
    open,
    embeddingModel: 'gemini-embedding-001',
    readUsage: readGeminiUsage,
    readModels,
  });
}

function findHost(location: string): string {
  if (location === 'global') return 'aiplatform.googleapis.com';
  // Regions of several places have hosts of another form.
  return ['eu', 'us'].includes(location)
    ? `aiplatform.${location}.rep.googleapis.com`
    : `${location}-aiplatform.googleapis.com`;
}

function readModels(answer: unknown): Model[] {
  return readAs(modelList, answer, 'list of models')
    .publisherModels.map(({ name }) => name.replace(/^publishers\/google\/models\//, ''))
    .filter((id) => id.startsWith('gemini') && !id.includes('embedding'))
    .map((id) => ({ id, name: id, streams: true, readsImages: true }));
}
