import {
  OfficeGenerator,
  type OfficeIssue,
  OfficeParser,
  type OfficeParserAST,
  type OfficeParserConfig,
} from 'officeparser';
import { UnreadableFileError } from '../../errors.ts';
import type { ExtractedDocument } from '../document.ts';
import type { OfficeFormat } from './detect-type.ts';

/** What an archive may unpack to. */
const maxUncompressedBytes = 256 * 1024 ** 2;

/** Warnings that say that a part of the text is missing: what is read is all of a file, or an error. */
const cuts = new Set([
  'TABLE_CELL_LIMIT_EXCEEDED',
  'REPEATED_CONTENT_LIMIT_EXCEEDED',
  'PDF_CONTENT_LIMIT_EXCEEDED',
  'PAGE_LOAD_FAILED',
]);

const tooLarge = new Set([
  'ZIP_ENTRY_COUNT_LIMIT_EXCEEDED',
  'ZIP_SIZE_LIMIT_EXCEEDED',
  'XML_ELEMENT_LIMIT_EXCEEDED',
  'MAX_NESTING_DEPTH_EXCEEDED',
  'OUTPUT_TOO_LARGE',
]);
const encrypted = new Set(['PASSWORD_REQUIRED', 'PASSWORD_INCORRECT', 'DOCUMENT_DECRYPTION_FAILED']);

/** Reads a text document, slides, an OpenDocument sheet, a book or a page of the web, whose text has been decoded. Throws an UnreadableFileError. */
export async function readOfficeFile(
  content: Uint8Array | string,
  format: OfficeFormat,
): Promise<Pick<ExtractedDocument, 'pages'>> {
  const tree = await parseOffice(Buffer.from(content), { fileType: format });
  return { pages: await writePages(tree) };
}

/** Parses by officeparser, with its errors as ours. */
export async function parseOffice(content: Buffer, config: OfficeParserConfig): Promise<OfficeParserAST> {
  let tree: OfficeParserAST;
  try {
    tree = await OfficeParser.parseOffice(content, {
      ...config,
      decompressionLimits: { maxUncompressedBytes },
      pdfParserConfig: { separateProcess: false, extractTextColor: false },
    });
  } catch (error) {
    throw convertError(error);
  }
  const cut = tree.warnings.find(({ code }) => cuts.has(code));
  if (cut !== undefined) throw new UnreadableFileError('too_large', `has more in it than can be read: ${cut.message}`);
  return tree;
}

function convertError(error: unknown): unknown {
  const issue = typeof error === 'object' && error !== null && 'officeIssue' in error ? error.officeIssue : undefined;
  // That is how officeparser marks its errors.
  const { code, message } = (issue ?? {}) as Partial<OfficeIssue>;
  if (code === undefined) return error;
  if (encrypted.has(code))
    return new UnreadableFileError('encrypted', 'is encrypted; send it without its password', error);
  if (tooLarge.has(code))
    return new UnreadableFileError('too_large', `has more in it than can be read: ${message}`, error);
  return error;
}

/** The text of each slide, sheet or page; one with what is at the head and foot of its pages where the format knows none. */
export async function writePages(tree: OfficeParserAST): Promise<string[]> {
  const { content, auxiliary } = tree;
  const write = async (nodes: OfficeParserAST['content'] = []) => {
    const { value } = await OfficeGenerator.generate({ ...tree, content: nodes }, 'text');
    return value;
  };
  const isPaged = content.length > 0 && content.every(({ type }) => ['page', 'slide', 'sheet'].includes(type));
  if (!isPaged) {
    const parts = await Promise.all([write(auxiliary?.headers), write(content), write(auxiliary?.footers)]);
    return [parts.filter((part) => part.trim() !== '').join('\n\n')];
  }
  return Promise.all(
    content.map(async (node) => {
      const text = await write([node]);
      const { sheetName } = (node.metadata ?? {}) as { sheetName?: string };
      return sheetName === undefined ? text : `# ${sheetName}\n${text}`;
    }),
  );
}
