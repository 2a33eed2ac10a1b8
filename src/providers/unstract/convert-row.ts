import { z } from 'zod';
import { isJsonObject, type JsonValue } from '../../json.ts';
import type { TokenUse } from '../provider.ts';
import type { RemoteFileResult } from '../remote.ts';
import { type Row, readText } from './read-execution.ts';

/** What became of a file. `clean` takes out of a text what must not be shown. */
export function convertRow(row: Row, index: number, clean: (text: string) => string): RemoteFileResult {
  const failure = row.status.toLowerCase() === 'success' ? null : (readText(row.error) ?? 'The file failed');
  return {
    index,
    result: failure === null ? unwrap(row.result ?? null) : null,
    error: failure === null ? null : clean(failure),
    tokenUse: sumUsage(row),
  };
}

/** The document has the values as `result`, the real servers as `output`, both beside the name of the file. */
function unwrap(value: JsonValue): JsonValue {
  if (!isJsonObject(value)) return value;
  if ('output' in value) return value.output ?? null;
  return 'input_file' in value ? (value.result ?? null) : value;
}

const count = z.number().min(0).catch(0);
const usage = z.object({
  usage: z.object({
    llm: z
      .array(
        z.object({
          model: z.string().optional().catch(undefined),
          input_tokens: count,
          output_tokens: count,
          total_tokens: count.optional(),
        }),
      )
      .min(1),
  }),
});

function readUsage({ metadata }: Row) {
  return usage.safeParse(metadata).data?.usage.llm ?? [];
}

/** The one model that answered; null where there were several, or nobody says. */
export function findModel(rows: readonly Row[]): string | null {
  const models = new Set(rows.flatMap(readUsage).flatMap(({ model }) => model ?? []));
  const [first] = models;
  return first === undefined || models.size > 1 ? null : first;
}

function sumUsage(row: Row): TokenUse | null {
  const calls = readUsage(row);
  if (calls.length === 0) return null;
  return calls.reduce<TokenUse>(
    (sum, { input_tokens: prompt, output_tokens: result, total_tokens: total }) => ({
      prompt: sum.prompt + prompt,
      result: sum.result + result,
      total: sum.total + (total ?? prompt + result),
    }),
    { prompt: 0, result: 0, total: 0 },
  );
}
