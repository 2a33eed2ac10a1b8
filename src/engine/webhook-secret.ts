import { randomBytes } from 'node:crypto';
import type { SecretBox } from '../auth/secret-box.ts';

/** The deployment that a secret belongs to. */
interface Owner {
  readonly project: string;
  readonly id: string;
}

/** The secrets that webhooks are signed with, as the Standard Webhooks specification writes them: `whsec_` and base64. */
export interface WebhookSecrets {
  /** A new secret, and what of it is stored. */
  make(owner: Owner): { readonly secret: string; readonly sealed: string };
  /** Throws an Error where it was sealed for another deployment, or with another key. */
  open(owner: Owner, sealed: string): string;
}

const secretBytes = 32;

export function createWebhookSecrets(secretBox: SecretBox): WebhookSecrets {
  const bind = ({ project, id }: Owner) => `webhook/${project}/${id}`;
  return {
    make(owner) {
      const secret = `whsec_${randomBytes(secretBytes).toString('base64')}`;
      return { secret, sealed: secretBox.seal(secret, bind(owner)) };
    },
    open: (owner, sealed) => secretBox.open(sealed, bind(owner)),
  };
}
