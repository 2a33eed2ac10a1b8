import { fileURLToPath } from 'node:url';
import { type Canvas, createCanvas } from '@napi-rs/canvas';
import { getDocument, OPS, type PDFPageProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { UnreadableFileError } from '../../errors.ts';
import type { ExtractedDocument, PageImage } from '../document.ts';
import type { FileContent } from './file-content.ts';
import { parseOffice, writePages } from './office.ts';
import type { Recognizer } from './recognize.ts';

/** How fine pages are drawn: enough for small print, and no page larger than this in either direction. */
const dotsPerInch = 200;
const maxPixels = 3000;
const pointsPerInch = 72;

/** For models, which read them as well as those without losses. */
const jpegQuality = 85;
const maxImageBytes = 64 * 1024 ** 2;

/** A file ends with the place of its table of contents; what is not complete does not. */
const endBytes = 4096;

/** A page with less than that, and a picture, is a scan with its number or a stamp on it. */
const fewCharacters = 100;

/** Reads the pages of a PDF; what is not there as text is recognised, or handed over. Throws an UnreadableFileError. */
export async function readPdf(
  { bytes, pictures }: FileContent,
  recognizer: Recognizer,
): Promise<Pick<ExtractedDocument, 'pages' | 'images'>> {
  const tree = await parseOffice(Buffer.from(bytes), { fileType: 'pdf' });
  if (!/startxref\s+\d+|%%EOF/.test(Buffer.from(bytes.subarray(-endBytes)).toString('latin1'))) {
    throw new UnreadableFileError('damaged', 'is not complete: its end is missing');
  }
  const pages = await writePages(tree);
  // Characters without a meaning are a picture of text, too.
  const isGarbled = tree.warnings.some(({ code }) => code === 'PDF_TEXT_ENCODING_SUSPECT');
  const task = getDocument({
    data: bytes,
    verbosity: 0,
    cMapUrl: findFolder('cmaps'),
    standardFontDataUrl: findFolder('standard_fonts'),
    wasmUrl: findFolder('wasm'),
  });
  try {
    const document = await task.promise;
    const images: PageImage[] = [];
    for (const [index, text] of pages.entries()) {
      if (!isGarbled && countCharacters(text) >= fewCharacters) continue;
      const page = await document.getPage(index + 1);
      const wanted = countCharacters(text) > 0 ? pictureOperators : inkOperators;
      if (!isGarbled && !(await hasAny(page, wanted))) continue;
      const canvas = await drawPage(page);
      if (pictures === 'keep') {
        images.push({ page: index, type: 'image/jpeg', bytes: await canvas.encode('jpeg', jpegQuality) });
        checkSize(images);
        continue;
      }
      const seen = await recognizer.recognize(await canvas.encode('png'));
      // What is drawn of a page has its text in it, unless that cannot be seen.
      if (isGarbled || countCharacters(seen) > countCharacters(text)) pages[index] = seen;
    }
    const filledIn = readFields(await document.getFieldObjects());
    return { pages: pages.map((text, index) => [text, ...(filledIn.get(index) ?? [])].join('\n')), images };
  } finally {
    await task.destroy();
  }
}

function checkSize(images: readonly PageImage[]): void {
  if (images.reduce((sum, { bytes }) => sum + bytes.length, 0) > maxImageBytes) {
    throw new UnreadableFileError('too_large', `has pages whose pictures take more than ${maxImageBytes} bytes`);
  }
}

/** What is filled in on a form, a line a field, by page from 0: it is no part of the page's text. */
function readFields(fields: Readonly<Record<string, readonly object[]>> | null): ReadonlyMap<number, string[]> {
  const lines = new Map<number, string[]>();
  for (const [name, widgets] of Object.entries(fields ?? {})) {
    // Its type says no more than that they are objects; each field is looked at before it is used.
    for (const { type, value, page } of widgets as readonly { type?: string; value?: unknown; page?: number }[]) {
      const text = [value].flat().join(', ');
      if (page === undefined || type === 'button' || text === '' || text === 'Off') continue;
      lines.set(page, [...(lines.get(page) ?? []), `${name}: ${text}`]);
      // The others show the same.
      break;
    }
  }
  return lines;
}

function countCharacters(text: string): number {
  return text.match(/[\p{L}\p{N}]/gu)?.length ?? 0;
}

const pictureOperators = [OPS.paintImageXObject, OPS.paintInlineImageXObject, OPS.paintImageMaskXObject];
/** What is not there as text may be drawn as lines, or in letters that have no name. */
const inkOperators = [...pictureOperators, OPS.constructPath, OPS.shadingFill, OPS.showText];

async function hasAny(page: PDFPageProxy, operators: readonly number[]): Promise<boolean> {
  const { fnArray } = await page.getOperatorList();
  return fnArray.some((operator) => operators.includes(operator));
}

async function drawPage(page: PDFPageProxy): Promise<Canvas> {
  const { width, height } = page.getViewport({ scale: 1 });
  const scale = Math.min(dotsPerInch / pointsPerInch, maxPixels / Math.max(width, height));
  const viewport = page.getViewport({ scale });
  const canvas = createCanvas(Math.ceil(viewport.width), Math.ceil(viewport.height));
  // It draws on the canvas of a browser, which this one stands in for.
  await page.render({ canvas: canvas as unknown as HTMLCanvasElement, viewport }).promise;
  page.cleanup();
  return canvas;
}

function findFolder(name: string): string {
  return fileURLToPath(new URL(`${name}/`, import.meta.resolve('pdfjs-dist/package.json')));
}
