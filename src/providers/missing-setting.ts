import type { GenerateSettings, ProviderProfile } from './provider.ts';

/** The settings without those that a vendor does not have, and a warning for each of them that was set. */
export function leaveOutMissing(
  settings: GenerateSettings,
  { vendor, missingSettings }: ProviderProfile,
): { readonly settings: GenerateSettings; readonly warnings: readonly string[] } {
  const left = missingSettings.filter((name) => settings[name] !== null);
  return {
    settings: { ...settings, ...Object.fromEntries(left.map((name) => [name, null])) },
    warnings: left.map((name) => `${vendor} has no setting ${name}; it was left out.`),
  };
}
