import { createClient } from 'graphql-sse';
import { formatSpread, median, print, quantile, readCpuMs } from './measure.ts';
import type { BenchOptions } from './run.ts';
import { type BenchWorld, createWorld, writeExecution } from './world.ts';

const query = `subscription ($id: ID!) { runStream(id: $id) { __typename ... on RunChunk { text } } }`;

/** (c) Streams at twenty chunks a second each: how many a core holds, what a chunk costs, and how long the first one is held. */
export async function benchStreams({ isQuick }: BenchOptions): Promise<void> {
  await using world = await createWorld();
  print('\nStreams at a paced 20 chunks a second, each with one reader');
  const held: number[] = [];
  for (const count of isQuick ? [50] : [100, 200, 400]) {
    const result = await holdStreams(world, count, isQuick ? 40 : 100);
    const perChunk = result.cpuMs / result.chunks;
    held.push(perChunk);
    print(
      `  ${String(count).padStart(4)} streams: ${(result.cpuMs / result.seconds / 10).toFixed(0)} % of a core, CPU ${perChunk.toFixed(3)} ms a chunk ` +
        `→ ${Math.floor(1000 / (20 * perChunk))} streams a core; a chunk is held p50 ${result.delays.p50} ms, p99 ${result.delays.p99} ms`,
    );
  }
  print(`  CPU a chunk: ${formatSpread(held, 3)} ms`);
}

async function holdStreams(world: BenchWorld, count: number, chunks: number) {
  const ids = await Promise.all(
    Array.from({ length: count }, async () => {
      const config = { environmentId: world.environmentId, model: `paced-${chunks}` };
      const response = await fetch(`${world.url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${world.key}`, 'content-type': 'application/json' },
        body: JSON.stringify(writeExecution(world, { stream: true, config })),
      });
      const { data } = await response.json();
      return String(data.execute.id);
    }),
  );
  const client = createClient({ url: `${world.url}/graphql`, headers: { authorization: `Bearer ${world.key}` } });
  const delays: number[] = [];
  const cpuBefore = (await readCpuMs(world.pid)) ?? Number.NaN;
  const start = performance.now();
  await Promise.all(
    ids.map(async (id) => {
      for await (const { data } of client.iterate<{ runStream: { text?: string } }>({ query, variables: { id } })) {
        const text = data?.runStream.text;
        if (text !== undefined) delays.push(Date.now() - Number(text));
      }
    }),
  );
  const seconds = (performance.now() - start) / 1000;
  const cpuMs = ((await readCpuMs(world.pid)) ?? Number.NaN) - cpuBefore;
  if (delays.length < count * chunks) throw new Error(`Of ${count * chunks} chunks ${delays.length} came`);
  delays.sort((one, other) => one - other);
  return { chunks: delays.length, seconds, cpuMs, delays: { p50: median(delays), p99: quantile(delays, 0.99) } };
}
