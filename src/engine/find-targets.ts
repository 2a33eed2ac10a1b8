import type { EnvironmentRecord, PolicyMember } from '../store/environment.ts';
import type { ProjectStore } from '../store/store.ts';

/** What an entry of a policy names, found. */
export interface Target {
  readonly environment: EnvironmentRecord;
  readonly model: string;
  readonly weight: number;
}

/** The environments that a policy names, in its order, with the model to use there; those that cannot be called are left out. */
export async function findTargets(store: ProjectStore, members: readonly PolicyMember[]): Promise<Target[]> {
  if (members.length === 0) return [];
  const found = await store.environments.findManyByIds(members.map(({ environment }) => environment));
  return members.flatMap((member) => {
    const environment = found.find(({ id }) => id === member.environment);
    const model = member.model ?? environment?.defaultModel ?? null;
    return environment === undefined || model === null ? [] : [{ environment, model, weight: member.weight ?? 1 }];
  });
}
