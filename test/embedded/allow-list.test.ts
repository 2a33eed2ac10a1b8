import { readFile } from 'node:fs/promises';
import { type Document, MongoClient } from 'mongodb';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';

/** What docs/embedded.md lists is known to the server; test/embedded/refusal.test.ts tries what is not listed. */

const text = await readFile(new URL('../../docs/embedded.md', import.meta.url), 'utf8');

/** The names in a row of the table. */
function listed(row: string): string[] {
  const line = text.split('\n').find((candidate) => candidate.startsWith(`| ${row} |`)) ?? '';
  return [...line.matchAll(/`(\$?\w+)`/g)].map(([, name = '']) => name);
}

let server: TestDatabase;
let client: MongoClient;

beforeAll(async () => {
  server = await createTestDatabase();
  client = new MongoClient(server.uri);
  await client
    .db(server.databaseName)
    .collection<Document>('c')
    .insertOne({ n: 1, list: [1] });
});
afterAll(async () => {
  await client.close();
  await server[Symbol.asyncDispose]();
});

const aggregate = (stage: Document) => ({ aggregate: 'c', pipeline: [stage], cursor: {} });
const computed = (name: string, operand: unknown) => aggregate({ $group: { _id: { [name]: operand } } });

/** What each row's names are tried with, and the code that an unknown one gets. */
const rows: [row: string, code: number, command: (name: string) => Document][] = [
  ['commands', 59, (name) => ({ [name]: name === 'explain' ? { find: 'c' } : 'other' })],
  [
    'query operators',
    2,
    (name) => {
      if (['$and', '$or', '$nor'].includes(name)) return { find: 'c', filter: { [name]: [{ n: 1 }] } };
      const operands: Document = { $not: { $eq: 1 }, $in: [1], $nin: [1], $all: [1], $type: 'number', $regex: 'a' };
      if (name === '$options') return { find: 'c', filter: { n: { $regex: 'a', $options: 'i' } } };
      return { find: 'c', filter: { n: { [name]: operands[name] ?? (name === '$elemMatch' ? { $eq: 1 } : 1) } } };
    },
  ],
  [
    'update operators',
    9,
    (name) => {
      return { update: 'c', updates: [{ q: { n: -1 }, u: { [name]: { n: 1 } } }] };
    },
  ],
  [
    'stages',
    40324,
    (name) => {
      const operands: Document = { $unwind: '$list', $limit: 1, $skip: 1, $count: 'n', $sort: { n: 1 } };
      return aggregate({
        [name]: operands[name] ?? (name === '$match' ? {} : name === '$facet' ? { a: [] } : { _id: 1 }),
      });
    },
  ],
  [
    'accumulators',
    15952,
    (name) => aggregate({ $group: { _id: 1, a: { [name]: name === '$firstN' ? { n: 1, input: '$n' } : '$n' } } }),
  ],
  ['expressions', 168, (name) => computed(name, '$n')],
];

describe.each(rows)('%s', (row, code, command) => {
  it.each(listed(row))('%s is known', async (name) => {
    const reply: Document = await client
      .db(server.databaseName)
      .command(command(name))
      .catch((error: Document) => error);
    const failure = reply.writeErrors?.[0] ?? reply;
    // What it is tried with may be wrong for it; the name is not.
    expect(failure.code === code ? failure.errmsg : undefined).toBeUndefined();
  });

  it('an invented name is not', async () => {
    const reply: Document = await client
      .db(server.databaseName)
      .command(command(row === 'commands' ? 'invented' : '$invented'))
      .catch((error: Document) => error);
    expect(reply.writeErrors?.[0] ?? reply).toMatchObject({ code });
  });
});

it('the lists are not empty', () => {
  for (const [row] of rows) expect(listed(row).length, row).toBeGreaterThan(1);
});
