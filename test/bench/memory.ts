import { createHeapReader } from './heap.ts';
import { createPoster, print, readMemoryMb } from './measure.ts';
import type { BenchOptions } from './run.ts';
import { createWorld, writeExecution } from './world.ts';

/**
 * (f) The memory of the gateway, its database included, as executions go through it: what its main thread and its database's threads hold
 * without garbage, and what is resident.
 */
export async function benchMemory({ isQuick }: BenchOptions): Promise<void> {
  await using heap = await createHeapReader();
  await using world = await createWorld(heap.settings);
  const steps = isQuick ? [1_000, 2_000, 3_000] : [1_000, 5_000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000];
  const poster = createPoster(`${world.url}/graphql`, { authorization: `Bearer ${world.key}` }, (text) =>
    text.includes('COMPLETED'),
  );
  print('\nMemory after executions, in MB');
  let done = 0;
  for (const step of steps) {
    const work = async () => {
      while (done < step) {
        done += 1;
        await poster.post(writeExecution(world));
      }
    };
    await Promise.all(Array.from({ length: 64 }, work));
    const resident = await readMemoryMb(world.pid);
    const [main, ...others] = (await heap.read(world.pid)).map((bytes) => (bytes / 2 ** 20).toFixed(1));
    print(
      `  ${String(step).padStart(7)}: held by the gateway's thread ${main}, by the database's ${others.join(' + ')}; resident ${resident?.toFixed(0)}`,
    );
  }
  await poster.close();
}
