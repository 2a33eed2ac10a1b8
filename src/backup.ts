import { createReadStream, createWriteStream } from 'node:fs';
import { pipeline } from 'node:stream/promises';
import { parseArgs } from 'node:util';
import { createGunzip, createGzip } from 'node:zlib';
import { ConfigError, loadConfig } from './config.ts';
import { closeAll, openDatabase } from './gateway.ts';
import type { Backup } from './store/backup.ts';
import { UsageError } from './usage-error.ts';

/** `npm run export` and `npm run import`: everything in the database to a file, and from it. */

const usage = `Usage, on the data that DATA_DIR or MONGODB_URI names (no gateway should be writing to it):
  npm run export -- FILE
  npm run import -- FILE [--merge]
Credentials stay sealed with the SECRET_KEY that they were sealed with (without one, DATA_DIR/secret-key): take it along.`;

const closers: (() => Promise<void>)[] = [];
try {
  const { values, positionals } = parseArgs({ allowPositionals: true, options: { merge: { type: 'boolean' } } });
  const [action, file, ...others] = positionals;
  if (file === undefined || others.length > 0 || (action === 'export' && values.merge))
    throw new UsageError('Name one file');
  const { store } = await openDatabase(loadConfig(process.env), closers);
  const count =
    action === 'export' ? await exportTo(store.backup, file) : await importFrom(store.backup, file, values.merge);
  process.stdout.write(`${count} documents ${action === 'export' ? 'exported to' : 'imported from'} ${file}\n`);
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`${describeFailure(error)}\n`);
} finally {
  await closeAll(closers);
}

async function exportTo(backup: Backup, file: string): Promise<number> {
  let lines = 0;
  async function* text() {
    for await (const line of backup.read()) {
      lines += 1;
      yield `${line}\n`;
    }
  }
  // Never over a file that is there: it may be the only copy. What is in it is for its owner alone.
  await pipeline(text, createGzip(), createWriteStream(file, { flags: 'wx', mode: 0o600 }));
  return lines - 2;
}

async function importFrom(backup: Backup, file: string, merge = false): Promise<number> {
  let count = 0;
  await pipeline(createReadStream(file), createGunzip(), async (chunks: AsyncIterable<Buffer>) => {
    count = await backup.write(splitLines(chunks), { merge });
  });
  return count;
}

async function* splitLines(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const lines = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = lines.pop() ?? '';
    yield* lines;
  }
  if (rest !== '') yield rest;
}

function describeFailure(error: unknown): string {
  if (error instanceof UsageError || (error instanceof TypeError && 'code' in error))
    return `${error.message}\n\n${usage}`;
  if (error instanceof ConfigError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
