import type { Client } from './client.ts';
import { storyStream, tellStory } from './operations.ts';

/** Has a story told, and calls back for each piece of it. Throws why there is none. */
export async function streamStory(client: Client, topic: string, onText: (text: string) => void): Promise<void> {
  const { execute } = await client.request(tellStory, { topic });
  if (execute.__typename !== 'InteractionRun') throw new Error(execute.message);
  await client.follow(storyStream, { id: execute.id }, ({ runStream: event }) => {
    if (event.__typename === 'RunChunk') onText(event.text);
    if (event.__typename === 'RunClosed' && event.run.error) throw new Error(event.run.error.message);
  });
}
