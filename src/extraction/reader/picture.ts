import { createCanvas, loadImage } from '@napi-rs/canvas';
import { UnreadableFileError } from '../../errors.ts';
import type { ExtractedDocument } from '../document.ts';
import type { FileContent } from './file-content.ts';
import type { Recognizer } from './recognize.ts';

/** Larger pictures are made smaller. */
const maxSide = 4000;
const maxPixels = 100_000_000;

/** Reads the text in a picture, or hands it over. Throws an UnreadableFileError. */
export async function readPicture(
  { bytes, pictures }: FileContent,
  type: string,
  recognizer: Recognizer,
): Promise<Pick<ExtractedDocument, 'pages' | 'images'>> {
  if (!isComplete(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), type)) {
    throw new UnreadableFileError('damaged', 'is not complete: its end is missing');
  }
  const image = await loadImage(bytes);
  const { width, height } = image;
  if (width * height > maxPixels) {
    const message = `is a picture of ${width} × ${height} points; at most ${maxPixels} in all are read`;
    throw new UnreadableFileError('too_large', message);
  }
  const scale = Math.min(1, maxSide / Math.max(width, height));
  const canvas = createCanvas(Math.max(1, Math.round(width * scale)), Math.max(1, Math.round(height * scale)));
  const drawing = canvas.getContext('2d');
  // What can be seen through is paper.
  drawing.fillStyle = 'white';
  drawing.fillRect(0, 0, canvas.width, canvas.height);
  drawing.drawImage(image, 0, 0, canvas.width, canvas.height);
  const picture = await canvas.encode('png');
  if (pictures === 'keep') return { pages: [''], images: [{ page: 0, type: 'image/png', bytes: picture }] };
  return { pages: [await recognizer.recognize(picture)], images: [] };
}

/** Whether the end of a picture is there: what shows pictures fills in what is missing. */
function isComplete(bytes: Buffer, type: string): boolean {
  switch (type) {
    case 'image/png':
      return bytes.lastIndexOf('IEND') > 0;
    case 'image/jpeg':
      // A small picture within it has an end of its own.
      return bytes.lastIndexOf(Buffer.of(0xff, 0xd9)) > bytes.length / 2;
    case 'image/webp':
      return bytes.readUInt32LE(4) + 8 <= bytes.length;
    case 'image/bmp':
      return bytes.readUInt32LE(2) <= bytes.length;
    default:
      return true;
  }
}
