import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import path from 'node:path';

/** A Redis of its own, without a disk. */
export interface RedisServer {
  readonly port: number;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Where a `redis-server` is: on the PATH; undefined where there is none. */
export function findRedisServer(): string | undefined {
  const folders = (process.env.PATH ?? '').split(path.delimiter);
  return folders.map((folder) => path.join(folder, 'redis-server')).find(isExecutable);
}

export async function startRedisServer(executablePath: string): Promise<RedisServer> {
  for (let attempt = 0; attempt < 10; attempt += 1) {
    const port = 20_000 + Math.floor(Math.random() * 20_000);
    const child = spawn(executablePath, [
      '--port',
      String(port),
      '--bind',
      '127.0.0.1',
      '--save',
      '',
      '--appendonly',
      'no',
    ]);
    if (await untilReady(child)) {
      return {
        port,
        async [Symbol.asyncDispose]() {
          const exited = new Promise((resolve) => child.once('exit', resolve));
          child.kill();
          await exited;
        },
      };
    }
  }
  throw new Error('redis-server does not start');
}

/** Whether it listens; it ends by itself where the port is taken. */
async function untilReady(child: ChildProcess): Promise<boolean> {
  for await (const chunk of child.stdout ?? []) if (String(chunk).includes('Ready to accept connections')) return true;
  return false;
}

function isExecutable(file: string): boolean {
  try {
    accessSync(file, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
