import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { convertSearch } from '../../src/resolvers/run-search.ts';
import { noSubject, type RunStatus } from '../../src/store/run-record.ts';
import { openStore, type ProjectStore, type Store } from '../../src/store/store.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** A thousand random searches find in the database what a plain evaluation of the same runs finds in memory. */

const words = ['red', 'green', 'blue', 'rose', 'tulip', 'reddish', 'north'];
const statuses: RunStatus[] = ['created', 'processing', 'completed', 'failed', 'cancelled'];
const tags = ['a', 'b', 'two words'];
const days = ['2026-01-30', '2026-01-31', '2026-02-01', '2026-03-15'];

/** What of a run the searches below look at. */
interface Sample {
  readonly status: RunStatus;
  readonly tags: readonly string[];
  readonly rating: number | null;
  readonly startedAt: Date | null;
  readonly prompt: string;
  readonly input: { readonly color?: string; readonly size?: number; readonly parts?: readonly string[] };
  readonly result: string | null;
}

/** Each with what is written for it: operators have several spellings, and nothing between two terms means OR. */
type Query =
  | { readonly type: 'and'; readonly operator: string; readonly isBare: boolean; readonly parts: readonly Query[] }
  | { readonly type: 'or'; readonly operator: string; readonly parts: readonly Query[] }
  | { readonly type: 'not'; readonly operator: string; readonly isBare: boolean; readonly part: Query }
  /** Lucene's own way: `+` is needed, `-` must not be, the rest are alternatives, of which none is needed beside a `+`. */
  | {
      readonly type: 'list';
      readonly operator: string;
      readonly must: readonly Query[];
      readonly mustNot: readonly Query[];
      readonly should: readonly Query[];
    }
  | { readonly type: 'leaf'; readonly text: string; readonly fits: (sample: Sample) => boolean };

const textsOf = ({ prompt, input, result }: Sample) => [
  prompt,
  ...Object.values(input).flat().map(String),
  ...(result === null ? [] : [result]),
];
const hasWord = (text: string, fits: (word: string) => boolean) => text.split(' ').some(fits);
const hasPhrase = (text: string, phrase: string) => ` ${text} `.includes(` ${phrase} `);

const word = fc.constantFrom(...words);
const phrase = fc.array(word, { minLength: 1, maxLength: 3 }).map((parts) => parts.join(' '));
const number = fc.integer({ min: 0, max: 5 });

const ands = [' AND ', ' && ', '  AND\t'];
const ors = [' OR ', ' || ', ' '];
const nots = ['NOT ', '!', '! ', 'NOT NOT !'];
const spelling = (operators: readonly string[]) => fc.constantFrom(...operators);
/** The day of a moment, counted from 1970. */
const dayOf = (moment: string) => Math.floor(Date.parse(moment) / 86_400_000);

