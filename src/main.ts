import { pino } from 'pino';
import { ConfigError, loadConfig } from './config.ts';
import { startGateway } from './gateway.ts';
import { describeStart } from './welcome.ts';

try {
  const config = loadConfig(process.env);
  const logger = pino({ level: config.logLevel }, pino.destination({ fd: 2, sync: false }));
  const gateway = await startGateway(config, logger);
  process.stdout.write(describeStart(gateway, config));

  let isEnding = false;
  const end = async (signal: NodeJS.Signals) => {
    // Who asks twice does not want to wait.
    if (isEnding) process.exit(1);
    isEnding = true;
    logger.info(`${signal}: shutting down`);
    const force = () => {
      logger.fatal('The shutdown does not come to an end; ending by force');
      process.exit(1);
    };
    setTimeout(force, config.shutdownGraceMs + 10_000).unref();
    try {
      await gateway.close();
    } catch (error) {
      logger.error({ err: error }, 'The shutdown was not clean');
      process.exitCode = 1;
    }
  };
  process.on('SIGTERM', end);
  process.on('SIGINT', end);
} catch (error) {
  process.stderr.write(`${describeStartFailure(error)}\n`);
  process.exitCode = 1;
}

/** A wrong setting or a taken folder is for who starts it; a stack trace is for who wrote it. */
function describeStartFailure(error: unknown): string {
  if (error instanceof ConfigError) return error.message;
  return error instanceof Error ? `Trivium could not start: ${error.message}` : String(error);
}
