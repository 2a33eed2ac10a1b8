import { execFile } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { startTestGateway } from '../support/gateway.ts';
import { createWorld } from '../support/operations.ts';
import { createRestCaller } from '../support/rest.ts';

const root = path.join(import.meta.dirname, '../..');

/** The script of docs/composable.md; it stands within the repository, so that it finds its package. */
async function writeScript(folder: string): Promise<string> {
  const page = await readFile(path.join(root, 'docs/composable.md'), 'utf8');
  const script = [...page.matchAll(/```js\n([\s\S]*?)```/g)].map(([, code]) => code ?? '').at(-1) ?? '';
  const file = path.join(folder, 'copy.mjs');
  await writeFile(file, script);
  return file;
}

test('the documented script copies prompts and interactions, which go on under their old ids', async () => {
  await using old = await startTestGateway();
  await using here = await startTestGateway();
  const { environment, interaction, publishInteraction } = await createWorld(old);
  await publishInteraction(interaction.id, ['live']);
  const call = createRestCaller(here, '/api/v1');
  await call('POST', '/environments', {
    body: { name: 'test', provider: 'test', default_model: 'test-echo', external_id: environment.id },
  });

  const folder = await mkdtemp(path.join(root, 'node_modules/.migration-'));
  try {
    const env = { ...process.env, OLD_URL: old.url, OLD_KEY: old.key, NEW_URL: here.url, KEY: here.key };
    await promisify(execFile)(process.execPath, [await writeScript(folder)], { env });
  } finally {
    await rm(folder, { recursive: true });
  }
  const body = { interaction: interaction.id, data: { object: 'sea' } };
  for (const headers of [{}, { 'x-interaction-tag': 'live' }]) {
    expect(await call('POST', '/runs', { body, headers })).toMatchObject({
      status: 200,
      body: { result: expect.stringContaining('What color is the sea?') },
    });
  }
});
