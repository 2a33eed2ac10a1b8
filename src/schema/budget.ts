import { findUsage, type HeldBudget, nameHolder } from '../resolvers/budget.ts';
import type { Usage } from '../store/budget.ts';
import type { ApiKeyRecord, Price, ProjectRecord } from '../store/tenancy.ts';
import { builder } from './builder.ts';

export const PriceType = builder.objectRef<Price>('Price').implement({
  description: 'What a model costs, for a million tokens, in the currency of the project.',
  fields: (t) => ({
    model: t.exposeString('model', { description: "The model's name, or the beginning of names and `*`." }),
    prompt: t.exposeFloat('prompt', { description: 'What a million tokens of prompts cost.' }),
    result: t.exposeFloat('result', { description: 'What a million tokens of results cost.' }),
  }),
});

const UsageType = builder.objectRef<Usage>('Usage').implement({
  description: 'What was used.',
  fields: (t) => ({
    tokens: t.exposeFloat('tokens', { description: 'Tokens, as providers counted them.' }),
    cost: t.exposeFloat('cost', { description: "What they cost, where the project's prices say." }),
  }),
});

const limits = {
  tokensPerDay: 'Tokens in a day of UTC; null for no limit.',
  tokensPerMonth: 'Tokens in a month of UTC; null for no limit.',
  costPerDay: 'Cost in a day of UTC, in the currency of the prices; null for no limit.',
  costPerMonth: 'Cost in a month of UTC, in the currency of the prices; null for no limit.',
};

const BudgetType = builder.objectRef<HeldBudget>('Budget').implement({
  description: 'How much may be used. What exceeds it is refused before anything is called.',
  fields: (t) => ({
    tokensPerDay: t.exposeFloat('tokensPerDay', { nullable: true, description: limits.tokensPerDay }),
    tokensPerMonth: t.exposeFloat('tokensPerMonth', { nullable: true, description: limits.tokensPerMonth }),
    costPerDay: t.exposeFloat('costPerDay', { nullable: true, description: limits.costPerDay }),
    costPerMonth: t.exposeFloat('costPerMonth', { nullable: true, description: limits.costPerMonth }),
    usedToday: t.field({
      type: UsageType,
      description: 'What was used since the day began, while there was a budget.',
      resolve: async (budget, _args, context) => (await findUsage(context, budget)).day,
    }),
    usedThisMonth: t.field({
      type: UsageType,
      description: 'What was used since the month began, while there was a budget.',
      resolve: async (budget, _args, context) => (await findUsage(context, budget)).month,
    }),
  }),
});

/** The field of those who have a budget. */
export const budgetField = {
  type: BudgetType,
  nullable: true,
  description: 'How much may be used; null for as much as they like.',
  resolve: ({ id, budget }: Pick<ProjectRecord | ApiKeyRecord, 'id' | 'budget'>) => nameHolder(id, budget),
} as const;

export const PriceInput = builder.inputType('PriceInput', {
  description: 'What a model costs, for a million tokens.',
  fields: (t) => ({
    model: t.string({ required: true, description: "The model's name, or the beginning of names and `*`." }),
    prompt: t.float({ required: true, description: 'What a million tokens of prompts cost.' }),
    result: t.float({ required: true, description: 'What a million tokens of results cost.' }),
  }),
});

export const BudgetInput = builder.inputType('BudgetInput', {
  description: 'How much may be used.',
  fields: (t) => ({
    tokensPerDay: t.float({ description: limits.tokensPerDay }),
    tokensPerMonth: t.float({ description: limits.tokensPerMonth }),
    costPerDay: t.float({ description: limits.costPerDay }),
    costPerMonth: t.float({ description: limits.costPerMonth }),
  }),
});
