import { request } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { createOperations } from '../support/operations.ts';
import { createHeapReader } from './heap.ts';
import { formatSpread, print, readCpuMs } from './measure.ts';
import type { BenchOptions } from './run.ts';
import { type BenchWorld, createWorld } from './world.ts';

const chunks = 100;
const slowChunks = 15;

/** (e) One run's stream to a thousand readers by GraphQL: what a delivery costs, and what a connection holds. */
export async function benchFanOut({ isQuick }: BenchOptions): Promise<void> {
  await using heap = await createHeapReader();
  await using world = await createWorld(heap.settings);
  const readers = isQuick ? 100 : 1_000;
  print(`\nOne run's stream of ${chunks} chunks to ${readers} readers`);
  // These warm up; what connections hold is measured in the second, which gives them time to come together.
  await (await open(world, readers, `paced-${chunks}`)).ended;
  // The connections of the round before are closed by then.
  await delay(2_000);
  const [before = Number.NaN] = await heap.read(world.pid);
  const warm = await open(world, readers, `slow-${slowChunks}`);
  const [during = Number.NaN] = await heap.read(world.pid);
  await warm.ended;
  const costs: number[] = [];
  for (let round = 0; round < (isQuick ? 1 : 3); round += 1) {
    const cpuBefore = (await readCpuMs(world.pid)) ?? Number.NaN;
    await (await open(world, readers, `paced-${chunks}`)).ended;
    const cpuMs = ((await readCpuMs(world.pid)) ?? Number.NaN) - cpuBefore;
    costs.push((cpuMs * 1000) / (readers * chunks));
  }
  const connectionKb = (during - before) / 1024 / readers;
  print(`  CPU ${formatSpread(costs, 0)} µs a delivery; ${connectionKb.toFixed(0)} KB a connection`);
}

/** Executes and reads; the answer comes when every reader has something, `ended` when every one has all. */
async function open(world: BenchWorld, readers: number, model: string): Promise<{ readonly ended: Promise<void> }> {
  const { execute } = createOperations(world.client);
  const config = { environmentId: world.environmentId, model };
  const created = await execute({ specifier: 'TellStory', data: { topic: 'a car' }, stream: true, config });
  if (created.__typename !== 'InteractionRun') throw new Error(`It was not executed: ${JSON.stringify(created)}`);
  const readings = Array.from({ length: readers }, () => read(world, created.id));
  const ended = Promise.all(readings.map(({ count }) => count)).then((counts) => {
    const total = counts.reduce((sum, count) => sum + count, 0);
    const expected = readers * Number(model.split('-')[1]);
    if (total < expected) throw new Error(`Of ${expected} deliveries ${total} came`);
  });
  await Promise.race([Promise.all(readings.map(({ begun }) => begun)), ended]);
  return { ended };
}

/** Reads the stream over a socket of its own, and counts the pieces of text. */
function read(
  { url, key }: BenchWorld,
  id: string,
): { readonly begun: Promise<void>; readonly count: Promise<number> } {
  const query = `subscription { runStream(id: "${id}") { __typename ... on RunChunk { text } } }`;
  const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept: 'text/event-stream' };
  const begun = Promise.withResolvers<void>();
  const ended = Promise.withResolvers<number>();
  const call = request(`${url}/graphql`, { method: 'POST', headers, agent: false }, (response) => {
    let count = 0;
    response.on('data', (part: Buffer) => {
      begun.resolve();
      count += part.toString().split('"RunChunk"').length - 1;
    });
    response.once('end', () => ended.resolve(count));
    response.once('error', ended.reject);
  });
  call.once('error', ended.reject);
  call.end(JSON.stringify({ query }));
  return { begun: begun.promise, count: ended.promise };
}