const leaf: fc.Arbitrary<Query> = fc
  .oneof(
    word.map((text) => ({
      text,
      fits: (sample: Sample) => textsOf(sample).some((one) => hasWord(one, (it) => it === text)),
    })),
    word.map((text) => ({
      text: `${text.slice(0, 2)}*`,
      fits: (sample: Sample) => textsOf(sample).some((one) => hasWord(one, (it) => it.startsWith(text.slice(0, 2)))),
    })),
    phrase.map((text) => ({
      text: `"${text}"`,
      fits: (sample: Sample) => textsOf(sample).some((one) => hasPhrase(one, text)),
    })),
    fc.constantFrom(...statuses).map((status) => ({
      text: `status:${status}`,
      fits: (sample: Sample) => sample.status === status,
    })),
    fc
      .constantFrom(...tags)
      .map((tag) => ({ text: `tags:"${tag}"`, fits: (sample: Sample) => sample.tags.includes(tag) })),
    fc.constant({ text: '_exists_:tags', fits: (sample: Sample) => sample.tags.length > 0 }),
    fc.constant({ text: '_exists_:parameters.size', fits: (sample: Sample) => sample.input.size !== undefined }),
    fc.tuple(number, number, fc.boolean(), fc.boolean()).map(([from, to, isFrom, isTo]) => ({
      text: `rating:${isFrom ? '[' : '{'}${from} TO ${to}${isTo ? ']' : '}'}`,
      fits: ({ rating }: Sample) =>
        rating !== null && (isFrom ? rating >= from : rating > from) && (isTo ? rating <= to : rating < to),
    })),
    fc.tuple(fc.constantFrom('>', '>=', '<', '<='), number).map(([sign, bound]) => ({
      text: `parameters.size:${sign}${bound}`,
      fits: ({ input: { size } }: Sample) => size !== undefined && compare(size, sign, bound),
    })),
    number.map((size) => ({ text: `input.size:${size}`, fits: ({ input }: Sample) => input.size === size })),
    word.map((color) => ({
      text: `parameters.color:${color}`,
      fits: ({ input }: Sample) => hasWord(input.color ?? '', (it) => it === color),
    })),
    phrase.map((parts) => ({
      text: `data.parts:"${parts}"`,
      fits: ({ input }: Sample) => (input.parts ?? []).some((part) => hasPhrase(part, parts)),
    })),
    word.map((text) => ({
      text: `result:${text.slice(0, 3)}*`,
      fits: ({ result }: Sample) => hasWord(result ?? '', (it) => it.startsWith(text.slice(0, 3))),
    })),
    fc.constantFrom('*:*', '*').map((text) => ({ text, fits: () => true })),
    fc.constant({ text: 'rating:[* TO *]', fits: ({ rating }: Sample) => rating !== null }),
    fc.constant({ text: 'parameters.color:*', fits: ({ input }: Sample) => input.color !== undefined }),
    fc.tuple(number, fc.boolean(), fc.boolean()).map(([bound, isLower, isIncluded]) => ({
      text: isLower
        ? `rating:${isIncluded ? '[' : '{'}${bound} TO *}`
        : `rating:[* TO ${bound}${isIncluded ? ']' : '}'}`,
      fits: ({ rating }: Sample) =>
        rating !== null && compare(rating, `${isLower ? '>' : '<'}${isIncluded ? '=' : ''}`, bound),
    })),
    fc.tuple(fc.constantFrom(...statuses), fc.constantFrom(...statuses), spelling(ors)).map(([one, other, or]) => ({
      text: `status:(${one}${or}${other.toUpperCase()})`,
      fits: ({ status }: Sample) => status === one || status === other,
    })),
    fc.tuple(word, word, spelling(ands), spelling(nots)).map(([one, other, and, not]) => ({
      text: `parameters.color:(${one}${and}${not}${other})`,
      fits: ({ input: { color = '' } }: Sample) =>
        hasWord(color, (it) => it === one) && !hasWord(color, (it) => it === other),
    })),
    fc.tuple(word, word, word).map(([one, other, third]) => ({
      text: `parameters.color:(+${one} -${other} ${third.slice(0, 3)}*)`,
      fits: ({ input: { color = '' } }: Sample) =>
        hasWord(color, (it) => it === one) && !hasWord(color, (it) => it === other),
    })),
    fc.constant({ text: 'tags:(two\\ words a)', fits: (sample: Sample) => /two|^a/m.test(sample.tags.join('\n')) }),
    fc.tuple(fc.constantFrom('>', '>=', '<', '<='), fc.constantFrom(...days)).map(([sign, bound]) => ({
      text: `started_at:${sign}${bound}`,
      fits: ({ startedAt }: Sample) =>
        startedAt !== null && compare(dayOf(startedAt.toISOString()), sign, dayOf(`${bound}T00:00:00Z`)),
    })),
    // One and a half hours after midnight in Athens is the evening before in UTC.
    fc.tuple(fc.constantFrom(...days), fc.constantFrom(...days)).map(([from, to]) => ({
      text: `started_at:["${from}T01:30:00+02:00" TO ${to}]`,
      fits: ({ startedAt }: Sample) =>
        startedAt !== null &&
        startedAt.getTime() >= new Date(`${from}T00:00:00Z`).getTime() - 30 * 60_000 &&
        dayOf(startedAt.toISOString()) <= dayOf(`${to}T00:00:00Z`),
    })),
    fc.constantFrom(...days, '2026-01', '2026').map((span) => ({
      text: `started_at:${span}`,
      fits: ({ startedAt }: Sample) => startedAt?.toISOString().startsWith(span) === true,
    })),
    fc.tuple(fc.constantFrom(...days), fc.constantFrom(...days)).map(([from, to]) => ({
      text: `started_at:[${from} TO ${to}}`,
      fits: ({ startedAt }: Sample) => {
        const day = startedAt?.toISOString().slice(0, 10);
        return day !== undefined && day >= from && day < to;
      },
    })),
  )
  .map(({ text, fits }) => ({ type: 'leaf', text, fits }));

const { query } = fc.letrec<{ query: Query }>((tie) => {
  const parts = fc.array(tie('query'), { minLength: 1, maxLength: 3 });
  const some = fc.array(tie('query'), { maxLength: 2 });
  return {
    query: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf,
      fc.record({ type: fc.constant('and'), operator: spelling(ands), isBare: fc.boolean(), parts }),
      fc.record({ type: fc.constant('or'), operator: spelling(ors), parts }),
      fc.record({ type: fc.constant('not'), operator: spelling(nots), isBare: fc.boolean(), part: tie('query') }),
      fc
        .record({
          type: fc.constant('list'),
          operator: fc.constantFrom('-', ...nots),
          must: some,
          mustNot: some,
          should: some,
        })
        .filter(({ must, mustNot, should }) => must.length + mustNot.length + should.length > 0),
    ),
  };
});

