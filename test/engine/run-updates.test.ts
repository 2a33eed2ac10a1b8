import { expect, test } from 'vitest';
import { createRunFeed } from '../../src/engine/run-feed.ts';
import { followRunUpdates } from '../../src/engine/run-updates.ts';
import { noRelay } from '../../src/relay/relay.ts';
import { startTestGateway } from '../support/gateway.ts';
import { createWorld, expectType } from '../support/operations.ts';

test('a reader gets every run, also when more changed meanwhile than is remembered for it', async () => {
  await using gateway = await startTestGateway();
  const { execute, interaction } = await createWorld(gateway);
  const executed = await execute({ interactionId: interaction.id, data: { object: 'car' } });
  const store = gateway.store.forProject(gateway.bootstrap.project.id);
  const { id: first } = expectType(executed, 'InteractionRun');
  const model = await store.runs.findOneById(first);
  if (model === null) throw new Error('A run was not recorded');
  const { id: _id, ...fields } = model;

  const feed = createRunFeed({
    store: gateway.store,
    relay: noRelay,
    logError: (error) => expect.unreachable(String(error)),
  });
  try {
    const updates = followRunUpdates({ store, feed, filter: {}, since: model.updatedAt });
    expect((await updates.next()).value).toMatchObject({ id: first });
    const missing = new Set<string>();
    for (let count = 0; count < 1_100; count += 1) missing.add((await store.runs.insert(fields)).id);
    while (missing.size > 0) missing.delete((await updates.next()).value?.id ?? '');
    const pending = updates.next();
    await updates.return?.();
    // It settles: with the end, or with a run that is told of twice.
    await pending;
    expect((await updates.next()).done).toBe(true);
    expect(feed.countProjects()).toBe(0);
  } finally {
    feed.close();
  }
});
