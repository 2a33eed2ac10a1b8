import { writeFileSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';
import { BroadcastChannel, isMainThread } from 'node:worker_threads';

/**
 * Loaded into a gateway process (`--import`, with `--expose-gc`): on SIGUSR2 each of its threads collects its garbage, and what is left is
 * written to the file that HEAP_REPORT names, in bytes: what the main thread holds, then the others.
 */

const asking = new BroadcastChannel('heap-ask');
const telling = new BroadcastChannel('heap-tell');

/** What is left in this thread, with the buffers that hang on it. */
async function measureHeap(): Promise<number> {
  // What has a finalizer goes with the second collection.
  globalThis.gc?.();
  await delay(200);
  globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}

if (isMainThread) {
  process.on('SIGUSR2', async () => {
    const others: number[] = [];
    telling.onmessage = ({ data }: { readonly data: unknown }) => others.push(Number(data));
    asking.postMessage('all');
    const own = await measureHeap();
    // The other threads have answered by then.
    await delay(800);
    writeFileSync(process.env.HEAP_REPORT ?? '', JSON.stringify([own, ...others]));
  });
} else {
  asking.onmessage = async () => telling.postMessage(await measureHeap());
}
asking.unref();
telling.unref();
