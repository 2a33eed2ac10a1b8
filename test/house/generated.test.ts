import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { generate } from '@graphql-codegen/cli';
import { expect, test } from 'vitest';
import config from '../../codegen.ts';

const root = path.join(import.meta.dirname, '../..');

test('test/generated is what npm run codegen writes', async () => {
  const outputs: { filename: string; content: string }[] = await generate(
    { ...config, cwd: root, silent: true },
    false,
  );
  expect(outputs.length).toBeGreaterThan(0);
  for (const { filename, content } of outputs) {
    const committed = await readFile(path.resolve(root, filename), 'utf8').catch(() => '');
    expect(committed === content, `${filename} is out of date`).toBe(true);
  }
});
