import { noSubject, type RunRecord } from '../store/run-record.ts';
import type { ModelRequest } from './execution.ts';
import type { NewRun } from './new-run.ts';

/** What a child is asked, and what it is called. */
export interface ChildRequest extends ModelRequest {
  readonly name: string;
}

/**
 * A run that asks one model for a part of what `parent` does. It is of kind interaction, whatever its parent is, for it is no more
 * than a prompt; it is on record for the same interaction, if any.
 */
export function prepareChild(parent: RunRecord, request: ChildRequest): NewRun {
  const { environment, model, messages, settings, resultSchema, name } = request;
  const { interaction, interactionDraft, tags, endUser, object, source, recordPayloads } = parent;
  return {
    ...noSubject,
    kind: 'interaction',
    name,
    interaction,
    interactionDraft,
    environment: environment.id,
    model,
    config: { ...settings, model, validate: resultSchema !== null, formatter: null },
    prompt: messages,
    resultSchema,
    input: null,
    tags,
    parent: parent.id,
    retryOf: null,
    endUser,
    object,
    source,
    warnings: [],
    onDisconnect: 'continue',
    recordPayloads,
  };
}
