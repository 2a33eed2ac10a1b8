import type { Selection } from '../../domain.ts';
import type { JsonObject } from '../../json.ts';
import type { RemoteCall } from '../remote.ts';

/** A call in Promptitude's words. */
export function convertCall({ data, endUser, steps, settings }: RemoteCall): JsonObject {
  const contexts = steps.map(({ step, folders, tags }) => [
    step,
    { context: { ...convertSelection('folders', folders), ...convertSelection('tags', tags) } },
  ]);
  return {
    ...settings.options,
    ...(endUser !== null && { userId: endUser }),
    flow: { inputs: data },
    ...(steps.length > 0 && { steps: Object.fromEntries(contexts) }),
  };
}

function convertSelection(name: 'folders' | 'tags', selection: Selection | null): JsonObject {
  if (selection === null) return {};
  const { ids, names } = selection;
  return { [name]: { ...(ids !== null && { ids }), ...(names !== null && { names }) } };
}
