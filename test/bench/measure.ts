import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import { Pool } from 'undici';

/** How measurements are taken and told: rounds that alternate between what is compared, medians, and their spread. */

/** One round of one contender. */
export interface Sample {
  /** Answers a second. */
  readonly throughput: number;
  /** Milliseconds. */
  readonly p50: number;
  readonly p99: number;
  /** Of the process that was asked, in milliseconds a request; null where the system does not say. */
  readonly cpuMs: number | null;
}

export interface Contender {
  readonly name: string;
  readonly pid: number;
  /** Sends one request and reads its answer. Throws where it is not what was asked for. */
  readonly ask: () => Promise<void>;
}

export interface LoadOptions {
  readonly concurrency: number;
  readonly rounds: number;
  readonly seconds: number;
}

const warmUpConcurrency = 16;

/** Asks each contender in turn, round after round, with as many requests under way as `concurrency` says. */
export async function compareUnderLoad(
  contenders: readonly Contender[],
  { concurrency, rounds, seconds }: LoadOptions,
): Promise<Map<string, Sample[]>> {
  const samples = new Map<string, Sample[]>(contenders.map(({ name }) => [name, []]));
  // Code that is not compiled yet would be measured, and few requests at a time leave it so for long.
  for (const contender of contenders) await load(contender, Math.max(concurrency, warmUpConcurrency), 2 * seconds);
  for (let round = 0; round < rounds; round += 1) {
    for (const contender of contenders) {
      samples.get(contender.name)?.push(await load(contender, concurrency, seconds));
    }
  }
  return samples;
}

async function load({ ask, pid }: Contender, concurrency: number, seconds: number): Promise<Sample> {
  const times: number[] = [];
  const cpuBefore = await readCpuMs(pid);
  const start = performance.now();
  const end = start + seconds * 1000;
  const work = async () => {
    while (performance.now() < end) {
      const asked = performance.now();
      await ask();
      times.push(performance.now() - asked);
    }
  };
  await Promise.all(Array.from({ length: concurrency }, work));
  const took = (performance.now() - start) / 1000;
  const cpuAfter = await readCpuMs(pid);
  times.sort((one, other) => one - other);
  return {
    throughput: times.length / took,
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
    cpuMs: cpuBefore === null || cpuAfter === null ? null : (cpuAfter - cpuBefore) / times.length,
  };
}

/** The processor time that a process has used so far, in milliseconds; null where there is no /proc. */
export async function readCpuMs(pid: number): Promise<number | null> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => null);
  if (stat === null) return null;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  // User and system time, in hundredths of a second on every Linux that matters.
  return (Number(fields[11]) + Number(fields[12])) * 10;
}

/** The memory that a process has resident, in MB; null where there is no /proc. */
export async function readMemoryMb(pid: number): Promise<number | null> {
  const status = await readFile(`/proc/${pid}/status`, 'utf8').catch(() => null);
  const kilobytes = /VmRSS:\s+(\d+)/.exec(status ?? '')?.[1];
  return kilobytes === undefined ? null : Number(kilobytes) / 1024;
}

export function quantile(sorted: readonly number[], share: number): number {
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return quantile(
    [...values].sort((one, other) => one - other),
    0.5,
  );
}

/** A median with what lies half of the rounds away from it: `12.3 (11.9–12.8)`. */
export function formatSpread(values: readonly number[], digits = 1): string {
  const sorted = [...values].sort((one, other) => one - other);
  const [low, middle, high] = [0, 0.5, 1].map((share) => quantile(sorted, share).toFixed(digits));
  return values.length < 2 ? `${middle}` : `${middle} (${low}–${high})`;
}

/** Prints what was found, each beside its ratio to the first of them. */
export function printComparison(title: string, samples: ReadonlyMap<string, readonly Sample[]>): void {
  print(`\n${title}`);
  const [base] = samples.values();
  for (const [name, ofName] of samples) {
    const throughputs = ofName.map(({ throughput }) => throughput);
    const ratio = median(throughputs) / median((base ?? []).map(({ throughput }) => throughput));
    const cpu = ofName.flatMap(({ cpuMs }) => (cpuMs === null ? [] : [cpuMs]));
    print(
      `  ${ratio.toFixed(3).padStart(7)} ×  ${formatSpread(throughputs, 0).padEnd(20)} a second   ` +
        `p50 ${formatSpread(ofName.map(({ p50 }) => p50)).padEnd(18)} p99 ${formatSpread(ofName.map(({ p99 }) => p99)).padEnd(20)} ms   ` +
        `${cpu.length > 0 ? `CPU ${formatSpread(cpu, 2)} ms` : ''}   ${name}`,
    );
  }
}

export function print(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A function that posts JSON over kept connections and checks the answer. */
export function createPoster(
  url: string,
  headers: Readonly<Record<string, string>>,
  check: (text: string) => boolean,
): { post: (body: unknown) => Promise<void>; close: () => Promise<void> } {
  const { origin, pathname } = new URL(url);
  const pool = new Pool(origin, { connections: 128 });
  return {
    async post(body) {
      const { statusCode, body: answer } = await pool.request({
        method: 'POST',
        path: pathname,
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify(body),
      });
      const text = await answer.text();
      if (statusCode !== 200 || !check(text)) throw new Error(`${url} answered ${statusCode}: ${text.slice(0, 300)}`);
    },
    close: () => pool.close(),
  };
}

/** Waits until a port answers. */
export async function untilListening(url: string): Promise<void> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const answered = await fetch(url).then(
      () => true,
      () => false,
    );
    if (answered) return;
    await delay(100);
  }
  throw new Error(`Nothing listens at ${url}`);
}
