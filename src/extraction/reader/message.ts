import PostalMime, { type Address, type Attachment, type Email } from 'postal-mime';
import { UnreadableFileError } from '../../errors.ts';
import type { ExtractedDocument } from '../document.ts';
import type { FileContent } from './file-content.ts';
import { readOfficeFile } from './office.ts';

/** How many messages may lie in each other, and how many attachments of one are read. */
const maxDepth = 3;
const maxAttachments = 50;

/** Reads an e-mail: who wrote what to whom, then what is attached, as pages of their own, read by `readAttached`. */
export async function readMessage(
  { bytes, pictures, depth }: FileContent,
  readAttached: (file: FileContent) => Promise<ExtractedDocument>,
): Promise<Pick<ExtractedDocument, 'pages' | 'images'>> {
  const message = await PostalMime.parse(bytes, { attachmentEncoding: 'arraybuffer' });
  const attached = message.attachments.filter(
    ({ disposition, related }) => disposition !== 'inline' && related !== true,
  );
  const pages = [await writeMessage(message)];
  const images: ExtractedDocument['images'][number][] = [];
  for (const [index, attachment] of attached.entries()) {
    const name = attachment.filename ?? `attachment ${index + 1}`;
    if (depth + 1 >= maxDepth || index >= maxAttachments) {
      pages.push(`Attachment ${JSON.stringify(name)}: not read`);
      continue;
    }
    try {
      const content = { bytes: toBytes(attachment), name, pictures, depth: depth + 1 };
      const document = await readAttached(content);
      images.push(...document.images.map((image) => ({ ...image, page: image.page + pages.length })));
      pages.push(
        ...document.pages.map((page, at) => (at === 0 ? `Attachment ${JSON.stringify(name)}:\n\n${page}` : page)),
      );
    } catch (error) {
      if (!(error instanceof UnreadableFileError)) throw error;
      pages.push(`Attachment ${JSON.stringify(name)} ${error.message}`);
    }
  }
  return { pages, images };
}

async function writeMessage({ from, to, cc, date, subject, text, html }: Email): Promise<string> {
  const header = Object.entries({
    From: writeAddresses(from === undefined ? [] : [from]),
    To: writeAddresses(to ?? []),
    Cc: writeAddresses(cc ?? []),
    Date: date ?? '',
    Subject: subject ?? '',
  }).flatMap(([name, value]) => (value === '' ? [] : `${name}: ${value}`));
  return `${header.join('\n')}\n\n${text ?? (html === undefined ? '' : await readHtml(html))}`;
}

async function readHtml(html: string): Promise<string> {
  return (await readOfficeFile(html, 'html')).pages.join('\n\n');
}

function writeAddresses(addresses: readonly Address[]): string {
  return addresses
    .map(({ name, address, group }) => {
      if (group !== undefined) return `${name}: ${writeAddresses(group)}`;
      return name ? `${name} <${address}>` : address;
    })
    .join(', ');
}

function toBytes({ content }: Attachment): Uint8Array {
  return typeof content === 'string' ? Buffer.from(content) : new Uint8Array(content);
}
