import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ObjectId } from 'bson';
import { type Document, MongoClient } from 'mongodb';
import { startEmbeddedDatabase } from '../../src/embedded/embedded.ts';
import { formatSpread, median, print } from './measure.ts';
import type { BenchOptions } from './run.ts';
import { createWorld } from './world.ts';

const query =
  '{ runFacets(facets: [{field: STATUS}, {field: MODEL}, {field: TAGS}, {field: ENVIRONMENT}, {field: DAY}]) { total facets { buckets { value count } } } }';

const group = (key: unknown): Document[] => [{ $group: { _id: key, count: { $sum: 1 } } }, { $sort: { count: -1 } }];
const facets = {
  status: group('$status'),
  model: group('$model'),
  tags: [{ $unwind: '$tags' }, ...group('$tags')],
  environment: group('$environment'),
  day: group({ $dateTrunc: { date: '$createdAt', unit: 'day' } }),
};

/** (d) Five facets over many runs, against the bare aggregation of the same, and against a single count. */
export async function benchFacets({ isQuick, isLarge }: BenchOptions): Promise<void> {
  for (const size of [isQuick ? 10_000 : 100_000, ...(isLarge ? [1_000_000] : [])])
    await benchSize(size, isQuick ? 3 : 7);
}

async function benchSize(size: number, rounds: number): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'trivium-bench-db-'));
  const database = await startEmbeddedDatabase({ dataDir: folder, port: 0 });
  const client = await new MongoClient(database.uri).connect();
  try {
    await using world = await createWorld({
      MONGODB_URI: database.uri,
      SECRET_KEY: 'a secret key that only the bench has',
      BOOTSTRAP_KEY: 'sk-bench-key-of-the-first-project',
      SEED_DEMO: 'true',
    });
    const db = client.db('trivium');
    const project = (await db.collection('projects').findOne())?._id;
    await insertRuns(db.collection('runs'), String(project), size);
    const headers = { authorization: `Bearer ${world.key}`, 'content-type': 'application/json' };
    const contenders = {
      'a single count': () => db.collection('runs').countDocuments({ project }),
      'the bare aggregation of five facets': () =>
        db
          .collection('runs')
          .aggregate([{ $match: { project } }, { $facet: facets }])
          .toArray(),
      'through GraphQL': async () => {
        const answer = await fetch(`${world.url}/graphql`, {
          method: 'POST',
          headers,
          body: JSON.stringify({ query }),
        });
        const { data, errors } = await answer.json();
        if (data?.runFacets.total !== size) throw new Error(JSON.stringify(errors ?? data?.runFacets.total));
      },
    };
    const times = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]));
    for (let round = 0; round < rounds; round += 1) {
      for (const [name, ask] of Object.entries(contenders)) {
        const start = performance.now();
        await ask();
        times.get(name)?.push(performance.now() - start);
      }
    }
    print(
      `\nFive facets over ${size.toLocaleString('en')} runs, on the embedded database: against the count, and the bare aggregation`,
    );
    const [single, bare] = [...times.values()].map(median);
    for (const [name, ofName] of times) {
      const ratios = [single, bare].map((base = 0) => `${(median(ofName) / base).toFixed(2).padStart(6)} ×`);
      print(`  ${ratios.join('')}  ${formatSpread(ofName, 0).padEnd(22)} ms   ${name}`);
    }
  } finally {
    await client.close();
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

async function insertRuns(
  runs: ReturnType<ReturnType<MongoClient['db']>['collection']>,
  project: string,
  size: number,
): Promise<void> {
  const environments = Array.from({ length: 5 }, () => new ObjectId().toHexString());
  const now = Date.now();
  for (let done = 0; done < size; done += 1_000) {
    const batch = Array.from({ length: Math.min(1_000, size - done) }, (_, index): Document => {
      const number = done + index;
      const createdAt = new Date(now - number * 60_000);
      return {
        _id: new ObjectId().toHexString() as never,
        project,
        kind: 'interaction',
        name: `Interaction ${number % 20}`,
        status: number % 17 === 0 ? 'failed' : 'completed',
        tags: number % 3 === 0 ? ['a', `tag-${number % 10}`] : [],
        model: `model-${number % 7}`,
        environment: environments[number % 5],
        source: { type: 'api', principalId: 'x' },
        input: { topic: 'a car', number },
        result: 'A text of some length, as models write them, so that a run is not all too small.',
        createdAt,
        updatedAt: createdAt,
      };
    });
    await runs.insertMany(batch as never[], { ordered: false });
  }
}
