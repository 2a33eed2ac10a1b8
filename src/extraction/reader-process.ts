import { fork } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { UnreadableFileError } from '../errors.ts';
import type {
  ExtractedDocument,
  Pictures,
  ReaderAnswer,
  ReaderReady,
  ReaderRequest,
  ReaderSettings,
} from './document.ts';

export interface ReaderProcessOptions extends ReaderSettings {
  /** How long a file may take to be read, once the process has it. */
  readonly timeoutMs: number;
}

/** A process that reads one file at a time. What a file does to it, it does to nobody else. */
export interface ReaderProcess {
  /**
   * Reads one file. Throws an UnreadableFileError whose message goes on after the file's name, what `bytes` throws, and the
   * reason of `signal`.
   */
  read(
    bytes: AsyncIterable<Uint8Array>,
    name: string,
    pictures: Pictures,
    signal: AbortSignal,
  ): Promise<ExtractedDocument>;
  /** False once it is gone, or has become too large to be given another file. */
  isFit(): boolean;
  close(): Promise<void>;
}

/** Half of the memory goes to objects; the other half to bytes, pictures and the programs themselves. */
const heapShare = 0.5;
/** A process that keeps more than this share after a file leaves too little for the next one. */
const keptShare = 0.5;
const errorTailLength = 2000;

/** It may read our own code, and write what Tesseract starts with; the data folder is none of its business. */
function listPermissions(temporary: string): string[] {
  const root = fileURLToPath(new URL('../../', import.meta.url));
  const places = [...['src', 'node_modules', 'package.json'].map((name) => path.join(root, name)), temporary];
  // Links are followed before it is asked whether that is allowed.
  const readable = new Set(places.flatMap((place) => [place, realpathSync(place)]));
  return [
    '--permission',
    ...[...readable].map((place) => `--allow-fs-read=${place}`),
    `--allow-fs-write=${temporary}`,
    '--allow-worker',
    '--allow-addons',
  ];
}

/** Starts such a process. It knows nothing of the environment, where secrets are, and starts no process. */
export function startReaderProcess({ timeoutMs, ...settings }: ReaderProcessOptions): ReaderProcess {
  const heapMb = Math.floor((settings.memoryMaxBytes * heapShare) / 1024 ** 2);
  const temporary = realpathSync(tmpdir());
  const child = fork(fileURLToPath(new URL('./reader/main.ts', import.meta.url)), [JSON.stringify(settings)], {
    execArgv: [`--max-old-space-size=${heapMb}`, ...listPermissions(temporary)],
    env: { TZ: 'UTC', TMPDIR: temporary },
    serialization: 'advanced',
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  let errors = '';
  child.stderr?.on('data', (text) => {
    errors = `${errors}${text}`.slice(-errorTailLength);
  });
  let isFit = true;
  let isReady = false;
  let fail: (error: unknown) => void = () => undefined;
  let answer: (answer: ReaderAnswer) => void = () => undefined;
  const ready = Promise.withResolvers<void>();
  child.on('message', (message: ReaderAnswer | ReaderReady) => {
    if (message.type !== 'ready') return answer(message);
    isReady = true;
    ready.resolve();
  });
  const ended = Promise.withResolvers<void>();
  child.on('exit', (code, signal) => {
    isFit = false;
    const how = `ended with ${signal ?? code}: ${errors}`;
    fail(isReady ? describeEnd(how, settings) : new Error(`The process that reads files did not start; it ${how}`));
    ended.resolve();
  });
  // What cannot be sent to, or started: that one never ends.
  child.on('error', (error) => {
    isFit = false;
    fail(error);
    if (child.pid === undefined) ended.resolve();
  });

  const send = (request: ReaderRequest) =>
    new Promise<void>((resolve, reject) => {
      child.send(request, (error) => (error === null ? resolve() : reject(error)));
    });

  return {
    isFit: () => isFit,
    async read(bytes, name, pictures, signal) {
      const answered = new Promise<ReaderAnswer>((resolve, reject) => {
        answer = resolve;
        fail = reject;
      });
      const abort = () => fail(signal.reason);
      signal.addEventListener('abort', abort, { once: true });
      let timer: NodeJS.Timeout | undefined;
      const ask = async () => {
        // Neither its time nor its fault.
        await ready.promise;
        for await (const piece of bytes) await send({ type: 'bytes', bytes: piece });
        await send({ type: 'read', name, pictures });
        timer = setTimeout(() => fail(describeTimeout(timeoutMs)), timeoutMs);
        return answered;
      };
      try {
        signal.throwIfAborted();
        const result = await Promise.race([answered, ask()]);
        if (result.type === 'unreadable') return Promise.reject(new UnreadableFileError(result.reason, result.message));
        if (result.residentBytes > settings.memoryMaxBytes * keptShare) isFit = false;
        return result.document;
      } catch (error) {
        // It is in the middle of something.
        isFit = false;
        throw error;
      } finally {
        clearTimeout(timer);
        signal.removeEventListener('abort', abort);
        // It has nothing to put in order.
        if (!isFit) child.kill('SIGKILL');
      }
    },
    async close() {
      isFit = false;
      child.kill('SIGKILL');
      await ended.promise;
    },
  };
}

function describeTimeout(timeoutMs: number): UnreadableFileError {
  return new UnreadableFileError('too_slow', `takes longer to read than the ${timeoutMs} ms that are allowed`);
}

/** What the end of a process says of the file that it was reading. */
function describeEnd(how: string, { memoryMaxBytes }: ReaderSettings): UnreadableFileError {
  const cause = new Error(`The process that read it ${how}`);
  // By its watch, by the system, or by V8 itself.
  if (/^ended with (SIGKILL|SIGABRT|SIGTRAP|134|137):/.test(how)) {
    const message = `takes more than the ${memoryMaxBytes} bytes of memory to read that are allowed`;
    return new UnreadableFileError('too_large', message, cause);
  }
  return new UnreadableFileError('damaged', 'is damaged: its reader broke on it', cause);
}
