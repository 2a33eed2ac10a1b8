import { RunFailure } from '../errors.ts';
import type { EnvironmentRecord } from '../store/environment.ts';
import type { ProjectStore } from '../store/store.ts';
import { findTargets, type Target } from './find-targets.ts';
import type { Health, HealthRules } from './health.ts';

const defaultUnhealthyAfter = 3;
const defaultProbeAfterMs = 30_000;

export interface Balancing {
  readonly store: ProjectStore;
  readonly health: Health;
  /** Calls a member. */
  readonly call: (target: Target) => Promise<string>;
  /** Whether, after this failure, nobody else is to be asked. */
  readonly isOver: (error: unknown) => boolean;
}

/**
 * Has one of a load balancer's members answer: by chance and their weights, those that are not well last. Where it fails, the next one
 * is asked. Throws what the last one failed with.
 */
export async function balance(
  { name, policy }: EnvironmentRecord,
  { store, health, call, isOver }: Balancing,
): Promise<string> {
  const members = await findTargets(store, policy?.members ?? []);
  const { unhealthyAfter = defaultUnhealthyAfter, probeAfterMs = defaultProbeAfterMs, failover = true } = policy ?? {};
  const rules = { unhealthyAfter, probeAfterMs };
  let failure: unknown = new RunFailure('invalid_request', `Environment ${name} has no members that can be called`);
  for (const member of order(members, health, rules)) {
    const report = health.begin(nameTarget(member), rules);
    try {
      const text = await call(member);
      report(true);
      return text;
    } catch (error) {
      report(isAboutMember(error) ? false : null);
      if (isOver(error) || !failover) throw error;
      failure = error;
    }
  }
  throw failure;
}

/** Each once, drawn by chance and weight, whoever is not well behind all others. */
function order(members: readonly Target[], health: Health, rules: HealthRules): Target[] {
  const drawn = members
    // Exponential times of these rates: the earliest is each member with the probability of its share.
    .map((member) => ({ member, time: -Math.log(Math.random()) / member.weight }))
    .toSorted((one, other) => one.time - other.time)
    .map(({ member }) => member);
  const isWell = (member: Target) => health.isWell(nameTarget(member), rules);
  const well = drawn.filter(isWell);
  return [...well, ...drawn.filter((member) => !well.includes(member))];
}

function nameTarget({ environment, model }: Target): string {
  return `${environment.id}/${model}`;
}

/** What the caller asked for wrongly, or ended, says nothing of who was asked; nor does a limit or a budget of ours. */
function isAboutMember(error: unknown): boolean {
  if (!(error instanceof RunFailure) || ['invalid_request', 'cancelled', 'interrupted'].includes(error.code))
    return false;
  return error.code !== 'rate_limited' || error.upstreamStatus !== undefined;
}
