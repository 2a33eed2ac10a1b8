import { isAllowed } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { NotFoundError, ValidationError } from '../errors.ts';
import {
  findInteractionByName,
  findInteractionVersion,
  type InteractionRecord,
  type InteractionSelector,
} from '../store/interaction.ts';
import { idField } from './input.ts';
import { findOwnIds } from './own-id.ts';

/** Which interaction is meant: by its id, or by its name with a version, a tag or `draft`. Exactly one. */
export interface InteractionReference {
  readonly id: string | null | undefined;
  readonly specifier: string | null | undefined;
  /** What selects among the versions where the specifier or the id does not: `draft`, a version or a tag. */
  readonly tag?: string | null | undefined;
  /** What the input calls the id. */
  readonly idName: 'id' | 'interactionId';
}

/**
 * Reads an interaction name specifier: `Name`, `Name@draft`, `Name@3`, `Name@tag`. What stands behind the last `@` selects;
 * where nothing does, or `latest`, which means no tag, `tag`. Throws a ValidationError for anything else.
 */
function parseSpecifier(specifier: string, tag: string): { name: string; selector: InteractionSelector } {
  const at = specifier.lastIndexOf('@');
  const name = (at === -1 ? specifier : specifier.slice(0, at)).trim();
  const own = at === -1 ? 'latest' : specifier.slice(at + 1).trim();
  if (name === '' || own === '') {
    throw new ValidationError([
      { path: '/specifier', message: 'must be Name, Name@draft, Name@<version> or Name@<tag>' },
    ]);
  }
  return { name, selector: parseSelector(own === 'latest' ? tag : own) };
}

function parseSelector(text: string): InteractionSelector {
  if (text === 'latest' || text === 'draft') return { kind: text };
  // A version that JavaScript cannot count to is one that does not exist, not a tag: tags are no integers.
  if (/^\d+$/.test(text)) return { kind: 'version', version: Number(text) };
  return { kind: 'tag', tag: text };
}

/** The interaction that is meant, or null. A public key finds published ones only. */
export async function lookUpInteraction(
  context: Context,
  reference: InteractionReference,
): Promise<InteractionRecord | null> {
  const { id, specifier, idName } = reference;
  const tag = reference.tag?.trim() || 'latest';
  if ((id == null) === (specifier == null)) {
    throw new ValidationError([{ path: '', message: `give exactly one of ${idName} and specifier` }]);
  }
  const onlyPublished = !isAllowed(context.principal, 'readInteractions');
  const only = onlyPublished ? ({ status: 'published' } as const) : {};
  const { interactions } = context.store;
  if (specifier != null) {
    const { name, selector } = parseSpecifier(specifier, tag);
    return findInteractionByName(interactions, name, selector, only);
  }
  const interaction = id == null ? null : await context.loaders.interaction.load(id);
  // An id is of one version already: what means no tag leaves it at that.
  if (interaction !== null && tag !== 'latest') {
    return findInteractionVersion(interactions, interaction.draft ?? interaction.id, parseSelector(tag), only);
  }
  return onlyPublished && interaction?.status !== 'published' ? null : interaction;
}

/** The interaction that is meant. Throws a NotFoundError where there is none. */
export async function requireInteraction(
  context: Context,
  reference: InteractionReference,
): Promise<InteractionRecord> {
  const interaction = await lookUpInteraction(context, reference);
  if (interaction === null) throw new NotFoundError(`There is no interaction ${describeReference(reference)}`);
  return interaction;
}

function describeReference({ id, specifier, tag }: InteractionReference): string {
  const name = (specifier ?? id ?? '').replace(/@latest$/, '');
  return tag == null || name.includes('@') ? name : `${name}@${tag}`;
}

/**
 * What a text means that may be an id of ours or one that an interaction has elsewhere, both with or without `@tag`, or a specifier:
 * in this order, so that ids go on meaning what they meant.
 */
export async function findReference(
  context: Context,
  text: string,
): Promise<{ readonly interactionId: string; readonly tag: string | null } | { readonly specifier: string }> {
  const at = text.lastIndexOf('@');
  const tag = at === -1 ? '' : text.slice(at + 1);
  const ids = await findOwnIds(context, 'interactions', tag === '' ? [text] : [text, text.slice(0, at)]);
  const [isWhole, isTagged] = ids.map((id) => idField.safeParse(id).success);
  if (isWhole && ids[0] !== undefined) return { interactionId: ids[0], tag: null };
  if (isTagged && ids[1] !== undefined) return { interactionId: ids[1], tag: tag === 'latest' ? null : tag };
  return { specifier: text };
}
