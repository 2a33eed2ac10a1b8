import { Worker } from 'node:worker_threads';
import { UnreadableFileError } from '../../errors.ts';
import type { ReaderAnswer, ReaderReady, ReaderRequest, ReaderSettings } from '../document.ts';
import { readDocument } from './read-document.ts';
import { createRecognizer } from './recognize.ts';

/** A process that reads one file after the other for its parent, which kills it when that takes too long. */

// The parent has written them.
const settings = JSON.parse(process.argv[2] ?? '') as ReaderSettings;
new Worker(new URL('./memory-watch.ts', import.meta.url), {
  workerData: { memoryMaxBytes: settings.memoryMaxBytes, parent: process.ppid },
  resourceLimits: { maxOldGenerationSizeMb: 64 },
});
const recognizer = createRecognizer(settings.languages);

let pieces: Uint8Array[] = [];

process.on('disconnect', () => process.exit());
process.on('message', async (request: ReaderRequest) => {
  if (request.type === 'bytes') {
    pieces.push(request.bytes);
    return;
  }
  const bytes = new Uint8Array(Buffer.concat(pieces));
  pieces = [];
  send(await read(bytes, request));
});
send({ type: 'ready' });

async function read(bytes: Uint8Array, { name, pictures }: ReaderRequest & { type: 'read' }): Promise<ReaderAnswer> {
  try {
    const document = await readDocument({ bytes, name, pictures, depth: 0 }, recognizer);
    return { type: 'document', document, residentBytes: process.memoryUsage.rss() };
  } catch (error) {
    if (error instanceof UnreadableFileError) {
      return { type: 'unreadable', reason: error.reason, message: error.message };
    }
    // Whatever the reader of a format stumbled over lies in the file.
    const text = error instanceof Error ? error.message : String(error);
    // Which library it was is of no use to whoever sent the file.
    const said = text.replace(/^\[\w+\]: /, '');
    return { type: 'unreadable', reason: 'damaged', message: `is damaged or not complete: ${said.slice(0, 300)}` };
  }
}

function send(answer: ReaderAnswer | ReaderReady): void {
  process.send?.(answer);
}
