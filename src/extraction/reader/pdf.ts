import { fileURLToPath } from 'node:url';
import { createCanvas } from '@napi-rs/canvas';
import { getDocument, type PDFDocumentProxy } from 'pdfjs-dist/legacy/build/pdf.mjs';
import { UnreadableFileError } from '../../errors.ts';
import type { ExtractedDocument, PageImage } from '../document.ts';
import type { FileContent } from './file-content.ts';
import { parseOffice, writePages } from './office.ts';
import type { Recognizer } from './recognize.ts';

/** How fine pages are drawn: enough for small print, and no page larger than this in either direction. */
const dotsPerInch = 200;
const maxPixels = 3000;
const pointsPerInch = 72;

/** A file ends with the place of its table of contents; what is not complete does not. */
const endBytes = 4096;

/** Reads the pages of a PDF; those without text are pictures. Throws an UnreadableFileError. */
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
  const empty = pages.flatMap((page, index) => (isGarbled || !/[\p{L}\p{N}]/u.test(page) ? [index] : []));
  if (empty.length === 0) return { pages, images: [] };

  const images: PageImage[] = [];
  const task = getDocument({
    data: bytes,
    verbosity: 0,
    cMapUrl: findFolder('cmaps'),
    standardFontDataUrl: findFolder('standard_fonts'),
    wasmUrl: findFolder('wasm'),
  });
  try {
    const document = await task.promise;
    for (const index of empty) {
      const picture = await drawPage(document, index + 1);
      if (pictures === 'recognize') pages[index] = await recognizer.recognize(picture);
      else images.push({ page: index, type: 'image/png', bytes: picture });
    }
  } finally {
    await task.destroy();
  }
  return { pages, images };
}

async function drawPage(document: PDFDocumentProxy, number: number): Promise<Uint8Array> {
  const page = await document.getPage(number);
  const { width, height } = page.getViewport({ scale: 1 });
  const scale = Math.min(dotsPerInch / pointsPerInch, maxPixels / Math.max(width, height));
  const viewport = page.getViewport({ scale });
  const canvas = createCanvas(Math.ceil(viewport.width), Math.ceil(viewport.height));
  // It draws on the canvas of a browser, which this one stands in for.
  await page.render({ canvas: canvas as unknown as HTMLCanvasElement, viewport }).promise;
  page.cleanup();
  return canvas.encode('png');
}

function findFolder(name: string): string {
  return fileURLToPath(new URL(`${name}/`, import.meta.resolve('pdfjs-dist/package.json')));
}
