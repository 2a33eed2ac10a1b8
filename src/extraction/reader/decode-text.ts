import { analyse } from 'chardet';

/** How much of a text its encoding is guessed from. */
const sampleBytes = 65_536;
/** Of a hundred; what every text of bytes beyond ASCII has for some encodings. */
const leastConfidence = 10;

/**
 * The text that bytes are, in whichever encoding: what a byte order mark says, else UTF-8 if they are that, else UTF-16 or a legacy
 * encoding, as they declare or their statistics say. Null where they are no text.
 */
export function decodeText(bytes: Uint8Array): string | null {
  const text = decode(bytes, findMarkedEncoding(bytes) ?? 'utf-8') ?? decodeUnmarked(bytes);
  return text === null || isBinary(text) ? null : text;
}

function findMarkedEncoding(bytes: Uint8Array): string | undefined {
  const [first, second] = bytes;
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : undefined;
}

function decodeUnmarked(bytes: Uint8Array): string | null {
  const sample = bytes.subarray(0, sampleBytes);
  const zeros = [0, 0];
  for (const [index, byte] of sample.entries()) if (byte === 0) zeros[index % 2] = (zeros[index % 2] ?? 0) + 1;
  const [even = 0, odd = 0] = zeros;
  // In most alphabets half of the bytes of UTF-16 are zeros; no other text has one.
  if (even + odd > 0) {
    return Math.max(even, odd) * 5 < sample.length ? null : decode(bytes, odd > even ? 'utf-16le' : 'utf-16be');
  }
  const declared = findDeclaredEncoding(sample);
  const guessed = analyse(sample).flatMap(({ name, confidence }) => (confidence > leastConfidence ? [name] : []));
  for (const name of [...declared, ...guessed]) {
    const text = decode(bytes, name);
    if (text !== null) return text;
  }
  // Of a few words nothing can be said but what is most usual.
  return decode(bytes, 'windows-1252');
}

/** What a page of the web, or XML, says of itself. */
function findDeclaredEncoding(sample: Uint8Array): string[] {
  const start = Buffer.from(sample.subarray(0, 2048)).toString('latin1');
  const [, declared] = /<(?:meta\s[^>]*charset|\?xml\s[^>]*encoding)\s*=\s*["']?([\w:.-]+)/i.exec(start) ?? [];
  return declared === undefined ? [] : [declared];
}

function decode(bytes: Uint8Array, encoding: string): string | null {
  try {
    return new TextDecoder(encoding, { fatal: true }).decode(bytes);
  } catch {
    // An encoding that is not known here, or bytes that are not of it.
    return null;
  }
}

/** Control characters, but for those that lay text out. */
function isBinary(text: string): boolean {
  const sample = text.slice(0, sampleBytes);
  // biome-ignore lint/suspicious/noControlCharactersInRegex: They are what is looked for.
  const controls = sample.match(/[\u0000-\u0008\u000e-\u001a\u001c-\u001f\u007f\ufffd]/g)?.length ?? 0;
  return controls * 200 > sample.length;
}
