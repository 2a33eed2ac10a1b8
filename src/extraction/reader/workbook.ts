import readWorkbookSheets, { type CellValue } from 'read-excel-file/universal';
import type { ExtractedDocument } from '../document.ts';

/** Reads the sheets of a workbook: a line a row, with tabs between the cells; days and times as ISO 8601 writes them. */
export async function readWorkbook(bytes: Uint8Array): Promise<Pick<ExtractedDocument, 'pages'>> {
  const sheets = await readWorkbookSheets(new Blob([Buffer.from(bytes)]), { trim: false });
  return {
    pages: sheets.map(({ sheet, data }) => {
      const lines = data.map((row) => row.map(writeCell).join('\t').trimEnd());
      return [`# ${sheet}`, ...lines].join('\n');
    }),
  };
}

function writeCell(value: CellValue | null): string {
  if (value === null || value === undefined) return '';
  if (!(value instanceof Date)) return String(value).replaceAll(/[\t\r\n]+/g, ' ');
  // Workbooks know no time zones; a day is midnight.
  const text = value.toISOString();
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text.slice(0, 19);
}
