import { parseArgs } from 'node:util';
import { benchContents } from './contents.ts';
import { benchExecute } from './execute.ts';
import { benchFacets } from './facets.ts';
import { benchFanOut } from './fan-out.ts';
import { print } from './measure.ts';
import { benchMemory } from './memory.ts';
import { benchPage } from './page.ts';
import { benchStreams } from './streams.ts';
import { benchUpload } from './upload.ts';

/**
 * `npm run bench`: what the gateway costs, each figure beside something else that is measured in the same run. `npm run bench -- page
 * facets` runs some of them, `--quick` takes one short round each, `--large` counts facets over a million runs too.
 */

export interface BenchOptions {
  readonly isQuick: boolean;
  readonly isLarge: boolean;
}

const subjects: Readonly<Record<string, (options: BenchOptions) => Promise<void>>> = {
  page: benchPage,
  execute: benchExecute,
  streams: benchStreams,
  facets: benchFacets,
  'fan-out': benchFanOut,
  memory: benchMemory,
  upload: benchUpload,
  contents: benchContents,
};

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { quick: { type: 'boolean', default: false }, large: { type: 'boolean', default: false } },
});
for (const name of positionals.length > 0 ? positionals : Object.keys(subjects)) {
  const subject = subjects[name];
  if (subject === undefined) {
    print(`There is no ${name}; there are ${Object.keys(subjects).join(', ')}`);
    process.exitCode = 1;
    continue;
  }
  await subject({ isQuick: values.quick, isLarge: values.large });
}
