import { z } from 'zod';
import type { Context } from '../context.ts';
import { findStepIndex } from '../engine/check-flow.ts';
import { ValidationError, type ValidationIssue } from '../errors.ts';
import type { ContentSelection, FlowRecord } from '../store/flow.ts';
import { findIdsByName } from './content-tag.ts';

const listField = z.array(z.string()).max(1_000, 'must have at most 1,000 members').nullish();
const selectionField = z.object({ ids: listField, names: listField }).nullish();

/** What a step reads in one execution. */
export const stepOverrideField = z.object({
  step: z.string('is required'),
  context: z.object({ folders: selectionField, tags: selectionField }).nullish(),
});

export type StepOverrideInput = z.output<typeof stepOverrideField>;
type Selection = z.output<typeof selectionField>;

/**
 * What steps read instead of what the flow has set, by their places. Ids are looked up by id, names by name, once for all steps.
 * Throws a ValidationError for steps, ids and names that there are not, and for steps that read nothing: nobody shall read more
 * than was meant.
 */
export async function readOverrides(
  { store }: Context,
  flow: FlowRecord,
  overrides: readonly StepOverrideInput[],
): Promise<ReadonlyMap<number, ContentSelection>> {
  const issues: ValidationIssue[] = [];
  const places = overrides.map(({ step, context }, index) => {
    const place = findStepIndex(flow.steps, step);
    const isRepeated = overrides.some((other, before) => before < index && other.step === step);
    if (place === -1) {
      const known = flow.steps.map(({ name }) => name).join(', ');
      issues.push({ path: `/steps/${index}/step`, message: `there is no step ${step}; the steps are ${known}` });
    } else if (isRepeated) {
      issues.push({ path: `/steps/${index}/step`, message: `${step} is there twice` });
    } else if (context != null && flow.steps[place]?.context === null) {
      issues.push({ path: `/steps/${index}/context`, message: `step ${step} reads no content: its context is off` });
    }
    return place;
  });
  if (issues.length > 0) throw new ValidationError(issues);

  const listAll = (field: 'folders' | 'tags', by: 'ids' | 'names') =>
    overrides.flatMap(({ context }) => context?.[field]?.[by] ?? []);
  const readKnown = async (field: 'folders' | 'tags') => {
    const ids = listAll(field, 'ids');
    const [byId, byName] = await Promise.all([
      ids.length === 0 ? [] : store[field].findManyByIds([...new Set(ids)]),
      field === 'folders'
        ? findIdsByName(store.folders, listAll(field, 'names'))
        : findIdsByName(store.tags, listAll(field, 'names')),
    ]);
    return { ids: new Set(byId.map(({ id }) => id)), names: byName };
  };
  const [folders, tags] = await Promise.all([readKnown('folders'), readKnown('tags')]);
  const selections = new Map<number, ContentSelection>();
  for (const [index, { context }] of overrides.entries()) {
    const place = places[index] ?? -1;
    const own = flow.steps[place]?.context;
    if (context == null || own == null) continue;
    const path = `/steps/${index}/context`;
    selections.set(place, {
      folders: resolve(context.folders, folders, `${path}/folders`, 'folder', issues) ?? own.folders,
      tags: resolve(context.tags, tags, `${path}/tags`, 'tag', issues) ?? own.tags,
    });
  }
  if (issues.length > 0) throw new ValidationError(issues);
  return selections;
}

interface Known {
  readonly ids: ReadonlySet<string>;
  readonly names: ReadonlyMap<string, string>;
}

/** The ids that a selection means, empty for all; null where it says nothing. What there is not goes to `issues`. */
function resolve(
  selection: Selection,
  known: Known,
  path: string,
  noun: string,
  issues: ValidationIssue[],
): string[] | null {
  if (selection == null || (selection.ids == null && selection.names == null)) return null;
  const ids = selection.ids ?? [];
  const names = selection.names ?? [];
  for (const [index, id] of ids.entries()) {
    if (!known.ids.has(id)) issues.push({ path: `${path}/ids/${index}`, message: `there is no ${noun} ${id}` });
  }
  for (const [index, name] of names.entries()) {
    if (!known.names.has(name)) issues.push({ path: `${path}/names/${index}`, message: `there is no ${noun} ${name}` });
  }
  return [...new Set([...ids, ...names.flatMap((name) => known.names.get(name) ?? [])])];
}
