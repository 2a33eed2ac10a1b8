import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ExtractedDocument, Pictures } from '../../src/extraction/document.ts';
import { createTextExtractor, type TextExtractor } from '../../src/extraction/text-extractor.ts';

import { createPdf } from '../support/pdf.ts';

/** Real files of every format that is read; `test/fixtures/files/make.sh` has made them. */

let extractor: TextExtractor;

beforeAll(() => {
  extractor = createTextExtractor({
    maxBytes: 10_000_000,
    processes: 2,
    memoryMaxBytes: 2 ** 30,
    timeoutMs: 60_000,
    languages: ['eng'],
  });
});
afterAll(() => extractor.close());

const folder = path.join(import.meta.dirname, '../fixtures/files');

async function* pieces(bytes: Uint8Array, size = 10_000) {
  for (let start = 0; start < bytes.length; start += size) yield bytes.subarray(start, start + size);
}

function read(name: string, bytes: Uint8Array | string, pictures?: Pictures): Promise<ExtractedDocument> {
  const open = () => pieces(Buffer.from(bytes));
  return extractor.extract({ name, open, ...(pictures && { pictures }) });
}

const load = (name: string) => readFile(path.join(folder, name));
const readFixture = async (name: string, pictures?: Pictures) => read(name, await load(name), pictures);

const total = 'Total: 172.50 EUR. Please pay within 30 days to the account of the Grüne Bucht bank.';
const table = [
  '| Item                    | Quantity | Price     |',
  '| Two-seat kayak, one day | 3        | 49.50 EUR |',
];

