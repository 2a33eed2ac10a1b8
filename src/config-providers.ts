import { z } from 'zod';
import { readBaseUrl, readOllamaHost } from './config-value.ts';
import { describe, text } from './config-variable.ts';

/**
 * The part of the configuration that names model vendors: each vendor that is named makes an environment of the first
 * project, at the first start. The names of variables are those that the vendors' own tools read.
 */

const openaiUrl = 'https://api.openai.com/v1';

function key(description: string) {
  return describe(z.optional(z.string().regex(/^[\x21-\x7e]+$/)), {
    description,
    allowed: 'a key without spaces',
    isSecret: true,
  });
}

function keyOf(environment: string, instead?: string) {
  const otherwise = instead === undefined ? '' : `, unless \`${instead}\` is set`;
  return key(`The first start makes the environment \`${environment}\` with it${otherwise}.`);
}

function modelOf(environment: string, what = 'model') {
  return describe(z.string().optional(), {
    description: `The default model of the environment \`${environment}\`.`,
    allowed: `the name of a ${what}`,
  });
}

function url(description: string, standard?: string) {
  return describe(text(readBaseUrl).optional(), {
    description,
    allowed: 'an http or https URL without credentials, query and fragment',
    ...(standard !== undefined && { default: `\`${standard}\`` }),
  });
}

function word(description: string, what: string, standard?: string) {
  return describe(z.optional(z.string().regex(/^[\w.:@-]+$/)), {
    description,
    allowed: what,
    ...(standard !== undefined && { default: `\`${standard}\`` }),
  });
}

export const providerVariables = {
  OPENAI_API_KEY: keyOf('openai'),
  OPENAI_BASE_URL: url(
    'Another service that speaks the OpenAI protocol, for the environment `openai`; it may need no key.',
    openaiUrl,
  ),
  OPENAI_MODEL: modelOf('openai'),
  AZURE_OPENAI_API_KEY: key(
    'With `AZURE_OPENAI_ENDPOINT`, the first start makes the environment `azure_openai` with it.',
  ),
  AZURE_OPENAI_ENDPOINT: url('The resource of the environment `azure_openai`.'),
  OPENAI_API_VERSION: word('The version of the API for the environment `azure_openai`.', 'a version of the API'),
  AZURE_OPENAI_DEPLOYMENT: modelOf('azure_openai', 'deployment'),
  ANTHROPIC_API_KEY: keyOf('anthropic'),
  ANTHROPIC_MODEL: modelOf('anthropic'),
  GEMINI_API_KEY: keyOf('google'),
  GOOGLE_GENERATIVE_AI_API_KEY: keyOf('google', 'GEMINI_API_KEY'),
  GEMINI_MODEL: modelOf('google'),
  GOOGLE_VERTEX_PROJECT: word(
    'With the two variables below, the first start makes the environment `vertexai` with it.',
    'the id of a project',
  ),
  GOOGLE_CLIENT_EMAIL: word('The service account of the environment `vertexai`.', 'an address'),
  GOOGLE_PRIVATE_KEY: describe(z.string().optional(), {
    description: "The service account's key for the environment `vertexai`; `\\n` may stand for its line ends.",
    allowed: 'a private key in PEM',
    isSecret: true,
  }),
  GOOGLE_VERTEX_LOCATION: word('The location of the environment `vertexai`.', 'the name of a location', 'global'),
  GOOGLE_VERTEX_MODEL: modelOf('vertexai'),
  AWS_ACCESS_KEY_ID: word(
    'With secret and region, the first start makes the environment `bedrock` with it.',
    'the id of an access key',
  ),
  AWS_SECRET_ACCESS_KEY: key('The secret of `AWS_ACCESS_KEY_ID`.'),
  AWS_SESSION_TOKEN: key('The session of `AWS_ACCESS_KEY_ID`, where there is one.'),
  AWS_BEARER_TOKEN_BEDROCK: key('A Bedrock API key in place of `AWS_ACCESS_KEY_ID`.'),
  AWS_REGION: word('The region of the environment `bedrock`.', 'the name of a region'),
  BEDROCK_MODEL: modelOf('bedrock'),
  MISTRAL_API_KEY: keyOf('mistralai'),
  MISTRAL_MODEL: modelOf('mistralai'),
  GROQ_API_KEY: keyOf('groq'),
  GROQ_MODEL: modelOf('groq'),
  TOGETHER_API_KEY: keyOf('togetherai'),
  TOGETHER_MODEL: modelOf('togetherai'),
  HF_TOKEN: keyOf('huggingface_ie'),
  HUGGINGFACE_API_KEY: keyOf('huggingface_ie', 'HF_TOKEN'),
  HF_MODEL: modelOf('huggingface_ie'),
  REPLICATE_API_TOKEN: keyOf('replicate'),
  REPLICATE_MODEL: modelOf('replicate'),
  WATSONX_API_KEY: key('With a project or a space, the first start makes the environment `watsonx` with it.'),
  WATSONX_PROJECT_ID: word('The project of the environment `watsonx`.', 'the id of a project'),
  WATSONX_SPACE_ID: word('The space of the environment `watsonx`, where it has no project.', 'the id of a space'),
  WATSONX_URL: url('The endpoint of the environment `watsonx`.', 'https://us-south.ml.cloud.ibm.com'),
  WATSONX_MODEL: modelOf('watsonx'),
  OLLAMA_HOST: describe(text(readOllamaHost).optional(), {
    description: 'The first start makes the environment `ollama` with it; read as Ollama itself reads it.',
    allowed: '`host`, `host:port`, or an http or https URL',
  }),
  OLLAMA_MODEL: modelOf('ollama'),
};

