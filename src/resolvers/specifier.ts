import { isAllowed } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { NotFoundError, ValidationError } from '../errors.ts';
import { findInteractionByName, type InteractionRecord, type InteractionSelector } from '../store/interaction.ts';

/** Which interaction is meant: by its id, or by its name with a version, a tag or `draft`. Exactly one. */
export interface InteractionReference {
  readonly id: string | null | undefined;
  readonly specifier: string | null | undefined;
  /** What the input calls the id. */
  readonly idName: 'id' | 'interactionId';
}

/**
 * Reads an interaction name specifier: `Name`, `Name@draft`, `Name@3`, `Name@tag`; `latest` means no tag. What stands
 * behind the last `@` selects. Throws a ValidationError for anything else.
 */
function parseSpecifier(specifier: string): { name: string; selector: InteractionSelector } {
  const at = specifier.lastIndexOf('@');
  const name = (at === -1 ? specifier : specifier.slice(0, at)).trim();
  const selector = at === -1 ? 'latest' : specifier.slice(at + 1).trim();
  if (name === '' || selector === '') {
    throw new ValidationError([
      { path: '/specifier', message: 'must be Name, Name@draft, Name@<version> or Name@<tag>' },
    ]);
  }
  if (selector === 'latest' || selector === 'draft') return { name, selector: { kind: selector } };
  // A version that JavaScript cannot count to is one that does not exist, not a tag: tags are no integers.
  if (/^\d+$/.test(selector)) return { name, selector: { kind: 'version', version: Number(selector) } };
  return { name, selector: { kind: 'tag', tag: selector } };
}

/** The interaction that is meant, or null. A public key finds published ones only. */
export async function lookUpInteraction(
  context: Context,
  reference: InteractionReference,
): Promise<InteractionRecord | null> {
  const { id, specifier, idName } = reference;
  if ((id == null) === (specifier == null)) {
    throw new ValidationError([{ path: '', message: `give exactly one of ${idName} and specifier` }]);
  }
  const onlyPublished = !isAllowed(context.principal, 'readInteractions');
  if (specifier != null) {
    const { name, selector } = parseSpecifier(specifier);
    return findInteractionByName(
      context.store.interactions,
      name,
      selector,
      onlyPublished ? { status: 'published' } : {},
    );
  }
  const interaction = id == null ? null : await context.loaders.interaction.load(id);
  return onlyPublished && interaction?.status !== 'published' ? null : interaction;
}

/** The interaction that is meant. Throws a NotFoundError where there is none. */
export async function requireInteraction(
  context: Context,
  reference: InteractionReference,
): Promise<InteractionRecord> {
  const interaction = await lookUpInteraction(context, reference);
  if (interaction === null) throw new NotFoundError(`There is no interaction ${reference.specifier ?? reference.id}`);
  return interaction;
}
