import { isJsonObject, type JsonObject, type JsonValue } from '../../json.ts';
import type { FormField } from '../../upload/receive-form.ts';
import { type Fault, refuseFields } from './error.ts';

/** The fields of a request beside its files, as the resolvers call them. */
export interface ExecutionFields {
  readonly timeout: number;
  readonly includeMetadata: boolean;
  readonly includeMetrics: boolean;
  readonly includeExtractedText: boolean;
  readonly useFileHistory: boolean;
  readonly tags: string[];
  readonly customData: JsonObject | null;
  readonly presignedUrls: string[];
}

/** What answers shall have; what is missing is left to whoever asked for the execution. */
export interface ViewFields {
  readonly includeMetadata: boolean | undefined;
  readonly includeMetrics: boolean | undefined;
  readonly includeExtractedText: boolean | undefined;
}

const trueWords = new Set(['true', '1', 'yes', 'y', 'on', 't']);
const falseWords = new Set(['false', '0', 'no', 'n', 'off', 'f']);
const timeoutMin = -1;
const timeoutMax = 300;

/** Reads the fields of a form; those that are unknown are ignored. Throws a Refusal with all that is wrong. */
export function readExecutionFields(fields: readonly FormField[]): ExecutionFields {
  const faults: Fault[] = [];
  const all = (name: string) => fields.filter((field) => field.name === name).map(({ value }) => value);
  const last = (name: string) => all(name).at(-1);
  if (all('files').length > 0) {
    const detail = 'The submitted data was not a file. Check the encoding type on the form.';
    faults.push({ code: 'invalid', detail, attr: 'files' });
  }
  const read = {
    timeout: readTimeout(last('timeout'), faults),
    includeMetadata: readBoolean('include_metadata', last('include_metadata'), faults) ?? false,
    includeMetrics: readBoolean('include_metrics', last('include_metrics'), faults) ?? false,
    includeExtractedText: readBoolean('include_extracted_text', last('include_extracted_text'), faults) ?? false,
    useFileHistory: readBoolean('use_file_history', last('use_file_history'), faults) ?? false,
    tags: readList(all('tags'))
      .flatMap((text) => text.split(','))
      .map((tag) => tag.trim())
      .filter((tag) => tag !== ''),
    customData: readCustomData(last('custom_data'), faults),
    presignedUrls: readList(all('presigned_urls'))
      .map((url) => url.trim())
      .filter((url) => url !== ''),
  };
  if (read.presignedUrls.some((url) => !URL.canParse(url))) {
    faults.push({ code: 'invalid', detail: 'Enter a valid URL.', attr: 'presigned_urls' });
  }
  if (faults.length > 0) throw refuseFields(faults);
  return read;
}

/** Reads the query of a request for the status: the execution's id and what the answer shall have. Throws a Refusal. */
export function readStatusQuery(query: Readonly<Record<string, unknown>>): ViewFields & { executionId: string } {
  const faults: Fault[] = [];
  const last = (name: string): string | undefined => {
    const value: unknown = [query[name]].flat().at(-1);
    return value === undefined ? undefined : String(value);
  };
  const executionId = last('execution_id');
  const attr = 'execution_id';
  if (executionId === undefined) faults.push({ code: 'required', detail: 'This field is required.', attr });
  else if (executionId.trim() === '') faults.push({ code: 'blank', detail: 'This field may not be blank.', attr });
  else if (!/^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$/i.test(executionId.trim())) {
    faults.push({ code: 'invalid', detail: 'Must be a valid UUID.', attr });
  }
  const read = {
    includeMetadata: readBoolean('include_metadata', last('include_metadata'), faults),
    includeMetrics: readBoolean('include_metrics', last('include_metrics'), faults),
    includeExtractedText: readBoolean('include_extracted_text', last('include_extracted_text'), faults),
  };
  if (faults.length > 0) throw refuseFields(faults);
  return { ...read, executionId: formatUuid(executionId ?? '') };
}

/** As executions have it: in lower case, with its hyphens. */
function formatUuid(text: string): string {
  const digits = text.trim().toLowerCase().replaceAll('-', '');
  return digits.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

function readTimeout(value: string | undefined, faults: Fault[]): number {
  if (value === undefined) return 0;
  const attr = 'timeout';
  if (!/^[+-]?\d+$/.test(value.trim())) {
    faults.push({ code: 'invalid', detail: 'A valid integer is required.', attr });
    return 0;
  }
  const timeout = Number(value);
  if (timeout > timeoutMax) {
    const detail = `Ensure this value is less than or equal to ${timeoutMax}.`;
    faults.push({ code: 'max_value', detail, attr });
  } else if (timeout < timeoutMin) {
    const detail = `Ensure this value is greater than or equal to ${timeoutMin}.`;
    faults.push({ code: 'min_value', detail, attr });
  }
  return timeout;
}

function readBoolean(attr: string, value: string | undefined, faults: Fault[]): boolean | undefined {
  if (value === undefined) return undefined;
  const word = value.trim().toLowerCase();
  if (trueWords.has(word)) return true;
  if (!falseWords.has(word)) faults.push({ code: 'invalid', detail: 'Must be a valid boolean.', attr });
  return false;
}

function readCustomData(value: string | undefined, faults: Fault[]): JsonObject | null {
  if (value === undefined || value.trim() === '') return null;
  const data = parseJson(value);
  if (isJsonObject(data)) return data;
  faults.push({ code: 'invalid', detail: 'Must be a valid JSON object.', attr: 'custom_data' });
  return null;
}

/** A field that was given again and again, or once as a JSON list. */
function readList(values: readonly string[]): string[] {
  return values.flatMap((value) => {
    const list = value.trim().startsWith('[') ? parseJson(value) : undefined;
    return Array.isArray(list) ? list.map(String) : [value];
  });
}

function parseJson(text: string): JsonValue | undefined {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
