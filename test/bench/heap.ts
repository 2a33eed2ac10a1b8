import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';

/** Tells what a gateway process holds, without garbage. */
export interface HeapReader {
  /** What the process is to be started with. */
  readonly settings: NodeJS.ProcessEnv;
  /** The bytes that its main thread holds, and its other threads. */
  read(pid: number): Promise<readonly number[]>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function createHeapReader(): Promise<HeapReader> {
  const folder = await mkdtemp(path.join(tmpdir(), 'trivium-heap-'));
  const file = path.join(folder, 'heaps.json');
  const script = path.join(import.meta.dirname, 'heap-process.ts');
  return {
    settings: { HEAP_REPORT: file, NODE_OPTIONS: `--expose-gc --import ${script}` },
    async read(pid) {
      await rm(file, { force: true });
      process.kill(pid, 'SIGUSR2');
      for (;;) {
        await delay(100);
        const text = await readFile(file, 'utf8').catch(() => '');
        if (text !== '') return JSON.parse(text);
      }
    },
    [Symbol.asyncDispose]: () => rm(folder, { recursive: true, force: true }),
  };
}
