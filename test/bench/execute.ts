import { type ChildProcess, execFile, spawn } from 'node:child_process';
import path from 'node:path';
import { promisify } from 'node:util';
import { compareUnderLoad, createPoster, print, printComparison, untilListening } from './measure.ts';
import type { BenchOptions } from './run.ts';
import { type BenchWorld, createWorld, writeExecution } from './world.ts';

/** (b) A blocking execution, recorded, against the same request passed on by undici, and by another gateway that records nothing. */
export async function benchExecute({ isQuick }: BenchOptions): Promise<void> {
  await using world = await createWorld();
  const passThrough = await world.start('pass-through-process.ts', String(world.modelPort));
  const portkey = await startPortkey(world).catch((error: Error) => {
    print(`  @portkey-ai/gateway could not be started: ${error.message}`);
    return null;
  });
  const completion = { model: 'm-1', messages: [{ role: 'user', content: 'Tell a short story about a car.' }] };
  const isAnswer = (text: string) => text.includes('Blue.');
  const bare = createPoster(`http://127.0.0.1:${passThrough.port}/v1/chat/completions`, {}, isAnswer);
  const ours = createPoster(`${world.url}/graphql`, { authorization: `Bearer ${world.key}` }, isAnswer);
  const theirs =
    portkey &&
    createPoster(
      `http://127.0.0.1:${portkey.port}/v1/chat/completions`,
      {
        'x-portkey-provider': 'openai',
        'x-portkey-custom-host': `http://127.0.0.1:${world.modelPort}/v1`,
        authorization: 'Bearer sk-none',
      },
      isAnswer,
    );
  const contenders = [
    { name: 'passed on by undici', pid: passThrough.pid, ask: () => bare.post(completion) },
    ...(portkey && theirs
      ? [{ name: '@portkey-ai/gateway, not recorded', pid: portkey.pid, ask: () => theirs.post(completion) }]
      : []),
    { name: 'Trivium, recorded', pid: world.pid, ask: () => ours.post(writeExecution(world)) },
  ];
  for (const concurrency of [1, 16, 64]) {
    const samples = await compareUnderLoad(contenders, {
      concurrency,
      rounds: isQuick ? 1 : 5,
      seconds: isQuick ? 1 : 3,
    });
    printComparison(`A blocking execution, ${concurrency} at a time`, samples);
  }
  await Promise.all([bare.close(), ours.close(), theirs?.close()]);
}

/** Installs it in the temporary folder, where nothing of it stays. */
async function startPortkey(world: BenchWorld): Promise<{ pid: number; port: number }> {
  const options = { cwd: world.folder, timeout: 180_000 };
  await promisify(execFile)(
    'npm',
    ['install', '--no-audit', '--no-fund', '--prefix', world.folder, '@portkey-ai/gateway@1'],
    options,
  );
  const port = 20_000 + Math.floor(Math.random() * 20_000);
  const script = path.join(world.folder, 'node_modules/@portkey-ai/gateway/build/start-server.js');
  const child: ChildProcess = spawn(process.execPath, [script, `--port=${port}`, '--headless'], {
    cwd: world.folder,
    stdio: 'ignore',
    env: { PATH: process.env.PATH, NODE_ENV: 'production' },
  });
  world.own(child);
  await untilListening(`http://127.0.0.1:${port}/`);
  return { pid: child.pid ?? 0, port };
}
