import { ConfigError, loadConfig } from './config.ts';
import { startEmbeddedDatabase } from './embedded/embedded.ts';

/** `npm run database`: the embedded database alone, on a loopback port, for several gateways. */

try {
  const { database, databaseServer } = loadConfig(process.env);
  if (database.kind !== 'embedded')
    throw new ConfigError('npm run database serves the folder in DATA_DIR: leave MONGODB_URI unset for it.');
  const { port, secret } = databaseServer;
  const options = { dataDir: database.dataDir, port, ...(secret !== null && { secret }) };
  const { uri, close } = await startEmbeddedDatabase(options);
  const end = () => void close();
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
  process.stdout.write(`The database in ${database.dataDir} is reached, on this machine, with

  MONGODB_URI='${uri}'

Give each gateway this and the same SECRET_KEY (that of this folder, where it has one, is in ${database.dataDir}/secret-key).
`);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
}
