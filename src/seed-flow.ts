import { splitPassages } from './engine/split-passages.ts';
import { createId } from './store/entity-store.ts';
import type { FlowRecord, FlowStep } from './store/flow.ts';
import type { ProjectStore } from './store/store.ts';

/** The id that the sample flow with two inputs has elsewhere, which REST and GraphQL can name. */
export const demoFlowId = 'demo-joke';
/** The same of the one that reads contents. */
export const demoLibraryFlowId = 'demo-library';

const texts: readonly (readonly [folder: string, name: string, text: string])[] = [
  [
    'Lighthouses',
    'Fresnel lenses',
    'In 1822 Augustin-Jean Fresnel showed a lens made of many rings of glass, which is thin and sends nearly all of a lamp’s light to the horizon.',
  ],
  [
    'Lighthouses',
    'Day marks',
    'By day sailors tell towers from each other by their paint: the bands and spirals are printed in the list of lights.',
  ],
  [
    'Bees',
    'The waggle dance',
    'A bee that comes home waggles on the comb: the angle of her run tells the direction of the flowers, and how long she waggles tells how far they are.',
  ],
  [
    'Bees',
    'Queens',
    'Which larva becomes a queen is a question of food: a future queen is fed royal jelly until she spins herself in.',
  ],
];

/** Two sample flows: one with two inputs and two steps, one whose step reads contents, with some to read. */
export async function seedDemoFlows(store: ProjectStore, environment: string): Promise<void> {
  const folders = new Map<string, string>();
  for (const [folder, name, text] of texts) {
    const id = folders.get(folder) ?? (await store.folders.insert({ name: folder, description: null })).id;
    folders.set(folder, id);
    const revision = createId();
    await store.passages.insertMany(revision, splitPassages(text));
    await store.contents.insert({
      externalId: null,
      name,
      folder: id,
      tags: [],
      size: Buffer.byteLength(text),
      type: 'text/plain',
      url: null,
      status: 'completed',
      error: null,
      revision,
    });
  }
  const step = async (name: string, content: string, more: Partial<FlowStep> = {}): Promise<FlowStep> => {
    const prompt = await store.prompts.insert({
      draft: null,
      version: 1,
      externalId: null,
      forkedFrom: null,
      name,
      role: 'user',
      contentType: 'liquid',
      content,
      inputSchema: null,
    });
    const settings = { environment, model: null, temperature: null, maxTokens: null };
    return { name, prompt: prompt.id, inputs: null, context: null, ...settings, ...more };
  };
  const input = (name: string): FlowRecord['inputs'][number] => ({
    name,
    type: 'text',
    required: true,
    description: null,
    default: null,
  });
  await store.flows.insert({
    externalId: demoFlowId,
    name: 'TellJoke',
    description: 'Two inputs, two steps: a joke, and a title for it.',
    inputs: [input('name'), input('lastName')],
    steps: [
      await step('Joke', 'Tell {{ name }} {{ lastName }} a joke about programmers.'),
      await step('Title', 'Find a title for this joke: {{ joke }}', { inputs: { joke: '{{ steps.Joke }}' } }),
    ],
    resultType: 'text',
    environment: null,
    remoteId: null,
  });
  await store.flows.insert({
    externalId: demoLibraryFlowId,
    name: 'AskTheLibrary',
    description: 'Its step reads passages of the contents that fit the question.',
    inputs: [input('question')],
    steps: [
      await step('Answer', 'Answer briefly: {{ question }}', { context: { folders: [], tags: [], maxTokens: null } }),
    ],
    resultType: 'text',
    environment: null,
    remoteId: null,
  });
}
