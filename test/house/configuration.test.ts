import { expect, test } from 'vitest';
import { describeConfig } from '../../src/config.ts';

/** One line a variable. */
function renderTable(): string {
  const rows = describeConfig().map(({ name, description, allowed, default: standard, isSecret }) => {
    const secrecy = isSecret ? ' Secret: it is never shown.' : '';
    return `| \`${name}\` | ${standard} | ${description}${secrecy} | ${allowed} |`;
  });
  return ['| variable | default | meaning | allowed |', '| --- | --- | --- | --- |', ...rows].join('\n');
}

test('docs/configuration.md says what src/config.ts does', async () => {
  const page = `# Configuration

Trivium reads these environment variables when it starts; an empty one counts as unset. A wrong value stops the start with
one message that names each variable that is wrong, its value, and what is allowed.

${renderTable()}

This page is written from \`src/config.ts\` by \`npm run check -- --update\`.
`;
  await expect(page).toMatchFileSnapshot('../../docs/configuration.md');
});
