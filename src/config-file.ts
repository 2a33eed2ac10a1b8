import { z } from 'zod';
import { readBytes } from './config-value.ts';
import { describe, integer, text } from './config-variable.ts';

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
  EXTRACTION_MAX_BYTES: bytes({
    description: 'The largest file whose text is read; it is in memory as a whole while it is.',
    default: 67_108_864,
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
    },
    extraction: {
      maxBytes: values.EXTRACTION_MAX_BYTES,
    },
  };
}
