import { readdir, readFile } from 'node:fs/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { libraryQuestions } from '../fixtures/library-questions.ts';
import { createFlowOperations } from '../support/flow-operations.ts';
import { startTestGateway, type TestGateway } from '../support/gateway.ts';
import { createOperations, expectType } from '../support/operations.ts';

/**
 * How often the passage that answers a question is among those that a step reads: thirty questions over real texts, ranked by their words
 * alone. docs/performance.md has the numbers.
 */

const library = new URL('../fixtures/library/', import.meta.url);

let gateway: TestGateway;
let flows: ReturnType<typeof createFlowOperations>;
let environmentId: string;
let promptId: string;

beforeAll(async () => {
  gateway = await startTestGateway();
  flows = createFlowOperations(gateway);
  const { createEnvironment } = createOperations(gateway);
  // Its one enabled model does not embed.
  const environment = { name: 'test', provider: 'test', defaultModel: 'test-echo', enabledModels: ['test-echo'] };
  environmentId = expectType(await createEnvironment(environment), 'Environment').id;
  promptId = await flows.makePrompt(
    'You answer questions of our readers, briefly and from our texts only.\n\n{{ question }}',
  );
  for (const file of await readdir(library)) {
    await flows.makeContent({ name: file.replace('.txt', ''), text: await readFile(new URL(file, library), 'utf8') });
  }
});
afterAll(() => gateway[Symbol.asyncDispose]());

/** The place of the right passage among those that are read for each question, from 0; -1 where it is not among them. */
async function rank(maxTokens: number | null): Promise<number[]> {
  const steps = [{ promptId, environmentId, context: { maxTokens } }];
  const flowId = await flows.makeFlow({ name: 'Ask', inputs: [{ name: 'question' }], steps });
  const places: number[] = [];
  for (const [question, name, words] of libraryQuestions) {
    const run = expectType(await flows.generate({ flowId, inputs: { question } }), 'FlowRun');
    const passages = run.steps[0]?.passages ?? [];
    places.push(passages.findIndex(({ text, content }) => content?.name === name && text.includes(words)));
  }
  return places;
}

test('the right passage is among those that are read', async () => {
  const usual = await rank(null);
  const small = await rank(1_000);
  const missed = libraryQuestions.flatMap(([question], index) => (usual[index] === -1 ? [question] : []));
  expect(missed).toMatchInlineSnapshot(`
    [
      "What does the GPL say about warranty?",
    ]
  `);
  expect({
    questions: usual.length,
    withinUsualBudget: usual.filter((place) => place !== -1).length,
    withinThousandTokens: small.filter((place) => place !== -1).length,
    first: usual.filter((place) => place === 0).length,
    amongThree: usual.filter((place) => place !== -1 && place < 3).length,
  }).toMatchInlineSnapshot(`
    {
      "amongThree": 23,
      "first": 21,
      "questions": 30,
      "withinThousandTokens": 25,
      "withinUsualBudget": 29,
    }
  `);
});