describe('the text comes out of', () => {
  test.each([
    ['invoice.docx', 'application/vnd.openxmlformats-officedocument.wordprocessingml.document'],
    ['invoice.odt', 'application/vnd.oasis.opendocument.text'],
    ['invoice.rtf', 'application/rtf'],
    ['invoice.epub', 'application/epub+zip'],
  ])('%s', async (name, type) => {
    const document = await readFixture(name);
    expect(document).toMatchObject({ type, images: [] });
    expect(document.pages).toHaveLength(1);
    for (const line of ['Invoice 2026-0042', ...table, total]) expect(document.pages[0]).toContain(line);
  });

  test('a PDF, page by page, as it is laid out', async () => {
    const { type, pages } = await readFixture('invoice.pdf');
    expect({ type, pages }).toMatchInlineSnapshot(`
      {
        "pages": [
          "Invoice 2026-0042
      Rheinfall Kajakverleih GmbH, Schaffhausen
      Invoice date: 14 March 2026
      Item                 Quantity             Price
      Two-seat kayak,      3                    49.50 EUR
      one day
      Life jacket          6                    4.00 EUR
      Total: 172.50 EUR. Please pay within 30 days to the account of the Grüne
      Bucht bank.",
          "Terms
      Boats are returned before sunset. A lost paddle costs 35.00 EUR.",
        ],
        "type": "application/pdf",
      }
    `);
  });

  test('a PDF with a form, with what is filled in', async () => {
    const content = 'BT /F 12 Tf 50 700 Td (Name of the tenant:) Tj ET';
    const widget = (more: string) => `<< /Type /Annot /Subtype /Widget /P 3 0 R /Rect [200 690 400 710] ${more} >>`;
    const font = '<< /Font << /F << /Type /Font /Subtype /Type1 /BaseFont /Helvetica >> >> >>';
    const form = createPdf([
      '<< /Type /Catalog /Pages 2 0 R /AcroForm << /Fields [5 0 R 6 0 R 7 0 R 8 0 R] >> >>',
      '<< /Type /Pages /Count 1 /Kids [3 0 R] >>',
      `<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] /Contents 4 0 R /Annots [5 0 R 6 0 R 7 0 R 8 0 R] /Resources ${font} >>`,
      `<< /Length ${content.length} >>\nstream\n${content}\nendstream`,
      widget('/FT /Tx /T (tenant) /V (Anna Aebi)'),
      widget('/FT /Btn /T (insured) /V /Yes /AS /Yes /AP << /N << /Yes 4 0 R /Off 4 0 R >> >>'),
      widget('/FT /Btn /T (smoker) /V /Off /AS /Off /AP << /N << /Yes 4 0 R /Off 4 0 R >> >>'),
      widget('/FT /Tx /T (remarks)'),
    ]);
    expect((await read('form.pdf', form)).pages).toEqual(['Name of the tenant:\ntenant: Anna Aebi\ninsured: Yes']);
  });

  test.each([
    ['slides.pptx', 'application/vnd.openxmlformats-officedocument.presentationml.presentation'],
    ['slides.odp', 'application/vnd.oasis.opendocument.presentation'],
  ])('%s, slide by slide, with the notes', async (name, type) => {
    const document = await readFixture(name);
    expect(document.type).toBe(type);
    expect(document.pages).toEqual([
      expect.stringMatching(/^Winter storage\n.*Paddles hang in the shed\nThe shed key is with Anna Aebi./s),
      'Costs\nOne boat costs 12.00 EUR a month.',
    ]);
  });

  test.each([
    ['stock.xlsx', 'application/vnd.openxmlformats-officedocument.spreadsheetml.sheet'],
    ['stock.ods', 'application/vnd.oasis.opendocument.spreadsheet'],
  ])('%s, sheet by sheet, with days as ISO 8601 writes them', async (name, type) => {
    const document = await readFixture(name);
    expect(document).toEqual({
      type,
      pages: [
        [
          '# stock',
          'Article\tIn stock\tPrice\tCounted on\tIn use',
          'Two-seat kayak\t12\t1290\t2026-02-28\tTRUE',
          'Paddle, wooden\t40\t59.9\t2026-03-01\tFALSE',
        ].join('\n'),
      ],
      images: [],
    });
  });

  test('a page of the web, without what is not read on it', async () => {
    const { type, pages } = await readFixture('page.html');
    expect({ type, pages }).toMatchInlineSnapshot(`
      {
        "pages": [
          "Home
      Opening hours
      From May to September we are open every day from 9 to 18 o’clock.
      - Closed when the river is in flood

      | Month | Boats |
      | May   | 12    |",
        ],
        "type": "text/html",
      }
    `);
  });

  test.each([
    ['notes.md', 'text/markdown'],
    ['stock.csv', 'text/csv'],
    ['data.json', 'application/json'],
  ])('%s, as it is', async (name, type) => {
    expect(await readFixture(name)).toEqual({ type, pages: [String(await load(name))], images: [] });
  });

  test('an e-mail, and of what is attached to it', async () => {
    const { type, pages } = await readFixture('message.eml');
    expect(type).toBe('message/rfc822');
    expect(pages).toEqual([
      [
        'From: Jürg Aebi <aebi@kajakverleih.example>',
        'To: Office <office@kajakverleih.example>, ann@example.com',
        'Date: 2026-03-15T08:30:00.000Z',
        'Subject: Rechnung für März',
        '',
        'The invoice is attached.',
        'Grüsse, Jürg',
      ].join('\n'),
      expect.stringMatching(/^Attachment "invoice.pdf":\n\nInvoice 2026-0042\n/),
      expect.stringMatching(/^Terms\n/),
      expect.stringMatching(/^Attachment "boats.zip" is of a type that cannot be read \(application\/zip\)/),
    ]);
  });
});

