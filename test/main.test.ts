import { type ChildProcess, execFile } from 'node:child_process';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type GatewayProcess, startGatewayProcess, untilExit } from './support/gateway-process.ts';

/** The programs as they are started: real processes, and what they print. */

const run = promisify(execFile);
const root = new URL('..', import.meta.url).pathname;

let folder: string;
let environment: NodeJS.ProcessEnv;
const processes: ChildProcess[] = [];

beforeAll(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'trivium-main-'));
  // Nothing of the tests' own environment configures the gateway.
  environment = { PATH: process.env.PATH, PORT: '0', DATA_DIR: path.join(folder, 'data'), SHUTDOWN_GRACE_MS: '500' };
});
afterAll(async () => {
  for (const child of processes) child.kill('SIGKILL');
  await rm(folder, { recursive: true, force: true });
});

async function start(extra: NodeJS.ProcessEnv = {}): Promise<GatewayProcess> {
  const started = await startGatewayProcess({ ...environment, ...extra });
  processes.push(started.child);
  return started;
}

async function startFails(extra: NodeJS.ProcessEnv): Promise<string> {
  const failure = await run(process.execPath, ['src/main.ts'], { cwd: root, env: { ...environment, ...extra } }).catch(
    (error) => error,
  );
  expect(failure.code).toBe(1);
  return failure.stderr;
}

describe('the first start', () => {
  let gateway: GatewayProcess;
  let key: string;

  beforeAll(async () => {
    gateway = await start({
      OPENAI_BASE_URL: 'http://127.0.0.1:9/v1',
      OPENAI_API_KEY: 'sk-secret-of-openai',
      OPENAI_MODEL: 'm-1',
    });
    key = gateway.lines.find((line) => line.startsWith('  sk-'))?.trim() ?? '';
  });

  test('prints address, key, a signed-in link and a curl line', () => {
    expect(key).toMatch(/^sk-[\w-]{43}$/);
    expect(gateway.lines).toContain(`  ${gateway.url}/graphql#key=${key}`);
    expect(gateway.lines.at(-1)).toBe(`Data is kept in ${environment.DATA_DIR}`);
  });

  test('the curl line works when it is pasted', async () => {
    const line = gateway.lines.find((text) => text.includes('curl'))?.trim() ?? '';
    const { stdout } = await run('sh', ['-c', line]);
    expect(JSON.parse(stdout).data.execute).toMatchObject({
      status: 'COMPLETED',
      result: { color: expect.any(String) },
    });
  });

  test('the environment that OPENAI_BASE_URL names is there, without its key', async () => {
    const query = '{ environments { name provider endpoint hasCredentials defaultModel } }';
    const response = await fetch(`${gateway.url}/graphql`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ query }),
    });
    const { data } = await response.json();
    expect(data.environments).toEqual([
      { name: 'demo', provider: 'test', endpoint: null, hasCredentials: false, defaultModel: 'test-echo' },
      {
        name: 'openai',
        provider: 'openai_compatible',
        endpoint: 'http://127.0.0.1:9/v1',
        hasCredentials: true,
        defaultModel: 'm-1',
      },
    ]);
  });

  test('a second process on the same folder is told so', async () => {
    expect(await startFails({})).toMatch(/in use by another process/);
  });

  test('the logs hold neither a key nor a query', async () => {
    await fetch(`${gateway.url}/graphql?access_token=${key}`, { headers: { authorization: `Bearer ${key}` } });
    expect(gateway.logs()).toContain('/graphql');
    expect(gateway.logs()).not.toContain(key);
    expect(gateway.logs()).not.toContain('access_token');
    expect(gateway.logs()).not.toContain('sk-secret-of-openai');
  });

  test('the key that seals credentials is readable by its owner only', async () => {
    expect((await stat(path.join(environment.DATA_DIR ?? '', 'secret-key'))).mode & 0o077).toBe(0);
  });

  test('SIGTERM ends it cleanly, an interrupted run gets its end, and the next start has everything', async () => {
    const post = async (url: string, query: string, accept = 'application/json') =>
      fetch(`${url}/graphql`, {
        method: 'POST',
        headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', accept },
        body: JSON.stringify({ query }),
      });
    const input =
      '{ specifier: "TellStory", data: { topic: "x" }, stream: true, config: { options: { chunkDelayMs: 60000 } } }';
    const created = await (
      await post(gateway.url, `mutation { execute(input: ${input}) { ... on InteractionRun { id } } }`)
    ).json();
    const { id } = created.data.execute;
    const stream = await post(
      gateway.url,
      `subscription { runStream(id: "${id}") { ... on RunClosed { run { status error { code } } } } }`,
      'text/event-stream',
    );
    gateway.child.kill('SIGTERM');
    expect(await stream.text()).toContain('"status":"FAILED","error":{"code":"interrupted"}');
    expect(await untilExit(gateway.child)).toBe(0);

    const next = await start();
    expect(next.lines.join()).not.toContain('sk-');
    const { data } = await (
      await post(next.url, `{ run(id: "${id}") { status error { code } } runs { totalCount } }`)
    ).json();
    expect(data).toEqual({ run: { status: 'FAILED', error: { code: 'interrupted' } }, runs: { totalCount: 2 } });
    next.child.kill('SIGTERM');
    expect(await untilExit(next.child)).toBe(0);
  });
});

