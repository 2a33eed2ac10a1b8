import { fileTypeFromBuffer } from 'file-type';
import { UnreadableFileError } from '../../errors.ts';
import { decodeText } from './decode-text.ts';

/** The formats that `office.ts` reads. */
export type OfficeFormat = 'docx' | 'pptx' | 'odt' | 'ods' | 'odp' | 'rtf' | 'epub' | 'html';

export interface DetectedType {
  /** The media type. */
  readonly type: string;
  /** Who reads it. */
  readonly format: 'text' | 'message' | 'workbook' | 'pdf' | 'picture' | OfficeFormat;
  /** What is text already. */
  readonly text?: string;
}

/** By the extension that `file-type` gives to what it finds in the bytes. */
const formats: Readonly<Record<string, DetectedType['format']>> = {
  pdf: 'pdf',
  docx: 'docx',
  docm: 'docx',
  dotx: 'docx',
  pptx: 'pptx',
  pptm: 'pptx',
  ppsx: 'pptx',
  xlsx: 'workbook',
  xlsm: 'workbook',
  xltx: 'workbook',
  odt: 'odt',
  ods: 'ods',
  odp: 'odp',
  rtf: 'rtf',
  epub: 'epub',
  png: 'picture',
  jpg: 'picture',
  webp: 'picture',
  gif: 'picture',
  bmp: 'picture',
};

/** What only a name can say of a text. */
const textTypes: Readonly<Record<string, string>> = {
  md: 'text/markdown',
  markdown: 'text/markdown',
  csv: 'text/csv',
  tsv: 'text/tab-separated-values',
};

/** What can be read, as an error says it. */
const readable =
  'PDF, DOCX, XLSX, PPTX, ODT, ODS, ODP, RTF, EPUB, HTML, Markdown, CSV, JSON, plain text, e-mail (EML), PNG, JPEG, WebP, GIF and BMP';

/** Finds out what a file is from its bytes; its name only tells apart what is all text. Throws an UnreadableFileError. */
export async function detectType(bytes: Uint8Array, name: string): Promise<DetectedType> {
  const found = await fileTypeFromBuffer(bytes);
  const format = found && formats[found.ext];
  if (found !== undefined && format !== undefined) return { type: found.mime, format };
  // Old Office files, and new ones with a password.
  if (found?.ext === 'cfb') throw describeCompound(bytes);
  const text = found === undefined || found.ext === 'xml' ? decodeText(bytes) : null;
  if (text === null) {
    const type = found === undefined ? '' : ` (${found.mime})`;
    throw new UnreadableFileError('unknown_type', `is of a type that cannot be read${type}; what can be: ${readable}`);
  }
  return { ...detectText(text, name), text };
}

function describeCompound(bytes: Uint8Array): UnreadableFileError {
  const has = (streamName: string) => Buffer.from(bytes).includes(Buffer.from(streamName, 'utf16le'));
  if (has('EncryptedPackage')) {
    return new UnreadableFileError('encrypted', 'is encrypted; send it without its password');
  }
  const message =
    'is in a format of before Office 2007 (DOC, XLS, PPT) or an Outlook message; save it as DOCX, XLSX, PPTX or EML';
  return new UnreadableFileError('unknown_type', message);
}

function detectText(text: string, name: string): Omit<DetectedType, 'text'> {
  const start = text.slice(0, 4096).trimStart();
  if (/^(<\?xml[^>]*>\s*)?(<!--.*?-->\s*)*<(!doctype\s+html|html)\b/is.test(start))
    return { type: 'text/html', format: 'html' };
  if (isJson(text)) return { type: 'application/json', format: 'text' };
  if (isMessage(start)) return { type: 'message/rfc822', format: 'message' };
  if (start.startsWith('<?xml')) return { type: 'application/xml', format: 'text' };
  const extension = /\.(\w+)$/.exec(name)?.[1]?.toLowerCase() ?? '';
  if (/^html?$/.test(extension) && start.startsWith('<')) return { type: 'text/html', format: 'html' };
  return { type: textTypes[extension] ?? 'text/plain', format: 'text' };
}

function isJson(text: string): boolean {
  if (!/^\s*[[{]/.test(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    return false;
  }
}

const headerLine = /^([!-9;-~]+):[ \t]?.*$/;

/** Whether a text begins with the header of an e-mail: lines with names, of which some are those that every message has. */
function isMessage(start: string): boolean {
  const names = new Set<string>();
  const [header = ''] = start.split(/\r?\n\r?\n/, 1);
  for (const line of header.split(/\r?\n/)) {
    if (/^[ \t]/.test(line) && names.size > 0) continue;
    const name = headerLine.exec(line)?.[1];
    if (name === undefined) return false;
    names.add(name.toLowerCase());
  }
  const usual = ['from', 'date', 'subject', 'to', 'message-id', 'received', 'mime-version', 'return-path'];
  return names.has('from') && usual.filter((name) => names.has(name)).length >= 3;
}
