import type { Config } from './config.ts';
import type { Connector } from './engine/connector.ts';
import type { WebhookSecrets } from './engine/webhook-secret.ts';
import type { JsonObject } from './json.ts';
import { makeEndpoint } from './resolvers/interaction.ts';
import { seedDemoDeployment } from './seed-deployment.ts';
import { seedDemoFlows } from './seed-flow.ts';
import { createId } from './store/entity-store.ts';
import type { Store } from './store/store.ts';
import type { ProjectRecord } from './store/tenancy.ts';

/** What the first start puts into the first project. */

export const demoInteractionName = 'WhatColor';

/** What GraphiQL shows to somebody who has written nothing yet. */
export const exampleQuery = `# Press the button with the triangle.
mutation {
  execute(input: {
    specifier: "${demoInteractionName}"
    data: { object: "car" }
  }) {
    ... on InteractionRun {
      id
      status
      result
      executionTimeMs
      tokenUse { prompt result total }
      error { code message }
    }
    ... on Error { code message }
  }
}

# What has been executed so far:
# {
#   runs(first: 5) {
#     totalCount
#     nodes { id name status createdAt }
#     facets(fields: [STATUS]) { buckets { value count } }
#   }
# }
`;

/** An environment for each provider that the process's own environment names. */
export async function seedStartupEnvironments(
  store: Store,
  connector: Connector,
  { id: project }: ProjectRecord,
  environments: Config['startupEnvironments'],
): Promise<void> {
  for (const { credentials, ...environment } of environments) {
    const id = createId();
    await store.forProject(project).environments.insert({
      id,
      externalId: null,
      description: "Made at the first start from the process's environment variables.",
      enabledModels: [],
      policy: null,
      credentials: credentials === null ? null : connector.seal({ project, id }, credentials),
      ...environment,
    });
  }
}

/** The sample environment, two interactions (one with a structured result, one with text to stream) and two flows. */
export async function seedDemo(store: Store, project: ProjectRecord, webhookSecrets: WebhookSecrets): Promise<void> {
  const { environments, prompts, interactions } = store.forProject(project.id);
  const environment = await environments.insert({
    externalId: null,
    name: 'demo',
    description: 'Answers by itself, without a model: the same question always gets the same answer.',
    provider: 'test',
    endpoint: null,
    credentials: null,
    defaultModel: 'test-echo',
    enabledModels: [],
    policy: null,
  });

  const seed = async ({ name, description, content, properties, resultSchema, model, testData }: Sample) => {
    const prompt = await prompts.insert({
      draft: null,
      version: 1,
      externalId: null,
      forkedFrom: null,
      name,
      role: 'user',
      contentType: 'liquid',
      content,
      inputSchema: { type: 'object', properties, required: Object.keys(properties) },
    });
    await interactions.insert({
      draft: null,
      version: 1,
      status: 'draft',
      externalId: null,
      name,
      remoteId: null,
      inputSchema: null,
      endpoint: makeEndpoint(name),
      forkedFrom: null,
      description,
      visibility: 'private',
      tags: ['demo'],
      prompts: [prompt.id],
      resultSchema,
      testData,
      environment: environment.id,
      model,
      temperature: null,
      maxTokens: null,
      cachePolicy: 'no_cache',
      ttlSeconds: null,
    });
  };
  await seed({
    name: demoInteractionName,
    description: 'A structured result: the color of an object.',
    content: 'What color is the {{ object }}?',
    properties: { object: { type: 'string', description: 'What to look at.' } },
    resultSchema: {
      type: 'object',
      properties: { color: { type: 'string', enum: ['red', 'yellow', 'green', 'blue', 'black', 'white'] } },
      required: ['color'],
      additionalProperties: false,
    },
    model: null,
    testData: { object: 'car' },
  });
  await seed({
    name: 'TellStory',
    description: 'A text to be streamed.',
    content: 'Tell a short story about {{ topic }}.',
    properties: { topic: { type: 'string', description: 'What it is about.' } },
    resultSchema: null,
    model: 'test-story',
    testData: { topic: 'a lighthouse' },
  });
  await seedDemoFlows(store.forProject(project.id), environment.id);
  await seedDemoDeployment(store.forProject(project.id), environment.id, webhookSecrets);
}

interface Sample {
  readonly name: string;
  readonly description: string;
  readonly content: string;
  readonly properties: JsonObject;
  readonly resultSchema: JsonObject | null;
  readonly model: string | null;
  readonly testData: JsonObject;
}