const schema = z.object(providerVariables);
type Values = z.output<typeof schema>;

/** An environment that the first start makes. */
export interface StartupEnvironment {
  readonly name: string;
  readonly provider: string;
  /** Null: the provider's own. */
  readonly endpoint: string | null;
  readonly credentials: string | null;
  readonly defaultModel: string | null;
}

interface Vendor {
  /** The name of the environment, and the kind of provider unless `place` says another. */
  readonly name: string;
  readonly model: (values: Values) => string | undefined;
  /** Where it is and its credentials; null where the variables do not name it. */
  readonly place: (values: Values) => Partial<Pick<StartupEnvironment, 'provider' | 'endpoint' | 'credentials'>> | null;
}

const withKey = (credentials: string | undefined) => (credentials === undefined ? null : { credentials });

const vendors: readonly Vendor[] = [
  { name: 'openai', model: (values) => values.OPENAI_MODEL, place: placeOpenai },
  { name: 'azure_openai', model: (values) => values.AZURE_OPENAI_DEPLOYMENT, place: placeAzure },
  {
    name: 'anthropic',
    model: (values) => values.ANTHROPIC_MODEL,
    place: (values) => withKey(values.ANTHROPIC_API_KEY),
  },
  {
    name: 'google',
    model: (values) => values.GEMINI_MODEL,
    place: (values) => withKey(values.GEMINI_API_KEY ?? values.GOOGLE_GENERATIVE_AI_API_KEY),
  },
  { name: 'vertexai', model: (values) => values.GOOGLE_VERTEX_MODEL, place: placeVertex },
  { name: 'bedrock', model: (values) => values.BEDROCK_MODEL, place: placeBedrock },
  { name: 'mistralai', model: (values) => values.MISTRAL_MODEL, place: (values) => withKey(values.MISTRAL_API_KEY) },
  { name: 'groq', model: (values) => values.GROQ_MODEL, place: (values) => withKey(values.GROQ_API_KEY) },
  { name: 'togetherai', model: (values) => values.TOGETHER_MODEL, place: (values) => withKey(values.TOGETHER_API_KEY) },
  {
    name: 'huggingface_ie',
    model: (values) => values.HF_MODEL,
    place: (values) => withKey(values.HF_TOKEN ?? values.HUGGINGFACE_API_KEY),
  },
  {
    name: 'replicate',
    model: (values) => values.REPLICATE_MODEL,
    place: (values) => withKey(values.REPLICATE_API_TOKEN),
  },
  { name: 'watsonx', model: (values) => values.WATSONX_MODEL, place: placeWatsonx },
  {
    name: 'ollama',
    model: (values) => values.OLLAMA_MODEL,
    place: ({ OLLAMA_HOST: endpoint }) => (endpoint === undefined ? null : { endpoint }),
  },
];

