import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { createWorker, OEM, type Worker } from 'tesseract.js';

/** Reads text off pictures. */
export interface Recognizer {
  /** @param picture A PNG. */
  recognize(picture: Uint8Array): Promise<string>;
}

/** Reads in these languages; what it knows of them is in the packages `@tesseract.js-data/…`. */
export function createRecognizer(languages: readonly string[]): Recognizer {
  let worker: Promise<Worker> | undefined;
  return {
    async recognize(picture) {
      // It takes a second and a hundred megabytes, and most files have text.
      worker ??= startWorker(languages);
      const { data } = await (await worker).recognize(Buffer.from(picture), { rotateAuto: true });
      return data.text;
    },
  };
}

async function startWorker(languages: readonly string[]): Promise<Worker> {
  // It takes them from one folder only.
  const folder = await mkdtemp(path.join(tmpdir(), 'trivium-languages-'));
  try {
    for (const code of languages) await copyFile(findLanguage(code), path.join(folder, `${code}.traineddata.gz`));
    return await createWorker([...languages], OEM.LSTM_ONLY, {
      langPath: folder,
      cacheMethod: 'none',
      // Without it, what its promises reject with is thrown once more.
      errorHandler: () => undefined,
    });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function findLanguage(code: string): string {
  const folder = import.meta.resolve(`@tesseract.js-data/${code}/package.json`);
  return fileURLToPath(new URL(`4.0.0_best_int/${code}.traineddata.gz`, folder));
}
