import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setInterval as every } from 'node:timers/promises';
import { request } from 'undici';
import { streamLargeForm } from '../support/form.ts';
import { untilExit } from '../support/gateway-process.ts';
import { print, readMemoryMb } from './measure.ts';
import type { BenchOptions } from './run.ts';
import { type BenchWorld, createWorld } from './world.ts';

const megabyte = 1024 ** 2;

/** (g) The memory of the gateway, and of its database in another process, while files are uploaded, beside what it is for a small one. */
export async function benchUpload({ isQuick }: BenchOptions): Promise<void> {
  await using database = await startDatabase();
  await using world = await createWorld({
    MONGODB_URI: database.uri,
    SECRET_KEY: 'a secret key that only this bench has',
    BOOTSTRAP_KEY: 'sk-a-key-that-only-this-bench-has',
  });
  const pids = [world.pid, database.pid];
  print('\nPeak memory, resident, while a file is uploaded to /graphql: the gateway, and the database');
  let first: readonly number[] | null = null;
  for (const size of isQuick ? [1, 50] : [1, 50, 200]) {
    const start = performance.now();
    const peaks = await watchPeaks(pids, () => upload(world, size * megabyte));
    const seconds = (performance.now() - start) / 1000;
    first ??= peaks;
    const found = peaks.map((peak, index) => `${peak.toFixed(0)} MB (+${(peak - (first?.[index] ?? 0)).toFixed(0)})`);
    print(`  ${String(size).padStart(4)} MB: ${found.join(', ')}; ${(size / seconds).toFixed(0)} MB a second`);
  }
}

async function upload({ url, key }: BenchWorld, size: number): Promise<void> {
  const operations = { query: '{ __typename }', variables: { file: null } };
  const { contentType, body } = streamLargeForm(operations, 'variables.file', size);
  const headers = { authorization: `Bearer ${key}`, 'content-type': contentType, accept: 'application/json' };
  const answer = await request(`${url}/graphql`, { method: 'POST', headers, body });
  const text = await answer.body.text();
  if (answer.statusCode !== 200) throw new Error(`The upload was answered ${answer.statusCode}: ${text}`);
}

async function watchPeaks(pids: readonly number[], work: () => Promise<void>): Promise<readonly number[]> {
  const done = new AbortController();
  let peaks = pids.map(() => 0);
  const look = async () => {
    const now = await Promise.all(pids.map(readMemoryMb));
    peaks = peaks.map((peak, index) => Math.max(peak, now[index] ?? 0));
  };
  const watch = async () => {
    for await (const _tick of every(10, undefined, { signal: done.signal })) await look();
  };
  const watching = watch().catch(() => undefined);
  await work();
  await look();
  done.abort();
  await watching;
  return peaks;
}

async function startDatabase() {
  const folder = await mkdtemp(path.join(tmpdir(), 'trivium-bench-'));
  const script = path.join(import.meta.dirname, '../embedded/server-process.ts');
  const child = spawn(process.execPath, [script, folder], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [uri] = await once(child.stdout, 'data');
  return {
    uri: String(uri).trim(),
    pid: child.pid ?? 0,
    async [Symbol.asyncDispose]() {
      child.kill('SIGTERM');
      await untilExit(child);
      await rm(folder, { recursive: true, force: true });
    },
  };
}
