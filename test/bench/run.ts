import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { pino } from 'pino';
import { Bench } from 'tinybench';
import { loadConfig } from '../../src/config.ts';
import { type Gateway, startGateway } from '../../src/gateway.ts';
import { completion, startOpenaiServer } from '../support/openai-server.ts';

/**
 * `npm run bench`: what the gateway costs, as a ratio against something else in the same run. Absolute times are of this
 * machine and mean nothing elsewhere.
 */

const folder = await mkdtemp(path.join(tmpdir(), 'trivium-bench-'));
const server = await startOpenaiServer();
server.always((request) => request.json(200, completion('Blue.')));
const environment = { PORT: '0', DATA_DIR: folder, OPENAI_BASE_URL: server.url, OPENAI_MODEL: 'm-1' };
const gateway: Gateway = await startGateway(loadConfig(environment), pino({ level: 'silent' }));
let count = 0;
const { environments } = await ask('{ environments { id name } }');
const environmentId = environments.find(({ name }: { name: string }) => name === 'openai').id;
const executeMutation = `mutation {
  execute(input: { specifier: "TellStory", data: { topic: "a car" }, config: { environmentId: "${environmentId}" } }) {
    ... on InteractionRun { id status result }
    ... on Error { message }
  }
}`;
try {
  await compare('An execution over HTTP, recorded, against a bare call of the same model', {
    'bare call': () => callModel(),
    'through the gateway': () => ask(executeMutation),
  });
  await compare('Queries, against the smallest one', {
    'the viewer': () => ask('{ viewer { role } }'),
    'one page of twenty runs with interaction and environment': () =>
      ask(
        '{ runs(first: 20) { nodes { id status environment { name } ... on InteractionRun { interaction { name } } } } }',
      ),
    'four facets over all runs': () =>
      ask(
        '{ runFacets(facets: [{field: STATUS}, {field: MODEL}, {field: TAGS}, {field: DAY}]) { total facets { buckets { value count } } } }',
      ),
    'a query that is new each time': () => {
      count += 1;
      return ask(`{ viewer { role } a${count}: viewer { role } }`);
    },
  });
} finally {
  await gateway.close();
  await server[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
}

async function compare(title: string, tasks: Readonly<Record<string, () => Promise<unknown>>>): Promise<void> {
  const bench = new Bench({ time: 1500, warmupTime: 500 });
  for (const [name, task] of Object.entries(tasks)) bench.add(name, task);
  await bench.run();
  process.stdout.write(`\n${title}\n`);
  const [first] = bench.tasks;
  for (const { name, result } of bench.tasks) {
    if (!('latency' in result) || first === undefined || !('latency' in first.result))
      throw new Error(`${name} did not run`);
    const ratio = result.latency.p50 / first.result.latency.p50;
    process.stdout.write(
      `  ${ratio.toFixed(2).padStart(7)} ×  (median ${result.latency.p50.toFixed(2)} ms)  ${name}\n`,
    );
  }
}

async function callModel(): Promise<unknown> {
  const body = JSON.stringify({ model: 'm-1', messages: [{ role: 'user', content: 'What color is the car?' }] });
  const response = await fetch(`${server.url}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body,
  });
  return response.json();
}

// biome-ignore lint/suspicious/noExplicitAny: whatever the query asks for
async function ask(query: string): Promise<any> {
  const headers = { authorization: `Bearer ${gateway.bootstrap.newKey}`, 'content-type': 'application/json' };
  const response = await fetch(`${gateway.url}/graphql`, { method: 'POST', headers, body: JSON.stringify({ query }) });
  const { data, errors } = await response.json();
  if (errors !== undefined) throw new Error(JSON.stringify(errors));
  return data;
}
