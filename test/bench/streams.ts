import { setTimeout as delay } from 'node:timers/promises';
import { createClient } from 'graphql-sse';
import { formatSpread, median, print, quantile, readCpuMs } from './measure.ts';
import type { BenchOptions } from './run.ts';
import { type BenchWorld, createWorld, writeExecution } from './world.ts';

const query = `subscription ($id: ID!) { runStream(id: $id) { __typename ... on RunChunk { text } } }`;

/** How long after the start all streams are under way: what a stream costs to begin, is no part of what it costs to hold. */
const settledMs = 2_000;
const chunksASecond = 20;

/** (c) Streams at twenty chunks a second each: how many a core holds, what a chunk costs, and how long the first one is held. */
export async function benchStreams({ isQuick }: BenchOptions): Promise<void> {
  await using world = await createWorld();
  print(`\nStreams at a paced ${chunksASecond} chunks a second, each with one reader`);
  // What runs the first time is compiled.
  await holdStreams(world, 100, 100);
  const held: number[] = [];
  for (const count of isQuick ? [150] : [100, 200, 300]) {
    const { holding, whole, delays } = await holdStreams(world, count, isQuick ? 100 : 200);
    held.push(holding.cpuMs);
    print(
      `  ${String(count).padStart(4)} streams: CPU ${holding.cpuMs.toFixed(3)} ms a chunk while they are held (${holding.load.toFixed(0)} % of a core) ` +
        `→ ${Math.floor(1000 / (chunksASecond * holding.cpuMs))} streams a core; ${whole.cpuMs.toFixed(3)} ms with their begin and end; ` +
        `a chunk is held p50 ${delays.p50} ms, p99 ${delays.p99} ms`,
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
  const measure = async () => ({
    chunks: delays.length,
    cpuMs: (await readCpuMs(world.pid)) ?? Number.NaN,
    at: performance.now(),
  });
  const compare = (one: Awaited<ReturnType<typeof measure>>, other: typeof one) => {
    const cpuMs = other.cpuMs - one.cpuMs;
    return { cpuMs: cpuMs / (other.chunks - one.chunks), load: (100 * cpuMs) / (other.at - one.at) };
  };
  const before = await measure();
  const reading = Promise.all(
    ids.map(async (id) => {
      for await (const { data } of client.iterate<{ runStream: { text?: string } }>({ query, variables: { id } })) {
        const text = data?.runStream.text;
        if (text !== undefined) delays.push(Date.now() - Number(text));
      }
    }),
  );
  await delay(settledMs);
  const begun = await measure();
  // All of them are still under way then.
  await delay((chunks / chunksASecond) * 1000 - settledMs - 500);
  const held = await measure();
  await reading;
  const ended = await measure();
  if (delays.length < count * chunks) throw new Error(`Of ${count * chunks} chunks ${delays.length} came`);
  delays.sort((one, other) => one - other);
  return {
    holding: compare(begun, held),
    whole: compare(before, ended),
    delays: { p50: median(delays), p99: quantile(delays, 0.99) },
  };
}
