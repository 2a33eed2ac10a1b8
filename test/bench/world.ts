import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createGatewayClient, type GatewayClient } from '../support/gateway-client.ts';
import { startGatewayProcess, untilExit } from '../support/gateway-process.ts';

/** A gateway process with a model process behind it, and everything in a temporary folder. */
export interface BenchWorld {
  readonly folder: string;
  readonly url: string;
  readonly key: string;
  readonly pid: number;
  readonly modelPort: number;
  readonly client: GatewayClient;
  /** The environment that is the model process. */
  readonly environmentId: string;
  /** Starts another process of this folder, which prints its port. */
  start(file: string, ...args: string[]): Promise<{ readonly pid: number; readonly port: number }>;
  /** Has a process ended with everything else. */
  own(child: ChildProcess): void;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function createWorld(settings: NodeJS.ProcessEnv = {}): Promise<BenchWorld> {
  const folder = await mkdtemp(path.join(tmpdir(), 'trivium-bench-'));
  const children: ChildProcess[] = [];
  const own = (child: ChildProcess) => void children.push(child);
  const start = async (file: string, ...args: string[]) => {
    const script = path.join(import.meta.dirname, file);
    const child = spawn(process.execPath, [script, ...args], { stdio: ['ignore', 'pipe', 'inherit'] });
    own(child);
    const [text] = await Promise.race([once(child.stdout, 'data'), untilExit(child).then(() => [''])]);
    const port = Number(String(text).trim());
    if (!port || child.pid === undefined) throw new Error(`${file} did not start`);
    return { pid: child.pid, port };
  };
  const model = await start('model-process.ts');
  const gateway = await startGatewayProcess({
    PORT: '0',
    LOG_LEVEL: 'warn',
    DATA_DIR: path.join(folder, 'data'),
    OPENAI_BASE_URL: `http://127.0.0.1:${model.port}/v1`,
    OPENAI_MODEL: 'm-1',
    ...settings,
  });
  own(gateway.child);
  const key = settings.BOOTSTRAP_KEY ?? gateway.lines.find((line) => line.startsWith('  sk-'))?.trim() ?? '';
  const answer = await fetch(`${gateway.url}/graphql`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ query: '{ environments { id name } }' }),
  });
  const { data } = await answer.json();
  const environment = data.environments.find(({ name }: { name: string }) => name === 'openai');
  return {
    folder,
    url: gateway.url,
    key,
    pid: gateway.child.pid ?? 0,
    modelPort: model.port,
    client: createGatewayClient(gateway.url, key),
    environmentId: environment.id,
    start,
    own,
    async [Symbol.asyncDispose]() {
      for (const child of children.reverse()) child.kill('SIGTERM');
      await Promise.all(children.map(untilExit));
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** The mutation that executes the sample interaction on the model process. */
export function writeExecution(world: BenchWorld, more: Readonly<Record<string, unknown>> = {}) {
  const config = { environmentId: world.environmentId };
  return {
    query:
      'mutation ($input: ExecuteInput!) { execute(input: $input) { ... on InteractionRun { id status result } ... on Error { message } } }',
    variables: { input: { specifier: 'TellStory', data: { topic: 'a car' }, config, ...more } },
  };
}
