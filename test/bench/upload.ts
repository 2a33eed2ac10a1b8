import { setInterval as every } from 'node:timers/promises';
import { request } from 'undici';
import { streamLargeForm } from '../support/form.ts';
import { print, readMemoryMb } from './measure.ts';
import type { BenchOptions } from './run.ts';
import { createWorld } from './world.ts';

const megabyte = 1024 ** 2;

/** (g) The memory of the gateway, its database included, while files are uploaded, beside what it is for a small one. */
export async function benchUpload({ isQuick }: BenchOptions): Promise<void> {
  await using world = await createWorld();
  print('\nPeak memory, resident, while a file is uploaded to /graphql');
  let first: number | null = null;
  for (const size of isQuick ? [1, 50] : [1, 50, 200]) {
    const { peak, seconds } = await watchPeak(world.pid, async () => {
      const { contentType, body } = streamLargeForm(
        { query: '{ __typename }', variables: { file: null } },
        'variables.file',
        size * megabyte,
      );
      const headers = { authorization: `Bearer ${world.key}`, 'content-type': contentType, accept: 'application/json' };
      const answer = await request(`${world.url}/graphql`, { method: 'POST', headers, body });
      const text = await answer.body.text();
      if (answer.statusCode !== 200) throw new Error(`The upload was answered ${answer.statusCode}: ${text}`);
    });
    first ??= peak;
    print(
      `  ${String(size).padStart(4)} MB: ${peak.toFixed(0)} MB, ${(peak - first).toFixed(0)} more than for the first; ` +
        `${(size / seconds).toFixed(0)} MB a second`,
    );
  }
}

async function watchPeak(pid: number, work: () => Promise<void>): Promise<{ peak: number; seconds: number }> {
  const done = new AbortController();
  let peak = 0;
  const look = async () => {
    peak = Math.max(peak, (await readMemoryMb(pid)) ?? 0);
  };
  const watch = (async () => {
    for await (const _tick of every(10, undefined, { signal: done.signal })) await look();
  })().catch(() => undefined);
  const start = performance.now();
  await work();
  const seconds = (performance.now() - start) / 1000;
  await look();
  done.abort();
  await watch;
  return { peak, seconds };
}
