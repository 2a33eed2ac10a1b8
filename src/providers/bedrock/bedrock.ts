import { createAmazonBedrock } from '@ai-sdk/amazon-bedrock';
import { AwsV4Signer } from 'aws4fetch';
import { z } from 'zod';
import { createSdkProvider, type SdkRoute } from '../ai-sdk/create-sdk-provider.ts';
import { parseCredentials, requireCredentials } from '../connection-setting.ts';
import { isImageReader } from '../image-reader.ts';
import type { Outbound } from '../outbound.ts';
import type { Connection, Model, Provider, ProviderProfile } from '../provider.ts';
import { readAs } from '../upstream-answer.ts';

const profile: ProviderProfile = {
  vendor: 'Amazon Bedrock',
  defaultEndpoint: "`region`'s own",
  endpoint: 'the runtime, for a private endpoint or a proxy',
  credentials:
    'JSON: `{"accessKeyId": …, "secretAccessKey": …, "region": …}`, with `sessionToken` where there is one; or a ' +
    'Bedrock API key, `{"apiKey": …, "region": …}`',
  missingSettings: ['seed'],
  structuredOutput: 'JSON Schema where the model has it, else a tool that takes it; in words where it refuses both',
  models: 'those that write text and may be called: on demand, or by an inference profile',
};

const header = z.string().regex(/^[\x21-\x7e]+$/);
const region = z.string().regex(/^[a-z\d-]+$/);
const awsCredentials = z.union([
  z.object({
    accessKeyId: header,
    secretAccessKey: z.string().min(1),
    sessionToken: header.optional(),
    region,
    apiKey: z.undefined().optional(),
  }),
  z.object({ apiKey: header, region }),
]);
type AwsCredentials = z.output<typeof awsCredentials>;
const format =
  'JSON with accessKeyId, secretAccessKey, region and, if need be, sessionToken; or with apiKey and region';

/** The two lists: models, and profiles that spread a model over regions. Either answer has one of them. */
const modelList = z.union([
  z.object({
    modelSummaries: z.array(
      z.object({
        modelId: z.string(),
        modelName: z.string().nullish(),
        inputModalities: z.array(z.string()).nullish(),
        responseStreamingSupported: z.boolean().nullish(),
        inferenceTypesSupported: z.array(z.string()).nullish(),
      }),
    ),
  }),
  z.object({
    inferenceProfileSummaries: z.array(
      z.object({ inferenceProfileId: z.string(), inferenceProfileName: z.string().nullish() }),
    ),
  }),
]);

/** Amazon Bedrock's Converse API. */
export function createBedrockProvider(outbound: Outbound): Provider {
  return createSdkProvider(outbound, {
    kind: 'bedrock',
    profile,
    open,
    embeddingModel: 'amazon.titan-embed-text-v2:0',
    readModels,
  });
}

function open(connection: Connection): SdkRoute {
  const credentials = parseCredentials(requireCredentials(connection, profile.vendor), awsCredentials, format);
  const { region } = credentials;
  const domain = region.startsWith('cn-') ? 'amazonaws.com.cn' : 'amazonaws.com';
  const runtime = connection.endpoint?.replace(/\/+$/, '') ?? `https://bedrock-runtime.${region}.${domain}`;
  const control = runtime.replace('://bedrock-runtime.', '://bedrock.');
  return {
    createModel: (model, fetch) =>
      // The key is not used, but without one the SDK looks for credentials in the process's environment.
      createAmazonBedrock({ region, baseURL: runtime, apiKey: 'none', fetch })(model),
    createEmbedder: (model, fetch) =>
      createAmazonBedrock({ region, baseURL: runtime, apiKey: 'none', fetch }).embedding(model),
    authorize: (request) => authorize(request, credentials),
    modelsUrls: [`${control}/foundation-models?byOutputModality=TEXT`, `${control}/inference-profiles?maxResults=1000`],
    headers: {},
    secrets: findSecrets(credentials),
  };
}

/** A bearer token for an API key; for others Signature Version 4 over the body as it is sent. */
async function authorize(
  {
    url,
    method,
    headers: { authorization: _none, ...headers },
    body,
  }: Parameters<NonNullable<SdkRoute['authorize']>>[0],
  credentials: AwsCredentials,
): Promise<Readonly<Record<string, string>>> {
  if (credentials.apiKey !== undefined) return { ...headers, authorization: `Bearer ${credentials.apiKey}` };
  const { accessKeyId, secretAccessKey, sessionToken, region } = credentials;
  const signer = new AwsV4Signer({
    method,
    url,
    ...(body !== '' && { body }),
    accessKeyId,
    secretAccessKey,
    ...(sessionToken !== undefined && { sessionToken }),
    service: 'bedrock',
    region,
  });
  const signed = await signer.sign();
  const { host: _byTheConnection, ...added } = Object.fromEntries(signed.headers);
  return { ...headers, ...added };
}

function findSecrets(credentials: AwsCredentials): string[] {
  if (credentials.apiKey !== undefined) return [credentials.apiKey];
  const { secretAccessKey, sessionToken, accessKeyId } = credentials;
  return [secretAccessKey, accessKeyId, ...(sessionToken === undefined ? [] : [sessionToken])];
}

function readModels(answer: unknown): Model[] {
  const list = readAs(modelList, answer, 'list of models');
  if ('inferenceProfileSummaries' in list) {
    return list.inferenceProfileSummaries.map(({ inferenceProfileId: id, inferenceProfileName: name }) => ({
      id,
      name: name ?? id,
      streams: true,
      readsImages: isImageReader(id),
    }));
  }
  return list.modelSummaries
    .filter(({ inferenceTypesSupported: types }) => types == null || types.includes('ON_DEMAND'))
    .map(({ modelId: id, modelName: name, inputModalities: inputs, responseStreamingSupported: streams }) => ({
      id,
      name: name ?? id,
      streams: streams ?? true,
      readsImages: inputs?.includes('IMAGE') ?? false,
    }));
}
