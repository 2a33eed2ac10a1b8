import type { Context } from '../../context.ts';
import { type ExternalKind, findOwnIds } from '../../resolvers/own-id.ts';
import type { RunCondition } from '../../store/run-filter.ts';

/** Where runs refer to what may have an id elsewhere. */
const referencePaths: Readonly<Record<string, ExternalKind>> = {
  interaction: 'interactions',
  interactionDraft: 'interactions',
  environment: 'environments',
};

/**
 * A condition that was read of a search or a query, as these clients mean it: who asks for failed runs means cancelled ones too, and
 * ids may be those of the old service.
 */
export async function adaptCondition(context: Context, condition: RunCondition): Promise<RunCondition> {
  const ownIds = new Map<string, string>();
  for (const kind of ['interactions', 'environments'] as const) {
    const ids = [...new Set(listTexts(condition, kind))];
    const own = await findOwnIds(context, kind, ids);
    for (const [index, id] of ids.entries()) ownIds.set(id, own[index] ?? id);
  }
  return adapt(condition, ownIds);
}

/** The values that a condition compares references of a kind with. */
function listTexts(condition: unknown, kind: ExternalKind): string[] {
  if (Array.isArray(condition)) return condition.flatMap((part) => listTexts(part, kind));
  if (!isPlain(condition)) return [];
  return Object.entries(condition).flatMap(([key, value]) =>
    referencePaths[key] === kind ? listStrings(value) : listTexts(value, kind),
  );
}

function adapt(condition: RunCondition, ownIds: ReadonlyMap<string, string>): RunCondition {
  return Object.fromEntries(
    Object.entries(condition).map(([key, value]) => {
      if (key === 'status') return [key, widenStatus(value)];
      if (referencePaths[key] !== undefined) return [key, replaceStrings(value, ownIds)];
      // Queries stand within lists; what stands behind other fields is compared with, and stays.
      return [key, Array.isArray(value) && key.startsWith('$') ? value.map((part) => adapt(part, ownIds)) : value];
    }),
  );
}

/** What is compared with `failed`, compared with both statuses. */
function widenStatus(value: unknown): unknown {
  if (value === 'failed') return { $in: ['failed', 'cancelled'] };
  if (!isPlain(value)) return value;
  const entries = Object.entries(value).map(([operator, operand]): [string, unknown] => {
    if (operator === '$eq' && operand === 'failed') return ['$in', ['failed', 'cancelled']];
    if (operator === '$ne' && operand === 'failed') return ['$nin', ['failed', 'cancelled']];
    if ((operator === '$in' || operator === '$nin') && Array.isArray(operand) && operand.includes('failed')) {
      return [operator, [...new Set([...operand, 'cancelled'])]];
    }
    return [operator, operator === '$not' ? widenStatus(operand) : operand];
  });
  // Two operators that became one would lose a condition.
  const isAmbiguous = new Set(entries.map(([operator]) => operator)).size < entries.length;
  return isAmbiguous ? value : Object.fromEntries(entries);
}

function listStrings(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (Array.isArray(value)) return value.flatMap(listStrings);
  return isPlain(value) ? Object.values(value).flatMap(listStrings) : [];
}

function replaceStrings(value: unknown, replacements: ReadonlyMap<string, string>): unknown {
  if (typeof value === 'string') return replacements.get(value) ?? value;
  if (Array.isArray(value)) return value.map((part) => replaceStrings(part, replacements));
  if (!isPlain(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, replaceStrings(part, replacements)]));
}

function isPlain(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && !(value instanceof Date);
}

/** The runs that these clients see, of which a condition speaks: those of interactions. A part of another kind of run has none. */
export function runsOfInteractions(condition: RunCondition | null | undefined) {
  const ofInteractions = { interaction: { $ne: null } };
  return {
    kind: ['interaction'] as const,
    condition: condition == null ? ofInteractions : { $and: [ofInteractions, condition] },
  };
}