test('a wrong configuration stops the start with one message that names everything', async () => {
  const message = await startFails({ PORT: 'http', LOG_LEVEL: 'loud' });
  expect(message).toMatch(/PORT is "http"\. Allowed: a whole number from 0 to 65535\./);
  expect(message).toMatch(/LOG_LEVEL is "loud"/);
});

test('a database that is sealed with another key is not opened', async () => {
  const data = path.join(folder, 'sealed');
  const first = await start({ DATA_DIR: data, SECRET_KEY: 'the first key, which has 32 characters' });
  first.child.kill('SIGTERM');
  await untilExit(first.child);
  expect(await startFails({ DATA_DIR: data, SECRET_KEY: 'another key, which has 32 characters too' })).toMatch(
    /SECRET_KEY is not the one/,
  );
});

describe('npm run key', () => {
  const key = async (...args: string[]) =>
    run(process.execPath, ['src/key.ts', ...args], { cwd: root, env: environment }).catch((error) => error);

  test('makes, lists and revokes keys on the data', async () => {
    const made = await key('make', '--name', 'spare', '--role', 'reader');
    expect(made.stdout).toMatch(/^sk-[\w-]{43}\n\(id [0-9a-f]{24}, role reader; shown this once\)/);
    const [, id = ''] = /id ([0-9a-f]{24})/.exec(made.stdout) ?? [];
    expect((await key('revoke', id)).stdout).toMatch(/^Revoked sk-/);
    expect((await key('list')).stdout).toMatch(new RegExp(`${id} .*reader +revoked +spare`));
  });

  test('says how it is used', async () => {
    expect((await key('make', '--role', 'king')).stderr).toMatch(
      /--role must be one of reader, executor, editor, admin\n\nUsage/,
    );
    expect((await key()).stderr).toMatch(/Usage/);
    expect((await key('make', '--project', 'none')).stderr).toMatch(/There is no project none/);
  });
});

test('npm run demo shows a run, a stream, flows and the facets over them, and leaves nothing', async () => {
  const { stdout } = await run(process.execPath, ['src/demo.ts'], { cwd: root, env: { PATH: process.env.PATH } });
  expect(stdout).toMatch(/COMPLETED in \d+ ms: \{"color":"\w+"\}/);
  expect(stdout).toMatch(/COMPLETED after \d\d+ chunks/);
  expect(stdout).toMatch(/VALIDATION_ERROR: \/data\/object/);
  expect(stdout).toMatch(/COMPLETED in \d+ ms, Joke → Title: \w/);
  expect(stdout).toMatch(/it read \(0\.\d+\) The waggle dance: A bee/);
  expect(stdout).not.toContain('Fresnel');
  expect(stdout).toMatch(/by status: COMPLETED: 5/);
});
