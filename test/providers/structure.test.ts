import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { parseAst } from 'vitest/node';
import { createOutbound } from '../../src/providers/outbound.ts';
import type { Provider } from '../../src/providers/provider.ts';
import { createProviderRegistry } from '../../src/providers/registry.ts';
import type { RemoteProvider } from '../../src/providers/remote.ts';

const providersFolder = path.join(import.meta.dirname, '../../src/providers');

/** Folders that are no provider: what several of them speak. */
const protocols = ['ai-sdk', 'openai-protocol'];

/** What a provider may see of the house, besides its own folder. */
const shared = [
  '../../domain.ts',
  '../../errors.ts',
  '../../json.ts',
  '../ai-sdk/create-sdk-provider.ts',
  '../ai-sdk/gemini-usage.ts',
  '../connection-setting.ts',
  '../read-events.ts',
  '../exchange-token.ts',
  '../image-reader.ts',
  '../missing-setting.ts',
  '../openai-protocol/create-protocol-provider.ts',
  '../outbound.ts',
  '../multipart.ts',
  '../provider.ts',
  '../remote.ts',
  '../schema-in-words.ts',
  '../token-cache.ts',
  '../unused-setting.ts',
  '../upstream-answer.ts',
  '../upstream-problem.ts',
];

const outbound = createOutbound({ allow: [] });
const registry = createProviderRegistry(outbound);
afterAll(() => outbound.close());

const entries = await readdir(providersFolder, { withFileTypes: true });
const folders = entries
  .filter((entry) => entry.isDirectory() && !protocols.includes(entry.name))
  .map(({ name }) => name);

/** `openai-compatible` as `OpenaiCompatible`. */
const toPascalCase = (name: string) => name.replace(/(^|-)(\w)/g, (_match, _dash, letter) => letter.toUpperCase());

test('every provider has a folder, and every folder is a provider', () => {
  const kinds = [...registry.kinds, ...registry.remoteKinds];
  expect(folders.map((folder) => folder.replaceAll('-', '_')).sort()).toEqual(kinds.sort());
  expect(folders.length).toBeGreaterThan(1);
});

test('a kind that there is not is not found', () => {
  expect(registry.find('nothing')).toBeUndefined();
  expect(registry.find('constructor')).toBeUndefined();
  expect(registry.findRemote('openai')).toBeUndefined();
});

describe.each(folders)('the folder %s', (folder) => {
  test('has a main file of its name, which exports the factory and nothing else', async () => {
    const exported: Record<string, unknown> = await import(path.join(providersFolder, folder, `${folder}.ts`));
    const factoryName = `create${toPascalCase(folder)}Provider`;
    expect(Object.keys(exported)).toEqual([factoryName]);
    // The test before this line says that it is there, and the contract what it makes.
    const factory = exported[factoryName] as (road: typeof outbound) => Provider | RemoteProvider;
    const kind = folder.replaceAll('-', '_');
    const remote = registry.findRemote(kind);
    if (remote !== undefined) {
      for (const provider of [factory(outbound), remote]) {
        expect(provider).toEqual({
          kind,
          needsEndpoint: expect.any(Boolean),
          executes: expect.any(String),
          hasList: expect.any(Boolean),
          streams: expect.any(Boolean),
          list: expect.any(Function),
          check: expect.any(Function),
          execute: expect.any(Function),
        });
      }
      return;
    }
    for (const made of [factory(outbound), registry.find(kind)]) {
      const provider = made as Provider | undefined; // A remote one was seen above.
      expect(provider).toEqual({
        kind,
        needsEndpoint: expect.any(Boolean),
        profile: expect.any(Object),
        generate: expect.any(Function),
        listModels: expect.any(Function),
        // Where there are models for it.
        ...(provider?.embed !== undefined && { embed: expect.any(Function) }),
      });
    }
  });

  test('imports packages, its own files and the contract, and no other provider', async () => {
    const files = await readdir(path.join(providersFolder, folder));
    expect(files).not.toContain('index.ts');
    for (const file of files) {
      const code = await readFile(path.join(providersFolder, folder, file), 'utf8');
      const program = parseAst(code, { lang: 'ts' }, file);
      const imported = program.body.flatMap((node) => ('source' in node && node.source ? [node.source.value] : []));
      const strangers = imported.filter((name) => /^\.\./.test(name) && !shared.includes(name));
      expect([file, strangers]).toEqual([file, []]);
    }
  });
});
