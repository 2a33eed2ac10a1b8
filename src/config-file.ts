import { z } from 'zod';
import { readBytes, readLanguages } from './config-value.ts';
import { describe, integer, milliseconds, text } from './config-variable.ts';

/** The part of the configuration that says how large files may be, and what reading them may take. */

const largest = 2 ** 40;

function bytes({ description, default: standard }: { description: string; default: number }) {
  const schema = text((value) => readBytes(value, 1024, largest)).default(standard);
  return describe(schema, {
    description,
    allowed: `bytes from 1024 to ${largest}, or with a unit: \`512KiB\`, \`4MiB\``,
  });
}

export const fileVariables = {
  FILE_MAX_BYTES: bytes({ description: 'The largest file that may be uploaded.', default: 268_435_456 }),
  UPLOAD_MAX_BYTES: bytes({ description: 'The most bytes of all files of one request.', default: 536_870_912 }),
  UPLOAD_MAX_FILES: integer({ description: 'The most files of one request.', default: 32, min: 1, max: 1000 }),
  PROJECT_FILES_MAX_BYTES: describe(text((value) => readBytes(value, 1024, largest)).optional(), {
    description: 'The most bytes of all files that a project keeps; uploads are refused beyond it.',
    allowed: `bytes from 1024 to ${largest}, or with a unit: \`4096MiB\``,
    default: 'unset: no limit',
  }),
  EXTRACTION_MAX_BYTES: bytes({
    description: 'The largest file whose text is read.',
    default: 67_108_864,
  }),
  EXTRACTION_PROCESSES: integer({
    description: 'How many files are read at the same time, each in a process of its own.',
    default: 2,
    min: 1,
    max: 64,
  }),
  EXTRACTION_TIMEOUT_MS: milliseconds({
    description: 'How long reading a file may take.',
    default: 300_000,
    min: 1000,
  }),
  EXTRACTION_MEMORY_BYTES: describe(text((value) => readBytes(value, 512 * 1024 ** 2, largest)).default(2 ** 30), {
    description: 'How much memory reading a file may take.',
    allowed: `bytes from 536870912 to ${largest}, or with a unit: \`1024MiB\``,
  }),
  DOCUMENT_PART_TOKENS: integer({
    description:
      'How many tokens of a document a deployment puts before a model at once; longer ones are read in parts.',
    default: 24_000,
    min: 100,
    max: 10_000_000,
  }),
  DEPLOYMENT_CONCURRENCY: integer({
    description: 'How many executions of deployments a process has under way at the same time; the others wait.',
    default: 4,
    min: 1,
    max: 1000,
  }),
  DEPLOYMENT_PROJECT_MAX: integer({
    description: 'How many unfinished executions of deployments a project may have; further ones are refused.',
    default: 100,
    min: 1,
    max: 1_000_000,
  }),
  OCR_LANGUAGES: describe(text(readLanguages).default(['eng']), {
    description:
      "The languages in which scans and pictures are read. Other than `eng`, install Tesseract's data of each first: " +
      '`npm install @tesseract.js-data/deu`.',
    allowed: 'a comma list of codes of three letters, such as `eng,deu,fra`',
    default: '`eng`',
  }),
};

const schema = z.object(fileVariables);

/** What the rest of the program reads of it. */
export function deriveFileConfig(values: z.output<typeof schema>) {
  return {
    uploads: {
      fileMaxBytes: values.FILE_MAX_BYTES,
      requestMaxBytes: values.UPLOAD_MAX_BYTES,
      maxFiles: values.UPLOAD_MAX_FILES,
      projectMaxBytes: values.PROJECT_FILES_MAX_BYTES ?? null,
    },
    documentPartTokens: values.DOCUMENT_PART_TOKENS,
    deploymentQueue: { concurrency: values.DEPLOYMENT_CONCURRENCY, projectMax: values.DEPLOYMENT_PROJECT_MAX },
    extraction: {
      maxBytes: values.EXTRACTION_MAX_BYTES,
      processes: values.EXTRACTION_PROCESSES,
      memoryMaxBytes: values.EXTRACTION_MEMORY_BYTES,
      timeoutMs: values.EXTRACTION_TIMEOUT_MS,
      languages: values.OCR_LANGUAGES,
    },
  };
}