describe('the encoding of a text is found', () => {
  test.each([
    ['windows-1252', 'Für größere Gruppen öffnen wir früher'],
    ['utf-16le', 'Für größere Gruppen öffnen wir früher'],
    ['windows-1251', 'Лодки возвращаются до захода солнца'],
    ['koi8-r', 'Лодки возвращаются до захода солнца'],
    ['shift-jis', 'ボートは日没までに返却してください'],
    ['euc-jp', 'ボートは日没までに返却してください'],
    ['gb18030', '船只必须在日落之前归还'],
    ['iso-8859-2', 'Łódki należy zwrócić przed zachodem słońca'],
  ])('%s', async (encoding, start) => {
    const { type, pages } = await readFixture(`text-${encoding}.txt`);
    expect(type).toBe('text/plain');
    expect(pages[0]).toContain(start);
  });

  test('where a mark says it', async () => {
    for (const [mark, encoding] of [
      ['\ufeff', 'utf8'],
      ['\ufeff', 'utf16le'],
    ] as const) {
      const { pages } = await read('a.txt', Buffer.from(`${mark}Grüße, привет, 你好`, encoding));
      expect(pages).toEqual(['Grüße, привет, 你好']);
    }
  });

  test('where the text says it, and where nothing else can be said', async () => {
    const page = Buffer.from('<html><meta charset="iso-8859-5"><p>\xb4\xd0</p></html>', 'latin1');
    expect((await read('a.html', page)).pages).toEqual(['Да']);
    expect((await read('a.txt', Buffer.from('Größe', 'latin1'))).pages).toEqual(['Größe']);
  });
});

describe('pictures', () => {
  test.each(['scan.png', 'scan.jpg'])('of text are read: %s', async (name) => {
    const { pages } = await readFixture(name);
    for (const line of ['Invoice date: 14 March 2026', 'Life jacket 6 4.00 EUR']) expect(pages[0]).toContain(line);
  });

  test('that are pages of a PDF are read, and pages with text are taken as they are', async () => {
    const { pages, images } = await readFixture('scan.pdf');
    expect(pages).toEqual([
      expect.stringContaining('Rheinfall Kajakverleih GmbH, Schaffhausen'),
      expect.stringMatching(/^Terms\nBoats are returned before sunset/),
    ]);
    expect(images).toEqual([]);
  });

  test('with a stamp on them are read as well', async () => {
    const { pages } = await readFixture('stamped.pdf');
    expect(pages).toEqual([expect.stringMatching(/Received 20 March 2026.*Life jacket 6 4.00 EUR/s)]);
  });

  test('that are blank say nothing', async () => {
    const blank = createPdf([
      '<< /Type /Catalog /Pages 2 0 R >>',
      '<< /Type /Pages /Count 2 /Kids [3 0 R 3 0 R] >>',
      '<< /Type /Page /Parent 2 0 R /MediaBox [0 0 600 800] >>',
    ]);
    expect(await read('blank.pdf', blank)).toEqual({ type: 'application/pdf', pages: ['', ''], images: [] });
    expect((await read('blank.pdf', blank, 'keep')).images).toEqual([]);
  });

  test('are handed over to who reads them otherwise', async () => {
    const { pages, images } = await readFixture('scan.pdf', 'keep');
    expect(pages).toEqual(['', expect.stringMatching(/^Terms\n/)]);
    expect(images).toMatchObject([{ page: 0, type: 'image/jpeg' }]);
    expect(Buffer.from(images[0]?.bytes ?? []).subarray(0, 3)).toEqual(Buffer.of(0xff, 0xd8, 0xff));
    expect((await readFixture('scan.jpg', 'keep')).images).toHaveLength(1);
  });
});

test('a language that is not there is an error at once', () => {
  const options = { maxBytes: 1, processes: 1, memoryMaxBytes: 2 ** 30, timeoutMs: 1000 };
  expect(() => createTextExtractor({ ...options, languages: ['eng', 'tlh'] })).toThrow(
    'The language tlh of OCR_LANGUAGES is not installed: npm install @tesseract.js-data/tlh',
  );
});

describe('the type is that of the bytes', () => {
  test('whatever the name says', async () => {
    expect(await read('invoice.txt', await load('invoice.pdf'))).toMatchObject({ type: 'application/pdf' });
    expect(await read('file', await load('page.html'))).toMatchObject({ type: 'text/html' });
    expect(await read('file.pdf', '[1, 2]')).toMatchObject({ type: 'application/json' });
    expect(await read('file.pdf', 'Just text')).toMatchObject({ type: 'text/plain', pages: ['Just text'] });
    expect(await read('file.txt', await load('message.eml'))).toMatchObject({ type: 'message/rfc822' });
    expect(await read('note.txt', 'From: here on it is text\n\nNothing else')).toMatchObject({ type: 'text/plain' });
  });
});
