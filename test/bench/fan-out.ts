import { request } from 'node:http';
import { createOperations } from '../support/operations.ts';
import { print, readCpuMs, readMemoryMb } from './measure.ts';
import type { BenchOptions } from './run.ts';
import { createWorld } from './world.ts';

/** (e) One run's stream to a thousand readers by GraphQL: what a delivery costs, and what a connection does. */
export async function benchFanOut({ isQuick }: BenchOptions): Promise<void> {
  await using world = await createWorld();
  const readers = isQuick ? 100 : 1_000;
  const chunks = 100;
  const { execute } = createOperations(world.client);
  const config = { environmentId: world.environmentId, model: `paced-${chunks}` };
  const created = await execute({ specifier: 'TellStory', data: { topic: 'a car' }, stream: true, config });
  if (created.__typename !== 'InteractionRun') throw new Error(`It was not executed: ${JSON.stringify(created)}`);

  const memoryBefore = (await readMemoryMb(world.pid)) ?? Number.NaN;
  const cpuBefore = (await readCpuMs(world.pid)) ?? Number.NaN;
  const deliveries = await Promise.all(Array.from({ length: readers }, () => countDeliveries(world, created.id)));
  const cpuMs = ((await readCpuMs(world.pid)) ?? Number.NaN) - cpuBefore;
  const memoryMb = ((await readMemoryMb(world.pid)) ?? Number.NaN) - memoryBefore;
  const total = deliveries.reduce((sum, count) => sum + count, 0);
  if (total < readers * chunks) throw new Error(`Of ${readers * chunks} deliveries ${total} came`);
  print(`\nOne run's stream of ${chunks} chunks to ${readers} readers`);
  print(
    `  CPU ${((cpuMs * 1000) / total).toFixed(0)} µs a delivery; ${((memoryMb * 1024) / readers).toFixed(0)} KB a connection, at most`,
  );
}

/** Reads the stream over a socket of its own, and counts the pieces of text. */
function countDeliveries({ url, key }: { url: string; key: string }, id: string): Promise<number> {
  const query = `subscription { runStream(id: "${id}") { __typename ... on RunChunk { text } } }`;
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept: 'text/event-stream' };
    const call = request(`${url}/graphql`, { method: 'POST', headers, agent: false }, (response) => {
      let count = 0;
      response.on('data', (part: Buffer) => {
        count += part.toString().split('"RunChunk"').length - 1;
      });
      response.once('end', () => resolve(count));
      response.once('error', reject);
    });
    call.once('error', reject);
    call.end(JSON.stringify({ query }));
  });
}
