import { z } from 'zod';
import type { Context } from '../context.ts';
import { ValidationError, type ValidationIssue } from '../errors.ts';
import type { EnvironmentPolicy, EnvironmentRecord, PolicyTarget } from '../store/environment.ts';
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
  fallbacks: z.array(targetField).max(5, 'must have at most 5 members').exactOptional(),
});

/** Throws a ValidationError unless everything that a policy names is there and can be called. */
export async function checkPolicy(context: Context, { id, policy }: Pick<EnvironmentRecord, 'id' | 'policy'>) {
  const targets = listTargets(policy);
  if (targets.length === 0) return;
  const found = await context.store.environments.findManyByIds(targets.map(({ target }) => target.environment));
  const issues = targets.flatMap(({ path, target }): ValidationIssue[] => {
    const environment = found.find((one) => one.id === target.environment);
    if (target.environment === id) return [{ path: `${path}/environment`, message: 'must be another environment' }];
    if (environment === undefined)
      return [{ path: `${path}/environment`, message: `there is no environment ${target.environment}` }];
    return checkModel(path, environment, target.model ?? null);
  });
  if (issues.length > 0) throw new ValidationError(issues);
}

function checkModel(path: string, environment: EnvironmentRecord, model: string | null): ValidationIssue[] {
  const { name, defaultModel, enabledModels } = environment;
  const used = model ?? defaultModel;
  if (used === null)
    return [{ path: `${path}/model`, message: `is required: environment ${name} has no default model` }];
  if (enabledModels.length === 0 || enabledModels.includes(used)) return [];
  const message = `${used} is not enabled in environment ${name}; allowed are ${enabledModels.join(', ')}`;
  return [{ path: `${path}/model`, message }];
}

/** The other environments that a policy names, with where. */
function listTargets(policy: EnvironmentPolicy | null): { path: string; target: PolicyTarget }[] {
  return (policy?.fallbacks ?? []).map((target, index) => ({ path: `/policy/fallbacks/${index}`, target }));
}

/** The environment whose policy needs this one, if any does. */
export function findDependant(context: Context, id: string): Promise<EnvironmentRecord | null> {
  return context.store.environments.findOne({ 'policy.fallbacks.environment': id });
}
