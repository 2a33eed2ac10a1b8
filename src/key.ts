import { parseArgs } from 'node:util';
import { z } from 'zod';
import { generateKey } from './auth/key.ts';
import { ConfigError, loadConfig } from './config.ts';
import { roles } from './domain.ts';
import { closeAll, openDatabase } from './gateway.ts';
import { issueApiKey } from './resolvers/api-key.ts';
import type { Store } from './store/store.ts';
import { UsageError } from './usage-error.ts';

/** `npm run key`: makes, lists and revokes keys on the data itself, for who has none that can. */

const usage = `Usage, on the data that DATA_DIR or MONGODB_URI names (an embedded database must not be in use):
  npm run key -- make [--name NAME] [--role ${roles.join('|')}] [--kind secret|public] [--project SLUG]
  npm run key -- list [--project SLUG]
  npm run key -- revoke ID [--project SLUG]`;

const options = z.object({
  name: z.string().default('Made by npm run key'),
  role: z.enum(roles, `--role must be one of ${roles.join(', ')}`).default('admin'),
  kind: z.enum(['secret', 'public'], '--kind must be secret or public').default('secret'),
  project: z.string().default('default'),
});

const closers: (() => Promise<void>)[] = [];
try {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      name: { type: 'string' },
      role: { type: 'string' },
      kind: { type: 'string' },
      project: { type: 'string' },
    },
  });
  const parsed = options.safeParse(values);
  if (!parsed.success) throw new UsageError(parsed.error.issues.map(({ message }) => message).join('\n'));
  const [action, id] = positionals;
  if (action === undefined) throw new UsageError('Say what to do');
  const { store } = await openDatabase(loadConfig(process.env), closers);
  process.stdout.write(`${await run(store, action, id, parsed.data)}\n`);
} catch (error) {
  process.exitCode = 1;
  process.stderr.write(`${describeFailure(error)}\n`);
} finally {
  await closeAll(closers);
}

async function run(
  store: Store,
  action: string,
  id: string | undefined,
  chosen: z.output<typeof options>,
): Promise<string> {
  const project = await store.tenancy.findProjectBySlug(chosen.project);
  if (project === null)
    throw new UsageError(`There is no project ${chosen.project}; the first start of the gateway makes "default"`);
  const projectStore = store.forProject(project.id);
  switch (action) {
    case 'make': {
      const { name, role, kind } = chosen;
      const { apiKey, secret } = await issueApiKey(projectStore, {
        name,
        role,
        kind,
        expiresAt: null,
        value: generateKey(kind),
      });
      return `${secret}\n(id ${apiKey.id}, role ${role}; shown this once)`;
    }
    case 'list': {
      const keys = await projectStore.apiKeys.findMany({}, { createdAt: -1 });
      return keys
        .map((key) =>
          [key.id, key.prefix, key.kind, key.role, key.revokedAt === null ? 'active' : 'revoked', key.name].join('  '),
        )
        .join('\n');
    }
    case 'revoke': {
      const revoked = id === undefined ? null : await projectStore.apiKeys.update(id, { revokedAt: new Date() });
      if (revoked === null)
        throw new UsageError(`There is no key ${id ?? 'without an id'}; npm run key -- list shows them`);
      return `Revoked ${revoked.prefix} (${revoked.name}); a running gateway takes at most five seconds to notice`;
    }
    default:
      throw new UsageError(`There is no action ${action}`);
  }
}

function describeFailure(error: unknown): string {
  if (error instanceof UsageError || (error instanceof TypeError && 'code' in error))
    return `${error.message}\n\n${usage}`;
  if (error instanceof ConfigError) return error.message;
  return error instanceof Error ? error.message : String(error);
}
