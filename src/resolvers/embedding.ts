import { z } from 'zod';
import { authorize } from '../auth/permission.ts';
import type { Context } from '../context.ts';
import { ForbiddenError, RunFailure, UpstreamError, ValidationError } from '../errors.ts';
import type { Embeddings } from '../providers/provider.ts';
import { orNotFound, parseInput } from './input.ts';

const textsMax = 256;
const timeoutMs = 60_000;

const embedInput = z.object({
  model: z.string().trim().min(1, 'must not be empty').max(200, 'must have at most 200 characters').nullish(),
  texts: z
    .array(z.string().min(1, 'must not be empty').max(1_000_000, 'must have at most 1,000,000 characters'))
    .min(1, 'must have at least 1 member')
    .max(textsMax, `must have at most ${textsMax} members`),
});

/**
 * Has a model of an environment make a vector of each text. Throws a ValidationError where the provider has no models for that, an
 * UpstreamError where it fails.
 */
export async function embedTexts(context: Context, environmentId: string, input: unknown): Promise<Embeddings> {
  authorize(context.principal, 'execute');
  if (context.principal.kind === 'public') throw new ForbiddenError('A public key executes interactions only');
  const { model, texts } = parseInput(embedInput, input);
  const environment = orNotFound(await context.loaders.environment.load(environmentId), 'environment', environmentId);
  await context.rateLimiter.takeExecution(context.principal.id);
  const payer = { project: context.project.id, principal: context.principal.id };
  await context.engine.spending.check(payer);
  try {
    const { provider, connection } = context.engine.connector.connect(environment);
    if (provider.embed === undefined) {
      const message = `is of the provider ${provider.kind}, which has no models that embed`;
      throw new ValidationError([{ path: '/environmentId', message }]);
    }
    const signal = AbortSignal.any([context.signal, AbortSignal.timeout(timeoutMs)]);
    const bill = await context.engine.spending.open(payer, signal);
    const embeddings = await provider.embed({ model: model ?? null, texts }, connection, signal);
    const tokens = embeddings.tokens ?? 0;
    const tokenUse = { prompt: tokens, result: 0, total: tokens };
    await bill.charge({ tokenUse, cost: bill.price(embeddings.model, tokenUse) });
    return embeddings;
  } catch (error) {
    if (!(error instanceof RunFailure)) throw error;
    throw new UpstreamError(`${environment.name} made no embeddings: ${error.message}`, error);
  }
}
