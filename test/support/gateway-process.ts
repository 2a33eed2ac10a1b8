import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';

const root = new URL('../..', import.meta.url).pathname;

/** A gateway as it is started: a process of its own. */
export interface GatewayProcess {
  readonly child: ChildProcess;
  readonly url: string;
  /** What it printed until it was ready. */
  readonly lines: readonly string[];
  /** What it has logged so far. */
  readonly logs: () => string;
}

/** Starts `src/main.ts` with exactly these variables, and waits until it is ready. The caller ends the process. */
export async function startGatewayProcess(environment: NodeJS.ProcessEnv): Promise<GatewayProcess> {
  const child = spawn(process.execPath, ['src/main.ts'], {
    cwd: root,
    env: { PATH: process.env.PATH, ...environment },
  });
  let logs = '';
  child.stderr.on('data', (chunk) => {
    logs += chunk;
  });
  // It says everything at once.
  const [text] = await Promise.race([once(child.stdout, 'data'), untilExit(child).then(() => [''])]);
  const lines = String(text).trimEnd().split('\n');
  const url = lines[0]?.replace('Trivium listens on ', '').replace('/graphql', '');
  if (!url) throw new Error(`It did not start: ${logs}`);
  return { child, url, lines, logs: () => logs };
}

/** The exit code of a process that ends, or has ended; null where a signal ended it. */
export function untilExit(child: ChildProcess): Promise<number | null> {
  return new Promise((resolve) => {
    if (child.exitCode !== null || child.signalCode !== null) resolve(child.exitCode);
    else child.once('exit', (code) => resolve(code));
  });
}
