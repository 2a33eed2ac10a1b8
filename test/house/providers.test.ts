import { expect, test } from 'vitest';
import { createOutbound } from '../../src/providers/outbound.ts';
import type { ProviderProfile } from '../../src/providers/provider.ts';
import { createProviderRegistry } from '../../src/providers/registry.ts';

/** One line a kind, from what each provider says of itself and does by it. */
function renderTable(): string {
  const registry = createProviderRegistry(createOutbound({ allow: [] }));
  const rows = registry.kinds.map((kind) => {
    const provider = registry.find(kind);
    const profile = provider?.profile;
    if (profile === undefined) throw new Error(`There is no provider ${kind}`);
    const { vendor, credentials, structuredOutput, missingSettings, models } = profile;
    const missing = missingSettings.length === 0 ? 'all' : `all but ${missingSettings.map(code).join(', ')}`;
    const cells = [
      code(kind),
      vendor,
      renderEndpoint(profile),
      credentials ?? 'none',
      missing,
      structuredOutput,
      models,
      provider?.embed === undefined ? 'none' : 'yes',
    ];
    return `| ${cells.join(' | ')} |`;
  });
  const head = [
    '`provider`',
    'vendor',
    '`endpoint`',
    '`credentials`',
    'settings',
    'result schema',
    '`models`',
    'embeddings',
  ];
  return [`| ${head.join(' | ')} |`, `|${' --- |'.repeat(head.length)}`, ...rows].join('\n');
}

function renderEndpoint({ defaultEndpoint, endpoint }: ProviderProfile): string {
  if (defaultEndpoint === null) return `required: ${endpoint}`;
  const standard = /^https?:/.test(defaultEndpoint) ? code(defaultEndpoint) : defaultEndpoint;
  return endpoint === null ? standard : `${standard}, or ${endpoint}`;
}

function code(text: string): string {
  return `\`${text}\``;
}

test('docs/providers.md says what src/providers does', async () => {
  const page = `# Providers

An environment's \`provider\` is one of these. \`endpoint\` is where it is called: the vendor's own address unless another is given.
\`credentials\` are sealed, and never shown again.

${renderTable()}

What holds for all of them:

- **Settings** are temperature, maxTokens, topP, stop and seed. One that the vendor does not have, or that a model refuses, is left out
  with a warning on the run. At \`replicate\` every model has settings of its own, which are asked for first.
- **Options** (\`options\` of a run's config) go into the vendor's request in its own words, as they are, beside what the gateway says
  itself: \`{"top_k": 40}\` for \`anthropic\`, \`{"generationConfig": {"topK": 40}}\` for \`google\`. For \`replicate\` they are inputs of the
  model.
- **Prompts** with the roles safety and system are instructions. Vendors that have no instructions without a question get the last
  one as the question, where all prompts are instructions.
- **Images** go with the message that they belong to, as the vendor takes them, in Base64. \`readsImages\` of a model is what the vendor's list
  says (\`mistralai\`, \`bedrock\`, \`watsonx\`, routers) or what is known of its name. One that reads none fails with \`invalid_request\`.
- **Answers** are always streamed, where the model streams. Tokens are those that the vendor counts: prompt (cached ones too), result
  (thoughts too), total. \`anthropic\`, \`google\` and \`vertexai\` count before the end, so that a run that was cancelled or broke off has
  what was counted so far. What was not counted of an answer that broke off is estimated from its size, with a warning on the run.
- **Errors** are \`authentication_error\` (401, 403), \`rate_limited\` (429), \`timeout\` (408), \`invalid_request\` (any other of the
  400s) or \`provider_error\`; whether trying again may help, and how long the vendor asks to wait, is decided where the error is read.
- **Calls** go out by the gateway's one road: private addresses need \`OUTBOUND_ALLOW\`. Nothing is read from the process's environment,
  nothing is downloaded, nothing is tried twice but for a refused setting.

The first start makes an environment for each vendor that the process's environment names: see
[configuration.md](configuration.md), from \`OPENAI_API_KEY\` on.

This page is written from \`src/providers\` by \`npm run check -- --update\`.
`;
  await expect(page).toMatchFileSnapshot('../../docs/providers.md');
});
