import type { RemoteCall } from './remote.ts';

/** A warning for each setting of a call that was given to an API that has its own and takes none. */
export function warnOfSettings({ model, settings, resultSchema }: RemoteCall, vendor: string): string[] {
  const { temperature, maxTokens, topP, stop, seed } = settings;
  const given = Object.entries({ model, temperature, maxTokens, topP, stop, seed, resultSchema });
  return given
    .filter(([, value]) => value !== null)
    .map(([name]) => `${vendor} has its own ${name}; what was given was left out.`);
}
