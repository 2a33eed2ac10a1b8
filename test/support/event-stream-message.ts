import { crc32 } from 'node:zlib';

/** A message of Amazon's binary event stream: lengths, headers and payload between checksums. */
export function encodeEventStreamMessage(headers: Readonly<Record<string, string>>, payload: unknown): Buffer {
  const encodedHeaders = Buffer.concat(Object.entries(headers).map(([name, value]) => encodeHeader(name, value)));
  const body = Buffer.from(JSON.stringify(payload));
  const prelude = Buffer.alloc(8);
  prelude.writeUInt32BE(16 + encodedHeaders.length + body.length, 0);
  prelude.writeUInt32BE(encodedHeaders.length, 4);
  const message = Buffer.concat([prelude, encodeChecksum(prelude), encodedHeaders, body]);
  return Buffer.concat([message, encodeChecksum(message)]);
}

/** A header of type 7, which is text. */
function encodeHeader(name: string, value: string): Buffer {
  const text = Buffer.from(value);
  const length = Buffer.alloc(2);
  length.writeUInt16BE(text.length);
  return Buffer.concat([Buffer.from([name.length]), Buffer.from(name), Buffer.from([7]), length, text]);
}

function encodeChecksum(bytes: Buffer): Buffer {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(bytes));
  return checksum;
}
