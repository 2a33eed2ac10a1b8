import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { UnreadableFileError } from '../../src/errors.ts';
import { createTextExtractor, type TextExtractor } from '../../src/extraction/text-extractor.ts';
import { createPdf } from '../support/pdf.ts';
import { createZip } from '../support/zip.ts';

/** Files that cannot be read, by accident or on purpose: an error of that file, and the next one is read as if nothing had been. */

const options = { maxBytes: 50_000_000, processes: 1, memoryMaxBytes: 2 ** 29, timeoutMs: 30_000, languages: ['eng'] };
const mebibyte = 1024 ** 2;

let extractor: TextExtractor;
/** For what would take for ever. */
let impatient: TextExtractor;

beforeAll(() => {
  extractor = createTextExtractor(options);
  impatient = createTextExtractor({ ...options, timeoutMs: 2_000 });
});
afterAll(async () => {
  await extractor.close();
  await impatient.close();
});

async function* once(bytes: Uint8Array) {
  yield bytes;
}

const read = (name: string, bytes: Uint8Array | string, reader = extractor) =>
  reader.extract({ name, open: () => once(Buffer.from(bytes)) });

async function refusal(
  name: string,
  bytes: Uint8Array | string,
  reader = extractor,
): Promise<{ reason: string; message: string }> {
  const error: unknown = await read(name, bytes, reader).catch((error: unknown) => error);
  if (!(error instanceof UnreadableFileError)) throw error;
  expect((await read('good.txt', 'Good', reader)).pages).toEqual(['Good']);
  return { reason: error.reason, message: error.message };
}

const load = (name: string) => readFile(path.join(import.meta.dirname, '../fixtures/files', name));
const spaces = (mebibytes: number) => Buffer.alloc(mebibytes * mebibyte, ' ');
const wordType = 'application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml';
const sheetType = 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml';
const contentTypes = (part: string, type: string) =>
  `<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Override PartName="/${part}" ContentType="${type}"/></Types>`;

describe('is refused, with what is wrong with it', () => {
  test('an empty file', async () => {
    expect(await refusal('a.pdf', '')).toEqual({ reason: 'damaged', message: '"a.pdf" is empty' });
  });

  test('an encrypted PDF', async () => {
    expect(await refusal('a.pdf', await load('encrypted.pdf'))).toEqual({
      reason: 'encrypted',
      message: '"a.pdf" is encrypted; send it without its password',
    });
  });

  test.each([
    'invoice.pdf',
    'scan.pdf',
    'invoice.docx',
    'invoice.odt',
    'slides.pptx',
    'stock.xlsx',
    'invoice.epub',
    'scan.png',
    'scan.jpg',
  ])('%s, cut off in the middle', async (name) => {
    const bytes = await load(name);
    expect(await refusal(name, bytes.subarray(0, bytes.length / 2))).toMatchObject({
      reason: 'damaged',
      message: expect.stringMatching(/^"[\w.]+" is (damaged or )?not complete(?!.*OfficeParser)/),
    });
  });

  test.each(['invoice.docx', 'stock.xlsx'])('%s, with noise in it', async (name) => {
    const bytes = await load(name);
    bytes.fill(0x55, Math.floor(bytes.length / 4), bytes.length - 3000);
    expect((await refusal(name, bytes)).reason).toBe('damaged');
  });

  test.each([
    [
      'program.exe',
      Buffer.concat([Buffer.from('MZ\x90\x00\x03'), Buffer.alloc(200, 7)]),
      'that cannot be read (application/x-msdownload)',
    ],
    ['boats.zip', createZip({ 'a.txt': 'a' }), 'that cannot be read (application/zip)'],
    [
      'noise.txt',
      Buffer.from(Array.from({ length: 2000 }, (_, index) => (index * 7919) % 256)),
      'that cannot be read; what can be: PDF',
    ],
  ])('an unknown type: %s', async (name, bytes, message) => {
    expect(await refusal(name, bytes)).toEqual({
      reason: 'unknown_type',
      message: expect.stringContaining(`${JSON.stringify(name)} is of a type ${message}`),
    });
  });

  test('a format of long ago', async () => {
    const { reason, message } = await refusal('invoice.doc', await load('invoice.doc'));
    expect([reason, message]).toEqual(['unknown_type', expect.stringContaining('save it as DOCX')]);
  });

  test('a file that is too large', async () => {
    expect(await refusal('a.txt', Buffer.alloc(options.maxBytes + 1, 'a'))).toEqual({
      reason: 'too_large',
      message: '"a.txt" has more than the 50000000 bytes that are allowed of a file to be read',
    });
  });

  test('a text document that unpacks to too much', async () => {
    const bomb = createZip({
      '[Content_Types].xml': contentTypes('word/document.xml', wordType),
      'word/document.xml': spaces(300),
    });
    expect(bomb.length).toBeLessThan(2 * mebibyte);
    expect(await refusal('bomb.docx', bomb)).toMatchObject({ reason: 'too_large' });
  });

  test('a workbook that unpacks to too much', async () => {
    const bomb = createZip({
      '[Content_Types].xml': contentTypes('xl/workbook.xml', sheetType),
      'xl/workbook.xml': '<workbook><sheets><sheet name="a" sheetId="1" r:id="rId1"/></sheets></workbook>',
      'xl/_rels/workbook.xml.rels':
        '<Relationships><Relationship Id="rId1" Type="x/worksheet" Target="worksheets/sheet1.xml"/></Relationships>',
      'xl/worksheets/sheet1.xml': spaces(700),
    });
    expect(await refusal('bomb.xlsx', bomb)).toEqual({
      reason: 'too_large',
      message: '"bomb.xlsx" takes more than the 536870912 bytes of memory to read that are allowed',
    });
  });

  test('a PDF with a million objects', async () => {
    const kids = '3 0 R '.repeat(1_000_000);
    const bomb = createPdf([
      '<< /Type /Catalog /Pages 2 0 R >>',
      `<< /Type /Pages /Count 1000000 /Kids [${kids}] >>`,
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] >>',
      ...Array.from({ length: 1_000_000 }, () => 'null'),
    ]);
    expect(['too_slow', 'too_large']).toContain((await refusal('bomb.pdf', bomb, impatient)).reason);
  });

  test('a PDF whose few lines draw each other a billion times', async () => {
    const depth = 9;
    const forms = Array.from({ length: depth }, (_, index) => {
      const content = index === depth - 1 ? 'BT /F 9 Tf (word) Tj ET' : '/X Do '.repeat(10);
      const next = index === depth - 1 ? '' : `/XObject << /X ${index + 5} 0 R >>`;
      const resources = `/Resources << /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> ${next} >>`;
      const dictionary = `/Type /XObject /Subtype /Form /BBox [0 0 100 100] ${resources} /Length ${content.length}`;
      return `<< ${dictionary} >>\nstream\n${content}\nendstream`;
    });
    const bomb = createPdf([
      '<< /Type /Catalog /Pages 2 0 R >>',
      '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 100 100] /Contents 4 0 R /Resources << /XObject << /X 5 0 R >> >> >>',
      ...forms,
    ]);
    expect(['too_slow', 'too_large']).toContain((await refusal('bomb.pdf', bomb, impatient)).reason);
  });

  test('a picture of a square kilometre', async () => {
    const header = Buffer.alloc(33);
    header.write('\x89PNG\r\n\x1a\n\x00\x00\x00\x0dIHDR', 'latin1');
    header.writeUInt32BE(1_000_000, 16);
    header.writeUInt32BE(1_000_000, 20);
    header.set([8, 0, 0, 0, 0], 24);
    expect(['damaged', 'too_large']).toContain((await refusal('bomb.png', header)).reason);
  });

  test('texts that are hard to read', async () => {
    const deepHtml = `<html>${'<div>'.repeat(500_000)}deep`;
    const deepJson = '['.repeat(1_000_000);
    for (const [name, text] of [
      ['a.html', deepHtml],
      ['a.json', deepJson],
      ['a.eml', `From: a\nTo: b\nDate: c\n\n${deepHtml}`],
    ] as const) {
      // It is text after all, or an error of the file.
      const pages = await read(name, text).then(
        (document) => document.pages,
        (error: unknown) => (error instanceof UnreadableFileError ? error.reason : Promise.reject(error)),
      );
      expect(pages).toBeDefined();
    }
    expect((await read('good.txt', 'Good')).pages).toEqual(['Good']);
  });
});

