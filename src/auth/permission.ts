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
}

interface Permission {
  readonly role: Role;
  /** Whether a browser's key may do it too: on published interactions and on the runs that it made. */
  readonly isPublic?: true;
}

/** Every operation, with the least role that it takes. */
export const permissions = {
  readViewer: { role: 'reader', isPublic: true },
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
  generate: { role: 'executor' },
  execute: { role: 'executor', isPublic: true },
  readRuns: { role: 'reader', isPublic: true },
  cancelRuns: { role: 'executor', isPublic: true },
  annotateRuns: { role: 'executor' },
  retryRuns: { role: 'executor' },
  deleteRuns: { role: 'editor' },
  uploadFiles: { role: 'executor' },
} as const satisfies Readonly<Record<string, Permission>>;

export type Operation = keyof typeof permissions;

/** Whether the principal may do it. */
export function isAllowed(principal: Pick<Principal, 'role' | 'kind'>, operation: Operation): boolean {
  const { role, isPublic }: Permission = permissions[operation];
  return roles.indexOf(principal.role) >= roles.indexOf(role) && (principal.kind === 'secret' || isPublic === true);
}

/** Throws a ForbiddenError that says what it takes, unless the principal may do it. */
export function authorize(principal: Pick<Principal, 'role' | 'kind'>, operation: Operation): void {
  if (isAllowed(principal, operation)) return;
  const needed = `This takes the role ${permissions[operation].role}`;
  throw new ForbiddenError(
    principal.kind === 'public' && !('isPublic' in permissions[operation])
      ? `${needed} and a secret key; the key in use is public`
      : `${needed}; the key in use has the role ${principal.role}`,
  );
}
