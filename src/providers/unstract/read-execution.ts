import { z } from 'zod';
import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';

const jsonObject = z.custom<JsonObject>(isJsonObject);
const json = z.custom<JsonValue>((value) => value !== undefined);
const textOrNull = z.string().nullish().catch(null);

const row = z.object({
  file: z.string().catch(''),
  status: z.string().catch(''),
  result: json.nullish(),
  error: z.unknown().optional(),
  metadata: jsonObject.nullish().catch(null),
});
export type Row = z.output<typeof row>;

const rows = z.array(row);

/** While it runs, and as POST answers. */
const nested = z.object({
  message: z.object({
    execution_id: textOrNull,
    execution_status: z.string(),
    status_api: textOrNull,
    error: z.unknown().optional(),
    result: rows.nullish().catch(null),
  }),
});

/** When it is done; the real servers say it so from the beginning, with a text in place of the rows. */
const flat = z.object({ status: z.string(), message: rows.nullish().catch(null), error: z.unknown().optional() });

/** How an execution stands. */
export interface Execution {
  readonly id: string | null;
  readonly status: string;
  readonly rows: readonly Row[];
  readonly error: string | null;
}

/** What a body says of an execution; null where it says nothing of one. */
export function readExecution(body: unknown): Execution | null {
  const message = nested.safeParse(body).data?.message;
  if (message !== undefined) {
    const { execution_id: named, execution_status: status, status_api: address, result } = message;
    const id = named ?? new URLSearchParams(address?.split('?')[1]).get('execution_id');
    return { id, status: status.toUpperCase(), rows: result ?? [], error: readText(message.error) };
  }
  const { data } = flat.safeParse(body);
  if (data === undefined) return null;
  return { id: null, status: data.status.toUpperCase(), rows: data.message ?? [], error: readText(data.error) };
}

export function isRunning({ status }: Execution): boolean {
  return ['PENDING', 'EXECUTING', 'INITIATED', 'QUEUED', 'READY'].includes(status);
}

/** What an error says, whatever it is; null where there is none. */
export function readText(error: unknown): string | null {
  if (error == null || error === '') return null;
  return typeof error === 'string' ? error : JSON.stringify(error);
}
