import { formatPointer } from '../engine/json-pointer.ts';
import { ValidationError } from '../errors.ts';
import { escapeKey } from '../store/codec.ts';

/**
 * The fields of runs that searches and queries from outside may name: the one table, for GraphQL and every REST API. What has no
 * name here (owner, lease, tokens of the search, addresses of callers) cannot be asked for.
 */

/** How values are read, and what a word of a search means there. */
export type QueryFieldKind =
  /** 24 hexadecimal digits, or another service's id. */
  | 'id'
  | 'date'
  | 'number'
  /** One of some values. */
  | 'choice'
  /** Text that is found as a whole. */
  | 'keyword'
  /** Text whose words are found. */
  | 'prose'
  /** Whatever callers and models put there; the words of texts are found, and they are among the run's search words. */
  | 'json';

export interface QueryField {
  readonly kind: QueryFieldKind;
  /** Where it lies in the stored run; of several places any counts. */
  readonly paths: readonly string[];
  /** Of a choice: what may be written, in lower case. */
  readonly choices?: readonly string[];
}

const statuses = ['created', 'processing', 'completed', 'failed', 'cancelled'];
const kinds = ['interaction', 'flow', 'deployment'];
const sourceTypes = ['api', 'cli', 'ui', 'webhook', 'test-data', 'system'];

const one = (kind: QueryFieldKind, path: string, choices?: readonly string[]): QueryField => ({
  kind,
  paths: [path],
  ...(choices && { choices }),
});

/** Each field with all of its names: the documented one of Composable first, then GraphQL's. */
const table: readonly (readonly [names: readonly string[], field: QueryField])[] = [
  [['id', '_id'], one('id', '_id')],
  [['kind'], one('choice', 'kind', kinds)],
  [['status'], one('choice', 'status', statuses)],
  [['name', 'interaction_name', 'interactionName'], one('keyword', 'name')],
  [['tags'], one('keyword', 'tags')],
  [['interaction', 'interaction_id', 'interactionId'], { kind: 'id', paths: ['interactionDraft', 'interaction'] }],
  [['flow', 'flow_id', 'flowId'], one('id', 'flow')],
  [['deployment', 'deployment_id', 'deploymentId'], one('id', 'deployment')],
  [['environment', 'environment_id', 'environmentId'], one('id', 'environment')],
  [['model', 'modelId', 'model_id'], one('keyword', 'model')],
  [['parent', 'parent_id', 'parentId'], one('id', 'parent')],
  [['retry_of', 'retryOf'], one('id', 'retryOf')],
  [['object', 'object_id', 'objectId'], one('keyword', 'object')],
  [['execution_id', 'executionId'], one('keyword', 'executionId')],
  [['end_user', 'endUser'], one('keyword', 'endUser')],
  [['rating'], one('number', 'rating')],
  [['created_at', 'createdAt'], one('date', 'createdAt')],
  [['updated_at', 'updatedAt'], one('date', 'updatedAt')],
  [['started_at', 'startedAt'], one('date', 'startedAt')],
  [['finished_at', 'finishedAt'], one('date', 'finishedAt')],
  [['execution_time', 'executionTime', 'executionTimeMs'], one('number', 'executionTimeMs')],
  [['token_use.prompt', 'tokenUse.prompt'], one('number', 'tokenUse.prompt')],
  [['token_use.result', 'tokenUse.result'], one('number', 'tokenUse.result')],
  [['token_use.total', 'tokenUse.total'], one('number', 'tokenUse.total')],
  [['cost'], one('number', 'cost')],
  [['config.temperature', 'temperature'], one('number', 'config.temperature')],
  [['config.max_tokens', 'config.maxTokens', 'max_tokens', 'maxTokens'], one('number', 'config.maxTokens')],
  [['source.type'], one('choice', 'source.type', sourceTypes)],
  [['source.label'], one('keyword', 'source.label')],
  [['source.principal_id', 'source.principalId'], one('id', 'source.principalId')],
  [['error.code'], one('keyword', 'error.code')],
  [['error.message'], one('prose', 'error.message')],
];

const fields = new Map(table.flatMap(([names, field]) => names.map((name) => [name, field] as const)));

