import { UnreadableFileError } from '../../errors.ts';
import type { ExtractedDocument } from '../document.ts';
import { type DetectedType, detectType } from './detect-type.ts';
import type { FileContent } from './file-content.ts';
import { readMessage } from './message.ts';
import { readOfficeFile } from './office.ts';
import { readPdf } from './pdf.ts';
import { readPicture } from './picture.ts';
import type { Recognizer } from './recognize.ts';
import { readWorkbook } from './workbook.ts';

/** More than anybody reads, and less than hurts. */
const maxCharacters = 50_000_000;

/** Reads a file of any format that is known. Throws an UnreadableFileError whose message goes on after the name of the file. */
export async function readDocument(file: FileContent, recognizer: Recognizer): Promise<ExtractedDocument> {
  if (file.bytes.length === 0) throw new UnreadableFileError('damaged', 'is empty');
  const detected = await detectType(file.bytes, file.name);
  const { pages, images = [] } = await readFormat(file, detected, recognizer);
  if (pages.reduce((sum, page) => sum + page.length, 0) > maxCharacters) {
    throw new UnreadableFileError('too_large', `has more than ${maxCharacters} characters of text`);
  }
  return { type: detected.type, pages: detected.format === 'text' ? pages : pages.map(tidy), images };
}

function readFormat(
  file: FileContent,
  { type, format, text }: DetectedType,
  recognizer: Recognizer,
): Promise<Pick<ExtractedDocument, 'pages'> & Partial<ExtractedDocument>> {
  switch (format) {
    case 'text':
      return Promise.resolve({ pages: [text ?? ''] });
    case 'message':
      return readMessage(file, (attached) => readDocument(attached, recognizer));
    case 'workbook':
      return readWorkbook(file.bytes);
    case 'pdf':
      return readPdf(file, recognizer);
    case 'picture':
      return readPicture(file, type, recognizer);
    default:
      return readOfficeFile(text ?? file.bytes, format);
  }
}

/** Without what only moves text about on a page. */
function tidy(page: string): string {
  return page
    .replaceAll(/\r\n?/g, '\n')
    .replaceAll(/[ \t]+$/gm, '')
    .replaceAll(/\n{3,}/g, '\n\n')
    .replace(/^\n+/, '')
    .trimEnd();
}
