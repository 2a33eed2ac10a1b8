import { createPoster, print, readMemoryMb } from './measure.ts';
import type { BenchOptions } from './run.ts';
import { createWorld, writeExecution } from './world.ts';

/** (f) The memory of the gateway, its database included, as executions go through it. */
export async function benchMemory({ isQuick }: BenchOptions): Promise<void> {
  await using world = await createWorld();
  const steps = isQuick ? [1_000, 2_000] : [5_000, 10_000, 20_000, 40_000, 60_000, 80_000, 100_000];
  const poster = createPoster(`${world.url}/graphql`, { authorization: `Bearer ${world.key}` }, (text) =>
    text.includes('COMPLETED'),
  );
  print('\nMemory, resident, after executions');
  let done = 0;
  let first: number | null = null;
  for (const step of steps) {
    const work = async () => {
      while (done < step) {
        done += 1;
        await poster.post(writeExecution(world));
      }
    };
    await Promise.all(Array.from({ length: 64 }, work));
    const memory = await readMemoryMb(world.pid);
    first ??= memory;
    print(
      `  ${String(step).padStart(7)}: ${memory?.toFixed(0)} MB, ${((memory ?? 0) / (first ?? 1)).toFixed(2)} × the first`,
    );
  }
  await poster.close();
}
