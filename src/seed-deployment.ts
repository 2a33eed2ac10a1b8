import type { WebhookSecrets } from './engine/webhook-secret.ts';
import { createId } from './store/entity-store.ts';
import type { ProjectStore } from './store/store.ts';

/** The sample deployment that the first start makes. */

export const demoDeploymentName = 'invoices';

/** What is read from an invoice. */
export async function seedDemoDeployment(
  store: ProjectStore,
  environment: string,
  webhookSecrets: WebhookSecrets,
): Promise<void> {
  const id = createId();
  await store.deployments.insert({
    id,
    externalId: null,
    remoteId: null,
    name: demoDeploymentName,
    displayName: 'Invoices',
    description: 'What an invoice says, whatever kind of file it is.',
    isActive: true,
    extractions: [
      { key: 'total', prompt: 'What is the total?', type: 'number' },
      { key: 'invoice_date', prompt: 'What is the date of the invoice?', type: 'date' },
      { key: 'days_to_pay', prompt: 'Within how many days is it to be paid?', type: 'number' },
      { key: 'email', prompt: 'To which e-mail address are questions sent?', type: 'email' },
    ],
    interaction: null,
    environment,
    model: 'test-echo',
    version: 1,
    webhookUrl: null,
    webhookSecret: webhookSecrets.make({ project: store.project, id }).sealed,
  });
}
