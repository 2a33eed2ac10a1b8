import path from 'node:path';
import { parseAst } from 'vitest/node';

/** Who may import whom in `src/`, and where the environment may be read. The table is ARCHITECTURE.md's. */

interface Area {
  readonly name: string;
  /** Folders end in a slash; the others are files. */
  readonly members: readonly string[];
  /** The areas that it may import besides itself. */
  readonly imports: readonly string[];
}

const base = ['base', 'config'];
const areas: readonly Area[] = [
  { name: 'base', members: ['errors.ts', 'json.ts', 'domain.ts', 'metrics.ts', 'trace.ts'], imports: [] },
  {
    name: 'config',
    members: [
      'config.ts',
      'config-file.ts',
      'config-graphql.ts',
      'config-providers.ts',
      'config-tracing.ts',
      'config-value.ts',
      'config-variable.ts',
    ],
    imports: [],
  },
  { name: 'embedded', members: ['embedded/'], imports: [] },
  { name: 'store', members: ['store/'], imports: base },
  { name: 'providers', members: ['providers/'], imports: base },
  { name: 'auth', members: ['auth/'], imports: base },
  { name: 'relay', members: ['relay/'], imports: base },
  { name: 'extraction', members: ['extraction/'], imports: base },
  { name: 'upload', members: ['upload/'], imports: [...base, 'store'] },
  { name: 'engine', members: ['engine/'], imports: [...base, 'store', 'providers', 'auth', 'relay', 'extraction'] },
  {
    name: 'context',
    members: ['context.ts', 'loaders.ts', 'authentication.ts', 'rate-limit.ts'],
    imports: [...base, 'store', 'providers', 'auth', 'extraction', 'engine'],
  },
  {
    name: 'resolvers',
    members: ['resolvers/'],
    imports: [...base, 'store', 'providers', 'auth', 'extraction', 'engine', 'context'],
  },
  {
    name: 'schema',
    members: ['schema/'],
    imports: [...base, 'store', 'providers', 'auth', 'extraction', 'upload', 'engine', 'context', 'resolvers'],
  },
  // How events are sent, whatever they say.
  { name: 'event sender', members: ['event-stream/event-stream.ts'], imports: [] },
  {
    name: 'rest',
    members: ['rest/'],
    imports: [
      ...base,
      'store',
      'providers',
      'auth',
      'extraction',
      'engine',
      'context',
      'resolvers',
      'event sender',
      'upload',
    ],
  },
  {
    name: 'event-stream',
    members: ['event-stream/'],
    imports: [
      ...base,
      'store',
      'providers',
      'auth',
      'extraction',
      'upload',
      'engine',
      'context',
      'resolvers',
      'schema',
      'event sender',
    ],
  },
  {
    name: 'server',
    members: ['server.ts', 'server-error.ts', 'stream-limit.ts', 'graphiql.ts', 'monitoring.ts', 'trace-requests.ts'],
    imports: [
      ...base,
      'store',
      'providers',
      'auth',
      'extraction',
      'upload',
      'engine',
      'context',
      'resolvers',
      'schema',
      'event sender',
      'rest',
      'event-stream',
    ],
  },
];

/** What is in no other area, at the top of `src/`: the programs, and what starts them. They may import everything. */
const entry: Area = { name: 'main', members: [], imports: areas.map(({ name }) => name) };

