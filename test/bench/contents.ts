import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ObjectId } from 'bson';
import { type Db, MongoClient } from 'mongodb';
import { startEmbeddedDatabase } from '../../src/embedded/embedded.ts';
import { splitPassages } from '../../src/engine/split-passages.ts';
import { createFlowOperations } from '../support/flow-operations.ts';
import { createOperations, expectType } from '../support/operations.ts';
import { formatSpread, median, print, readCpuMs, readMemoryMb } from './measure.ts';
import type { BenchOptions } from './run.ts';
import { createWorld } from './world.ts';

const folders = 100;

/** (h) A step that reads passages of 10,000 contents, against the same step without context. */
export async function benchContents({ isQuick }: BenchOptions): Promise<void> {
  const size = isQuick ? 1_000 : 10_000;
  const folder = await mkdtemp(path.join(tmpdir(), 'trivium-bench-db-'));
  const database = await startEmbeddedDatabase({ dataDir: folder, port: 0 });
  const client = await new MongoClient(database.uri).connect();
  try {
    await using world = await createWorld({
      MONGODB_URI: database.uri,
      SECRET_KEY: 'a secret key that only the bench has',
      BOOTSTRAP_KEY: 'sk-bench-key-of-the-first-project',
    });
    const passages = await insertContents(client.db('trivium'), size);
    const flows = createFlowOperations(world.client);
    const environment = { name: 'words', provider: 'test', defaultModel: 'test-echo', enabledModels: ['test-echo'] };
    const made = await createOperations(world.client).createEnvironment(environment);
    const environmentId = expectType(made, 'Environment').id;
    const promptId = await flows.makePrompt('Answer briefly, and from our texts only: {{ question }}');
    const folderId = await flows.makeFolder('measured');
    await client
      .db('trivium')
      .collection('contents')
      .updateMany({ folder: '0' }, { $set: { folder: folderId } });
    const makeAsker = async (context: object | null, expected: boolean) => {
      const steps = [{ promptId, environmentId, context }];
      const flowId = await flows.makeFlow({ name: 'F', inputs: [{ name: 'question' }], steps });
      return async (number: number) => {
        const question = `Why do the tides of the moon turn the glass lens of tower ${number}?`;
        const run = expectType(await flows.generate({ flowId, inputs: { question } }), 'FlowRun');
        if ((run.steps[0]?.passages ?? []).length > 0 !== expected) throw new Error(JSON.stringify(run));
      };
    };
    const measure = async (call: () => Promise<void>) => {
      const cpuBefore = await readCpuMs(world.pid);
      const start = performance.now();
      await call();
      return { ms: performance.now() - start, cpuMs: ((await readCpuMs(world.pid)) ?? 0) - (cpuBefore ?? 0) };
    };
    const contenders = {
      'without context': await makeAsker(null, false),
      [`of one folder of ${folders}`]: await makeAsker({ folderIds: [folderId] }, true),
      'of all contents': await makeAsker({}, true),
    };
    const before = await readMemoryMb(world.pid);
    print(`\nA step that reads of ${size.toLocaleString('en')} contents (${passages.toLocaleString('en')} passages)`);
    for (const [name, ask] of Object.entries(contenders)) {
      const { ms, cpuMs } = await measure(() => ask(0));
      print(`  ${ms.toFixed(0).padStart(9)} ms   (${cpuMs.toFixed(0)} ms of the processor)   the first time, ${name}`);
    }
    const after = await readMemoryMb(world.pid);
    if (before !== null && after !== null) print(`  ${(after - before).toFixed(0).padStart(9)} MB   more memory then`);
    const times = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]));
    const cpuTimes = new Map<string, number[]>(Object.keys(contenders).map((name) => [name, []]));
    for (let round = 1; round <= (isQuick ? 5 : 20); round += 1) {
      for (const [name, ask] of Object.entries(contenders)) {
        const { ms, cpuMs } = await measure(() => ask(round));
        times.get(name)?.push(ms);
        cpuTimes.get(name)?.push(cpuMs);
      }
    }
    const [base] = times.values();
    for (const [name, ofName] of times) {
      const ratio = (median(ofName) / median(base ?? [])).toFixed(2).padStart(7);
      const cpu = formatSpread(cpuTimes.get(name) ?? [], 0);
      print(`  ${ratio} ×  ${formatSpread(ofName, 1).padEnd(22)} ms   CPU ${cpu.padEnd(16)} ms   ${name}`);
    }
  } finally {
    await client.close();
    await database.close();
    await rm(folder, { recursive: true, force: true });
  }
}

/** Contents of sentences that were shuffled, some 3,000 characters each, written past the gateway. Answers with how many passages they have. */
async function insertContents(db: Db, size: number): Promise<number> {
  const library = new URL('../fixtures/library/', import.meta.url);
  const texts = await Promise.all((await readdir(library)).map((file) => readFile(new URL(file, library), 'utf8')));
  const sentences = texts.flatMap((text) => text.split(/(?<=[.!?])\s+/)).filter((sentence) => sentence.length > 40);
  const project = String((await db.collection('projects').findOne())?._id);
  const now = new Date();
  let next = 1;
  const pick = () => {
    // A generator of its own, so that every bench has the same contents.
    next = (next * 48_271) % 2_147_483_647;
    return sentences[next % sentences.length] ?? '';
  };
  let count = 0;
  for (let done = 0; done < size; done += 200) {
    const contents: object[] = [];
    const passages: object[] = [];
    for (let number = done; number < done + 200; number += 1) {
      const revision = new ObjectId().toHexString();
      const paragraphs = Array.from({ length: 4 }, () => Array.from({ length: 5 }, pick).join(' '));
      const pieces = splitPassages(paragraphs.join('\n\n'));
      passages.push(...pieces.map((text, index) => ({ _id: `${revision}:${index}`, project, revision, index, text })));
      contents.push({
        _id: new ObjectId().toHexString(),
        project,
        externalId: null,
        name: `Text ${number}`,
        folder: String(number % folders),
        tags: [],
        size: 3_000,
        type: 'text/plain',
        url: null,
        status: 'completed',
        error: null,
        revision,
        createdAt: now,
        updatedAt: now,
      });
    }
    await db.collection('contents').insertMany(contents);
    await db.collection('passages').insertMany(passages);
    count += passages.length;
  }
  return count;
}
