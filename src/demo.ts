import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { EventSourceParserStream } from 'eventsource-parser/stream';
import { pino } from 'pino';
import { loadConfig } from './config.ts';
import { startGateway } from './gateway.ts';
import { demoInteractionName } from './seed.ts';
import { demoDeploymentName } from './seed-deployment.ts';
import { demoFlowId, demoLibraryFlowId } from './seed-flow.ts';

const executeMutation = /* GraphQL */ `
  mutation DemoExecute($input: ExecuteInput!) {
    execute(input: $input) {
      ... on InteractionRun { id status result executionTimeMs }
      ... on Error { code message }
    }
  }
`;

const flowsQuery = /* GraphQL */ `
  query DemoFlows {
    flows { nodes { id externalId } }
  }
`;

const generateMutation = /* GraphQL */ `
  mutation DemoGenerate($input: GenerateInput!) {
    generate(input: $input) {
      ... on FlowRun {
        status result executionTimeMs
        steps { key status passages { score text content { name } } }
      }
      ... on Error { code message }
    }
  }
`;

const streamSubscription = /* GraphQL */ `
  subscription DemoStream($id: ID!) {
    runStream(id: $id) {
      ... on RunChunk { text }
      ... on RunClosed { run { status } }
    }
  }
`;

const facetsQuery = /* GraphQL */ `
  query DemoFacets {
    runFacets(facets: [{ field: KIND }, { field: INTERACTION }, { field: STATUS }, { field: MODEL }, { field: TAGS }]) {
      total
      facets {
        name
        buckets {
          value
          count
          node {
            ... on Interaction { name }
          }
        }
      }
    }
  }
`;

/** `npm run demo`: what Trivium does, shown on a gateway of its own with a temporary folder. */

const folder = await mkdtemp(path.join(tmpdir(), 'trivium-demo-'));
const gateway = await startGateway(
  loadConfig({ PORT: '0', DATA_DIR: folder, SEED_DEMO: 'true' }),
  pino({ level: 'error' }),
);
try {
  await showGateway(gateway.url, gateway.bootstrap.newKey ?? '');
} finally {
  await gateway.close();
  await rm(folder, { recursive: true, force: true });
}

async function showGateway(url: string, key: string): Promise<void> {
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' };
  const post = async (query: string, variables: object, accept: string) => {
    const body = JSON.stringify({ query, variables });
    const response = await fetch(`${url}/graphql`, { method: 'POST', headers: { ...headers, accept }, body });
    if (!response.ok || response.body === null) throw new Error(`${response.status} ${await response.text()}`);
    return response;
  };
  const ask = async (query: string, variables: object = {}) => {
    const { data, errors } = await (await post(query, variables, 'application/json')).json();
    if (errors !== undefined) throw new Error(JSON.stringify(errors));
    return data;
  };
  say(`A gateway listens on ${url}/graphql\n`);

  say(`1. An interaction, executed: ${demoInteractionName} with { "object": "car" }`);
  const { execute: blocking } = await ask(executeMutation, {
    input: { specifier: demoInteractionName, data: { object: 'car' }, tags: ['demo'] },
  });
  say(`   ${blocking.status} in ${blocking.executionTimeMs} ms: ${JSON.stringify(blocking.result)}\n`);

  say('2. An interaction, streamed: TellStory with { "topic": "a lighthouse" }');
  const { execute: streamed } = await ask(executeMutation, {
    input: { specifier: 'TellStory', data: { topic: 'a lighthouse' }, tags: ['demo'], stream: true },
  });
  say(`   ${streamed.status}: run ${streamed.id}; its first reader starts it`);
  const stream = await post(streamSubscription, { id: streamed.id }, 'text/event-stream');
  let chunks = 0;
  process.stdout.write('   ');
  if (stream.body !== null) {
    for await (const { event, data } of stream.body
      .pipeThrough(new TextDecoderStream())
      .pipeThrough(new EventSourceParserStream())) {
      if (event !== 'next') continue;
      const { runStream } = JSON.parse(data).data;
      if (runStream.text === undefined) say(`\n   ${runStream.run.status} after ${chunks} chunks`);
      else {
        chunks += 1;
        process.stdout.write(runStream.text);
      }
    }
  }

  say('\n3. Bad input is answered with what is wrong, and no run:');
  const { execute: refused } = await ask(executeMutation, {
    input: { specifier: demoInteractionName, data: { thing: 1 } },
  });
  say(`   ${refused.code}: ${refused.message}\n`);

  const { flows } = await ask(flowsQuery);
  const findFlow = (id: string) => flows.nodes.find(({ externalId }: { externalId: string }) => externalId === id)?.id;
  say('4. A flow with two inputs: TellJoke with { "name": "Andres", "lastName": "Lopez" }');
  const { generate: joke } = await ask(generateMutation, {
    input: { flowId: findFlow(demoFlowId), inputs: { name: 'Andres', lastName: 'Lopez' }, tags: ['demo'] },
  });
  say(
    `   ${joke.status} in ${joke.executionTimeMs} ms, ${joke.steps.map((step: Step) => step.key).join(' → ')}: ${joke.result}\n`,
  );

  say('5. A flow whose step reads contents, of the folder "Bees": AskTheLibrary');
  const { generate: answer } = await ask(generateMutation, {
    input: {
      flowId: findFlow(demoLibraryFlowId),
      inputs: { question: 'How do bees tell the way to flowers?' },
      steps: [{ step: 'Answer', context: { folders: { names: ['Bees'] } } }],
      tags: ['demo'],
    },
  });
  say(`   ${answer.status}: ${answer.result}`);
  for (const { score, text, content } of answer.steps.flatMap((step: Step) => step.passages)) {
    say(`   it read (${score.toFixed(3)}) ${content.name}: ${text}`);
  }

  say('\n6. A deployment on a PDF and a DOCX, as a client of Unstract sends them: invoices');
  const form = new FormData();
  for (const name of ['invoice.pdf', 'invoice.docx']) {
    form.append('files', new Blob([await readFile(new URL(`../examples/documents/${name}`, import.meta.url))]), name);
  }
  form.append('timeout', '120');
  const address = `${url}/deployment/api/default/${demoDeploymentName}/`;
  const sent = await fetch(address, { method: 'POST', body: form, headers: { authorization: headers.authorization } });
  const { message } = await sent.json();
  say(`   ${message.execution_status}: ${message.status_api}`);
  for (const { file, status, result, error } of message.result) {
    say(`   ${file}: ${status} ${error ?? JSON.stringify(result.output)}`);
  }

  say('\n7. What was executed, counted:');
  const { runFacets } = await ask(facetsQuery);
  say(`   ${runFacets.total} runs`);
  for (const { name, buckets } of runFacets.facets) {
    const counts = buckets.map((bucket: Bucket) => `${bucket.node?.name ?? bucket.value ?? '(none)'}: ${bucket.count}`);
    say(`   by ${name.toLowerCase()}: ${counts.join(', ')}`);
  }
}

interface Step {
  readonly key: string;
  readonly passages: readonly {
    readonly score: number;
    readonly text: string;
    readonly content: { readonly name: string };
  }[];
}

interface Bucket {
  readonly value: string | null;
  readonly count: number;
  readonly node: { readonly name: string } | null;
}

function say(line: string): void {
  process.stdout.write(`${line}\n`);
}
