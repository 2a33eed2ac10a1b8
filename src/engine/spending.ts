import { LRUCache } from 'lru-cache';
import type { TokenUse } from '../domain.ts';
import { RateLimitedError, RunFailure, UnavailableError } from '../errors.ts';
import type { Budget, CurrentUsage } from '../store/budget.ts';
import type { RunAttempt } from '../store/run-record.ts';
import type { Price, TenancyStore } from '../store/tenancy.ts';
import { retryWhileUnavailable } from './retry.ts';

/** Who pays for a call. */
export interface Payer {
  readonly project: string;
  /** The key's id. */
  readonly principal: string;
}

/** What is charged for a call. */
export interface Bill {
  /** What it cost; null where the tokens or the model's price are unknown. */
  price(model: string, tokenUse: TokenUse | null): number | null;
  /** Counts it against the budgets. Never throws: a call that was made was made. */
  charge(attempt: Pick<RunAttempt, 'tokenUse' | 'cost'>): Promise<void>;
}

/**
 * Knows prices and budgets. They are read again after five seconds, what was used of a budget every time. Calls that are made at the same
 * moment may exceed a budget together, for what they take is known when they are over.
 */
export interface Spending {
  /** Throws a RateLimitedError where a budget is used up. */
  check(payer: Payer): Promise<void>;
  /** To be called before a call; throws a RunFailure `rate_limited` where a budget is used up. */
  open(payer: Payer, signal: AbortSignal): Promise<Bill>;
  /** Makes changes of prices and budgets hold on this process at once. */
  forget(): void;
}

export interface SpendingOptions {
  readonly tenancy: TenancyStore;
  readonly logError: (error: unknown, message: string) => void;
}

interface Rules {
  readonly prices: readonly Price[];
  /** Of those who have one. */
  readonly budgets: readonly { readonly holder: string; readonly name: string; readonly budget: Budget }[];
}

const cacheMs = 5_000;

export function createSpending({ tenancy, logError }: SpendingOptions): Spending {
  const cache = new LRUCache<string, { readonly rules: Rules; readonly readAt: number }>({ max: 10_000 });

  const findRules = async (payer: Payer): Promise<Rules> => {
    const name = `${payer.project}/${payer.principal}`;
    const known = cache.get(name);
    if (known !== undefined && performance.now() < known.readAt + cacheMs) return known.rules;
    try {
      const rules = await readRules(payer);
      cache.set(name, { rules, readAt: performance.now() });
      return rules;
    } catch (error) {
      // Without the database, what was true just now holds on for what is under way.
      if (known === undefined || !(error instanceof UnavailableError)) throw error;
      return known.rules;
    }
  };
  const readRules = async ({ project, principal }: Payer): Promise<Rules> => {
    const [projectRecord, key] = await Promise.all([
      tenancy.findProjectById(project),
      tenancy.findApiKeyById(principal),
    ]);
    const holders = [
      { holder: project, name: 'project', budget: projectRecord?.budget },
      { holder: principal, name: 'key', budget: key?.budget },
    ];
    const budgets = holders.flatMap(({ budget, ...holder }) => (budget == null ? [] : [{ ...holder, budget }]));
    return { prices: projectRecord?.prices ?? [], budgets };
  };
  const checkBudgets = async ({ budgets }: Rules) => {
    if (budgets.length === 0) return;
    const used = await tenancy.usage.read(budgets.map(({ holder }) => holder));
    for (const [index, { name, budget }] of budgets.entries()) {
      const current = used[index];
      if (current !== undefined) checkBudget(name, budget, current);
    }
  };

  return {
    check: async (payer) => checkBudgets(await findRules(payer)),
    async open(payer, signal) {
      const rules = await retryWhileUnavailable(() => findRules(payer), signal);
      await retryWhileUnavailable(() => checkBudgets(rules), signal).catch((error: unknown) => {
        if (!(error instanceof RateLimitedError)) throw error;
        const { message, retryAfterMs } = error;
        throw new RunFailure('rate_limited', message, { isRetryable: true, retryAfterMs });
      });
      const holders = rules.budgets.map(({ holder }) => holder);
      return {
        price: (model, tokenUse) => computeCost(rules.prices, model, tokenUse),
        async charge({ tokenUse, cost }) {
          if (holders.length === 0 || tokenUse === null) return;
          const add = () => tenancy.usage.add(payer.project, holders, { tokens: tokenUse.total, cost: cost ?? 0 });
          await retryWhileUnavailable(add, signal).catch((error: unknown) =>
            logError(error, 'A call could not be counted against its budgets'),
          );
        },
      };
    },
    forget: () => cache.clear(),
  };
}

/** Throws a RateLimitedError where a budget is used up, with the time until it begins anew. */
function checkBudget(holder: string, budget: Budget, { day, month }: CurrentUsage): void {
  const now = new Date();
  const tomorrow = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), now.getUTCDate() + 1);
  const nextMonth = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1);
  // The month first: it takes longer.
  const limits = [
    { limit: budget.tokensPerMonth, used: month.tokens, what: 'tokens a month', end: nextMonth },
    { limit: budget.costPerMonth, used: month.cost, what: 'a month', end: nextMonth },
    { limit: budget.tokensPerDay, used: day.tokens, what: 'tokens a day', end: tomorrow },
    { limit: budget.costPerDay, used: day.cost, what: 'a day', end: tomorrow },
  ];
  for (const { limit, used, what, end } of limits) {
    if (limit === null || used < limit) continue;
    const message = `The budget of the ${holder}, ${limit} ${what}, is used up until ${new Date(end).toISOString()}`;
    throw new RateLimitedError(message, end - now.getTime());
  }
}

/** Prices are for a million tokens; of several that fit a model, the one that says most of its name holds. */
function computeCost(prices: readonly Price[], model: string, tokenUse: TokenUse | null): number | null {
  if (tokenUse === null || prices.length === 0) return null;
  const fits = ({ model: name }: Price) => (name.endsWith('*') ? model.startsWith(name.slice(0, -1)) : model === name);
  const rank = ({ model: name }: Price) => (name.endsWith('*') ? name.length - 1 : Number.POSITIVE_INFINITY);
  const [price] = prices.filter(fits).toSorted((one, other) => rank(other) - rank(one));
  if (price === undefined) return null;
  return round((tokenUse.prompt * price.prompt + tokenUse.result * price.result) / 1_000_000);
}

/** The cost of all calls; null where none is known. */
export function sumCost(attempts: readonly Pick<RunAttempt, 'cost'>[]): number | null {
  const costs = attempts.flatMap(({ cost }) => (cost == null ? [] : [cost]));
  return costs.length === 0 ? null : round(costs.reduce((sum, cost) => sum + cost, 0));
}

/** What binary fractions leave behind is no money. */
function round(cost: number): number {
  return Math.round(cost * 1e12) / 1e12;
}
