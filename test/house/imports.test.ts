import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { expect, test } from 'vitest';
import { findViolations } from './import-rule.ts';

const sourceFolder = path.join(import.meta.dirname, '../../src');

async function readSources(): Promise<Map<string, string>> {
  const files = (await readdir(sourceFolder, { recursive: true })).filter((file) => file.endsWith('.ts')).sort();
  const read = async (file: string) =>
    [file.replaceAll(path.sep, '/'), await readFile(path.join(sourceFolder, file), 'utf8')] as const;
  return new Map(await Promise.all(files.map(read)));
}

test('imports in src/ run one way, and process.env is read in one place', async () => {
  const sources = await readSources();
  expect(sources.size).toBeGreaterThan(20);
  expect(findViolations(sources)).toEqual([]);
});

const files = {
  'errors.ts': '',
  'config.ts': 'export const { env } = process;',
  'store/run.ts': "import '../errors.ts'; import { MongoClient } from 'mongodb';",
  'auth/key.ts': '',
  'engine/engine.ts': "import '../store/run.ts'; import '../auth/key.ts';",
  'resolvers/run.ts': "import '../engine/engine.ts';",
  'schema/run.ts': "import '../resolvers/run.ts'; import 'graphql';",
  'embedded/server.ts': "import 'bson'; import { DatabaseSync } from 'node:sqlite';",
  'server.ts': "import './schema/run.ts'; import 'fastify';",
  'main.ts': "import './config.ts'; import './server.ts'; import './embedded/server.ts'; process.env.PORT;",
};

test('a house in order has no violation', () => {
  expect(findViolations(new Map(Object.entries(files)))).toEqual([]);
});

test.each([
  ['errors.ts', "import './store/run.ts'", 'errors.ts imports store/run.ts, which is not below it'],
  [
    'store/run.ts',
    "import type { Key } from '../auth/key.ts'",
    'store/run.ts imports auth/key.ts, which is not below it',
  ],
  ['store/run.ts', "export * from '../engine/engine.ts'", 'store/run.ts imports engine/engine.ts'],
  ['engine/engine.ts', "await import('../resolvers/run.ts')", 'engine/engine.ts imports resolvers/run.ts'],
  ['engine/engine.ts', "let a: import('../schema/run.ts').A", 'engine/engine.ts imports schema/run.ts'],
  ['server.ts', "import './embedded/server.ts'", 'server.ts imports embedded/server.ts'],
  ['embedded/server.ts', "import '../errors.ts'", 'embedded/server.ts imports errors.ts'],
  ['server.ts', "import './main.ts'", 'server.ts imports main.ts'],
  ['engine/engine.ts', "import '../gone.ts'", 'engine/engine.ts imports ../gone.ts, which is not in src/'],
  ['other/new.ts', "import '../errors.ts'", 'other/new.ts imports errors.ts'],
  [
    'resolvers/run.ts',
    "import { GraphQLError } from 'graphql'",
    'imports graphql, which only schema and event-stream and server.ts may',
  ],
  ['main.ts', "import type { FastifyInstance } from 'fastify'", 'main.ts imports fastify'],
  ['main.ts', "import 'mongodb'", 'main.ts imports mongodb, which only store may'],
  ['store/run.ts', "import 'mingo/core'", 'store/run.ts imports mingo/core'],
  ['store/run.ts', "import { DatabaseSync } from 'node:sqlite'", 'store/run.ts imports node:sqlite'],
  ['auth/key.ts', 'const key = process.env.KEY', 'auth/key.ts reads process.env'],
  ['auth/key.ts', "const key = process['env']", 'auth/key.ts reads process.env'],
  ['auth/key.ts', 'const { env } = process', 'auth/key.ts reads process.env'],
  ['auth/key.ts', "import { env } from 'node:process'", 'auth/key.ts reads process.env'],
])('%s with `%s` is refused', (file, code, expected) => {
  const violations = findViolations(new Map(Object.entries({ ...files, [file]: code })));
  expect(violations).toContainEqual(expect.stringContaining(expected));
});

test('what only a comment or a string says is no import', () => {
  const code = "// import '../engine/engine.ts'\nconst text = \"import 'mingo'; process.env\";";
  expect(findViolations(new Map(Object.entries({ ...files, 'store/run.ts': code })))).toEqual([]);
});

test('files that import each other in a circle are refused', () => {
  const circle = {
    ...files,
    'store/run.ts': "import './page.ts'",
    'store/page.ts': "import type { A } from './index.ts'",
    'store/index.ts': "import './run.ts'",
  };
  expect(findViolations(new Map(Object.entries(circle)))).toEqual([
    'store/run.ts → store/page.ts → store/index.ts → store/run.ts is a circle',
  ]);
});
