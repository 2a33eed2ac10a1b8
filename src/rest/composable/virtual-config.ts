import { z } from 'zod';
import type { JsonObject } from '../../json.ts';
import type { EnvironmentPolicy, PolicyMember } from '../../store/environment.ts';

/**
 * What Composable's `config` says of virtual environments, in the words of our policy and back. Its entries name a model only; where
 * it runs stands before it: `<environment>/<model>`. All other fields are those of the policy.
 */

const entry = z.looseObject({ model: z.string() });

/** A config as a policy; what is none of Composable's own fields stays as it is, to be validated with the policy. */
export function convertConfig(config: Readonly<Record<string, unknown>>): Record<string, unknown> {
  const { entries, mediators, balance_if_failed, max_concurrent_requests, ...policy } = config;
  return {
    ...policy,
    ...(entries !== undefined && { members: convertEntries(entries) }),
    ...(mediators !== undefined && { mediators: convertEntries(mediators) }),
    ...(balance_if_failed !== undefined && { failover: balance_if_failed }),
    ...(max_concurrent_requests !== undefined && { parallel: max_concurrent_requests }),
  };
}

function convertEntries(entries: unknown): unknown {
  if (!Array.isArray(entries)) return entries;
  return entries.map((given: unknown) => {
    const { data } = entry.safeParse(given);
    if (data === undefined || 'environment' in data) return given;
    const [environment = '', ...model] = data.model.split('/');
    const { model: _model, ...others } = data;
    return { ...others, environment, ...(model.length > 0 && { model: model.join('/') }) };
  });
}

/** A policy as the config that says the same. The entries of a load balancer have weights, those of a mediator none. */
export function convertPolicy(provider: string, whole: EnvironmentPolicy): JsonObject {
  const { members, mediators, failover, parallel, ...policy } = whole;
  const addWeight = ({ weight = 1 }: PolicyMember) => (provider === 'virtual_lb' ? { weight } : {});
  return {
    ...policy,
    ...(members !== undefined && {
      entries: members.map((member) => ({ model: formatEntryModel(member), ...addWeight(member) })),
    }),
    ...(mediators !== undefined && { mediators: mediators.map((target) => ({ model: formatEntryModel(target) })) }),
    ...(failover !== undefined && { balance_if_failed: failover, failover }),
    ...(parallel !== undefined && { max_concurrent_requests: parallel }),
  };
}

export function formatEntryModel({ environment, model }: Pick<PolicyMember, 'environment' | 'model'>): string {
  return model === undefined ? environment : `${environment}/${model}`;
}
