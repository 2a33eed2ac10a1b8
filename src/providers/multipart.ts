import { randomUUID } from 'node:crypto';

/** A file that is sent. `size` must be what `open` gives, in bytes. */
export interface FilePart {
  readonly field: string;
  readonly name: string;
  /** A media type; anything that is none is sent as bytes of an unknown type. */
  readonly type: string | null;
  readonly size: number;
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** A body of `multipart/form-data` (RFC 7578) that is written while it is sent, as often as it has to be. */
export interface MultipartBody {
  readonly headers: { readonly 'content-type': string; readonly 'content-length': string };
  readonly open: () => AsyncIterable<Uint8Array>;
}

/** Writes fields, then files. No file is in memory as a whole, and the length is known before. */
export function createMultipart(
  fields: readonly (readonly [name: string, value: string])[],
  files: readonly FilePart[],
): MultipartBody {
  const boundary = `trivium-${randomUUID()}`;
  const head = (name: string, more: string) =>
    `--${boundary}\r\ncontent-disposition: form-data; name="${escapeName(name)}"${more}\r\n\r\n`;
  const start = Buffer.from(fields.map(([name, value]) => `${head(name, '')}${value}\r\n`).join(''));
  const parts = files.map((file) => {
    const type = /^[\w.+-]+\/[\w.+-]+$/.test(file.type ?? '') ? file.type : 'application/octet-stream';
    const more = `; filename="${escapeName(file.name)}"\r\ncontent-type: ${type}`;
    return { file, head: Buffer.from(head(file.field, more)) };
  });
  const end = Buffer.from(`--${boundary}--\r\n`);
  const lineEnd = Buffer.from('\r\n');
  const length = parts.reduce(
    (sum, part) => sum + part.head.length + part.file.size + lineEnd.length,
    start.length + end.length,
  );
  return {
    headers: { 'content-type': `multipart/form-data; boundary=${boundary}`, 'content-length': String(length) },
    async *open() {
      yield start;
      for (const part of parts) {
        yield part.head;
        yield* part.file.open();
        yield lineEnd;
      }
      yield end;
    },
  };
}

/** As browsers do: https://html.spec.whatwg.org/multipage/form-control-infrastructure.html#multipart-form-data */
function escapeName(name: string): string {
  return name.replaceAll('\r', '%0D').replaceAll('\n', '%0A').replaceAll('"', '%22');
}
