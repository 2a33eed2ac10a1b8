import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import { ConfigError } from './config.ts';
import { type PersistedOperations, readHash } from './schema/persisted-operations.ts';

const manifest = z.record(z.string(), z.string());

/**
 * Reads a manifest as graphql-codegen writes it: a JSON object of hashes and documents. Throws a ConfigError for a file that
 * cannot be read, or is something else.
 */
export async function readPersistedOperations(file: string): Promise<PersistedOperations> {
  try {
    const entries = Object.entries(manifest.parse(JSON.parse(await readFile(file, 'utf8'))));
    return new Map(entries.map(([id, text]) => [readHash(id), text]));
  } catch (error) {
    const reason = error instanceof z.ZodError ? 'it is no JSON object of hashes and documents' : String(error);
    throw new ConfigError(`PERSISTED_OPERATIONS: ${file} cannot be used: ${reason}`, { cause: error });
  }
}