describe('of several files', () => {
  test('one that breaks its reader harms no other that is read or waits', async () => {
    await using stack = new AsyncDisposableStack();
    const several = createTextExtractor({ ...options, processes: 2, timeoutMs: 2_000 });
    stack.defer(() => several.close());
    const names = ['bomb.pdf', 'a.txt', 'b.txt', 'bomb.pdf', 'c.txt'];
    const bomb = createPdf([
      '<< /Type /Catalog /Pages 2 0 R >>',
      `<< /Type /Pages /Count 1000000 /Kids [${'3 0 R '.repeat(1_000_000)}] >>`,
      '<< /Type /Page /Parent 2 0 R >>',
    ]);
    const results = await Promise.allSettled(
      names.map((name) => several.extract({ name, open: () => once(name === 'bomb.pdf' ? bomb : Buffer.from(name)) })),
    );
    expect(results.map(({ status }) => status)).toEqual([
      'rejected',
      'fulfilled',
      'fulfilled',
      'rejected',
      'fulfilled',
    ]);
  });

  test('those that nobody waits for any more are given up, and so are all when it closes', async () => {
    const closing = createTextExtractor(options);
    const controller = new AbortController();
    async function* hanging() {
      yield Buffer.from('begun');
      await new Promise(() => undefined);
    }
    const first = closing.extract({ name: 'a', open: hanging }, controller.signal);
    const second = closing.extract({ name: 'b', open: hanging });
    const third = closing.extract({ name: 'c', open: hanging });
    controller.abort(new Error('The caller has left'));
    await expect(first).rejects.toThrow('The caller has left');
    const rest = Promise.allSettled([second, third]);
    await closing.close();
    for (const result of await rest)
      expect(result).toMatchObject({ status: 'rejected', reason: { code: 'UNAVAILABLE' } });
  });

  test('a reader that cannot be started is the end of nothing else', async () => {
    await using stack = new AsyncDisposableStack();
    const several = createTextExtractor(options);
    stack.defer(() => several.close());
    const { execPath } = process;
    process.execPath = '/nowhere/node';
    try {
      await expect(read('a.txt', 'Some text', several)).rejects.toThrow('ENOENT');
    } finally {
      process.execPath = execPath;
    }
    expect((await read('a.txt', 'Some text', several)).pages).toEqual(['Some text']);
  });

  test('what breaks while it is handed over is not the fault of the file', async () => {
    async function* breaking() {
      yield Buffer.from('begun');
      throw new Error('The database is away');
    }
    await expect(extractor.extract({ name: 'a', open: breaking })).rejects.toThrow('The database is away');
    expect((await read('good.txt', 'Good')).pages).toEqual(['Good']);
  });
});