function print(query: Query): string {
  switch (query.type) {
    case 'and':
      return `(${query.parts.map(printNegation).join(query.operator)})`;
    case 'or':
      return `(${query.parts.map((part) => printAlternative(part, query.operator)).join(query.operator)})`;
    case 'not':
      return `(${query.operator}${print(query.part)})`;
    case 'list': {
      const { operator, must, mustNot, should } = query;
      const terms = [
        ...should.map(print),
        ...mustNot.map((part) => operator + print(part)),
        ...must.map((part) => `+${print(part)}`),
      ];
      return `(${terms.join(' ')})`;
    }
    case 'leaf':
      return query.text;
  }
}

/** AND binds more closely than OR: it needs no brackets there. */
function printAlternative(query: Query, operator: string): string {
  if (query.type === 'and' && query.isBare && query.parts.length > 1)
    return query.parts.map(printNegation).join(query.operator);
  // With nothing between it and the others, it would forbid instead of being one of them.
  return operator.trim() === '' ? print(query) : printNegation(query);
}

/** Between operators, NOT needs no brackets. */
function printNegation(query: Query): string {
  return query.type === 'not' && query.isBare ? query.operator + print(query.part) : print(query);
}

function fits(query: Query, sample: Sample): boolean {
  switch (query.type) {
    case 'and':
      return query.parts.every((part) => fits(part, sample));
    case 'or':
      return query.parts.some((part) => fits(part, sample));
    case 'not':
      return !fits(query.part, sample);
    case 'list':
      return (
        query.must.every((part) => fits(part, sample)) &&
        !query.mustNot.some((part) => fits(part, sample)) &&
        (query.must.length > 0 || query.should.length === 0 || query.should.some((part) => fits(part, sample)))
      );
    case 'leaf':
      return query.fits(sample);
  }
}

function compare(one: number, sign: string, other: number): boolean {
  if (sign === '>') return one > other;
  if (sign === '>=') return one >= other;
  return sign === '<' ? one < other : one <= other;
}

let database: TestDatabase;
let store: Store;
let project: ProjectStore;
const samples = new Map<string, Sample>();

const sentence = fc.array(word, { minLength: 1, maxLength: 5 }).map((parts) => parts.join(' '));
const sampleArbitrary: fc.Arbitrary<Sample> = fc.record({
  status: fc.constantFrom(...statuses),
  tags: fc.subarray(tags),
  rating: fc.option(number),
  startedAt: fc.option(
    fc
      .tuple(fc.constantFrom(...days), fc.constantFrom('T00:00:00Z', 'T12:30:00Z', 'T23:59:59.999Z'))
      .map((parts) => new Date(parts.join(''))),
  ),
  prompt: sentence,
  input: fc.record(
    { color: sentence, size: number, parts: fc.array(sentence, { maxLength: 2 }) },
    { requiredKeys: [] },
  ),
  result: fc.option(sentence),
});

beforeAll(async () => {
  database = await createTestDatabase();
  store = await openStore(database);
  project = store.forProject('0123456789abcdef01234567');
  for (const sample of fc.sample(sampleArbitrary, { numRuns: 120, seed: 7 })) samples.set(await insert(sample), sample);
});
afterAll(async () => {
  await store.close();
  await database[Symbol.asyncDispose]();
});

test('a thousand searches find what a plain evaluation finds', async () => {
  await fc.assert(
    fc.asyncProperty(query, async (random) => {
      const text = print(random);
      const found = await project.runs.findPage({ first: 200 }, { condition: convertSearch(text) });
      const expected = [...samples].filter(([, sample]) => fits(random, sample)).map(([id]) => id);
      expect(found.items.map(({ id }) => id).sort(), text).toEqual(expected.sort());
    }),
    { numRuns: 1_000 },
  );
}, 90_000);

/** Records a run as one that was executed. */
async function insert({ status, tags, rating, startedAt, prompt, input, result }: Sample): Promise<string> {
  const config = {
    temperature: null,
    maxTokens: null,
    topP: null,
    stop: null,
    seed: null,
    validate: true,
    options: null,
    formatter: null,
  };
  const unfinished = { tokenUse: null, executionTimeMs: null, error: null, warnings: [], attempts: [], chunkCount: 0 };
  const id = '0123456789abcdef01234567';
  const run = await project.runs.insert({
    ...unfinished,
    ...noSubject,
    kind: 'interaction',
    name: 'Sample',
    status: 'processing',
    tags,
    parent: null,
    retryOf: null,
    source: { type: 'api', label: null, principalType: 'apikey', principalId: id, clientIp: null },
    environment: id,
    model: 'm',
    config: { model: 'm', ...config },
    input,
    prompt: [{ role: 'user', content: prompt }],
    resultSchema: null,
    result: null,
    rating,
    endUser: null,
    object: null,
    startedAt,
    finishedAt: null,
    interaction: id,
    interactionDraft: id,
    recordPayloads: 'all',
    owner: 'owner',
    epoch: 1,
    deadlineAt: null,
    onDisconnect: 'continue',
    cancelRequestedAt: null,
    watchedAt: null,
  });
  await project.runs.finish(run, 'owner', { ...unfinished, status, result }, new Date());
  return run.id;
}
