import type { JsonValue } from '../json.ts';
import { callRemote } from './call-remote.ts';
import { executeRemoteDeployment } from './execute-remote-deployment.ts';
import type { RunWork } from './run-work.ts';

/** Has the API of a run's environment execute it, whatever it is. Throws a RunFailure, or what the signal aborts with. */
export function executeRemote(work: RunWork): Promise<JsonValue> {
  return work.run.kind === 'deployment' ? executeRemoteDeployment(work) : callRemote(work);
}
