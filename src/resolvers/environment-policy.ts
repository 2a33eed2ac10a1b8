import { z } from 'zod';
import type { Context } from '../context.ts';
import { ValidationError, type ValidationIssue } from '../errors.ts';
import {
  type EnvironmentPolicy,
  type EnvironmentRecord,
  isVirtual,
  type PolicyTarget,
  virtualDepthMax,
} from '../store/environment.ts';
import { idField } from './input.ts';

/** What an environment's policy may say; docs/environments.md says what it means. */

const wholeNumber = (min: number, max: number) =>
  z
    .int('must be a whole number')
    .min(min, `must be at least ${min.toLocaleString('en')}`)
    .max(max, `must be at most ${max.toLocaleString('en')}`);
const timeoutField = wholeNumber(1, 3_600_000).exactOptional();

export const modelField = z
  .string('must be a text')
  .trim()
  .min(1, 'must not be empty')
  .max(200, 'must have at most 200 characters');

const targetField = z.strictObject({ environment: idField, model: modelField.exactOptional() });
const weightField = z.number('must be a number').min(0, 'must be at least 0').max(1_000, 'must be at most 1,000');
const memberField = targetField.extend({ weight: weightField.exactOptional() });

const listField = <T extends z.ZodType>(member: T, max: number) =>
  z.array(member, 'must be a list').max(max, `must have at most ${max} members`).exactOptional();

export const policyField = z.strictObject({
  connectTimeoutMs: wholeNumber(1, 60_000).exactOptional(),
  firstChunkTimeoutMs: timeoutField,
  chunkTimeoutMs: timeoutField,
  runTimeoutMs: timeoutField,
  maxRetries: wholeNumber(0, 10).exactOptional(),
  retryDelayMs: wholeNumber(1, 60_000).exactOptional(),
  maxRetryDelayMs: wholeNumber(1, 600_000).exactOptional(),
  concurrency: wholeNumber(1, 10_000).exactOptional(),
  requestsPerMinute: wholeNumber(1, 1_000_000).exactOptional(),
  tokensPerMinute: wholeNumber(1, 1_000_000_000).exactOptional(),
  fallbacks: listField(targetField, 5),
  members: listField(memberField, 20),
  failover: z.boolean('must be true or false').exactOptional(),
  unhealthyAfter: wholeNumber(1, 1_000).exactOptional(),
  probeAfterMs: timeoutField,
  mediators: listField(targetField, 5),
  parallel: wholeNumber(1, 20).exactOptional(),
});

/** What only one kind of virtual environment has in its policy, and what both have. */
const fieldsOfProviders: Readonly<Record<string, readonly (keyof EnvironmentPolicy)[]>> = {
  virtual_lb: ['members', 'failover', 'unhealthyAfter', 'probeAfterMs'],
  virtual_mediator: ['members', 'mediators', 'parallel'],
};

type Subject = Pick<EnvironmentRecord, 'id' | 'name' | 'provider' | 'policy'>;

/** Throws a ValidationError unless the policy goes with its provider, and everything that it names is there and can be called. */
export async function checkPolicy(context: Context, subject: Subject): Promise<void> {
  const { provider, policy } = subject;
  const { findRemote } = context.engine.connector.providers;
  const isRemote = (kind: string) => findRemote(kind) !== undefined;
  const issues = [...checkFields(provider, policy), ...(isRemote(provider) ? checkRemoteFields(policy) : [])];
  const targets = listTargets(policy);
  if (targets.length > 0) {
    const environments = await context.store.environments.findMany({});
    issues.push(...targets.flatMap((target) => checkTarget(target, environments, isRemote)));
    if (issues.length === 0) issues.push(...checkDepth(subject, environments));
  }
  if (issues.length > 0) throw new ValidationError(issues);
}

