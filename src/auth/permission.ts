import { type KeyKind, type Role, roles } from '../domain.ts';
import { ForbiddenError } from '../errors.ts';

/** Who makes a request, and for which project. */
export interface Principal {
  readonly type: 'apikey';
  readonly id: string;
  readonly name: string;
  readonly kind: KeyKind;
  readonly role: Role;
  readonly project: string;
  /** The one deployment that the key is for; null: it is for the project. */
  readonly deployment: string | null;
}

interface Permission {
  readonly role: Role;
  /** Whether a browser's key may do it too: on published interactions and on the runs that it made. */
  readonly isPublic?: true;
  /** Whether a deployment's key may do it too: with that deployment and its runs. */
  readonly isBound?: true;
}

/** Every operation, with the least role that it takes. */
export const permissions = {
  readViewer: { role: 'reader', isPublic: true, isBound: true },
  readProjects: { role: 'reader' },
  manageProjects: { role: 'admin' },
  manageApiKeys: { role: 'admin' },
  readEnvironments: { role: 'reader' },
  manageEnvironments: { role: 'admin' },
  readPrompts: { role: 'reader' },
  editPrompts: { role: 'editor' },
  readInteractions: { role: 'reader' },
  editInteractions: { role: 'editor' },
  importRemote: { role: 'editor' },
  readFlows: { role: 'reader' },
  editFlows: { role: 'editor' },
  readContents: { role: 'reader' },
  editContents: { role: 'editor' },
  readDeployments: { role: 'reader', isBound: true },
  editDeployments: { role: 'editor' },
  runFiles: { role: 'executor', isBound: true },
  generate: { role: 'executor' },
  execute: { role: 'executor', isPublic: true },
  readRuns: { role: 'reader', isPublic: true, isBound: true },
  cancelRuns: { role: 'executor', isPublic: true, isBound: true },
  annotateRuns: { role: 'executor', isBound: true },
  retryRuns: { role: 'executor', isBound: true },
  deleteRuns: { role: 'editor', isBound: true },
  uploadFiles: { role: 'executor', isBound: true },
} as const satisfies Readonly<Record<string, Permission>>;

export type Operation = keyof typeof permissions;

type Holder = Pick<Principal, 'role' | 'kind' | 'deployment'>;

/** Whether the principal may do it. */
export function isAllowed({ role: own, kind, deployment }: Holder, operation: Operation): boolean {
  const { role, isPublic, isBound }: Permission = permissions[operation];
  return (
    roles.indexOf(own) >= roles.indexOf(role) &&
    (kind === 'secret' || isPublic === true) &&
    (deployment === null || isBound === true)
  );
}

/** Throws a ForbiddenError that says what it takes, unless the principal may do it. */
export function authorize(principal: Holder, operation: Operation): void {
  if (isAllowed(principal, operation)) return;
  const needed = `This takes the role ${permissions[operation].role}`;
  if (principal.deployment !== null && !('isBound' in permissions[operation])) {
    throw new ForbiddenError(`${needed} and a key of the project; the key in use is for one deployment`);
  }
  throw new ForbiddenError(
    principal.kind === 'public' && !('isPublic' in permissions[operation])
      ? `${needed} and a secret key; the key in use is public`
      : `${needed}; the key in use has the role ${principal.role}`,
  );
}