/** Objects that callers fill: any path below these names. */
const freeRoots = new Map([
  ['parameters', 'input'],
  ['input', 'input'],
  ['data', 'input'],
  ['result', 'result'],
]);

/** The names as an error lists them. */
const queryFieldNames: readonly string[] = [
  ...table.map(([names]) => names.join(' or ')),
  'parameters.<path> or input.<path>',
  'result or result.<path>',
];

/** The field with this name; undefined where there is none. */
export function findQueryField(name: string): QueryField | undefined {
  const field = fields.get(name);
  if (field !== undefined) return field;
  const [root = '', ...steps] = name.split('.');
  const stored = freeRoots.get(root);
  if (stored === undefined || steps.some((step) => step === '')) return undefined;
  return one('json', [stored, ...steps.map(escapeKey)].join('.'));
}

/** What an error says of a name that is not in the table. */
export function describeUnknownField(name: string): string {
  return `there is no field ${JSON.stringify(name.slice(0, 100))}; the fields are ${queryFieldNames.join(', ')}`;
}

/** The stored value that a choice's text means, in whichever case; undefined where it means none. */
export function readChoice({ choices = [] }: QueryField, text: string): string | undefined {
  const wanted = text.toLowerCase().replaceAll('_', '-');
  return choices.find((choice) => choice === wanted);
}

/** A span of time, from included, to not. */
export interface TimeSpan {
  readonly from: Date;
  readonly to: Date;
}

const isoPattern =
  /^(\d{4})(?:-(\d\d)(?:-(\d\d)(?:T(\d\d):(\d\d)(?::(\d\d)(?:\.(\d{1,3})\d*)?)?(Z|[+-]\d\d:?\d\d)?)?)?)?$/i;
const nowPattern = /^now(?:([+-])(\d{1,5})([smhdwMy]))?$/;
const unitMs = {
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
  M: 2_592_000_000,
  y: 31_536_000_000,
};

/**
 * What a date means: `2026`, `2026-01`, `2026-01-31` are all of that year, month or day in UTC, a time of day is its minute, second or
 * millisecond, `now` (and `now-7d`, with s, m, h, d, w, M, y) is a moment. Undefined for anything else.
 */
export function readTimeSpan(text: string, now: Date): TimeSpan | undefined {
  const relative = nowPattern.exec(text);
  if (relative !== null) {
    const [, sign, amount = '0', unit = 's'] = relative;
    // The pattern has no other units.
    const ms = Number(amount) * unitMs[unit as keyof typeof unitMs] * (sign === '-' ? -1 : 1);
    const from = new Date(now.getTime() + ms);
    return { from, to: new Date(from.getTime() + 1) };
  }
  const parts = isoPattern.exec(text);
  if (parts === null) return undefined;
  const [, year = '', month, day, hour, minute, second, fraction, zone = 'Z'] = parts;
  const padded =
    `${year}-${month ?? '01'}-${day ?? '01'}T${hour ?? '00'}:${minute ?? '00'}:${second ?? '00'}` +
    `.${(fraction ?? '0').padEnd(3, '0')}${zone.toUpperCase().replace(/(\d\d)(\d\d)$/, '$1:$2')}`;
  const from = new Date(padded);
  // The thirtieth of February would be the second of March.
  const isReal =
    !Number.isNaN(from.getTime()) &&
    (day === undefined || new Date(`${year}-${month}-${day}`).getUTCDate() === Number(day));
  if (!isReal) return undefined;
  const to = new Date(from);
  if (month === undefined) to.setUTCFullYear(to.getUTCFullYear() + 1);
  else if (day === undefined) to.setUTCMonth(to.getUTCMonth() + 1);
  else
    to.setTime(
      to.getTime() +
        (hour === undefined ? unitMs.d : second === undefined ? unitMs.m : fraction === undefined ? unitMs.s : 1),
    );
  return { from, to };
}

/** A number as searches write it; undefined for anything else. */
export function readNumber(text: string): number | undefined {
  return /^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d{1,3})?$/i.test(text) ? Number(text) : undefined;
}

/** A ValidationError with one issue at a place in the input. */
export function createIssue(path: readonly string[], message: string): ValidationError {
  return new ValidationError([{ path: formatPointer(path), message }]);
}
