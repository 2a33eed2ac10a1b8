import { startEmbeddedDatabase } from '../../src/embedded/embedded.ts';

/** A process that serves the folder it is given and prints the URI: for tests that kill it. */
const [dataDir = ''] = process.argv.slice(2);
const { uri } = await startEmbeddedDatabase({ dataDir });
process.stdout.write(`${uri}\n`);