/** The environments that the first start makes, and the addresses that the operator named with them. */
export function deriveProviderConfig(values: Values): {
  readonly startupEnvironments: readonly StartupEnvironment[];
  readonly namedEndpoints: readonly string[];
} {
  const { OPENAI_BASE_URL, AZURE_OPENAI_ENDPOINT, WATSONX_URL, OLLAMA_HOST } = values;
  return {
    startupEnvironments: vendors.flatMap(({ name, model, place }) => {
      const found = place(values);
      if (found === null) return [];
      const { provider = name, endpoint = null, credentials = null } = found;
      return { name, provider, endpoint, credentials, defaultModel: model(values) ?? null };
    }),
    namedEndpoints: [OPENAI_BASE_URL, AZURE_OPENAI_ENDPOINT, WATSONX_URL, OLLAMA_HOST].filter(
      (endpoint) => endpoint !== undefined,
    ),
  };
}

function placeOpenai({ OPENAI_API_KEY: key, OPENAI_BASE_URL: endpoint }: Values) {
  if (endpoint === undefined || endpoint === openaiUrl) return withKey(key);
  return { provider: 'openai_compatible', endpoint, credentials: key ?? null };
}

function placeAzure(values: Values) {
  const { AZURE_OPENAI_ENDPOINT: resource, AZURE_OPENAI_API_KEY: credentials, OPENAI_API_VERSION: version } = values;
  if (resource === undefined || credentials === undefined) return null;
  return { endpoint: version === undefined ? resource : `${resource}?api-version=${version}`, credentials };
}

function placeVertex(values: Values) {
  const { GOOGLE_VERTEX_PROJECT: project, GOOGLE_CLIENT_EMAIL: email, GOOGLE_PRIVATE_KEY: key } = values;
  if (project === undefined || email === undefined || key === undefined) return null;
  return {
    credentials: JSON.stringify({
      project_id: project,
      client_email: email,
      private_key: key.replaceAll('\\n', '\n'),
      location: values.GOOGLE_VERTEX_LOCATION,
    }),
  };
}

function placeBedrock(values: Values) {
  const { AWS_REGION: region, AWS_BEARER_TOKEN_BEDROCK: apiKey } = values;
  const { AWS_ACCESS_KEY_ID: accessKeyId, AWS_SECRET_ACCESS_KEY: secretAccessKey } = values;
  if (region === undefined) return null;
  if (apiKey !== undefined) return { credentials: JSON.stringify({ apiKey, region }) };
  if (accessKeyId === undefined || secretAccessKey === undefined) return null;
  const sessionToken = values.AWS_SESSION_TOKEN;
  return { credentials: JSON.stringify({ accessKeyId, secretAccessKey, sessionToken, region }) };
}

function placeWatsonx(values: Values) {
  const { WATSONX_API_KEY: apiKey, WATSONX_PROJECT_ID: projectId, WATSONX_SPACE_ID, WATSONX_URL } = values;
  const spaceId = projectId === undefined ? WATSONX_SPACE_ID : undefined;
  if (apiKey === undefined || (projectId ?? spaceId) === undefined) return null;
  return { endpoint: WATSONX_URL ?? null, credentials: JSON.stringify({ apiKey, projectId, spaceId }) };
}
