import type { Context } from '../../context.ts';
import { NotFoundError } from '../../errors.ts';
import { findEnvironmentOfRun, findInteractionById, findRun, readPayloads } from '../../resolvers/run.ts';
import type { RunRecord } from '../../store/run-record.ts';
import { findAccount } from './account-shape.ts';
import { type RunReferences, type RunView, requireSubject } from './run-shape.ts';

/** The run with this id. What was not executed by an interaction does not exist here. */
export async function requireRun(context: Context, id: string): Promise<RunRecord> {
  const run = await findRun(context, id);
  if (run === null || run.kind !== 'interaction' || run.interaction === null)
    throw new NotFoundError(`There is no run ${id}`);
  return run;
}

/** A run with everything that its shape is made of. */
export async function viewRun(
  context: Context,
  run: RunRecord,
  options: Pick<RunView, 'ttlSeconds' | 'isTyped'>,
): Promise<RunView> {
  return { run, payloads: await readPayloads(context, run), account: context.project.account, ...options };
}

/** What the parts of a run are called; what was deleted is called as it was then, or by its id. */
export async function findReferences(context: Context, run: RunRecord): Promise<RunReferences> {
  const subject = requireSubject(run);
  const [interaction, environment, account] = await Promise.all([
    findInteractionById(context, run.interaction),
    findEnvironmentOfRun(context, subject.environment),
    findAccount(context),
  ]);
  return {
    interaction: { id: subject.interaction, name: interaction?.name ?? run.name },
    environment: { id: subject.environment, name: environment?.name ?? subject.environment },
    account,
    project: { id: context.project.id, name: context.project.name },
  };
}