/** The packages that only some areas or files may import. */
const packageHomes: readonly { readonly pattern: RegExp; readonly homes: readonly string[] }[] = [
  { pattern: /^graphql$|^graphql-scalars$|^@pothos\//, homes: ['schema', 'event-stream', 'server.ts'] },
  {
    pattern: /^graphql-(yoga|sse|jit)$|^@envelop\/|^@graphql-yoga\/plugin-/,
    homes: ['schema', 'event-stream', 'server.ts'],
  },
  { pattern: /^@graphql-yoga\/render-graphiql/, homes: ['graphiql.ts'] },
  {
    pattern: /^fastify(-type-provider-zod)?$|^@fastify\/(?!busboy)/,
    homes: [
      'rest',
      'event sender',
      'event-stream',
      'server.ts',
      'server-error.ts',
      'monitoring.ts',
      'trace-requests.ts',
    ],
  },
  { pattern: /^@fastify\/busboy$/, homes: ['upload'] },
  {
    pattern:
      /^(officeparser|pdfjs-dist|@napi-rs\/canvas|read-excel-file|postal-mime|chardet|file-type|tesseract\.js)(\/|$)/,
    homes: ['extraction'],
  },
  { pattern: /^jose$/, homes: ['auth'] },
  { pattern: /^mongodb$/, homes: ['store'] },
  { pattern: /^ioredis$/, homes: ['relay'] },
  { pattern: /^@ai-sdk\/|^aws4fetch$/, homes: ['providers'] },
  { pattern: /^prom-client$/, homes: ['metrics.ts'] },
  { pattern: /^@opentelemetry\/api$/, homes: ['trace.ts', 'trace-requests.ts', 'start-tracing.ts'] },
  { pattern: /^@opentelemetry\/(?!api$)/, homes: ['start-tracing.ts'] },
  { pattern: /^(bson|mingo|node:sqlite)(\/|$)/, homes: ['embedded'] },
];

/** The programs may hand `process.env` to `loadConfig`; nobody else knows it. */
const environmentReaders = ['config.ts', 'main.ts', 'key.ts', 'demo.ts', 'database.ts', 'backup.ts'];

/**
 * Everything in the sources that the rules forbid, a sentence each.
 * @param sources Paths within `src/`, and the text of each file.
 */
export function findViolations(sources: ReadonlyMap<string, string>): string[] {
  const graph = new Map<string, string[]>();
  const violations: string[] = [];
  for (const [file, code] of sources) {
    const { specifiers, readsEnvironment } = readModule(file, code);
    const targets: string[] = [];
    for (const specifier of specifiers) {
      if (!specifier.startsWith('.')) {
        violations.push(...checkPackage(file, specifier));
        continue;
      }
      const target = path.posix.join(path.posix.dirname(file), specifier);
      targets.push(target);
      if (!sources.has(target)) violations.push(`${file} imports ${specifier}, which is not in src/`);
      else if (!mayImport(file, target)) violations.push(`${file} imports ${target}, which is not below it`);
    }
    graph.set(file, targets);
    if (readsEnvironment && !environmentReaders.includes(file)) violations.push(`${file} reads process.env`);
  }
  return [...violations, ...findCycles(graph).map((cycle) => `${cycle.join(' → ')} is a circle`)];
}

function mayImport(file: string, target: string): boolean {
  const from = findArea(file);
  const to = findArea(target);
  return from === to || from.imports.includes(to.name);
}

function checkPackage(file: string, specifier: string): string[] {
  return packageHomes
    .filter(({ pattern, homes }) => {
      const isHome = homes.includes(file) || homes.includes(findArea(file).name);
      return pattern.test(specifier) && !isHome;
    })
    .map(({ homes }) => `${file} imports ${specifier}, which only ${homes.join(' and ')} may`);
}

function findArea(file: string): Area {
  const area = areas.find(({ members }) =>
    members.some((member) => (member.endsWith('/') ? file.startsWith(member) : file === member)),
  );
  if (area !== undefined) return area;
  // A new folder must be given its place in the table.
  if (file.includes('/')) return { name: file, members: [], imports: [] };
  return entry;
}

/** What a module imports or exports from, types too and however it is written, and whether it touches `process.env`. */
function readModule(file: string, code: string): { specifiers: Set<string>; readsEnvironment: boolean } {
  const specifiers = new Set<string>();
  let readsEnvironment = false;
  visit(parseAst(code, { lang: 'ts' }, file), (node) => {
    const source = asNode(node.source);
    if (typeof source?.value === 'string') specifiers.add(source.value);
    if (source?.value === 'node:process' || source?.value === 'process') readsEnvironment = true;
    if (node.type === 'MemberExpression') {
      const isEnv = asNode(node.property)?.name === 'env' || asNode(node.property)?.value === 'env';
      if (isEnv && asNode(node.object)?.name === 'process') readsEnvironment = true;
    }
    // `const { env } = process`
    if (node.type === 'VariableDeclarator' && asNode(node.init)?.name === 'process') readsEnvironment = true;
  });
  return { specifiers, readsEnvironment };
}

type AstNode = Readonly<Record<string, unknown>>;

function asNode(value: unknown): AstNode | undefined {
  // Syntax trees are plain objects; every field is looked at before it is used.
  return typeof value === 'object' && value !== null ? (value as AstNode) : undefined;
}

function visit(value: unknown, onNode: (node: AstNode) => void): void {
  const node = asNode(value);
  if (node === undefined) return;
  if (!Array.isArray(node)) onNode(node);
  for (const child of Object.values(node)) visit(child, onNode);
}

/** One circle for each import that closes one, found depth first. */
function findCycles(graph: ReadonlyMap<string, readonly string[]>): string[][] {
  const cycles: string[][] = [];
  const done = new Set<string>();
  const walk = (file: string, trail: readonly string[]): void => {
    if (trail.includes(file)) {
      cycles.push([...trail.slice(trail.indexOf(file)), file]);
      return;
    }
    if (done.has(file)) return;
    for (const target of graph.get(file) ?? []) walk(target, [...trail, file]);
    done.add(file);
  };
  for (const file of graph.keys()) walk(file, []);
  return cycles;
}
