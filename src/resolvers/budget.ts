import { z } from 'zod';
import type { Context } from '../context.ts';
import { type Budget, type CurrentUsage, noBudget } from '../store/budget.ts';

/** The input fields of prices and budgets, and what was used of a budget. */

const amountField = z.number('must be a number').min(0, 'must be at least 0').max(1e12, 'must be at most 1e12');
const tokensField = z.int('must be a whole number').min(0, 'must be at least 0');

export const pricesField = z
  .array(
    z.object({
      model: z
        .string()
        .trim()
        .min(1, 'must not be empty')
        .max(200, 'must have at most 200 characters')
        .regex(/^[^*]*\*?$/, 'may have one *, at the end'),
      prompt: amountField,
      result: amountField,
    }),
  )
  .max(1_000, 'must have at most 1,000 members')
  .superRefine((prices, context) => {
    const seen = new Set<string>();
    for (const [index, { model }] of prices.entries()) {
      if (seen.has(model)) {
        context.addIssue({ code: 'custom', path: [index, 'model'], message: `${model} has a price already` });
      }
      seen.add(model);
    }
  });

export const budgetField = z
  .object({
    tokensPerDay: tokensField.nullish(),
    tokensPerMonth: tokensField.nullish(),
    costPerDay: amountField.nullish(),
    costPerMonth: amountField.nullish(),
  })
  .transform(
    (limits): Budget => ({
      tokensPerDay: limits.tokensPerDay ?? null,
      tokensPerMonth: limits.tokensPerMonth ?? null,
      costPerDay: limits.costPerDay ?? null,
      costPerMonth: limits.costPerMonth ?? null,
    }),
  );

/** A budget with who has it: a project or a key. */
export interface HeldBudget extends Budget {
  readonly holder: string;
}

export function nameHolder(holder: string, budget: Budget | null | undefined): HeldBudget | null {
  return budget == null ? null : { ...noBudget, ...budget, holder };
}

/** What was used of a budget since the day and the month began. */
export async function findUsage(context: Context, { holder }: HeldBudget): Promise<CurrentUsage> {
  return context.loaders.usage.load(holder);
}