function checkFields(provider: string, policy: EnvironmentPolicy | null): ValidationIssue[] {
  const own = fieldsOfProviders[provider] ?? [];
  const issues = [...new Set(Object.values(fieldsOfProviders).flat())]
    .filter((field) => policy?.[field] !== undefined && !own.includes(field))
    .map((field) => {
      const owners = Object.keys(fieldsOfProviders).filter((other) => fieldsOfProviders[other]?.includes(field));
      return { path: `/policy/${field}`, message: `is for environments of the provider ${owners.join(' or ')} only` };
    });
  if (own.includes('members') && !policy?.members?.length) {
    issues.push({ path: '/policy/members', message: `is required for provider ${provider}` });
  }
  return issues;
}

/** What an API executes that has begun there is not asked for again, and nowhere else. */
function checkRemoteFields(policy: EnvironmentPolicy | null): ValidationIssue[] {
  return (['maxRetries', 'retryDelayMs', 'maxRetryDelayMs', 'fallbacks'] as const)
    .filter((field) => policy?.[field] !== undefined)
    .map((field) => ({ path: `/policy/${field}`, message: 'is for environments of models only' }));
}

interface NamedTarget {
  readonly path: string;
  readonly target: PolicyTarget;
}

/** The other environments that a policy names, with where. */
function listTargets(policy: EnvironmentPolicy | null): NamedTarget[] {
  return (['fallbacks', 'members', 'mediators'] as const).flatMap((field) =>
    (policy?.[field] ?? []).map((target, index) => ({ path: `/policy/${field}/${index}`, target })),
  );
}

function checkTarget(
  { path, target }: NamedTarget,
  environments: readonly EnvironmentRecord[],
  isRemote: (provider: string) => boolean,
): ValidationIssue[] {
  const environment = environments.find(({ id }) => id === target.environment);
  if (environment === undefined) {
    return [{ path: `${path}/environment`, message: `there is no environment ${target.environment}` }];
  }
  const { name, provider, defaultModel, enabledModels } = environment;
  if (isRemote(provider)) {
    const message = `must be an environment of models; ${name} is of ${provider}, which executes what it has itself`;
    return [{ path: `${path}/environment`, message }];
  }
  const model = target.model ?? defaultModel;
  if (model === null) {
    return [{ path: `${path}/model`, message: `is required: environment ${name} has no default model` }];
  }
  if (enabledModels.length === 0 || enabledModels.includes(model)) return [];
  const message = `${model} is not enabled in environment ${name}; allowed are ${enabledModels.join(', ')}`;
  return [{ path: `${path}/model`, message }];
}

/** Virtual environments lie in each other up to a depth, and never in themselves. Fallbacks may: they are followed once. */
function checkDepth(subject: Subject, environments: readonly EnvironmentRecord[]): ValidationIssue[] {
  const byId = new Map<string, Subject>(environments.map((environment) => [environment.id, environment]));
  byId.set(subject.id, subject);
  /** What makes a way down from an environment too long, as names; null where nothing does. */
  const findFault = (id: string, way: readonly string[]): string[] | null => {
    const environment = byId.get(id);
    if (environment === undefined || !isVirtual(environment)) return null;
    const next = [...way, id];
    if (way.includes(id) || next.length > virtualDepthMax) return next;
    const { members = [], mediators = [] } = environment.policy ?? {};
    for (const target of [...members, ...mediators]) {
      const fault = findFault(target.environment, next);
      if (fault !== null) return fault;
    }
    return null;
  };
  // Those that it lies in become deeper with it.
  const faults = [subject.id, ...byId.keys()].map((id) => findFault(id, []));
  const fault = faults.find((way) => way?.includes(subject.id));
  if (fault == null) return [];
  const names = fault.map((id) => byId.get(id)?.name).join(' → ');
  const isCircle = new Set(fault).size < fault.length;
  const message = isCircle
    ? `must not lead back to where it began: ${names}`
    : `at most ${virtualDepthMax} virtual environments may lie in each other: ${names}`;
  return [{ path: '/policy/members', message }];
}

/** The environment whose policy needs this one, if any does. */
export function findDependant(context: Context, id: string): Promise<EnvironmentRecord | null> {
  const fields = ['fallbacks', 'members', 'mediators'];
  return context.store.environments.findOne({
    _id: { $ne: id },
    $or: fields.map((field) => ({ [`policy.${field}.environment`]: id })),
  });
}
