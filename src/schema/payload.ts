import { builder } from './builder.ts';

/** What a mutation that removes something answers with. */
export const DeletedPayload = builder.objectRef<{ readonly id: string }>('DeletedPayload').implement({
  description: 'What was removed.',
  fields: (t) => ({ id: t.exposeID('id', { description: 'The id that it had.' }) }),
});
